"""The one door to an image file, whatever its format: `open_image`."""

from __future__ import annotations

from pathlib import Path

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base.files import read_image_bytes
from mmdesk.imaging.base.limited_reader import LimitedBytes, LimitedFile, LimitedReader
from mmdesk.imaging.base.signatures import HEAD, is_dicom, is_nifti, is_tiff
from mmdesk.imaging.base.source import ImageSource
from mmdesk.imaging.raster import RasterSource


def open_image(path: Path) -> ImageSource:
    """Open an image file; only its description is read.

    Args:
        path: A JPEG, PNG, TIFF, BMP, WebP, GIF, JPEG 2000, DICOM or NIfTI file.

    Raises:
        ImageProblem: With the reason `no-file` or `unreadable` and a plain sentence.
    """
    file = LimitedFile(path)
    try:
        source = _in_parts(file)
    except ImageProblem:
        file.close()
        raise
    if source is None:
        file.close()
        return RasterSource(read_image_bytes(path))
    return source


def open_bytes(data: bytes) -> ImageSource:
    """Open an image from a file's bytes; see `open_image`."""
    return _in_parts(LimitedBytes(data)) or RasterSource(data)


def _in_parts(file: LimitedReader) -> ImageSource | None:
    """Return a source that keeps the file open and reads parts of it, where there is one."""
    head = file.read(HEAD)
    file.seek(0)
    if is_dicom(head):
        from mmdesk.imaging.dicom.file import DicomSource

        return DicomSource(file)
    if is_nifti(head):
        from mmdesk.imaging.nifti import NiftiSource

        return NiftiSource(file)
    if is_tiff(head):
        from mmdesk.imaging.tiff.pages import open_tiff

        return open_tiff(file)
    return None
