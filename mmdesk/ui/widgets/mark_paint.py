"""How marks look: a light line on a dark one, so that they are seen on every image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen

from mmdesk.core import geometry
from mmdesk.core.marks import Mark, Point
from mmdesk.ui.widgets import pane_paint
from mmdesk.ui.widgets.marks_layer import Ground

HALO: Final = QColor(0, 0, 0, 190)
OWN: Final = QColor("#7CD4FF")
OTHER: Final = QColor("#F7B23B")
CHOSEN: Final = QColor("#FFFFFF")
GRIP: Final = 7.0
"""Side of a handle, logical pixels."""
_CROSS: Final = 9.0
_TICK: Final = 6.0
_ARC: Final = 22.0


@dataclass(frozen=True, slots=True)
class Look:
    """How one mark is painted.

    Attributes:
        own: The reader's own: a solid line; another's is dashed and of another colour.
        chosen: White, with handles.
        corner: The handle that is filled, or None.
        words: What stands beside it; empty for nothing.
        unfinished: Still being drawn: its way is not closed.
    """

    own: bool = True
    chosen: bool = False
    corner: int | None = None
    words: str = ""
    unfinished: bool = False


def paint_mark(painter: QPainter, mark: Mark, ground: Ground, look: Look) -> None:
    """Paint a mark where it lies on the pane."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    colour = CHOSEN if look.chosen else OWN if look.own else OTHER
    way = [QPointF(*ground.on_pane(point)) for point in geometry.outline(mark)]
    path = _path(mark, way, closed=mark.closed and not look.unfinished)
    for pen in _pens(colour, dashed=not look.own):
        painter.setPen(pen)
        painter.drawPath(path)
    if look.chosen and look.own:
        _grips(painter, mark, ground, look.corner)
    painter.restore()
    if look.words:
        _words(painter, [(point.x(), point.y()) for point in way], look.words)


def _pens(colour: QColor, *, dashed: bool) -> tuple[QPen, QPen]:
    dark, light = QPen(HALO, 4.0), QPen(colour, 1.8)
    for pen in (dark, light):
        pen.setCapStyle(Qt.PenCapStyle.FlatCap if dashed else Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashed:
        light.setDashPattern([4, 3])
    return dark, light


def _path(mark: Mark, way: list[QPointF], *, closed: bool) -> QPainterPath:
    path = QPainterPath(way[0])
    if mark.shape == "point":
        middle = way[0]
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            path.moveTo(middle + QPointF(dx, dy) * 3)
            path.lineTo(middle + QPointF(dx, dy) * _CROSS)
        return path
    for point in way[1:]:
        path.lineTo(point)
    if closed:
        path.closeSubpath()
    if mark.shape == "ruler" and len(way) == 2:
        _ticks(path, *way)
    if mark.shape == "angle" and len(way) == 3:
        _arc(path, *way)
    return path


def _ticks(path: QPainterPath, one: QPointF, other: QPointF) -> None:
    way = other - one
    far = math.hypot(way.x(), way.y()) or 1.0
    across = QPointF(-way.y() / far, way.x() / far) * _TICK
    for end in (one, other):
        path.moveTo(end - across)
        path.lineTo(end + across)


def _arc(path: QPainterPath, one: QPointF, corner: QPointF, other: QPointF) -> None:
    first = math.degrees(math.atan2(corner.y() - one.y(), one.x() - corner.x()))
    last = math.degrees(math.atan2(corner.y() - other.y(), other.x() - corner.x()))
    sweep = (last - first + 180) % 360 - 180
    room = min(math.hypot(*(end - corner).toTuple()) for end in (one, other))
    radius = min(_ARC, room / 2)
    box = QRectF(corner.x() - radius, corner.y() - radius, 2 * radius, 2 * radius)
    path.arcMoveTo(box, first)
    path.arcTo(box, first, sweep)


def _grips(painter: QPainter, mark: Mark, ground: Ground, corner: int | None) -> None:
    for number, point in enumerate(geometry.handles(mark)):
        x, y = ground.on_pane(point)
        box = QRectF(x - GRIP / 2, y - GRIP / 2, GRIP, GRIP)
        painter.setPen(QPen(HALO, 3))
        painter.drawRect(box)
        painter.setPen(QPen(CHOSEN, 1.4))
        painter.setBrush(CHOSEN if number == corner else HALO)
        painter.drawRect(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def _words(painter: QPainter, way: list[Point], words: str) -> None:
    """Put words beside a mark, within the pane."""
    _, top, right, bottom = geometry.bounds(way)
    metrics = QFontMetrics(pane_paint.font_of(painter.font(), 13))
    room = painter.clipBoundingRect() if painter.hasClipping() else QRectF(painter.viewport())
    width, height = metrics.horizontalAdvance(words) + 2 * pane_paint.SPACE + 2, metrics.height() + 6
    x = min(max(right + 10, room.left() + 2), room.right() - width - 2)
    y = min(max((top + bottom) / 2 - height / 2, room.top() + 2), room.bottom() - height - 2)
    if x < right + 10 and y < bottom and y + height > top:
        y = bottom + 10 if bottom + 10 + height < room.bottom() else max(top - height - 10, room.top() + 2)
    pane_paint.plate(painter, QPointF(x, y), [(words, False)])
