"""A page of paper with the images of a case as they stand on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QImage,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPdfWriter,
    QPen,
    QRegion,
)
from PySide6.QtWidgets import QWidget

from mmdesk.ui.images.pane import GUTTER
from mmdesk.words import QT_TR_NOOP, tr

SHARP: Final = 2
"""Pixels on paper for each on the screen, across and down."""
DOTS: Final = 200
"""Dots per inch of a sheet that is a picture."""
A4: Final = (297, 210)
"""Millimetres, landscape."""
RESEARCH: Final = QT_TR_NOOP("For research use only. Not for diagnosis.")
_MARGIN: Final = 12.0
"""Millimetres."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on it.

    Attributes:
        title: The case.
        facts: Project, reader and time, one line.
        pictures: Each picture and where it stands beside the others, in any unit.
        captions: What is to be known of the pictures, a line each.
    """

    title: str
    facts: str
    pictures: tuple[tuple[QImage, QRect], ...]
    captions: tuple[str, ...]

    @property
    def landscape(self) -> bool:
        """Whether the pictures together are wider than high."""
        around = self.around
        return around.width() >= around.height()

    @property
    def around(self) -> QRect:
        """The rectangle that all pictures lie in."""
        whole = QRect()
        for _, place in self.pictures:
            whole = whole.united(place)
        return whole


def picture_of(widget: QWidget) -> QImage:
    """Return what a pane paints, its words and marks, without its gutter and the ring of focus."""
    image = QImage(widget.size() * SHARP, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SHARP)
    widget.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawWindowBackground)
    edge = GUTTER * SHARP
    return image.copy(image.rect().adjusted(edge, edge, -edge, -edge))


def to_pdf(sheet: Sheet) -> bytes:
    """Return a sheet as a PDF of one A4 page; may be called on any thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageLayout(layout_of(sheet))
    writer.setTitle(sheet.title)
    writer.setCreator("mmdesk")
    paint_on(writer, sheet)
    buffer.close()
    return bytes(buffer.data().data())


def to_png(sheet: Sheet) -> bytes:
    """Return a sheet as a PNG of an A4 page; may be called on any thread."""
    wide, high = A4 if sheet.landscape else A4[::-1]
    image = QImage(QSize(round(wide / 25.4 * DOTS), round(high / 25.4 * DOTS)), QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(round(DOTS / 0.0254))
    image.setDotsPerMeterY(round(DOTS / 0.0254))
    image.setText("Title", sheet.title)
    image.fill(Qt.GlobalColor.white)
    paint_on(image, sheet, _MARGIN / 25.4 * DOTS)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # a device is taken, the stub knows names only
    buffer.close()
    return bytes(buffer.data().data())


def layout_of(sheet: Sheet) -> QPageLayout:
    """Return the paper that a sheet fits on best."""
    way = QPageLayout.Orientation.Landscape if sheet.landscape else QPageLayout.Orientation.Portrait
    margins = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    return QPageLayout(QPageSize(QPageSize.PageSizeId.A4), way, margins, QPageLayout.Unit.Millimeter)


def paint_on(device: QPaintDevice, sheet: Sheet, margin: float = 0.0) -> None:
    """Paint a sheet on paper or a picture.

    Args:
        device: Where; white.
        sheet: What.
        margin: Dots to leave free on each side, where the device itself leaves none.
    """
    painter = QPainter(device)
    room = QRectF(0, 0, device.width(), device.height()).adjusted(margin, margin, -margin, -margin)
    dots = device.logicalDpiY() / 72
    large, small = _font(14, device, bold=True), _font(9, device)
    painter.setPen(Qt.GlobalColor.black)
    top = _line(painter, room, large, sheet.title)
    _line(painter, room, _font(9, device, bold=True), tr(RESEARCH), Qt.AlignmentFlag.AlignRight)
    room.setTop(top)
    room.setTop(_line(painter, room, small, sheet.facts) + 6 * dots)
    height = QFontMetricsF(small, device).lineSpacing()
    words = QRectF(room.left(), room.bottom() - height * len(sheet.captions), room.width(), room.height())
    for number, caption in enumerate(sheet.captions):
        painter.setFont(small)
        cut = QFontMetricsF(small, device).elidedText(caption, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(words.topLeft() + QPointF(0, height * (number + 0.8)), cut)
    room.setBottom(words.top() - 6 * dots)
    _pictures(painter, room, sheet)
    painter.end()


def _pictures(painter: QPainter, room: QRectF, sheet: Sheet) -> None:
    around = sheet.around
    scale = min(room.width() / around.width(), room.height() / around.height())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    left = room.left() + (room.width() - around.width() * scale) / 2
    for image, place in sheet.pictures:
        x, y = left + (place.x() - around.x()) * scale, room.top() + (place.y() - around.y()) * scale
        target = QRectF(x, y, place.width() * scale, place.height() * scale)
        painter.drawImage(target, image, QRectF(image.rect()))
        painter.setPen(QPen(Qt.GlobalColor.black, 0))
        painter.drawRect(target)


def _line(
    painter: QPainter,
    room: QRectF,
    font: QFont,
    words: str,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> float:
    """Paint a line at the top of a room and return where it ends."""
    painter.setFont(font)
    box = QRectF(room.left(), room.top(), room.width(), painter.fontMetrics().lineSpacing())
    painter.drawText(box, side | Qt.AlignmentFlag.AlignTop, words)
    return box.bottom()


def _font(points: float, device: QPaintDevice, *, bold: bool = False) -> QFont:
    font = QFont(QFont().family())
    font.setPixelSize(max(1, round(points * device.logicalDpiY() / 72)))
    font.setBold(bold)
    return font
