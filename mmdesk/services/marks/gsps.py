"""Marks on a grey DICOM image as a presentation state: viewers draw them over the image itself.

Grayscale Softcopy Presentation State (PS3.3 A.33.1): one for each picture and reader, with the window
that the picture opens with. Points lie in DICOM's `PIXEL` units, which are those of marks: (0, 0) is
the outer corner of the first pixel. Imports highdicom, and so is itself imported only by an export.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import highdicom as hd
import numpy as np
from highdicom import pr

from mmdesk.core.cases import geometry
from mmdesk.core.cases.marks import Mark
from mmdesk.core.fields.schema import Schema
from mmdesk.services.marks.dicom import (
    MarkedSource,
    Shades,
    dataset,
    drawn_at,
    file_bytes,
    finding_words,
    graphic,
    identity,
    person_name,
    stand_in,
)
from mmdesk.words import tr

LAYER: Final = pr.GraphicLayer("MARKS", order=1)


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
    picture = stand_in(source)
    state = pr.GrayscaleSoftcopyPresentationState(
        referenced_images=[picture],
        manufacturer_model_name=None,
        software_versions=None,
        device_serial_number=None,
        content_label=LAYER.GraphicLayer,
        content_description=tr("Marks, research use only"),
        graphic_annotations=[_annotation(schema, source, picture, mark) for mark in source.marks],
        graphic_layers=[LAYER],
        modality_lut_transformation=_rescale(header, source.frame),
        voi_lut_transformations=[pr.SoftcopyVOILUTTransformation(shades.centre, shades.width)],
        presentation_lut_transformation=hd.PresentationLUTTransformation("INVERSE" if shades.inverted else "IDENTITY"),
        **identity(header, told),
    )
    _correct(state, source, reader)
    return file_bytes(state, [source])


def _correct(state: Any, source: MarkedSource, reader: str) -> None:
    """Put in what highdicom does not say.

    That is pixels that are not square, one frame of many, a table as the file has it, a name without
    a caret and the date of the marks.
    """
    drawn = drawn_at(source.marks)
    state.PresentationCreationDate, state.PresentationCreationTime = drawn.date(), drawn.time()
    state.ContentCreatorName = person_name(reader)
    state.DisplayedAreaSelectionSequence = [_area(source.header)]
    if source.frames > 1:
        state.ReferencedSeriesSequence[0].ReferencedImageSequence[0].ReferencedFrameNumber = source.frame + 1
    if "ModalityLUTSequence" in source.header:
        state.ModalityLUTSequence = source.header.ModalityLUTSequence


def _area(header: Any) -> Any:
    area = dataset(
        DisplayedAreaTopLeftHandCorner=[1, 1],
        DisplayedAreaBottomRightHandCorner=[int(header.Columns), int(header.Rows)],
        PresentationSizeMode=tr("SCALE TO FIT"),
    )
    spacing = header.get("PixelSpacing") or header.get("ImagerPixelSpacing")
    if spacing:
        area.PresentationPixelSpacing = list(spacing)
    else:
        area.PresentationPixelAspectRatio = [int(part) for part in header.get("PixelAspectRatio", (1, 1))]
    return area


def _annotation(schema: Schema, source: MarkedSource, picture: Any, mark: Mark) -> Any:
    kind, points = graphic(mark)
    edges = picture.Columns, picture.Rows
    words = [finding_words(schema, mark)] if mark.target else []
    if mark.shape in ("ruler", "angle"):
        words.append(geometry.say_measures(mark, source.scale))
    texts = []
    if text := "\r\n".join(part for part in (*words, mark.note) if part):
        _, top, right, _ = geometry.bounds(mark.points)
        anchor = tuple(float(part) for part in np.clip((right, top), 0, edges))
        texts.append(pr.TextObject(text[:1024], "PIXEL", anchor_point=anchor, anchor_point_visible=False))
    return pr.GraphicAnnotation(
        [picture],
        LAYER,
        referenced_frame_number=source.frame + 1 if source.frames > 1 else None,
        graphic_objects=[pr.GraphicObject(kind, np.clip(np.array(points, float), 0, edges), "PIXEL")],
        text_objects=texts,
    )


def _rescale(header: Any, frame: int) -> Any:
    """Say how stored values become those that the window is meant for; None when a table does, or nothing."""
    found = next((held for held in _holders(header, frame) if "RescaleSlope" in held), None)
    if found is None or "ModalityLUTSequence" in header:
        return None
    kind = found.get("RescaleType") or ("HU" if header.get("Modality") == "CT" else "US")
    return hd.ModalityLUTTransformation(float(found.RescaleIntercept), float(found.RescaleSlope), str(kind))


def _holders(header: Any, frame: int) -> Sequence[Any]:
    """Return the data sets that may tell how a frame's values are rescaled, nearest first."""
    found = []
    own = header.get("PerFrameFunctionalGroupsSequence") or []
    for group in (*own[frame : frame + 1], *(header.get("SharedFunctionalGroupsSequence") or [])):
        found += list(group.get("PixelValueTransformationSequence") or [])
    return [*found, header]
