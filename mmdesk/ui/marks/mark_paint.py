"""How marks look: a light line on a dark one, so that they are seen on every image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from mmdesk.core.cases import geometry
from mmdesk.core.cases.marks import Mark
from mmdesk.ui.images import pane_paint
from mmdesk.ui.marks.marks_layer import Ground

HALO: Final = QColor(0, 0, 0, 190)
OWN: Final = QColor("#7CD4FF")
OTHER: Final = QColor("#F7B23B")
CHOSEN: Final = QColor("#FFFFFF")
GRIP: Final = 7.0
"""Side of a handle, logical pixels."""
_DARK: Final = ((-1.5, 0), (1.5, 0), (0, -1.5), (0, 1.5), (-1, -1), (1, 1), (-1, 1), (1, -1))
_LIGHT: Final = ((-0.5, -0.5), (0.5, 0.5), (0, 0))
"""Where a way is painted again, logical pixels, so that it looks thicker."""
_CROSS: Final = 9.0
_TICK: Final = 6.0
_ARC: Final = 22.0
_KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class MarkStyle:
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


class Made:
    """What marks are painted with, made once: their ways in pixels of their images, and plates."""

    def __init__(self) -> None:
        self._ways: dict[str, tuple[Mark, QPolygonF]] = {}
        self._plates: dict[tuple[str, str, float], QPixmap] = {}

    def way(self, mark: Mark) -> QPolygonF:
        """Return a mark's way; `Ground.to_pane` maps it to a pane at once."""
        made = self._ways.get(mark.id)
        if made is None or made[0] is not mark:
            if len(self._ways) > _KEPT:
                self._ways.clear()
            made = (mark, QPolygonF([QPointF(*point) for point in geometry.outline(mark)]))
            self._ways[mark.id] = made
        return made[1]

    def plate(self, words: str, font: QFont, ratio: float) -> QPixmap:
        """Return words on a plate."""
        key = (words, font.key(), ratio)
        made = self._plates.get(key)
        if made is None:
            if len(self._plates) > _KEPT:
                self._plates.clear()
            metrics = QFontMetrics(pane_paint.font_of(font, 13))
            size = QSizeF(metrics.horizontalAdvance(words) + 2 * pane_paint.SPACE + 2, metrics.height() + 6)
            made = QPixmap((size * ratio).toSize())
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            painter.setFont(font)
            pane_paint.plate(painter, QPointF(0, 0), [(words, False)])
            painter.end()
            self._plates[key] = made
        return made


def paint_mark(painter: QPainter, mark: Mark, ground: Ground, look: MarkStyle, made: Made) -> None:
    """Paint a mark where it lies on the pane."""
    way = ground.to_pane.map(made.way(mark))
    if not way.boundingRect().adjusted(-20, -20, 20, 20).intersects(painter.clipBoundingRect()):
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    colour = CHOSEN if look.chosen else OWN if look.own else OTHER
    path = _path(mark, way, closed=mark.closed and not look.unfinished)
    _stroke(painter, path, colour, dashed=not look.own)
    if look.chosen and look.own:
        _grips(painter, mark, ground, look.corner)
    painter.restore()
    if look.words:
        _words(painter, way.boundingRect(), made.plate(look.words, painter.font(), _ratio(painter)))


def _stroke(painter: QPainter, path: QPainterPath, colour: QColor, *, dashed: bool) -> None:
    """Paint a way some times, shifted by less than a line: Qt paints thin lines fifty times faster."""
    light = QPen(colour, 1)
    if dashed:
        light.setDashPattern([7, 5])
    for pen, shifts in ((QPen(HALO, 1), _DARK), (light, _LIGHT)):
        pen.setCosmetic(True)
        painter.setPen(pen)
        for dx, dy in shifts:
            painter.translate(dx, dy)
            painter.drawPath(path)
            painter.translate(-dx, -dy)


def _path(mark: Mark, way: QPolygonF, *, closed: bool) -> QPainterPath:
    path = QPainterPath()
    if mark.shape == "point":
        middle = way.at(0)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            path.moveTo(middle + QPointF(dx, dy) * 3)
            path.lineTo(middle + QPointF(dx, dy) * _CROSS)
        return path
    path.addPolygon(way)
    if closed:
        path.closeSubpath()
    if mark.shape == "ruler" and way.size() == 2:
        _ticks(path, way.at(0), way.at(1))
    if mark.shape == "angle" and way.size() == 3:
        _arc(path, way.at(0), way.at(1), way.at(2))
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


def _ratio(painter: QPainter) -> float:
    device = painter.device()
    return float(device.devicePixelRatioF()) if device is not None else 1.0


def _words(painter: QPainter, place: QRectF, plate: QPixmap) -> None:
    """Put words beside a mark, within the pane."""
    size = plate.deviceIndependentSize()
    room = painter.clipBoundingRect()
    x = min(max(place.right() + 10, room.left() + 2), room.right() - size.width() - 2)
    y = min(max(place.center().y() - size.height() / 2, room.top() + 2), room.bottom() - size.height() - 2)
    if x < place.right() + 10 and y < place.bottom() and y + size.height() > place.top():
        below = place.bottom() + 10
        fits = below + size.height() < room.bottom()
        y = below if fits else max(place.top() - size.height() - 10, room.top() + 2)
    painter.drawPixmap(QPointF(round(x), round(y)), plate)
