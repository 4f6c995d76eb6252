"""DICOM: windows, tones, frames and what cannot be read, on the files that pydicom brings."""

import io
from pathlib import Path

import numpy as np
import pydicom
import pydicom.data
import pytest
from pydicom.uid import MPEG2MPML, ExplicitVRLittleEndian

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.decode import check_image, decode, decode_bytes, decode_for_model

FILES = Path(pydicom.data.__file__).parent / "test_files"


def made(values: np.ndarray, tone: str = "MONOCHROME2", **tags) -> bytes:
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.Rows, dataset.Columns = values.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = tone
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.PixelData = values.astype(np.uint16).tobytes()
    for name, value in tags.items():
        setattr(dataset, name, value)
    out = io.BytesIO()
    pydicom.dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


def decode_dicom(data: bytes):
    picture = decode_bytes(data, None)
    return picture.pixels[:, :, 0], picture.note, picture.window


RAMP = np.tile(np.arange(0, 4096, 16), (8, 1))


def test_the_window_in_the_file_is_used():
    pixels, note, window = decode_dicom(made(RAMP, WindowCenter=2048, WindowWidth=1024))
    assert window == (1536.0, 2559.0)
    assert note == ""
    assert pixels[0, 1536 // 16] == 0
    assert pixels[0, 2576 // 16] == 255
    assert abs(int(pixels[0, 2048 // 16]) - 128) <= 1


def test_of_several_windows_the_first_is_used():
    pixels = decode_dicom(made(RAMP, WindowCenter=[2048, 10], WindowWidth=[1024, 20]))[0]
    assert abs(int(pixels[0, 2048 // 16]) - 128) <= 1


@pytest.mark.parametrize("function", ["LINEAR_EXACT", "SIGMOID"])
def test_other_window_functions(function):
    pixels = decode_dicom(made(RAMP, WindowCenter=2048, WindowWidth=1024, VOILUTFunction=function))[0]
    assert abs(int(pixels[0, 2048 // 16]) - 128) <= 1
    assert pixels[0, 0] == 0
    assert pixels[0, -1] == 255
    assert (np.diff(pixels[0].astype(int)) >= 0).all()


def test_without_a_window_percentiles_are_used_and_padding_left_out():
    values = RAMP.copy()
    values[:4] = 60000
    pixels, _, window = decode_dicom(made(values, PixelPaddingValue=60000))
    assert window[1] < 4096
    assert abs(int(pixels[5, 128]) - 128) <= 2


def test_rescaled_before_the_window():
    pixels = decode_dicom(made(RAMP, RescaleSlope=2, RescaleIntercept=-1024, WindowCenter=3072, WindowWidth=100))[0]
    assert abs(int(pixels[0, 128]) - 128) <= 2


def test_monochrome1_is_turned_over():
    light = decode_dicom(made(RAMP, WindowCenter=2048, WindowWidth=4096))[0]
    dark = decode_dicom(made(RAMP, "MONOCHROME1", WindowCenter=2048, WindowWidth=4096))[0]
    assert np.array_equal(255 - light, dark)


def test_frames_palette_and_reduction():
    many = decode(FILES / "SC_rgb_rle_2frame.dcm", None)
    assert many.note == "2 frames in this file; the first is shown."
    palette = decode(FILES / "examples_palette.dcm", (200, 200))
    assert palette.pixels.shape[1] == 200
    assert palette.full_size == (800, 350)
    assert len(np.unique(palette.pixels.reshape(-1, 3), axis=0)) > 10
    assert decode_for_model(FILES / "CT_small.dcm", 64).shape == (64, 64, 3)


@pytest.mark.parametrize(
    "name", ["MR_small", "MR_small_RLE", "MR_small_jp2klossless", "MR_small_bigendian", "MR_small_implicit"]
)
def test_one_picture_in_each_compression(name):
    assert np.array_equal(decode(FILES / f"{name}.dcm", None).pixels, decode(FILES / "MR_small.dcm", None).pixels)


def test_an_unknown_compression_is_named():
    data = made(RAMP)
    dataset = pydicom.dcmread(io.BytesIO(data))
    dataset.file_meta.TransferSyntaxUID = MPEG2MPML
    dataset.PixelData = pydicom.encaps.encapsulate([b"1234"])
    dataset["PixelData"].VR = "OB"
    out = io.BytesIO()
    dataset.save_as(out)
    with pytest.raises(ImageProblem, match=r"its compression .*MPEG2 Main Profile .* is not read here"):
        decode_bytes(out.getvalue(), None)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MR_truncated", "the file ends early"),
        ("rtplan", "holds no picture"),
        ("no_meta", "it is no PNG"),
    ],
)
def test_what_must_be_refused(name, words):
    with pytest.raises(ImageProblem, match=words):
        check_image(FILES / f"{name}.dcm")


def test_a_size_that_lies_is_refused_before_decoding():
    with pytest.raises(ImageProblem, match="too large"):
        decode_bytes(made(RAMP, Rows=60_000, Columns=60_000), None)
