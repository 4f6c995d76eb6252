"""What a pane paints over and instead of its picture; the same in every theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

PLATE = QColor(0, 0, 0, 204)
WORDS = QColor("#DEDEDE")
QUIET = QColor("#A6A6A6")
BAR = QColor("#7CB8F2")
MARK = QColor("#F7B23B")
SPACE = 8


def font_of(base: QFont, pixels: int, *, bold: bool = False) -> QFont:
    """Return the font at a size in logical pixels of a 13 pixel body, scaled with the base."""
    font = QFont(base)
    if base.pointSizeF() > 0:
        font.setPointSizeF(base.pointSizeF() * pixels / 13)
    else:
        font.setPixelSize(round(base.pixelSize() * pixels / 13))
    font.setBold(bold)
    return font


def plate(
    painter: QPainter,
    corner: QPointF,
    texts: list[tuple[str, bool]],
    *,
    up: bool = False,
    most: float = 0.0,
) -> QRectF:
    """Paint words on an 80 % black plate and return its rectangle.

    Args:
        painter: Where; its font is used.
        corner: The plate's left top corner, or left bottom corner with `up`.
        texts: Words and whether they are bold, left to right.
        up: The plate grows upwards from the corner.
        most: Its greatest width; the last words are shortened to it. 0 for any.
    """
    base = painter.font()
    fonts = [font_of(base, 13, bold=bold) for _, bold in texts]
    if most:
        texts = _shortened(texts, fonts, most)
    widths = [QFontMetrics(f).horizontalAdvance(t) for f, (t, _) in zip(fonts, texts, strict=True)]
    height = QFontMetrics(fonts[0]).height() + 6
    box = QRectF(corner.x(), corner.y() - (height if up else 0), sum(widths) + SPACE * (len(texts) + 1), height)
    painter.fillRect(box, PLATE)
    x = box.left() + SPACE
    painter.setPen(WORDS)
    for font, (text, _), width in zip(fonts, texts, widths, strict=True):
        painter.setFont(font)
        painter.drawText(QRectF(x, box.top(), width + 2, height), Qt.AlignmentFlag.AlignVCenter, text)
        x += width + SPACE
    painter.setFont(base)
    return box


def _shortened(texts: list[tuple[str, bool]], fonts: list[QFont], most: float) -> list[tuple[str, bool]]:
    """Return the words with the last ones cut to what fits."""
    left = most - SPACE * (len(texts) + 1)
    kept = []
    for (text, bold), font in zip(texts, fonts, strict=True):
        metrics = QFontMetrics(font)
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(left)))  # noqa: PLW2901
        left -= metrics.horizontalAdvance(text)
        kept.append((text, bold))
    return kept


def plate_at_right(painter: QPainter, corner: QPointF, texts: list[tuple[str, bool]]) -> None:
    """Paint words on a plate whose right top corner is given."""
    widths = [QFontMetrics(font_of(painter.font(), 13, bold=b)).horizontalAdvance(t) for t, b in texts]
    plate(painter, QPointF(corner.x() - sum(widths) - SPACE * (len(texts) + 1), corner.y()), texts)


def plate_right(painter: QPainter, corner: QPointF, words: str) -> None:
    """Paint words that must be noticed on a plate whose right top corner is given."""
    width = QFontMetrics(font_of(painter.font(), 13, bold=True)).horizontalAdvance(words) + 2 * SPACE
    box = plate(painter, QPointF(corner.x() - width, corner.y()), [(words, True)])
    painter.setPen(QPen(MARK, 2))
    painter.drawRect(box.adjusted(1, 1, -1, -1))


def earlier(painter: QPainter, inner: QRect) -> None:
    """Paint the frame that a picture of an earlier reading wears, so that it is taken for no other."""
    painter.setPen(QPen(MARK, 4, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(inner.adjusted(2, 2, -2, -2))


def value(painter: QPainter, inner: QRect, probe: QPointF, words: str) -> None:
    """Paint a small cross at a point of the pane and what lies there.

    Args:
        painter: Where.
        inner: The pane without its gutter.
        probe: The point, in shares.
        words: Place and value; empty paints nothing.
    """
    if not words:
        return
    x, y = inner.left() + probe.x() * inner.width(), inner.top() + probe.y() * inner.height()
    for pen in (QPen(Qt.GlobalColor.black, 3), QPen(WORDS, 1)):
        painter.setPen(pen)
        painter.drawLine(QPointF(x - 9, y), QPointF(x - 3, y))
        painter.drawLine(QPointF(x + 3, y), QPointF(x + 9, y))
        painter.drawLine(QPointF(x, y - 9), QPointF(x, y - 3))
        painter.drawLine(QPointF(x, y + 3), QPointF(x, y + 9))
    metrics = QFontMetrics(font_of(painter.font(), 13))
    width, height = metrics.horizontalAdvance(words) + 2 * SPACE, metrics.height() + 6
    left = x + 14 if x + 14 + width < inner.right() else x - 14 - width
    top = y + 14 if y + 14 + height < inner.bottom() else y - 14 - height
    plate(painter, QPointF(max(left, inner.left() + 1), top), [(words, False)])


def nothing_here(painter: QPainter, inner: QRect, words: str, *, broken: bool) -> None:
    """Paint the shape and the words that stand for a picture that is not there.

    Args:
        painter: Where.
        inner: The pane without its gutter.
        words: Why, in words.
        broken: An octagon (it cannot be read) instead of the dashed ring (it is missing).
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(inner.center())
    width = min(inner.width() - 48, 420)
    bounds = QRectF(middle.x() - width / 2, middle.y() - 8, width, inner.height() / 2)
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
    asked = QRectF(painter.boundingRect(bounds, int(flags), words))
    painter.fillRect(asked.adjusted(-12, -64, 12, 8), PLATE)
    pen = QPen(QUIET, 2)
    shape = QRectF(middle.x() - 16, middle.y() - 56, 32, 32)
    if broken:
        painter.setPen(pen)
        painter.drawPolygon(_octagon(shape))
        painter.setFont(font_of(painter.font(), 15, bold=True))
        painter.drawText(shape, Qt.AlignmentFlag.AlignCenter, "!")
        painter.setFont(font_of(painter.font(), 11))
    else:
        pen.setDashPattern([3, 2.3])
        painter.setPen(pen)
        painter.drawEllipse(shape)
    painter.restore()
    painter.setPen(WORDS)
    painter.drawText(bounds, int(flags), words)


def across(painter: QPainter, inner: QRect, words: str) -> None:
    """Paint a band over the middle of a picture that must not be taken for what it seems to be."""
    painter.save()
    painter.setFont(font_of(painter.font(), 15, bold=True))
    flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
    room = QRectF(inner.left() + 16, inner.top(), max(1, inner.width() - 32), inner.height())
    size = QRectF(painter.boundingRect(room, flags, words)).height()
    text = QRectF(room.left(), inner.center().y() + 30 - size, room.width(), size)
    band = QRectF(inner.left(), text.top() - 12, inner.width(), size + 24)
    painter.fillRect(band, QColor(0, 0, 0, 230))
    painter.fillRect(QRectF(band.left(), band.top(), band.width(), 3), MARK)
    painter.fillRect(QRectF(band.left(), band.bottom() - 3, band.width(), 3), MARK)
    painter.setPen(MARK)
    painter.drawText(text, flags, words)
    painter.restore()


def _octagon(box: QRectF) -> list[QPointF]:
    cut = box.width() * 0.29
    left, top, right, bottom = box.left(), box.top(), box.right(), box.bottom()
    corners = [
        (left + cut, top),
        (right - cut, top),
        (right, top + cut),
        (right, bottom - cut),
        (right - cut, bottom),
        (left + cut, bottom),
        (left, bottom - cut),
        (left, top + cut),
    ]
    return [QPointF(x, y) for x, y in corners]
