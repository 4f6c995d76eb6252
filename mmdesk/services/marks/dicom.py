"""What DICOM objects about marks have in common: who they are of, what they refer to, how marks lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from mmdesk.core.cases import geometry
from mmdesk.core.cases.geometry import Scale
from mmdesk.core.cases.marks import Mark, Point
from mmdesk.core.fields.schema import Schema
from mmdesk.words import tr

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
_PICTURE_CLASS: Final = "1.2.840.10008.5.1.4.1.1.7"
_FRAMES_CLASS: Final = "1.2.840.10008.5.1.4.1.1.7.3"


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


@dataclass(frozen=True, slots=True)
class Shades:
    """How a picture opens.

    Attributes:
        centre: Value shown as middle grey, after the rescaling.
        width: Values between black and white.
        inverted: Low values are shown white.
    """

    centre: float
    width: float
    inverted: bool = False


def stand_in(source: MarkedSource) -> Any:
    """Return what highdicom takes for a source's picture.

    It looks classes up in the standard's tables and refuses values against the rules. Real files
    have private classes and careless values: `file_bytes` puts in what the file has.
    """
    made = dataset(
        SOPClassUID=_FRAMES_CLASS if source.frames > 1 else _PICTURE_CLASS,
        **{name: source.header[name].value for name in ("Rows", "Columns", *NEEDED[:3])},
        Modality="OT",
        SamplesPerPixel=1,
        **dict.fromkeys(_MAY_BE_EMPTY),
    )
    if source.frames > 1:
        made.NumberOfFrames = source.frames
        made.SharedFunctionalGroupsSequence = [dataset()]
    return made


def identity(header: Any, told: Sequence[str]) -> dict[str, Any]:
    """Return how an object about marks on an image is named, as highdicom's arguments.

    Args:
        header: The image's attributes.
        told: All that it tells; the same tells give the same identifiers.
    """
    uid = uid_of(str(header.StudyInstanceUID), *told)
    return {
        "sop_instance_uid": uid,
        "instance_number": 1,
        "series_instance_uid": uid_of(uid, "series"),
        "series_number": 1,
        "series_description": tr("Marks, research use only"),
        "manufacturer": "mmdesk",
        "specific_character_set": "ISO_IR 192",
    }


def drawn_at(marks: Iterable[Mark]) -> datetime:
    """Return when the last of some marks was drawn, local time."""
    return datetime.fromisoformat(max(mark.at for mark in marks)).astimezone().replace(microsecond=0)


def file_bytes(made: Any, sources: Sequence[MarkedSource]) -> bytes:
    """Return an object's file, with patient, study and classes as the images' files have them.

    The same object gives the same bytes: its date is that of the marks, not that of the export.
    """
    header = sources[0].header
    for name in _COPIED:
        if name in header:
            setattr(made, name, header[name].value)
    classes = {str(source.header.SOPInstanceUID): source.header.SOPClassUID for source in sources}

    def name_class(item: Any, element: Any) -> None:
        if element.keyword == "ReferencedSOPClassUID":
            element.value = classes[str(item.ReferencedSOPInstanceUID)]

    made.walk(name_class)
    drawn = drawn_at(mark for source in sources for mark in source.marks)
    made.InstanceCreationDate, made.InstanceCreationTime = drawn.date(), drawn.time()
    for item in made.ContributingEquipmentSequence:
        item.ContributionDateTime = drawn
    out = BytesIO()
    made.save_as(out, enforce_file_format=True)
    return out.getvalue()


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
