"""Large TIFF files in parts: the right pixels from any place, at any size, within bounds."""

import io
import itertools
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.decode import decode, decode_for_model
from mmdesk.imaging.opening import open_bytes, open_image
from mmdesk.imaging.tiff import pages as tiff
from mmdesk.imaging.tiff import segments as tiff_segments
from mmdesk.imaging.tiff.pages import TiffSource
from tests.corpus.zoo import pyramid
from tests.corpus.zoo import tiff as written

WIDTH, HEIGHT = 700, 500


@pytest.fixture(autouse=True)
def always_in_parts(monkeypatch):
    monkeypatch.setattr(tiff, "SMALL", 100)
    monkeypatch.setattr(tiff_segments, "_STRIP_BYTES", 20_000)


def smooth(dtype=np.uint8, colour: bool = True) -> np.ndarray:
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    top = np.iinfo(dtype).max if np.dtype(dtype).kind in "iu" else 1.0
    grey = (across / WIDTH + down / HEIGHT) / 2 * top
    return np.stack([grey, top - grey, grey / 2], axis=2).astype(dtype) if colour else grey.astype(dtype)


def with_tag(kind: str, **options) -> bytes:
    out = io.BytesIO()
    Image.fromarray(smooth()).save(out, "TIFF", compression=kind, **options)
    return out.getvalue()


FILES = {
    "tiles": lambda: written(smooth(), tile=(64, 48), photometric="rgb"),
    "strips": lambda: written(smooth(), rowsperstrip=37, photometric="rgb"),
    "deflate": lambda: written(smooth(), tile=(64, 64), photometric="rgb", compression="zlib"),
    "predictor": lambda: written(smooth(), tile=(64, 64), photometric="rgb", compression="zlib", predictor=True),
    "planes": lambda: written(np.moveaxis(smooth(), 2, 0), tile=(64, 64), photometric="rgb", planarconfig="separate"),
    "big-endian": lambda: written(smooth(), byteorder=">", tile=(64, 64), photometric="rgb"),
    "one strip": lambda: written(smooth(), rowsperstrip=HEIGHT, photometric="rgb"),
    "one strip a plane": lambda: written(
        np.moveaxis(smooth(), 2, 0), rowsperstrip=HEIGHT, photometric="rgb", planarconfig="separate"
    ),
    "lzw": lambda: with_tag("tiff_lzw"),
    "packbits": lambda: with_tag("packbits"),
    "jpeg": lambda: with_tag("jpeg", quality=95),
}


@pytest.mark.parametrize("name", FILES)
def test_any_region_has_the_pixels_of_the_whole(name):
    whole, slack = smooth(), 6 if name == "jpeg" else 0
    with open_bytes(FILES[name]()) as source:
        assert isinstance(source, TiffSource)
        assert (source.size, source.kind) == ((WIDTH, HEIGHT), "rgb")
        for x, y, wide, high in [
            (0, 0, WIDTH, HEIGHT),
            (130, 77, 200, 150),
            (690, 490, 50, 50),
            (0, 0, 1, 1),
        ]:
            plane = source.read(region=(x, y, wide, high))
            wanted = whole[y : y + high, x : x + wide].astype(int)
            assert plane.pixels.shape == wanted.shape
            assert np.abs(plane.pixels.astype(int) - wanted).max() <= slack
        small = source.read(box=(70, 50))
        assert small.pixels.shape == (50, 70, 3)
        near = np.asarray(Image.fromarray(whole).resize((70, 50), Image.Resampling.BOX)).astype(int)
        assert np.abs(small.pixels.astype(int) - near).max() <= 8
        assert source.value_at(300, 200) == pytest.approx(tuple(whole[200, 300]), abs=slack)


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.float32, np.uint32])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_grey_values_of_many_bits_stay_as_they_are(dtype, compression):
    values = smooth(dtype, colour=False)
    with open_bytes(written(values, tile=(128, 128), compression=compression)) as source:
        got = source.read(region=(100, 100, 300, 300)).pixels
        assert source.kind == "grey"
        assert np.allclose(got, values[100:400, 100:400], rtol=1e-6)


@pytest.mark.parametrize("turn", range(1, 9))
def test_turned_files_are_read_upright(turn, tmp_path):
    data = written(smooth(), tile=(64, 64), photometric="rgb", extratags=[(274, 3, 1, turn, True)])
    with open_bytes(data) as source:
        whole = source.read().pixels
        part = source.read(region=(200, 130, 90, 60)).pixels
        assert source.size == whole.shape[1::-1]
        assert np.array_equal(part, whole[130:190, 200:290])
        reference = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
        stored = Image.fromarray(smooth())
        if turn > 1:
            stored = stored.transpose(Image.Transpose(reference[turn]))
        assert np.array_equal(whole, np.asarray(stored))


def test_a_pyramid_is_read_at_the_level_that_fits():
    with open_bytes(pyramid()) as source:
        assert source.size == (512, 384)
        assert [round(level.scale, 2) for level in source._level_list(0)] == [1.0, 0.5, 0.25]
        assert source.read(box=(128, 96)).pixels.shape == (96, 128, 3)
        assert {key[1] for key in source._tiles} == {2}
        assert source.read(region=(100, 100, 64, 64)).scale == 1.0


def test_the_cache_of_tiles_is_bounded(monkeypatch):
    monkeypatch.setattr(tiff, "TILE_CACHE", 100_000)
    with open_bytes(FILES["tiles"]()) as source:
        source.read()
        assert source._tile_bytes <= 100_000
        assert source._tile_bytes == sum(tile[0].nbytes for tile in source._tiles.values())


def test_a_slow_read_gives_what_it_has_and_goes_on(monkeypatch):
    monkeypatch.setattr(tiff, "BUDGET", -1.0)
    with open_bytes(FILES["tiles"]()) as source:
        first = source.read(box=(70, 50))
        assert not first.complete
        assert (first.pixels == 128).all(axis=2).mean() > 0.5
        for _ in range(200):
            last = source.read(box=(70, 50))
            if last.complete:
                break
        assert last.complete
        assert not (last.pixels == 128).all(axis=2).any()


def slow_reads(monkeypatch, tiles: int) -> None:
    """Let each read decode so many tiles and then have no time left."""
    clock = itertools.count()
    monkeypatch.setattr(tiff, "BUDGET", tiles)
    monkeypatch.setattr(tiff.time, "perf_counter", lambda: next(clock))


@pytest.mark.parametrize(
    ("tile", "tiles", "box", "far"),
    [((16, 16), 120, (70, 50), 45), ((32, 32), 40, (70, 50), 60), (None, 40, (350, 250), 25)],
)
def test_a_few_of_many_tiles_show_the_picture_as_a_whole(monkeypatch, tile, tiles, box, far):
    slow_reads(monkeypatch, tiles)
    strips = {} if tile else {"rowsperstrip": 4}
    with open_bytes(written(smooth(), tile=tile, photometric="rgb", **strips)) as source:
        whole = np.asarray(Image.fromarray(smooth()).resize(box, Image.Resampling.BOX)).astype(int)
        first = source.read(box=box)
        assert 0.05 < first.share < 0.6
        assert np.abs(first.pixels.astype(int) - whole).max() <= far
        shares = [first.share]
        while shares[-1] < 1.0:
            last = source.read(box=box)
            shares.append(last.share)
        assert shares == sorted(set(shares))
        assert np.abs(last.pixels.astype(int) - whole).max() <= 3


def large_tiff(path, side: int = 20_000, tile: int = 500) -> None:
    """Write a tiled picture of 400 megapixels whose tiles are all the same bytes in the file."""
    pixels = np.kron(np.arange(100, dtype=np.uint8).reshape(10, 10), np.ones((50, 50), np.uint8))
    data = zlib.compress(np.repeat(pixels[:, :, None], 3, axis=2).tobytes(), 1)
    count = (side // tile) ** 2
    where = 8 + len(data) + len(data) % 2
    tags = [(256, 4, 1, side), (257, 4, 1, side), (258, 3, 3, where), (259, 3, 1, 8), (262, 3, 1, 2)]
    tags += [(277, 3, 1, 3), (284, 3, 1, 1), (322, 4, 1, tile), (323, 4, 1, tile)]
    tags += [(324, 4, count, where + 6), (325, 4, count, where + 6 + 4 * count)]
    place = where + 6 + 8 * count
    out = b"II*\0" + struct.pack("<I", place) + data + b"\0" * (len(data) % 2)
    out += struct.pack("<3H", 8, 8, 8) + struct.pack(f"<{count}I", *[8] * count)
    out += struct.pack(f"<{count}I", *[len(data)] * count) + struct.pack("<H", len(tags))
    path.write_bytes(out + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4))


def test_four_hundred_megapixels_are_looked_at_in_parts(tmp_path):
    large_tiff(tmp_path / "large.tif")
    with open_image(tmp_path / "large.tif") as source:
        assert source.size == (20_000, 20_000)
        assert source.notes
        part = source.read(region=(10_000, 10_000, 1000, 800))
        assert part.pixels.shape == (800, 1000, 3)
        assert part.value_at(10_000 + 60, 10_000 + 110) == (21, 21, 21)
        assert source.read(box=(400, 400)).pixels.shape == (400, 400, 3)
        with pytest.raises(ImageProblem, match="too large"):
            source.read()


def test_the_model_and_the_check_see_a_large_file_too(tmp_path, monkeypatch):
    path = tmp_path / "a.tif"
    path.write_bytes(FILES["tiles"]())
    assert decode(path, (70, 50)).full_size == (WIDTH, HEIGHT)
    assert decode_for_model(path, 32).shape == (32, 32, 3)


@pytest.mark.parametrize("kept", [0.3, 0.8])
def test_a_file_cut_short_is_said_to_end_early(kept):
    data = FILES["tiles"]()
    with (
        pytest.raises(ImageProblem, match=r"ends early|damaged"),
        open_bytes(data[: int(len(data) * kept)]) as source,
    ):
        source.read()


def test_a_larger_picture_than_can_be_read_in_parts_is_refused(tmp_path):
    large_tiff(tmp_path / "large.tif", side=23_000)
    with pytest.raises(ImageProblem, match=r"too large \(23000 x 23000 pixels\)"):
        open_image(tmp_path / "large.tif")


def test_the_page_tree_of_a_file_that_bites_its_tail_ends():
    out = io.BytesIO()
    tifffile.imwrite(out, smooth(colour=False), metadata=None)
    data = bytearray(out.getvalue())
    first = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[first : first + 2])[0]
    data[first + 2 + 12 * count : first + 6 + 12 * count] = struct.pack("<I", first)
    with open_bytes(bytes(data)) as source:
        assert source.read().pixels.shape == (HEIGHT, WIDTH)


def test_a_strip_of_endless_rows_is_refused_before_it_is_divided():
    out = io.BytesIO()
    tifffile.imwrite(out, smooth(colour=False), metadata=None, rowsperstrip=HEIGHT)
    data = bytearray(out.getvalue())
    first = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[first : first + 2])[0]
    for place in range(first + 2, first + 2 + 12 * count, 12):
        if struct.unpack("<H", data[place : place + 2])[0] in (256, 257, 278):
            data[place + 2 : place + 12] = struct.pack("<HII", 4, 1, 0xFFFFFFFF)
    with pytest.raises(ImageProblem, match="too large"), open_bytes(bytes(data)) as source:
        source.read(box=(50, 50))
