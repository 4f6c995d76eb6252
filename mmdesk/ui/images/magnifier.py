"""The magnifier: a square at the cursor that shows the picture larger, with case and side on it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from mmdesk.ui.images import pane_paint
from mmdesk.ui.images.picture_view import PictureView

SIDE = 240
"""Logical pixels."""
TIMES = 3.0
"""Larger than the pane shows it, and never less than one screen pixel per image pixel."""


@dataclass(frozen=True, slots=True)
class PaneArea:
    """Where it is painted.

    Attributes:
        inner: The pane without its gutter, in logical pixels.
        ratio: Screen pixels per logical pixel.
        surround: The grey round the picture.
    """

    inner: QRect
    ratio: float
    surround: QColor


def paint(
    painter: QPainter, area: PaneArea, picture: PictureView, probe: QPointF, words: list[tuple[str, bool]]
) -> None:
    """Paint the magnifier of a pane.

    Args:
        painter: In the widget's logical pixels.
        area: Where.
        picture: What.
        probe: The point under the cursor, in shares of the pane; it stays there.
        words: Case, title, side and marks, each with whether it is bold.
    """
    inner, ratio = area.inner, area.ratio
    side = min(SIDE, inner.width(), inner.height())
    middle = QPointF(inner.left() + probe.x() * inner.width(), inner.top() + probe.y() * inner.height())
    box = QRect(round(middle.x() - side / 2), round(middle.y() - side / 2), side, side)
    box.moveLeft(min(max(box.left(), inner.left()), inner.right() - side))
    box.moveTop(min(max(box.top(), inner.top()), inner.bottom() - side))
    view = picture.view
    x, y = view.point(probe.x() * view.pane[0], probe.y() * view.pane[1])
    larger = view.copy((round(side * ratio), round(side * ratio)))
    larger.zoom = max(view.scale * TIMES, 1.0) / larger.fit
    x += (box.center().x() - middle.x()) * ratio / larger.scale
    y += (box.center().y() - middle.y()) * ratio / larger.scale
    larger.x, larger.y = x / view.image[0], y / view.image[1]
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, area.surround)
    picture.paint(painter, box, ratio, larger)
    corner = QPointF(box.left() + 1, box.bottom())
    scale = f"{larger.scale * 100:.0f} %" + (" reduced" if picture.coarse(larger) else "")
    pane_paint.plate(painter, corner, [(scale, False), *words], up=True, most=side - 2)
    painter.setClipping(False)
    painter.setPen(QPen(Qt.GlobalColor.black, 3))
    painter.drawRect(box)
    painter.setPen(QPen(pane_paint.WORDS, 1))
    painter.drawRect(box)
    painter.restore()
