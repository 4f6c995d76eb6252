"""Decoding: right pixels, right tones, right way up, and a sentence for what cannot be read."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base import files, picture
from mmdesk.imaging.decode import bytes_for_model, check_image, decode, decode_bytes, decode_for_model


def shared(name: str) -> Path:
    home = Path(os.environ.get("MMDESK_SHARED", Path(__file__).parents[3].parent / "shared"))
    if not (home / "data" / name).is_dir():
        pytest.skip(f"needs shared data {name}")
    return home / "data" / name


def smooth(width: int = 60, height: int = 40) -> np.ndarray:
    """Return a picture whose four corners differ: red, green, blue, white."""
    corners = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], dtype=np.uint8)
    return np.asarray(Image.fromarray(corners).resize((width, height), Image.Resampling.NEAREST))


def saved(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_lossless_pixels_are_exact(kind):
    got = decode_bytes(saved(Image.fromarray(smooth()), kind), None)
    assert got.pixels.dtype == np.uint8
    assert got.pixels.flags.c_contiguous
    assert got.full_size == (60, 40)
    assert np.array_equal(got.pixels, smooth())


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_pixels_are_close(kind):
    got = decode_bytes(saved(Image.fromarray(smooth(64, 64)), kind, quality=95), None)
    assert np.abs(got.pixels.astype(int) - smooth(64, 64)).mean() < 4


def test_a_picture_is_reduced_to_fit_its_box_and_never_enlarged():
    data = saved(Image.fromarray(smooth(1200, 800)), "JPEG")
    small = decode_bytes(data, (300, 900))
    assert small.pixels.shape == (200, 300, 3)
    assert small.full_size == (1200, 800)
    assert decode_bytes(data, (5000, 5000)).pixels.shape == (800, 1200, 3)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_each_exif_orientation_comes_out_upright(turn, kind):
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = Image.fromarray(smooth(64, 32))
    if turn in undo:
        stored = stored.transpose(Image.Transpose(undo[turn]))
    exif = Image.Exif()
    exif[0x0112] = turn
    options = {"exif": exif} | ({"lossless": True} if kind == "WEBP" else {})
    got = decode_bytes(saved(stored, kind, **options), (64, 64))
    assert got.full_size == (64, 32)
    assert got.pixels.shape == (32, 64, 3)
    assert np.abs(got.pixels.astype(int)[4:-4:8, 4:-4:8] - smooth(64, 32)[4:-4:8, 4:-4:8]).max() < 60
    assert np.abs(bytes_for_model(saved(stored, kind, **options), 32)[2, 2].astype(int) - [255, 0, 0]).max() < 60


def test_a_wrong_orientation_tag_is_left_out():
    exif = Image.Exif()
    exif[0x0112] = 77
    assert decode_bytes(saved(Image.fromarray(smooth()), "JPEG", exif=exif), None).full_size == (60, 40)


@pytest.mark.shared
def test_real_orientations_agree_with_the_first():
    folder = shared("exif-orientation")
    for shape in ("Landscape", "Portrait"):
        wanted = decode(folder / f"{shape}_1.jpg", (90, 90)).pixels.astype(int)
        for turn in range(2, 9):
            got = decode(folder / f"{shape}_{turn}.jpg", (90, 90)).pixels.astype(int)
            assert got.shape == wanted.shape
            assert np.abs(got - wanted).mean() < 12, (shape, turn)


@pytest.mark.parametrize(("kind", "dtype"), [("PNG", np.uint16), ("TIFF", np.uint16), ("TIFF", np.float32)])
def test_deep_images_are_windowed_not_clipped(kind, dtype):
    ramp = np.tile(np.linspace(0, 4095, 256), (64, 1)).astype(dtype)
    got = decode_bytes(saved(Image.fromarray(ramp), kind), None)
    row = got.pixels[0, :, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert abs(row[128] - 128) <= 2
    assert row[0] == 0
    assert row[-1] == 255
    low, high = got.window
    assert 0 <= low < 60
    assert 4035 < high <= 4095


def test_values_that_are_no_numbers_are_black_and_do_not_move_the_window():
    ramp = np.tile(np.linspace(-1, 1, 100), (50, 1)).astype(np.float32)
    ramp[0, :] = np.nan
    ramp[1, :] = np.inf
    got = decode_bytes(saved(Image.fromarray(ramp), "TIFF"), None)
    assert got.window[0] >= -1
    assert got.window[1] <= 1
    assert not got.pixels[0].any()


def test_a_flat_deep_image_is_no_failure():
    flat = np.full((8, 8), 900, dtype=np.uint16)
    assert not decode_bytes(saved(Image.fromarray(flat), "PNG"), None).pixels.any()


def test_transparent_pixels_show_neutral_grey():
    rgba = np.zeros((8, 8, 4), dtype=np.uint8)
    rgba[:, 4:] = (250, 10, 10, 255)
    pixels = decode_bytes(saved(Image.fromarray(rgba), "PNG"), None).pixels
    assert (pixels[:, :4] == 128).all()
    assert (pixels[:, 4:] == (250, 10, 10)).all()


def test_a_transparent_palette_and_grey_with_alpha():
    flat = Image.new("P", (6, 6), 0)
    flat.putpalette([200, 100, 50, 0, 0, 0])
    assert (decode_bytes(saved(flat, "PNG"), None).pixels == (200, 100, 50)).all()
    assert (decode_bytes(saved(flat, "PNG", transparency=0), None).pixels == 128).all()
    grey = Image.new("LA", (6, 6), (40, 255))
    assert (decode_bytes(saved(grey, "PNG"), None).pixels == 40).all()
    bits = Image.new("1", (6, 6), 1)
    assert (decode_bytes(saved(bits, "PNG"), None).pixels == 255).all()


def test_cmyk_is_shown_as_colour():
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    red, green, blue = decode_bytes(saved(cmyk, "JPEG", quality=95), None).pixels[8, 8].astype(int)
    assert red > 200
    assert green < 60
    assert blue < 60


def test_a_colour_profile_is_applied_and_a_broken_one_is_noted():
    flat = Image.new("RGB", (8, 8), (10, 200, 30))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = decode_bytes(saved(flat, "PNG", icc_profile=srgb), None)
    assert (same.pixels == (10, 200, 30)).all()
    assert same.note == ""
    broken = decode_bytes(saved(flat, "PNG", icc_profile=b"no profile at all"), None)
    assert (broken.pixels == (10, 200, 30)).all()
    assert "colour profile" in broken.note


def test_another_profile_changes_the_pixels():
    import pydicom.data

    wide = (Path(pydicom.data.__file__).parent / "test_files" / "crayons.icc").read_bytes()
    flat = Image.new("RGB", (8, 8), (10, 200, 30))
    plain = decode_bytes(saved(flat, "PNG"), None).pixels
    shown = decode_bytes(saved(flat, "PNG", icc_profile=wide), None)
    assert not np.array_equal(shown.pixels, plain)
    assert shown.note == ""


def test_of_several_pictures_the_first_is_shown_and_the_reader_told():
    first, second = Image.fromarray(smooth()), Image.new("RGB", (60, 40))
    got = decode_bytes(saved(first, "TIFF", save_all=True, append_images=[second, second]), None)
    assert np.array_equal(got.pixels, smooth())
    assert got.note == "3 pictures in this file; the first is shown."


def outcome_of(data: bytes):
    """Return the picture in a file, or `ends early` where it is refused with these words."""
    try:
        return decode_bytes(data, None)
    except ImageProblem as problem:
        return "ends early" if "ends early" in problem.what else problem


@pytest.mark.parametrize("kind", ["JPEG", "progressive", "PNG", "GIF"])
@pytest.mark.parametrize("noisy", [False, True])
def test_missing_last_bytes_never_give_another_picture_nor_go_without_a_word(kind, noisy):
    pixels = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8) if noisy else smooth(64, 64)
    form, options = ("JPEG", {"progressive": True}) if kind == "progressive" else (kind, {})
    whole = saved(Image.fromarray(pixels), form, **options)
    shown = decode_bytes(whole, None)
    assert not shown.note
    taken = {cut: got for cut in range(1, 60) if (got := outcome_of(whole[:-cut])) != "ends early"}
    for cut, got in taken.items():
        assert np.array_equal(got.pixels, shown.pixels), cut
        assert got.note == "The last bytes of this file are missing; the picture is whole."
    assert taken


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP"])
@pytest.mark.parametrize("kept", [0.4, 0.9, 1.0])
def test_a_file_that_lacks_pixels_is_said_to_end_early(kind, kept, tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    whole = saved(Image.fromarray(noise), kind)
    path = tmp_path / "cut.img"
    path.write_bytes(whole[: min(int(len(whole) * kept), len(whole) - (24 if kind == "PNG" else 6))])
    with pytest.raises(ImageProblem) as caught:
        check_image(path)
    assert caught.value.what == "This image cannot be read: the file ends early."
    assert caught.value.reason == "unreadable"
    assert caught.value.say().endswith("Replace the file, or press M to mark it missing.")
    with pytest.raises(ImageProblem):
        decode_for_model(path, 32)


def test_flipped_bits_in_a_png_are_damage():
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = bytearray(saved(Image.fromarray(noise), "PNG"))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    with pytest.raises(ImageProblem, match="the file is damaged"):
        decode_bytes(bytes(data), None)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP"])
@pytest.mark.filterwarnings("ignore")
def test_any_damage_is_a_picture_or_a_sentence(kind):
    rng = np.random.default_rng(5)
    whole = saved(Image.fromarray(smooth()), kind)
    for _ in range(60):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 8):
            data[place] = rng.integers(0, 256)
        problem = None
        try:
            assert decode_bytes(bytes(data), (50, 50)).pixels.ndim == 3
        except ImageProblem as why:
            problem = why
        assert problem is None or problem.what.startswith("This image cannot be read: ")


def test_other_kinds_of_file_are_refused_unread():
    for data in (b"hello", b"%PDF-1.7\n" + bytes(300), saved(Image.fromarray(smooth()), "PPM")):
        with pytest.raises(ImageProblem, match="it is no PNG"):
            decode_bytes(data, None)


def test_a_large_picture_is_refused_from_its_header(monkeypatch):
    data = saved(Image.new("1", (21_000, 8)), "PNG")
    with pytest.raises(ImageProblem, match="too large"):
        decode_bytes(data, (64, 64))
    monkeypatch.setattr(picture, "MOST_PIXELS", 100)
    with pytest.raises(ImageProblem, match=r"too large \(60 x 40 pixels\)"):
        decode_bytes(saved(Image.fromarray(smooth()), "PNG"), (64, 64))


def test_a_bomb_far_above_the_limit_is_refused():
    data = bytearray(saved(Image.new("L", (8, 8)), "BMP"))
    data[18:26] = (19_000).to_bytes(4, "little") * 2
    with pytest.raises(ImageProblem, match="too large"):
        decode_bytes(bytes(data), None)


def test_what_is_no_ordinary_file_never_hangs(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("pipe.png", "."):
        with pytest.raises(ImageProblem, match="not an ordinary file"):
            decode(tmp_path / name, None)
    with pytest.raises(ImageProblem, match="the file is not there") as caught:
        decode(tmp_path / "none.png", None)
    assert caught.value.reason == "no-file"
    (tmp_path / "empty.png").touch()
    with pytest.raises(ImageProblem, match="the file is empty"):
        decode(tmp_path / "empty.png", None)
    (tmp_path / "large.png").write_bytes(b"x" * 50)
    monkeypatch.setattr(files, "MOST_BYTES", 40)
    with pytest.raises(ImageProblem, match="too large"):
        decode(tmp_path / "large.png", None)


def test_a_model_sees_the_plain_bilinear_square(tmp_path):
    noise = np.random.default_rng(2).integers(0, 255, (90, 130, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    wanted = np.asarray(Image.fromarray(noise).resize((48, 48), Image.Resampling.BILINEAR))
    assert np.array_equal(decode_for_model(tmp_path / "a.png", 48), wanted)


def test_a_jpeg_for_a_model_is_never_drafted_below_twice_the_square():
    soft = Image.fromarray(smooth(8, 8)).resize((400, 400), Image.Resampling.BICUBIC)
    data = saved(soft, "JPEG", quality=95)
    whole = Image.open(io.BytesIO(data)).convert("RGB")
    exact = np.asarray(whole.resize((112, 112), Image.Resampling.BILINEAR))
    assert np.array_equal(bytes_for_model(data, 112), exact)
    drafted = bytes_for_model(data, 64).astype(int)
    whole_64 = np.asarray(whole.resize((64, 64), Image.Resampling.BILINEAR)).astype(int)
    assert 0 < np.abs(drafted - whole_64).max() <= 6
