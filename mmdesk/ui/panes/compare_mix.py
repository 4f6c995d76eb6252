"""Two pictures of one size mixed into one: swipe, fade, difference, checkerboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPolygonF

GAINS = (1, 2, 4, 8)
"""How many times a difference is made stronger."""
SQUARES = (4, 6, 8, 12, 16, 24)
"""Squares of the checkerboard along the longer side."""
LINE = QColor("#7CB8F2")


def mix(mode: str, first: QImage, second: QImage, amount: float, *, line: bool = True) -> QImage:
    """Return two pictures mixed.

    Args:
        mode: `swipe`, `fade`, `difference` or `checkerboard`.
        first: 32 bits colour.
        second: Of the same size.
        amount: Swipe and fade: the share (0 to 1) of the second; difference: how many times it
            is made stronger; checkerboard: squares along the longer side.
        line: Draw the line of a swipe.
    """
    out = first.copy()
    painter = QPainter(out)
    if mode == "swipe":
        _swipe(painter, out, second, amount, line=line)
    elif mode == "fade":
        painter.setOpacity(amount)
        painter.drawImage(0, 0, second)
    elif mode == "difference":
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
        painter.drawImage(0, 0, second)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        painter.end()
        return _stronger(out, round(amount))
    elif mode == "checkerboard":
        _checker(painter, out, second, round(amount))
    painter.end()
    return out


def keep_inside(image: QImage, outlines: Sequence[QPolygonF], surround: QColor) -> None:
    """Paint the surround wherever not all of the outlines lie; there is nothing to compare there."""
    outside = QPainterPath()
    outside.addRect(QRectF(image.rect()))
    inside = QPainterPath(outside)
    for outline in outlines:
        path = QPainterPath()
        path.addPolygon(outline)
        path.closeSubpath()
        inside = inside.intersected(path)
    painter = QPainter(image)
    painter.fillPath(outside.subtracted(inside), surround)
    painter.end()


def _swipe(painter: QPainter, out: QImage, second: QImage, share: float, *, line: bool) -> None:
    edge = round(out.width() * (1 - share))
    part = QRectF(edge, 0, out.width() - edge, out.height())
    painter.drawImage(part, second, part)
    if line:
        painter.fillRect(QRectF(edge - 1, 0, 2, out.height()), LINE)


def _stronger(image: QImage, times: int) -> QImage:
    """Return an image with each value so many times as high, at most white."""
    while times > 1:
        doubled = image.copy()
        painter = QPainter(doubled)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        painter.drawImage(0, 0, image)
        painter.end()
        image, times = doubled, times // 2
    return image


def _checker(painter: QPainter, out: QImage, second: QImage, squares: int) -> None:
    side = max(out.width(), out.height()) / max(squares, 1)
    for row in range(int(out.height() / side) + 1):
        for column in range(int(out.width() / side) + 1):
            if (row + column) % 2:
                part = QRectF(round(column * side), round(row * side), round(side), round(side))
                painter.drawImage(part, second, part)
