"""Marks on a DICOM image as a structured report: TID 1500, each mark a planar region (TID 1410)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from mmdesk.core import geometry
from mmdesk.core.geometry import Measure, Scale
from mmdesk.core.marks import Mark, Point
from mmdesk.core.schema import Schema

COMPREHENSIVE_SR: Final = "1.2.840.10008.5.1.4.1.1.88.33"
SCHEME: Final = "99MMDESK"
"""Coding scheme of the project's own targets and options."""
_Code = tuple[str, str, str]
_CONCEPTS: Final[dict[str, _Code]] = {
    "length": ("410668003", "SCT", "Length"),
    "perimeter": ("131191004", "SCT", "Perimeter"),
    "angle": ("1483009", "SCT", "Angle"),
    "area": ("42798000", "SCT", "Area"),
    "width": ("103355008", "SCT", "Width"),
    "height": ("121207", "DCM", "Height"),
}
_UNITS: Final[dict[str, _Code]] = {
    "mm": ("mm", "UCUM", "mm"),
    "mm²": ("mm2", "UCUM", "mm2"),
    "°": ("deg", "UCUM", "deg"),
    "px": ("{pixels}", "UCUM", "pixels"),
    "px²": ("{square_pixels}", "UCUM", "square pixels"),
}
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


def report_bytes(schema: Schema, sources: Sequence[MarkedSource], reader: str) -> bytes:
    """Return the file of a Comprehensive SR with one reader's marks on images of one study.

    The same marks give the same file, with the same identifiers.

    Args:
        schema: The project's fields, for the words of targets.
        sources: At least one, each with at least one mark.
        reader: Who drew them.
    """
    report = _header(sources, reader)
    report.ContentSequence = [
        *_context(reader),
        _container(
            "CONTAINS",
            ("126010", "DCM", "Imaging Measurements"),
            [_group(schema, source, mark) for source in sources for mark in source.marks],
        ),
    ]
    out = BytesIO()
    report.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _header(sources: Sequence[MarkedSource], reader: str) -> Any:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    first = sources[0].header
    told = [repr((s.header.SOPInstanceUID, s.frame, s.scale, m)) for s in sources for m in s.marks]
    latest = max(mark.at for source in sources for mark in source.marks)
    made = datetime.fromisoformat(latest).astimezone()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = COMPREHENSIVE_SR
    meta.MediaStorageSOPInstanceUID = _uid(str(first.StudyInstanceUID), reader, *told)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    report = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    report.SpecificCharacterSet = "ISO_IR 192"
    for name in _MAY_BE_EMPTY:
        setattr(report, name, "")
    for name in _COPIED:
        if name in first:
            setattr(report, name, first[name].value)
    report.SOPClassUID = COMPREHENSIVE_SR
    report.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    report.Modality = "SR"
    report.SeriesInstanceUID = _uid(str(report.SOPInstanceUID), "series")
    report.SeriesNumber = 1
    report.SeriesDescription = "Marks, research use only"
    report.InstanceNumber = 1
    report.Manufacturer = "mmdesk"
    report.ContentDate = made.strftime("%Y%m%d")
    report.ContentTime = made.strftime("%H%M%S")
    report.CompletionFlag = "PARTIAL"
    report.VerificationFlag = "UNVERIFIED"
    report.ReferencedPerformedProcedureStepSequence = []
    report.PerformedProcedureCodeSequence = []
    report.CurrentRequestedProcedureEvidenceSequence = [_evidence(sources)]
    report.CodingSchemeIdentificationSequence = [
        _dataset(CodingSchemeDesignator=SCHEME, CodingSchemeName="Targets and options of an mmdesk project")
    ]
    report.ValueType = "CONTAINER"
    report.ConceptNameCodeSequence = [_code("126000", "DCM", "Imaging Measurement Report")]
    report.ContinuityOfContent = "SEPARATE"
    report.ContentTemplateSequence = [_template("1500")]
    return report


def _evidence(sources: Sequence[MarkedSource]) -> Any:
    series: dict[str, dict[str, Any]] = {}
    for source in sources:
        instances = series.setdefault(str(source.header.SeriesInstanceUID), {})
        instances[str(source.header.SOPInstanceUID)] = _dataset(
            ReferencedSOPClassUID=source.header.SOPClassUID,
            ReferencedSOPInstanceUID=source.header.SOPInstanceUID,
        )
    return _dataset(
        StudyInstanceUID=sources[0].header.StudyInstanceUID,
        ReferencedSeriesSequence=[
            _dataset(SeriesInstanceUID=uid, ReferencedSOPSequence=list(instances.values()))
            for uid, instances in series.items()
        ],
    )


def _context(reader: str) -> list[Any]:
    english, person = ("en", "RFC5646", "English"), ("121006", "DCM", "Person")
    name = reader.replace("^", " ").replace("=", " ").replace("\\", " ")[:64]
    language = ("121049", "DCM", "Language of Content Item and Descendants")
    procedure = ("363679005", "SCT", "Imaging procedure")
    return [
        _coded("HAS CONCEPT MOD", language, english),
        _coded("HAS OBS CONTEXT", ("121005", "DCM", "Observer Type"), person),
        _item("HAS OBS CONTEXT", "PNAME", ("121008", "DCM", "Person Observer Name"), PersonName=name),
        _coded("HAS CONCEPT MOD", ("121058", "DCM", "Procedure reported"), procedure),
    ]


def _group(schema: Schema, source: MarkedSource, mark: Mark) -> Any:
    tracking = ("112039", "DCM", "Tracking Identifier")
    unique = ("112040", "DCM", "Tracking Unique Identifier")
    parts = [
        _item("HAS OBS CONTEXT", "TEXT", tracking, TextValue=f"{mark.words} {mark.id}"),
        _item("HAS OBS CONTEXT", "UIDREF", unique, UID=_uid("mark", mark.id)),
    ]
    if mark.target:
        parts.append(_coded("CONTAINS", ("121071", "DCM", "Finding"), _finding(schema, mark)))
    parts.append(_region(source, mark))
    parts += [_number(measure) for measure in geometry.measures(mark, source.scale)]
    if mark.note:
        parts.append(_item("CONTAINS", "TEXT", ("121106", "DCM", "Comment"), TextValue=mark.note))
    group = _container("CONTAINS", ("125007", "DCM", "Measurement Group"), parts)
    group.ContentTemplateSequence = [_template("1410")]
    return group


def _finding(schema: Schema, mark: Mark) -> _Code:
    title = next((field.title for field in schema.targets if field.name == mark.target), mark.target)
    words = f"{title}: {mark.option}" if mark.option else title
    return (f"{mark.target}.{mark.option}" if mark.option else mark.target, SCHEME, words[:64])


def _region(source: MarkedSource, mark: Mark) -> Any:
    kind, points = _graphic(mark)
    referred = _dataset(
        ReferencedSOPClassUID=source.header.SOPClassUID,
        ReferencedSOPInstanceUID=source.header.SOPInstanceUID,
    )
    if source.frames > 1:
        referred.ReferencedFrameNumber = source.frame + 1
    image = _dataset(
        RelationshipType="SELECTED FROM",
        ValueType="IMAGE",
        ConceptNameCodeSequence=[_code("121324", "DCM", "Source Image")],
        ReferencedSOPSequence=[referred],
    )
    region = _item("CONTAINS", "SCOORD", ("111030", "DCM", "Image Region"), GraphicType=kind)
    region.GraphicData = [float(part) for point in points for part in point]
    region.ContentSequence = [image]
    return region


def _graphic(mark: Mark) -> tuple[str, list[Point]]:
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


def _number(measure: Measure) -> Any:
    value = _dataset(
        NumericValue=f"{measure.value:.10g}",
        FloatingPointValue=measure.value,
        MeasurementUnitsCodeSequence=[_code(*_UNITS[measure.unit])],
    )
    return _item("CONTAINS", "NUM", _CONCEPTS[measure.name], MeasuredValueSequence=[value])


def _container(relation: str, name: _Code, parts: list[Any]) -> Any:
    return _item(relation, "CONTAINER", name, ContinuityOfContent="SEPARATE", ContentSequence=parts)


def _coded(relation: str, name: _Code, value: _Code) -> Any:
    return _item(relation, "CODE", name, ConceptCodeSequence=[_code(*value)])


def _item(relation: str, kind: str, name: _Code, **more: Any) -> Any:
    return _dataset(RelationshipType=relation, ValueType=kind, ConceptNameCodeSequence=[_code(*name)], **more)


def _code(value: str, scheme: str, meaning: str) -> Any:
    key = "CodeValue" if len(value) <= 16 else "LongCodeValue"
    return _dataset(**{key: value}, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def _template(number: str) -> Any:
    return _dataset(MappingResource="DCMR", TemplateIdentifier=number)


def _dataset(**values: Any) -> Any:
    from pydicom.dataset import Dataset

    made = Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def _uid(*of: str) -> str:
    from pydicom.uid import generate_uid

    return str(generate_uid(entropy_srcs=list(of)))
