"""What DICOM objects about marks have in common: who they are of, what they refer to, how marks lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mmdesk.core.cases import geometry
from mmdesk.core.cases.geometry import Scale
from mmdesk.core.cases.marks import Mark, Point
from mmdesk.core.fields.schema import Schema

_COPIED: Final = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "IssuerOfPatientID",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_MAY_BE_EMPTY: Final = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
NEEDED: Final = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
"""What a source must say of itself so that a report can refer to it."""


@dataclass(frozen=True, slots=True)
class MarkedSource:
    """A DICOM file with the marks on one of its frames.

    Attributes:
        header: Its attributes without the pixels (a pydicom `Dataset`).
        frame: Which frame, from 0.
        frames: How many frames the file has.
        scale: How large its pixels are.
        marks: What was drawn on it.
    """

    header: Any
    frame: int
    frames: int
    scale: Scale
    marks: Sequence[Mark]


def begun(sop_class: str, header: Any, told: Sequence[str], marks: Sequence[Mark]) -> Any:
    """Return an object about marks on an image, with the image's patient and study.

    Args:
        sop_class: What kind of object.
        header: The image's attributes.
        told: All that it tells; the same tells give the same identifier.
        marks: The marks; the latest of them dates it.

    Returns:
        A pydicom `FileDataset` with an own series.
    """
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = uid_of(str(header.StudyInstanceUID), *told)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SpecificCharacterSet = "ISO_IR 192"
    for name in _MAY_BE_EMPTY:
        setattr(made, name, "")
    for name in _COPIED:
        if name in header:
            setattr(made, name, header[name].value)
    made.SOPClassUID = sop_class
    made.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    made.SeriesInstanceUID = uid_of(str(made.SOPInstanceUID), "series")
    made.SeriesNumber = 1
    made.SeriesDescription = "Marks, research use only"
    made.InstanceNumber = 1
    made.Manufacturer = "mmdesk"
    drawn = datetime.fromisoformat(max(mark.at for mark in marks)).astimezone()
    made.ContentDate = drawn.strftime("%Y%m%d")
    made.ContentTime = drawn.strftime("%H%M%S")
    return made


def referred(source: MarkedSource) -> Any:
    """Return what refers to a source's picture."""
    made = dataset(
        ReferencedSOPClassUID=source.header.SOPClassUID,
        ReferencedSOPInstanceUID=source.header.SOPInstanceUID,
    )
    if source.frames > 1:
        made.ReferencedFrameNumber = source.frame + 1
    return made


def person_name(reader: str) -> str:
    """Return a reader's name as DICOM takes it."""
    return reader.replace("^", " ").replace("=", " ").replace("\\", " ")[:64]


def finding_words(schema: Schema, mark: Mark) -> str:
    """Return what a mark is of, in words."""
    title = next((field.title for field in schema.targets if field.name == mark.target), mark.target)
    return f"{title}: {mark.option}" if mark.option else title


def graphic(mark: Mark) -> tuple[str, list[Point]]:
    """Return DICOM's type and points: a closed way ends where it begins, an ellipse is its two axes."""
    if mark.shape == "point":
        return "POINT", list(mark.points)
    if mark.shape != "ellipse":
        way = geometry.outline(mark)
        return "POLYLINE", [*way, way[0]] if mark.closed else list(way)
    left, top, right, bottom = geometry.bounds(mark.points)
    x, y = (left + right) / 2, (top + bottom) / 2
    across, down = [(left, y), (right, y)], [(x, top), (x, bottom)]
    wide = right - left >= bottom - top
    return "ELLIPSE", [*across, *down] if wide else [*down, *across]


def dataset(**values: Any) -> Any:
    """Return a data set of these attributes."""
    from pydicom.dataset import Dataset

    made = Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def uid_of(*of: str) -> str:
    """Return an identifier that follows from texts."""
    from pydicom.uid import generate_uid

    return str(generate_uid(entropy_srcs=list(of)))
