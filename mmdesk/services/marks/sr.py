"""Marks on a DICOM image as a structured report: TID 1500, each mark a planar region (TID 1410)."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from mmdesk.core.cases import geometry
from mmdesk.core.cases.geometry import Measure
from mmdesk.core.cases.marks import Mark
from mmdesk.core.fields.schema import Schema
from mmdesk.services.marks.dicom import (
    MarkedSource,
    begun,
    dataset,
    finding_words,
    graphic,
    person_name,
    referred,
    uid_of,
)

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
    marks = [mark for source in sources for mark in source.marks]
    told = [repr((s.header.SOPInstanceUID, s.frame, s.scale, m)) for s in sources for m in s.marks]
    report = begun(COMPREHENSIVE_SR, sources[0].header, [reader, *told], marks)
    report.Modality = "SR"
    report.CompletionFlag = "PARTIAL"
    report.VerificationFlag = "UNVERIFIED"
    report.ReferencedPerformedProcedureStepSequence = []
    report.PerformedProcedureCodeSequence = []
    report.CurrentRequestedProcedureEvidenceSequence = [_evidence(sources)]
    report.CodingSchemeIdentificationSequence = [
        dataset(CodingSchemeDesignator=SCHEME, CodingSchemeName="Targets and options of an mmdesk project")
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
        instances[str(source.header.SOPInstanceUID)] = dataset(
            ReferencedSOPClassUID=source.header.SOPClassUID,
            ReferencedSOPInstanceUID=source.header.SOPInstanceUID,
        )
    return dataset(
        StudyInstanceUID=sources[0].header.StudyInstanceUID,
        ReferencedSeriesSequence=[
            dataset(SeriesInstanceUID=uid, ReferencedSOPSequence=list(instances.values()))
            for uid, instances in series.items()
        ],
    )


def _context(reader: str) -> list[Any]:
    english, person = ("en", "RFC5646", "English"), ("121006", "DCM", "Person")
    named = ("121008", "DCM", "Person Observer Name")
    language = ("121049", "DCM", "Language of Content Item and Descendants")
    procedure = ("363679005", "SCT", "Imaging procedure")
    return [
        _coded("HAS CONCEPT MOD", language, english),
        _coded("HAS OBS CONTEXT", ("121005", "DCM", "Observer Type"), person),
        _item("HAS OBS CONTEXT", "PNAME", named, PersonName=person_name(reader)),
        _coded("HAS CONCEPT MOD", ("121058", "DCM", "Procedure reported"), procedure),
    ]


def _group(schema: Schema, source: MarkedSource, mark: Mark) -> Any:
    tracking = ("112039", "DCM", "Tracking Identifier")
    unique = ("112040", "DCM", "Tracking Unique Identifier")
    parts = [
        _item("HAS OBS CONTEXT", "TEXT", tracking, TextValue=f"{mark.words} {mark.id}"),
        _item("HAS OBS CONTEXT", "UIDREF", unique, UID=uid_of("mark", mark.id)),
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
    name = f"{mark.target}.{mark.option}" if mark.option else mark.target
    return name, SCHEME, finding_words(schema, mark)[:64]


def _region(source: MarkedSource, mark: Mark) -> Any:
    kind, points = graphic(mark)
    image = dataset(
        RelationshipType="SELECTED FROM",
        ValueType="IMAGE",
        ConceptNameCodeSequence=[_code("121324", "DCM", "Source Image")],
        ReferencedSOPSequence=[referred(source)],
    )
    region = _item("CONTAINS", "SCOORD", ("111030", "DCM", "Image Region"), GraphicType=kind)
    region.GraphicData = [float(part) for point in points for part in point]
    region.ContentSequence = [image]
    return region


def _number(measure: Measure) -> Any:
    value = dataset(
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
    return dataset(RelationshipType=relation, ValueType=kind, ConceptNameCodeSequence=[_code(*name)], **more)


def _code(value: str, scheme: str, meaning: str) -> Any:
    key = "CodeValue" if len(value) <= 16 else "LongCodeValue"
    return dataset(**{key: value}, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def _template(number: str) -> Any:
    return dataset(MappingResource="DCMR", TemplateIdentifier=number)
