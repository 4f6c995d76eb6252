"""Marks: what a reader draws on an image of a case."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mmdesk.core.errors import FieldProblem
from mmdesk.words import QT_TR_NOOP, tr

Point = tuple[float, float]
"""x to the right and y down, in pixels of the upright image at full resolution; (0, 0) is the
outer corner of the first pixel, (0.5, 0.5) its centre, as in DICOM and in COCO."""

MOST_POINTS: Final = 8_000
"""A closed way of so many points still fits into a DICOM attribute."""
DIGITS: Final = 3
"""Decimals of a pixel that are stored."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of mark.

    Attributes:
        name: Identifier, stored and exported.
        words: What a person calls it.
        fewest: Points that it needs.
        most: Points that it may have.
        closed: It surrounds an area.
    """

    name: str
    words: str
    fewest: int
    most: int
    closed: bool = False


SHAPES: Final = {
    shape.name: shape
    for shape in (
        Shape("point", "point", 1, 1),
        Shape("ruler", "ruler", 2, 2),
        Shape("angle", "angle", 3, 3),
        Shape("line", "line", 2, MOST_POINTS),
        Shape("box", "box", 2, 2, closed=True),
        Shape("ellipse", "ellipse", 2, 2, closed=True),
        Shape("polygon", "polygon", 3, MOST_POINTS, closed=True),
        Shape("freehand", QT_TR_NOOP("free hand"), 3, MOST_POINTS, closed=True),
    )
}
"""All shapes. A box and an ellipse are two opposite corners of their upright rectangle; an angle
has its corner in the middle; free hand is an outline that closes itself."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn on an image.

    Attributes:
        case: Id of the case.
        field: Name of the image input.
        shape: A name of `SHAPES`.
        points: Its points, in their order.
        id: Its own name, the same for ever and in every project; empty until it is stored.
        image: SHA-256 of the file it was drawn on; a mark is not shown on another file.
        frame: Which picture of the file, from 0.
        target: Name of the target it speaks of, or empty.
        option: Which option of that target, or empty.
        note: Words of the reader.
        reader: Who drew it.
        at: UTC time it was stored last, ISO 8601.
    """

    case: int
    field: str
    shape: str
    points: tuple[Point, ...]
    id: str = ""
    image: str = ""
    frame: int = 0
    target: str = ""
    option: str = ""
    note: str = ""
    reader: str = ""
    at: str = ""

    @property
    def closed(self) -> bool:
        """Whether it surrounds an area."""
        return SHAPES[self.shape].closed

    @property
    def words(self) -> str:
        """What a person calls its shape."""
        return SHAPES[self.shape].words


def check_mark(mark: Mark) -> None:
    """Raise `FieldProblem` when a mark's shape and points do not fit together."""
    shape = SHAPES.get(mark.shape)
    if shape is None:
        raise FieldProblem(
            tr("There is no mark '{shape}'.", shape=mark.shape),
            tr("Nothing was stored."),
            tr("Use one of {shapes}.", shapes=", ".join(SHAPES)),
        )
    if not shape.fewest <= len(mark.points) <= shape.most:
        takes = (
            str(shape.fewest)
            if shape.fewest == shape.most
            else tr("{fewest} to {most:,}", fewest=shape.fewest, most=shape.most)
        )
        raise FieldProblem(
            tr("This {words} has {count:,} points.", words=shape.words, count=len(mark.points)),
            tr("Nothing was stored."),
            tr("Draw it with {takes}.", takes=takes),
        )
    if not all(math.isfinite(part) for point in mark.points for part in point) or mark.frame < 0:
        raise FieldProblem(
            tr("This {words} does not lie on the image.", words=shape.words),
            tr("Nothing was stored."),
            tr("Draw it again."),
        )


def rounded(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return points as they are stored."""
    return tuple((round(float(x), DIGITS), round(float(y), DIGITS)) for x, y in points)


def points_to_text(points: Sequence[Point]) -> str:
    """Return points as one JSON text."""
    return json.dumps([[float(x), float(y)] for x, y in points], separators=(",", ":"))


def points_from_text(text: str) -> tuple[Point, ...]:
    """Return the points of a JSON text."""
    pairs: list[Any] = json.loads(text)
    return tuple((float(x), float(y)) for x, y in pairs)
