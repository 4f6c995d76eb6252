"""Marks on a grey DICOM image as a presentation state: viewers draw them over the image itself.

Grayscale Softcopy Presentation State (PS3.3 A.33.1): one for each picture and reader, with the window
that the picture opens with. Points lie in DICOM's `PIXEL` units, which are those of marks: (0, 0) is
the outer corner of the first pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from mmdesk.core.cases import geometry
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
)

GRAYSCALE_STATE: Final = "1.2.840.10008.5.1.4.1.1.11.1"
LAYER: Final = "MARKS"


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


def state_bytes(schema: Schema, source: MarkedSource, shades: Shades, reader: str) -> bytes:
    """Return the file of a presentation state with one reader's marks on one picture.

    The same marks give the same file, with the same identifiers.

    Args:
        schema: The project's fields, for the words of targets.
        source: The picture and at least one mark.
        shades: How it opens.
        reader: Who drew them.
    """
    header, told = source.header, [repr(mark) for mark in source.marks]
    told = ["state", reader, str(header.SOPInstanceUID), str(source.frame), repr(shades), *told]
    state = begun(GRAYSCALE_STATE, header, told, source.marks)
    state.Modality = "PR"
    state.ContentLabel = LAYER
    state.ContentDescription = "Marks, research use only"
    state.ContentCreatorName = person_name(reader)
    state.PresentationCreationDate, state.PresentationCreationTime = state.ContentDate, state.ContentTime
    state.ReferencedSeriesSequence = [
        dataset(SeriesInstanceUID=header.SeriesInstanceUID, ReferencedImageSequence=[referred(source)])
    ]
    state.DisplayedAreaSelectionSequence = [_area(header)]
    state.GraphicLayerSequence = [dataset(GraphicLayer=LAYER, GraphicLayerOrder=1)]
    state.GraphicAnnotationSequence = [_annotation(schema, source, mark) for mark in source.marks]
    _rescale(state, header, source.frame)
    window = dataset(WindowCenter=_decimal(shades.centre), WindowWidth=_decimal(shades.width))
    state.SoftcopyVOILUTSequence = [window]
    state.PresentationLUTShape = "INVERSE" if shades.inverted else "IDENTITY"
    out = BytesIO()
    state.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _area(header: Any) -> Any:
    area = dataset(
        DisplayedAreaTopLeftHandCorner=[1, 1],
        DisplayedAreaBottomRightHandCorner=[int(header.Columns), int(header.Rows)],
        PresentationSizeMode="SCALE TO FIT",
    )
    spacing = header.get("PixelSpacing") or header.get("ImagerPixelSpacing")
    if spacing:
        area.PresentationPixelSpacing = list(spacing)
    else:
        area.PresentationPixelAspectRatio = [int(part) for part in header.get("PixelAspectRatio", (1, 1))]
    return area


def _annotation(schema: Schema, source: MarkedSource, mark: Mark) -> Any:
    kind, points = graphic(mark)
    drawn = dataset(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(points),
        GraphicData=[float(part) for point in points for part in point],
        GraphicType=kind,
    )
    if mark.closed:
        drawn.GraphicFilled = "N"
    made = dataset(GraphicLayer=LAYER, GraphicObjectSequence=[drawn])
    words = [finding_words(schema, mark)] if mark.target else []
    if mark.shape in ("ruler", "angle"):
        words.append(geometry.say_measures(mark, source.scale))
    if text := "\r\n".join(part for part in (*words, mark.note) if part):
        _, top, right, _ = geometry.bounds(mark.points)
        made.TextObjectSequence = [
            dataset(
                UnformattedTextValue=text[:1024],
                AnchorPointAnnotationUnits="PIXEL",
                AnchorPoint=[float(right), float(top)],
                AnchorPointVisibility="N",
            )
        ]
    made.ReferencedImageSequence = [referred(source)]
    return made


def _rescale(state: Any, header: Any, frame: int) -> None:
    """Say how stored values become those that the window is meant for."""
    if "ModalityLUTSequence" in header:
        state.ModalityLUTSequence = header.ModalityLUTSequence
        return
    found = next((held for held in _holders(header, frame) if "RescaleSlope" in held), None)
    if found is not None:
        state.RescaleIntercept = found.RescaleIntercept
        state.RescaleSlope = found.RescaleSlope
        state.RescaleType = str(
            found.get("RescaleType") or ("HU" if header.get("Modality") == "CT" else "US")
        )


def _holders(header: Any, frame: int) -> Sequence[Any]:
    """Return the data sets that may tell how a frame's values are rescaled, nearest first."""
    found = []
    own = header.get("PerFrameFunctionalGroupsSequence") or []
    for group in (*own[frame : frame + 1], *(header.get("SharedFunctionalGroupsSequence") or [])):
        found += list(group.get("PixelValueTransformationSequence") or [])
    return [*found, header]


def _decimal(value: float) -> str:
    return f"{value:.10g}"
