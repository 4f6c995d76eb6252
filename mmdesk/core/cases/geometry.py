"""Geometry of marks: how long, how wide, where on it a person points, and what moving does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from mmdesk.core.cases.marks import SHAPES, Mark, Point

ROUND: Final = 128
"""Corners of the outline that stands for an ellipse."""
_BY_CORNERS: Final = ("box", "ellipse")
_FINER_BELOW: Final = (100.0, 10.0, 1.0)
"""Below each of these a figure has one more decimal."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a pixel is.

    Attributes:
        down: Distance between rows, in the unit.
        across: Distance between columns, in the unit.
        unit: `mm` where the file tells the spacing, else `px`.
    """

    down: float = 1.0
    across: float = 1.0
    unit: str = "px"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a mark.

    Attributes:
        name: `length`, `perimeter`, `angle`, `area`, `width` or `height`.
        value: In the unit.
        unit: `mm`, `px`, `mm²`, `px²` or `°`.
    """

    name: str
    value: float
    unit: str

    def say(self) -> str:
        """Return the figure with its unit, as precise as it is useful."""
        if self.unit == "°":
            return f"{self.value:.1f}°"
        digits = 0 if self.unit.startswith("px") else sum(self.value < step for step in _FINER_BELOW)
        return f"{self.value:.{digits}f} {self.unit}"


def scale_of(spacing: tuple[float, float] | None, aspect: float = 1.0) -> Scale:
    """Return the scale of an image.

    Args:
        spacing: Millimetres between pixels, (down, across), or None where the file does not tell.
        aspect: Height of a pixel divided by its width; lengths are then in pixel widths.
    """
    if spacing is None:
        return Scale(aspect, 1.0)
    return Scale(spacing[0], spacing[1], "mm")


def measures(mark: Mark, scale: Scale) -> tuple[Measure, ...]:
    """Return the figures of a mark, the most telling first; a point has none."""
    points = _scaled(mark.points, scale)
    square = f"{scale.unit}²"
    match mark.shape:
        case "point":
            return ()
        case "ruler" | "line":
            return (Measure("length", length(points), scale.unit),)
        case "angle":
            return (Measure("angle", angle(*points), "°"),)
        case "box" | "ellipse":
            (x0, y0), (x1, y1) = points
            wide, high = abs(x1 - x0), abs(y1 - y0)
            share = 1.0 if mark.shape == "box" else math.pi / 4
            return (
                Measure("area", wide * high * share, square),
                Measure("width", wide, scale.unit),
                Measure("height", high, scale.unit),
            )
    closed = [*points, points[0]]
    return (Measure("area", area(points), square), Measure("perimeter", length(closed), scale.unit))


def say_measures(mark: Mark, scale: Scale) -> str:
    """Return the figures of a mark in one line; empty for a point."""
    found = {measure.name: measure for measure in measures(mark, scale)}
    if "width" in found:
        size = f"{found['width'].say()} × {found['height'].say()}"  # noqa: RUF001
        return f"{found['area'].say()}, {size}"
    return ", ".join(
        f"{measure.say()} round" if measure.name == "perimeter" else measure.say() for measure in found.values()
    )


def length(points: Sequence[Point]) -> float:
    """Return the length of the way through points."""
    return math.fsum(math.dist(one, other) for one, other in pairwise(points))


def area(points: Sequence[Point]) -> float:
    """Return the area that an outline surrounds; where it crosses itself, parts cancel out."""
    turned = [*points[1:], points[0]]
    return abs(math.fsum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, turned, strict=True))) / 2


def angle(one: Point, corner: Point, other: Point) -> float:
    """Return the angle at a corner in degrees, 0 to 180; 0 where two points are the same."""
    ax, ay = one[0] - corner[0], one[1] - corner[1]
    bx, by = other[0] - corner[0], other[1] - corner[1]
    if (ax, ay) == (0.0, 0.0) or (bx, by) == (0.0, 0.0):
        return 0.0
    return abs(math.degrees(math.atan2(ax * by - ay * bx, ax * bx + ay * by)))


def bounds(points: Sequence[Point]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def handles(mark: Mark) -> tuple[Point, ...]:
    """Return the points by which a mark is changed: its own, or the four corners of its rectangle."""
    if mark.shape not in _BY_CORNERS:
        return mark.points
    left, top, right, bottom = bounds(mark.points)
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def outline(mark: Mark) -> tuple[Point, ...]:
    """Return the way that is drawn; a closed one returns to its first point by itself."""
    if mark.shape == "ellipse":
        left, top, right, bottom = bounds(mark.points)
        cx, cy, rx, ry = (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2
        turns = (2 * math.pi * step / ROUND for step in range(ROUND))
        return tuple((cx + rx * math.cos(turn), cy + ry * math.sin(turn)) for turn in turns)
    return handles(mark)


def nearest_point(points: Sequence[Point], at: Point) -> tuple[int, float]:
    """Return which point is nearest and how far away it is."""
    found = [math.dist(point, at) for point in points]
    least = min(found)
    return found.index(least), least


def nearest_edge(points: Sequence[Point], at: Point, *, closed: bool) -> tuple[int, float]:
    """Return which piece of a way is nearest and how far away it is.

    Args:
        points: At least one.
        at: Where a person points.
        closed: The way returns from its last point to its first.

    Returns:
        The number of the point where the piece begins, and the distance.
    """
    ends = [*points[1:], *(points[:1] if closed else ())]
    if not ends:
        return 0, math.dist(points[0], at)
    found = [_to_piece(at, one, other) for one, other in zip(points, ends, strict=False)]
    least = min(found)
    return found.index(least), least


def inside(points: Sequence[Point], at: Point) -> bool:
    """Tell whether a point lies within an outline (by the even-odd rule)."""
    x, y = at
    within = False
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            within = not within
    return within


def clamped(at: Point, size: tuple[int, int]) -> Point:
    """Return the point of an image (width, height) that is nearest."""
    return min(max(at[0], 0.0), float(size[0])), min(max(at[1], 0.0), float(size[1]))


def moved(mark: Mark, by: Point, size: tuple[int, int]) -> Mark:
    """Return a mark moved as far as it stays on the image, its shape as it was."""
    left, top, right, bottom = bounds(mark.points)
    dx = min(max(by[0], -left), size[0] - right)
    dy = min(max(by[1], -top), size[1] - bottom)
    return replace(mark, points=tuple((x + dx, y + dy) for x, y in mark.points))


def with_handle(mark: Mark, number: int, to: Point, size: tuple[int, int]) -> Mark:
    """Return a mark with one of its handles elsewhere; the opposite corner of a rectangle stays."""
    to = clamped(to, size)
    if mark.shape in _BY_CORNERS:
        return replace(mark, points=(handles(mark)[(number + 2) % 4], to))
    points = list(mark.points)
    points[number] = to
    return replace(mark, points=tuple(points))


def may_take_point(mark: Mark) -> bool:
    """Tell whether one more point fits in."""
    return len(mark.points) < SHAPES[mark.shape].most


def with_point(mark: Mark, after: int, at: Point) -> Mark:
    """Return a mark with one more point, after another one."""
    return replace(mark, points=(*mark.points[: after + 1], at, *mark.points[after + 1 :]))


def without_point(mark: Mark, number: int) -> Mark | None:
    """Return a mark without a point; None when too few would be left."""
    if len(mark.points) <= SHAPES[mark.shape].fewest:
        return None
    return replace(mark, points=(*mark.points[:number], *mark.points[number + 1 :]))


def simplified(points: Sequence[Point], slack: float) -> tuple[Point, ...]:
    """Return a way with the points left out that lie within `slack` of it (Douglas and Peucker)."""
    if len(points) < 3:
        return tuple(points)
    kept = {0, len(points) - 1}
    open_pieces = [(0, len(points) - 1)]
    while open_pieces:
        first, last = open_pieces.pop()
        between = range(first + 1, last)
        if not between:
            continue
        far = max(between, key=lambda place: _to_piece(points[place], points[first], points[last]))
        if _to_piece(points[far], points[first], points[last]) > slack:
            kept.add(far)
            open_pieces += [(first, far), (far, last)]
    return tuple(points[place] for place in sorted(kept))


def _to_piece(at: Point, one: Point, other: Point) -> float:
    dx, dy = other[0] - one[0], other[1] - one[1]
    square = dx * dx + dy * dy
    if square == 0.0:
        return math.dist(at, one)
    share = min(max(((at[0] - one[0]) * dx + (at[1] - one[1]) * dy) / square, 0.0), 1.0)
    return math.dist(at, (one[0] + share * dx, one[1] + share * dy))


def _scaled(points: Sequence[Point], scale: Scale) -> list[Point]:
    return [(x * scale.across, y * scale.down) for x, y in points]
