"""Files of unusual kinds show the right picture, and say what was taken for granted."""

import io
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
import tifffile
from PIL import Image

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.decode import bytes_for_model, decode_bytes
from mmdesk.imaging.opening import open_bytes
from tests.corpus.rasters import RASTERS
from tests.corpus.relatives import CORNERS, P8, RELATIVES, S8, S12, jpeg
from tests.corpus.zoo import dicom, tiff


def quarters(pixels):
    """Return the colours in the middle of the four quarters."""
    height, width = pixels.shape[:2]
    return [pixels[y * height // 8, x * width // 8].astype(int) for y in (2, 6) for x in (2, 6)]


EVERY = RELATIVES | RASTERS


@pytest.mark.parametrize("name", EVERY)
def test_the_right_picture_with_a_word_where_something_was_guessed(name):
    relative = EVERY[name]
    data = relative.make()
    picture = decode_bytes(data, None)
    near = 12 if relative.shows == "painted" else 16
    assert np.abs(np.array(quarters(picture.pixels)) - CORNERS[relative.shows]).max() < near
    assert np.abs(np.array(quarters(bytes_for_model(data, 32))) - CORNERS[relative.shows]).max() < near
    assert (relative.note in picture.note) if relative.note else not picture.note


@pytest.mark.parametrize("tone", ["YBR_PARTIAL_420", "HSV", "CMYK"])
def test_colours_that_are_not_read_are_named(tone):
    with pytest.raises(ImageProblem, match=f"its colours .{tone}, 1 values for each pixel. are not read here"):
        decode_bytes(dicom(S8, PhotometricInterpretation=tone), None)


def test_packed_values_are_named():
    with pytest.raises(ImageProblem, match="its values of 12 bits are packed"):
        decode_bytes(dicom(S8, BitsAllocated=12, BitsStored=12, HighBit=11), None)


@pytest.mark.parametrize("cut", [30, 1200])
def test_a_dicom_jpeg_that_lacks_pixels_is_said_to_end_early(cut):
    with pytest.raises(ImageProblem, match="the file ends early"):
        decode_bytes(jpeg(cut), None)


def test_a_deep_palette_is_named():
    colours = np.tile(np.arange(65536, dtype=np.uint16), (3, 1))
    data = tiff(S12, photometric="palette", colormap=colours)
    with pytest.raises(ImageProblem, match="its palette of 16 bits is not read here"):
        decode_bytes(data, None)


def test_a_later_page_without_a_size_is_refused_in_words():
    data = bytearray(tiff(S8, pages=[S8, S8]))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        at = file.pages[1].tags["ImageWidth"].valueoffset
    data[at : at + 2] = bytes(2)
    with open_bytes(bytes(data)) as source:
        assert source.read(0).complete
        with pytest.raises(ImageProblem, match="it has no width or no height"):
            source.read(1, (9, 9))


def test_grey_with_transparency_holds_one_value_for_each_pixel():
    with open_bytes(RASTERS["grey-alpha.tif"].make()) as source:
        assert source.read().pixels.shape[:2] == (48, 64)
        assert source.value_at(3, 3) is not None


def test_a_colour_profile_in_a_dicom_file_is_applied_and_a_broken_one_noted():
    wide = (Path(pydicom.data.__file__).parent / "test_files" / "crayons.icc").read_bytes()
    plain = decode_bytes(dicom(P8), None).pixels
    out = io.BytesIO()
    Image.fromarray(P8).save(out, "PNG", icc_profile=wide)
    shown = decode_bytes(dicom(P8, ICCProfile=wide), None)
    assert not np.array_equal(shown.pixels, plain)
    assert np.array_equal(shown.pixels, decode_bytes(out.getvalue(), None).pixels)
    broken = decode_bytes(dicom(P8, ICCProfile=b"no profile"), None)
    assert np.array_equal(broken.pixels, plain)
    assert "colour profile" in broken.note
