"""Writes small volumes in every form that is read: series of DICOM files, NIfTI, TIFF, pictures."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pydicom
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian

AXIAL = [1, 0, 0, 0, 1, 0]


def ball(depth: int = 8, side: int = 24, *, centre: float = 0.5, value: int = 800, seed: int = 1) -> np.ndarray:
    """Return int16 (depth, side, side): noise, and a ball of a value at a share of the depth."""
    rng = np.random.default_rng(seed)
    z, y, x = np.mgrid[0:depth, 0:side, 0:side]
    middle = centre * (depth - 1)
    near = ((z - middle) * side / depth) ** 2 + (y - side / 2) ** 2 + (x - side / 2) ** 2 < (side / 4) ** 2
    return (rng.normal(0, 20, near.shape) + value * near).astype(np.int16)


def dicom_slice(values: np.ndarray, path: Path, **tags: object) -> None:
    """Write one slice, signed 16 bits."""
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    uid = f"1.2.3.{abs(hash(path.name)) % 10**8}"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = uid
    dataset.SeriesInstanceUID, dataset.Modality = "1.2.3", "CT"
    dataset.Rows, dataset.Columns = values.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 1
    dataset.PixelData = values.astype(np.int16).tobytes()
    dataset.PixelSpacing = [0.8, 0.8]
    for name, value in tags.items():
        setattr(dataset, name, value)
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)


def dicom_series(
    folder: Path, volume: np.ndarray, *, thick: float = 2.5, leave: tuple[int, ...] = (), **tags: object
) -> Path:
    """Write a series whose files' names stand in another order than their slices."""
    folder.mkdir(parents=True, exist_ok=True)
    names = np.random.default_rng(3).permutation(len(volume))
    for index, values in enumerate(volume):
        if index in leave:
            continue
        told = {
            "ImagePositionPatient": [0, 0, -40 + thick * index],
            "ImageOrientationPatient": AXIAL,
            "InstanceNumber": len(volume) - index,
        } | tags
        dicom_slice(values, folder / f"I{names[index]:03}.dcm", **told)
    return folder


def nifti(path: Path, volume: np.ndarray, *, thick: float = 2.5, head_first: bool = False) -> Path:
    """Write a volume (slice, row, column) so that it is shown as it is here, from the feet up or head first."""
    stored = np.transpose(volume[::-1] if head_first else volume, (2, 1, 0))
    affine = np.diag([-0.8, -0.8, -thick if head_first else thick, 1.0])
    image = nibabel.Nifti1Image(stored, affine)
    image.header.set_xyzt_units("mm")
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    return path


def tiff(path: Path, volume: np.ndarray) -> Path:
    """Write pages of 8 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pages = [Image.fromarray(np.clip(page / 4, 0, 255).astype(np.uint8)) for page in volume]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def pictures(folder: Path, volume: np.ndarray) -> Path:
    """Write a folder of PNG files, slice1 to slice10 and beyond without leading zeros."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, page in enumerate(volume):
        Image.fromarray(np.clip(page / 4, 0, 255).astype(np.uint8)).save(folder / f"slice{index + 1}.png")
    return folder
