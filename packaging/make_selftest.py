"""Make the golden files of the self-test again: resources/selftest/.

    .venv/bin/python packaging/make_selftest.py              pictures and answers
    .venv/bin/python packaging/make_selftest.py --answers    only the answers (phantom-pair retrained)

The DICOM files are pydicom's own test files (MIT licence), one for each compression that it has a small
file of; the others are drawn here. Look at the change before you commit it: it is what every installed
program is compared with.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate

from mmdesk.services.demo.demo import make_demo
from mmdesk.services.models.prediction import Predictor
from mmdesk.services.project import open_project
from mmdesk.services.selftest import MODEL, answers, picture_facts

HERE = Path(__file__).resolve().parents[1] / "resources" / "selftest"
SIDE = 48
CASES = 12
DICOM = (
    "MR_small_implicit.dcm",
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "image_dfl.dcm",
    "SC_rgb_rle.dcm",
    "SC_rgb_dcmtk_+eb+cr.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "JPEG-lossy.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "JPEGLSNearLossless_08.dcm",
    "MR_small_jp2klossless.dcm",
    "SC_rgb_gdcm_KY.dcm",
)
DRAWN: dict[str, dict[str, Any]] = {
    "colour.png": {},
    "colour.jpg": {"quality": 90},
    "colour.tif": {"compression": "tiff_lzw"},
    "colour.bmp": {},
    "colour.webp": {"lossless": True},
}

HTJ2K = (
    "/0//UQApQAAAAABAAAAAMAAAAAAAAAAAAAAAQAAAADAAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUEBEAB/1wAEyCI"
    "kJCQkJCQkJCQkJCQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAARIAAf+TwAArABEAg/s196fyAsM0AMAAE8AA"
    "EwBssPECgnQAZfkAAjQAwAAVUAAFWDZs2PiggjICdgA2bdq0+cAxgb62AMAAFbAABaQaGhoaGhrninpxgncAmhqNRqPRaP76CEB7"
    "9iEB7LoAwAAWtAABdAAKhUKhUCgUCoVC8fn+Cnp6enpxAnsASkVRFEVRFEVRFEVR/v9xgEIHv2EIHv2EIHv2EIHsswHAAC6CAAF3"
    "AJxzzjnnnHPOOeecc8455/6/+np6enp6enp6enpwAnEBIAAAAAAAAAAAAAAAAAAAAAAAAAD+/39sAAAHv2AAHv2AAHv2AAHv2AAH"
    "v2AAHv2AAHv2AAHsswL/2Q=="
)
"""`htj2k_ramp` in High-Throughput JPEG 2000 without loss, as OpenJPH 0.26 compressed it."""


def htj2k_ramp() -> NDArray[np.uint16]:
    """Return what the codestream holds: 48 x 64 grey values from 0 to 4095."""
    down, across = np.mgrid[0:48, 0:64]
    ramp: NDArray[np.uint16] = ((across * 31 + down * 17) % 4096).astype(np.uint16)
    return ramp


def drawn() -> Image.Image:
    """Return a picture with a slope in each colour and a disc."""
    down, across = np.mgrid[0:SIDE, 0:SIDE]
    disc = (down - 20) ** 2 + (across - 30) ** 2 < 100
    pixels = np.stack([across * 5, down * 5, np.where(disc, 220, 40)], axis=2)
    return Image.fromarray(pixels.astype(np.uint8))


def make_pictures() -> None:
    """Write the pictures and `pictures.json`."""
    facts = {}
    for name, options in DRAWN.items():
        drawn().save(HERE / name, **options)
        facts[name] = {"kind": Path(name).suffix[1:].upper()}
    deep = np.mgrid[0:SIDE, 0:SIDE][1] * 1300
    Image.fromarray(deep.astype(np.uint16)).save(HERE / "deep.png")
    facts["deep.png"] = {"kind": "16-bit PNG"}
    for name in DICOM:
        source = get_testdata_file(name, download=False)
        target = "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in name)
        shutil.copyfile(source, HERE / target)
        facts[target] = {"kind": _compression(source)}
    facts["drawn_htj2k.dcm"] = {"kind": _htj2k("drawn_htj2k.dcm")}
    facts["SC_rgb_jpeg_process14.dcm"] = {"kind": _process_14("SC_rgb_jpeg_gdcm.dcm")}
    for name in facts:
        facts[name] |= picture_facts(HERE / name)
    _write("pictures.json", facts)


def _compression(path: str | Path) -> str:
    return f"DICOM {pydicom.dcmread(path).file_meta.TransferSyntaxUID.name}"


def _process_14(source: str) -> str:
    """Write a lossless JPEG under the wider name of its compression, which some devices give it."""
    dataset = pydicom.dcmread(HERE / source)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.JPEGLossless
    dataset.save_as(HERE / "SC_rgb_jpeg_process14.dcm")
    return _compression(HERE / "SC_rgb_jpeg_process14.dcm")


def _htj2k(name: str) -> str:
    """Write the ramp as DICOM in High-Throughput JPEG 2000."""
    rows, columns = htj2k_ramp().shape
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.HTJ2KLossless
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "2.25.20261122"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = rows, columns, 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelData = encapsulate([base64.b64decode(HTJ2K)])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(HERE / name, enforce_file_format=True)
    return _compression(HERE / name)


def make_answers() -> None:
    """Write `predictions.json`: the answers of the bundled model for the demo's first cases."""
    with tempfile.TemporaryDirectory() as folder:
        project = open_project(make_demo(Path(folder)))
        predictor = Predictor(project, MODEL)
        said = {case.name: answers(predictor.predict_case(case.id)) for case in project.store.cases()[:CASES]}
        predictor.close()
        project.close()
    _write("predictions.json", {"model": MODEL, "cases": said})


def _write(name: str, facts: object) -> None:
    (HERE / name).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {HERE / name}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--answers", action="store_true", help="only the answers")
    arguments.add_argument("--pictures", action="store_true", help="only the pictures")
    wanted = arguments.parse_args()
    HERE.mkdir(exist_ok=True)
    if not wanted.answers:
        make_pictures()
    if not wanted.pictures:
        make_answers()
