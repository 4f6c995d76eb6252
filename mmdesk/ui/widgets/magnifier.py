"""The magnifier: a square at the cursor that shows the picture larger, with case and side on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPen

from mmdesk.ui.widgets import pane_paint

if TYPE_CHECKING:
    from mmdesk.ui.widgets.pane import Pane

SIDE = 240
"""Logical pixels."""
TIMES = 3.0
"""Larger than the pane shows it, and never less than one screen pixel per image pixel."""


def paint(painter: QPainter, pane: Pane, probe: QPointF) -> None:
    """Paint the magnifier of a pane.

    Args:
        painter: In the widget's logical pixels.
        pane: Whose picture.
        probe: The point in its middle, in shares of the pane.
    """
    inner, ratio = pane.inner(), pane.devicePixelRatioF()
    side = min(SIDE, inner.width(), inner.height())
    middle = QPointF(inner.left() + probe.x() * inner.width(), inner.top() + probe.y() * inner.height())
    box = QRect(round(middle.x() - side / 2), round(middle.y() - side / 2), side, side)
    box.moveLeft(min(max(box.left(), inner.left()), inner.right() - side))
    box.moveTop(min(max(box.top(), inner.top()), inner.bottom() - side))
    view = pane.view
    x, y = view.point(probe.x() * view.pane[0], probe.y() * view.pane[1])
    larger = view.copy((round(side * ratio), round(side * ratio)))
    larger.zoom = max(view.scale * TIMES, 1.0) / larger.fit
    larger.x, larger.y = x / view.image[0], y / view.image[1]
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, pane.surround)
    pane.picture.paint(painter, box, ratio, larger)
    words = [(f"{larger.scale * 100:.0f} %", False), *pane.plates()]
    if marks := pane.marks():
        words.append((marks, False))
    pane_paint.plate(painter, QPointF(box.left() + 1, box.bottom()), words, up=True, most=side - 2)
    painter.setClipping(False)
    painter.setPen(QPen(Qt.GlobalColor.black, 3))
    painter.drawRect(box)
    painter.setPen(QPen(pane_paint.WORDS, 1))
    painter.drawRect(box)
    painter.restore()
