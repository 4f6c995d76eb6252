"""Files of unusual kinds show the right picture, and say what was taken for granted."""

import numpy as np
import pytest

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.decode import bytes_for_model, decode_bytes
from tests.corpus.rasters import RASTERS
from tests.corpus.relatives import CORNERS, RELATIVES, S8
from tests.corpus.zoo import dicom


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
    with pytest.raises(
        ImageProblem, match=f"its colours .{tone}, 1 values for each pixel. are not read here"
    ):
        decode_bytes(dicom(S8, PhotometricInterpretation=tone), None)


def test_packed_values_are_named():
    with pytest.raises(ImageProblem, match="its values of 12 bits are packed"):
        decode_bytes(dicom(S8, BitsAllocated=12, BitsStored=12, HighBit=11), None)
