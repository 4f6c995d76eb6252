"""Marks on a DICOM image as a structured report: TID 1500, each mark a planar region (TID 1410).

Imports highdicom, and so is itself imported only by an export.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from highdicom import sr
from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept

from mmdesk.core.cases import geometry
from mmdesk.core.cases.marks import Mark
from mmdesk.core.fields.schema import Schema
from mmdesk.services.marks.dicom import (
    MarkedSource,
    drawn_at,
    file_bytes,
    finding_words,
    graphic,
    identity,
    person_name,
    stand_in,
    uid_of,
)
from mmdesk.words import QT_TR_NOOP, tr

SCHEME: Final = "99MMDESK"
"""Coding scheme of the project's own targets and options."""
_CONCEPTS: Final = {
    "length": CodedConcept("410668003", "SCT", "Length"),
    "perimeter": CodedConcept("131191004", "SCT", "Perimeter"),
    "angle": CodedConcept("1483009", "SCT", "Angle"),
    "area": CodedConcept("42798000", "SCT", "Area"),
    "width": CodedConcept("103355008", "SCT", "Width"),
    "height": CodedConcept("121207", "DCM", "Height"),
}
_UNITS: Final = {
    "mm": CodedConcept("mm", "UCUM", "mm"),
    "mm²": CodedConcept("mm2", "UCUM", "mm2"),
    "°": CodedConcept("deg", "UCUM", "deg"),
    "px": CodedConcept("{pixels}", "UCUM", "pixels"),
    "px²": CodedConcept("{square_pixels}", "UCUM", QT_TR_NOOP("square pixels")),
}
_PERSON: Final = CodedConcept("121006", "DCM", "Person")
_PROCEDURE: Final = CodedConcept("363679005", "SCT", QT_TR_NOOP("Imaging procedure"))
_ENGLISH: Final = CodedConcept("en", "RFC5646", "English")
_COMMENT: Final = CodedConcept("121106", "DCM", "Comment")


def report_bytes(schema: Schema, sources: Sequence[MarkedSource], reader: str) -> bytes:
    """Return the file of a Comprehensive SR with one reader's marks on images of one study.

    The same marks give the same file, with the same identifiers.

    Args:
        schema: The project's fields, for the words of targets.
        sources: At least one, each with at least one mark.
        reader: Who drew them.
    """
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_person_context=_observer(reader)),
        procedure_reported=_PROCEDURE,
        imaging_measurements=[_group(schema, source, mark) for source in sources for mark in source.marks],
        language_of_content_item_and_descendants=sr.LanguageOfContentItemAndDescendants(_ENGLISH),
    )
    drawn = drawn_at(mark for source in sources for mark in source.marks)
    told = [repr((s.header.SOPInstanceUID, s.frame, s.scale, m)) for s in sources for m in s.marks]
    report = sr.ComprehensiveSR(
        evidence=[stand_in(source) for source in sources],
        content=content,
        content_date=drawn.date(),
        content_time=drawn.time(),
        coding_schemes=[CodingSchemeIdentificationItem(SCHEME, tr("Targets and options of an mmdesk project"))],
        **identity(sources[0].header, [reader, *told]),
    )
    return file_bytes(report, sources)


def _observer(reader: str) -> Any:
    person = sr.PersonObserverIdentifyingAttributes(name="")
    # highdicom warns of a name without a caret, which the standard allows: it is put in afterwards
    person[0].PersonName = person_name(reader)
    return sr.ObserverContext(observer_type=_PERSON, observer_identifying_attributes=person)


def _group(schema: Schema, source: MarkedSource, mark: Mark) -> Any:
    group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid_of("mark", mark.id), f"{mark.words} {mark.id}"),
        referenced_region=_region(source, mark),
        finding_type=_finding(schema, mark) if mark.target else None,
        measurements=[
            sr.Measurement(_CONCEPTS[measure.name], measure.value, _UNITS[measure.unit])
            for measure in geometry.measures(mark, source.scale)
        ],
    )
    if mark.note:
        note = sr.TextContentItem(_COMMENT, mark.note, sr.RelationshipTypeValues.CONTAINS)
        group[0].ContentSequence.append(note)
    return group


def _finding(schema: Schema, mark: Mark) -> CodedConcept:
    name = f"{mark.target}.{mark.option}" if mark.option else mark.target
    return CodedConcept(name, SCHEME, finding_words(schema, mark)[:64])


def _region(source: MarkedSource, mark: Mark) -> Any:
    kind, points = graphic(mark)
    frames = [source.frame + 1] if source.frames > 1 else None
    picture = stand_in(source)
    image = sr.SourceImageForRegion(picture.SOPClassUID, picture.SOPInstanceUID, frames)
    return sr.ImageRegion(kind, np.array(points, float), image)
