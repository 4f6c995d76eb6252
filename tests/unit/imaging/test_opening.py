"""One door to every format: the zoo and the files of PyPI packages, against golden hashes."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from mmdesk.core.errors import Cancelled, ImageProblem
from mmdesk.imaging.base import limited_reader
from mmdesk.imaging.base.window import window_to_bytes
from mmdesk.imaging.decode import check_image, decode, decode_for_model
from mmdesk.imaging.opening import open_bytes, open_image
from tests import image_table
from tests.corpus.zoo import COLOURS, DEEP, GREY, RGB, ZOO, dicom, ramp

GOLDEN = json.loads(image_table.GOLDEN.read_text())


@pytest.fixture
def animal(tmp_path, request):
    path = tmp_path / request.param
    path.write_bytes(ZOO[request.param]())
    return path


@pytest.mark.parametrize("animal", ZOO, indirect=True)
def test_each_kind_of_file_opens_in_every_way(animal):
    assert image_table.outcome(animal) == GOLDEN["zoo"][animal.name]
    with open_image(animal) as source:
        width, height = source.size
        for frame in range(source.frames):
            plane = source.read(frame)
            wide, high = source.size_of(frame)
            assert plane.pixels.shape[:2] == (high, wide)
            assert (plane.pixels.ndim == 2) == (source.kind == "grey") == plane.grey
            assert plane.scale == 1.0
            assert plane.complete
        small = source.read(0, (20, 20), (8, 8, 32, 32))
        assert small.pixels.shape[:2] == (20, 20)
        assert small.region == (8, 8, 32, 32)
        assert small.scale == pytest.approx(0.625)
        whole = source.read(0)
        assert source.value_at(5, 9) == whole.value_at(5, 9)
        assert source.value_at(width, 0) is None
        if source.kind == "grey":
            shown = window_to_bytes(whole.pixels, source.first_window(whole), invert=source.inverted)
            shown = np.repeat(shown[:, :, None], 3, axis=2)
        else:
            shown = whole.pixels
        with pytest.raises(IndexError):
            source.read(source.frames)
    picture = decode(animal, None)
    assert picture.full_size == (width, height)
    assert np.abs(picture.pixels.astype(int) - shown).max() <= 1
    assert check_image(animal).full_size == (width, height)
    assert decode_for_model(animal, 32).shape == (32, 32, 3)


@pytest.mark.parametrize("animal", COLOURS, indirect=True)
def test_colours_come_out_as_they_went_in(animal):
    with open_image(animal) as source:
        got = source.read().pixels.astype(int)
    if animal.name.startswith("turned"):
        turn = 1 if animal.suffix == ".jpg" else -1
        got = np.rot90(got, -turn)
    assert np.abs(got - RGB).mean() < COLOURS[animal.name]


def test_grey_values_are_those_of_the_file_before_any_window():
    for name in ("grey16.png", "grey16.tif", "big-endian.tif", "deflate.tif", "rle.dcm", "deflated.dcm"):
        with open_bytes(ZOO[name]()) as source:
            assert np.array_equal(source.read().pixels, DEEP), name
    with open_bytes(ZOO["signed16.tif"]()) as source:
        assert source.read().pixels.min() == -1000
    with open_bytes(ZOO["ct.dcm"]()) as source:
        assert source.unit == "HU"
        assert source.read().pixels[0, 0] == -1024
        assert [window.name for window in source.windows] == ["SOFT", "BONE"]
        assert [(window.centre, window.width) for window in source.windows] == [(40, 400), (300, 1500)]
        assert {preset.name for preset in source.presets} >= {"lung", "bone"}
        assert source.spacing == (0.5, 0.25)
        assert source.aspect == 2.0


def test_each_frame_of_an_enhanced_file_has_its_own_slope_and_window():
    with open_bytes(ZOO["groups.dcm"]()) as source:
        assert source.frames == 3
        for frame in range(3):
            slope = 1.5 + frame
            stored = ramp(4000, np.uint16) // (1 + frame)
            assert np.allclose(source.read(frame).pixels, stored * slope - 10)
            (window,) = source.windows_of(frame)
            assert window.centre == 900 + frame
        assert source.spacing == (0.4, 0.2)


def test_slices_of_a_volume_lie_as_radiologists_look_at_them():
    with open_bytes(ZOO["volume.nii"]()) as source:
        row = source.read(1).pixels[-1].astype(int)
        assert source.frames == 4
        assert source.spacing == (0.75, 0.5)
        assert row[0] > row[-1]
        assert source.notes == ("The patient's right is on the left.",)
    with open_bytes(ZOO["side.nii"]()) as source:
        assert source.notes == ()


def test_pages_of_different_sizes_keep_theirs():
    with open_bytes(ZOO["pages.tif"]()) as source:
        assert [source.size_of(frame) for frame in range(3)] == [(64, 48), (64, 24), (64, 48)]
        assert np.array_equal(source.read(2).pixels, 255 - GREY)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("source", ["pydicom", "pydicom-data", "scikit-image"])
def test_files_of_packages_give_the_golden_pixels_or_the_golden_words(source):
    folder = image_table.sources()[source]
    if folder is None:
        pytest.skip(f"{source} is not installed here")
    different = {
        name: (got, GOLDEN[source].get(name))
        for name, path in image_table.files(folder)
        if (got := image_table.outcome(path)) != GOLDEN[source].get(name)
    }
    assert not different


@pytest.mark.shared
def test_real_orientations_open(shared):
    for path in sorted((shared / "data" / "exif-orientation").glob("*.jpg")):
        with open_image(path) as source:
            width, height = source.size
            assert (width > height) == path.name.startswith("Landscape")


def _read_in_bits(file, times):
    for _ in range(times):
        file.read(1)


def test_a_look_that_reads_in_circles_is_stopped(monkeypatch):
    file = limited_reader.LimitedBytes(bytes(1000))
    monkeypatch.setattr(limited_reader, "SECONDS", -1.0)
    file.limit.look()
    with pytest.raises(ImageProblem, match="takes too long"):
        _read_in_bits(file, 100)
    monkeypatch.undo()
    file.limit.look(most=10)
    file.read(8)
    with pytest.raises(ImageProblem, match="its description is too long"):
        file.read(8)


def test_a_deflated_bomb_is_not_unfolded(monkeypatch):
    from mmdesk.imaging.dicom import file as dicom_module

    monkeypatch.setattr(dicom_module, "MOST_INFLATED", 2000)
    with pytest.raises(ImageProblem, match="it unfolds to more than"):
        open_bytes(ZOO["deflated.dcm"]())


def test_a_packed_volume_that_unfolds_without_end_is_refused(monkeypatch):
    from mmdesk.imaging import nifti

    monkeypatch.setattr(nifti, "MOST_UNPACKED", 2000)
    with pytest.raises(ImageProblem, match="it unfolds to more than"):
        open_bytes(ZOO["packed.nii.gz"]())


def test_a_frame_whose_stream_tells_of_another_size_is_not_decoded():
    data = dicom(DEEP, "1.2.840.10008.1.2.4.90")
    with open_bytes(data) as source:
        assert np.array_equal(source.read().pixels, DEEP)
    at = data.index(b"\xff\x4f\xff\x51") + 8
    changed = data[:at] + (1 << 20).to_bytes(4) + data[at + 4 :]
    with open_bytes(changed) as source, pytest.raises(ImageProblem, match="the file is damaged"):
        source.read()


def test_progressive_jpeg_with_endless_passes_is_refused(monkeypatch):
    from mmdesk.imaging import raster

    monkeypatch.setattr(raster, "MOST_PASSED", 1000)
    with pytest.raises(ImageProblem, match="takes too long to read"):
        open_bytes(ZOO["progressive.jpg"]())


def test_a_large_jpeg_tells_how_far_it_is_and_can_be_stopped():
    rng = np.random.default_rng(1)
    out = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (900, 900, 3), np.uint8)).save(out, "JPEG", quality=95)
    with open_bytes(out.getvalue()) as source:
        shares: list[float] = []
        source.on_share = shares.append
        whole = source.read(box=(100, 100))
        assert len(shares) > 5
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        source.forget()

        def stop(_share: float) -> None:
            raise Cancelled

        source.on_share = stop
        with pytest.raises(Cancelled):
            source.read(box=(100, 100))
        source.on_share = None
        assert np.array_equal(source.read(box=(100, 100)).pixels, whole.pixels)
