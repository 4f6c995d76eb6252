"""Marks as COCO: the JSON that most tools for object detection and segmentation read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mmdesk.core.cases import geometry
from mmdesk.core.cases.marks import Mark, Point
from mmdesk.core.fields.schema import Schema
from mmdesk.words import tr

UNNAMED: Final = "mark"
"""Category of marks that speak of no target."""


@dataclass(frozen=True, slots=True)
class MarkedImage:
    """One picture with its marks.

    Attributes:
        case: Name of the case.
        field: Name of the image input.
        frame: Which picture of the file.
        file: The file as the project names it.
        sha256: Digest of its bytes.
        size: Width and height at full resolution.
        spacing: Millimetres between pixels, (down, across), or None.
        aspect: Height of a pixel divided by its width.
        marks: What was drawn on it.
    """

    case: str
    field: str
    frame: int
    file: str
    sha256: str
    size: tuple[int, int]
    spacing: tuple[float, float] | None
    aspect: float
    marks: Sequence[Mark]


def to_coco(schema: Schema, images: Iterable[MarkedImage], made: str) -> dict[str, Any]:
    """Return COCO's object for images and marks.

    A category is an option of a target, a target without options, or `mark`. Box, ellipse,
    polygon and free hand have a segmentation; every mark has its bounding box, and under
    `attributes` its shape and points as they were drawn, its reader and its figures.
    Coordinates are pixels from the outer corner of the first one; `area` is in square pixels.

    Args:
        schema: The project's fields.
        images: Pictures with marks.
        made: UTC time, for `info`.
    """
    names = _categories(schema)
    numbers = {name: number for number, name in enumerate(names, 1)}
    whole: dict[str, Any] = {
        "info": {
            "description": tr("{name}: marks drawn by readers. Research use only.", name=schema.name),
            "version": "1",
            "date_created": made,
        },
        "licenses": [],
        "images": [],
        "categories": [
            {"id": number, "name": option or target or UNNAMED, "supercategory": target or UNNAMED}
            for (target, option), number in numbers.items()
        ],
        "annotations": [],
    }
    for image in images:
        number = len(whole["images"]) + 1
        whole["images"].append(_image(image, number))
        for mark in image.marks:
            category = numbers.get((mark.target, mark.option), numbers["", ""])
            place = {"id": len(whole["annotations"]) + 1, "image_id": number, "category_id": category}
            whole["annotations"].append(place | _annotation(mark, image))
    return whole


def _categories(schema: Schema) -> list[tuple[str, str]]:
    names = [("", "")]
    for target in schema.targets:
        names.append((target.name, ""))
        names += [(target.name, option) for option in target.options]
    return names


def _image(image: MarkedImage, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": image.file,
        "width": image.size[0],
        "height": image.size[1],
        "case": image.case,
        "input": image.field,
        "frame": image.frame,
        "sha256": image.sha256,
        "spacing_mm": list(image.spacing) if image.spacing else None,
    }


def _annotation(mark: Mark, image: MarkedImage) -> dict[str, Any]:
    way = geometry.outline(mark)
    left, top, right, bottom = geometry.bounds(way)
    scale = geometry.scale_of(image.spacing, image.aspect)
    made: dict[str, Any] = {
        "bbox": [left, top, right - left, bottom - top],
        "area": geometry.area(way) if mark.closed else 0.0,
        "segmentation": [_flat(way)] if mark.closed else [],
        "iscrowd": 0,
        "attributes": {
            "mark": mark.id,
            "shape": mark.shape,
            "points": [list(point) for point in mark.points],
            "reader": mark.reader,
            "note": mark.note,
            "at": mark.at,
            "measures": [
                {"name": measure.name, "value": measure.value, "unit": measure.unit}
                for measure in geometry.measures(mark, scale)
            ],
        },
    }
    if mark.shape == "point":
        made |= {"keypoints": [*mark.points[0], 2], "num_keypoints": 1}
    return made


def _flat(way: Iterable[Point]) -> list[float]:
    return [part for point in way for part in point]
