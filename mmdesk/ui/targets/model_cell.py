"""The Model column of one row: grey, hatched, of fixed width, there from the start."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mmdesk.ui.kit.icons import pixmap
from mmdesk.ui.kit.theme import tokens
from mmdesk.ui.parts.mirror import mirrored
from mmdesk.words import tr

BAR = 50


class ModelCell(QWidget):
    """What the model says of one answer; empty while hidden or not there.

    Attributes:
        compact: The shape alone marks a difference, so that long names beside it have room.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = ""
        self.share: float | None = None
        self.differs = False
        self.stale = False
        self.compact = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_share(self, share: float, *, differs: bool, stale: bool) -> None:
        """Show a probability as a whole percent and a hatched bar."""
        self._show(percent(share), share, differs, stale)

    def show_words(self, words: str, *, differs: bool, stale: bool) -> None:
        """Show words, such as a number with its interval."""
        self._show(words, None, differs, stale)

    def clear(self) -> None:
        """Show nothing, in the same room."""
        self._show("", None, False, False)

    def say(self) -> str:
        """Return what is shown, for those who do not see it; nothing while hidden."""
        if not self.words:
            return ""
        said = tr("model {words}", words=self.words)
        if self.stale:
            said += tr(", of earlier values")
        return said + (", differs" if self.differs else "")

    def _show(self, words: str, share: float | None, differs: bool, stale: bool) -> None:
        if (words, share, differs, stale) != (self.words, self.share, self.differs, self.stale):
            self.words, self.share, self.differs, self.stale = words, share, differs, stale
            self.update()

    def sizeHint(self) -> QSize:
        """Keep the same width whatever is shown."""
        return QSize(self.column(), 24)

    def column(self) -> int:
        """Return the column's width: bar, percent, mark."""
        digits = self.fontMetrics().horizontalAdvance("100 %") + 6
        return BAR + digits + self._mark_room()

    def _mark_room(self) -> int:
        return 20 if self.compact else 20 + self.fontMetrics().horizontalAdvance("differs")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint hatched bar, figure and, where label and model part, the parted lines."""
        if not self.words:
            return
        colours = tokens()
        painter = QPainter(self)
        grey = QColor(colours.text2)
        figures = self.column() - BAR - self._mark_room()
        left = 0.0
        if self.share is not None:
            self._paint_bar(painter, grey)
            left = BAR + 2
        else:
            figures += BAR
        box = QRectF(left, 0, figures, self.height())
        font = painter.font()
        font.setStrikeOut(self.stale)
        painter.setFont(font)
        painter.setPen(grey)
        cut = self.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, int(figures))
        if self.share is None:
            wide = min(self.fontMetrics().horizontalAdvance(cut) + 2, figures)
            pale = QColor(grey)
            pale.setAlpha(70)
            under = mirrored(self, QRectF(0, self.height() / 2 + 8, wide, 3))
            painter.fillRect(under, QBrush(pale, Qt.BrushStyle.BDiagPattern))
        painter.drawText(mirrored(self, box), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, cut)
        if self.differs:
            self._paint_mark(painter, colours.conflict, QColor(colours.text))

    def _paint_bar(self, painter: QPainter, grey: QColor) -> None:
        top = self.height() / 2 - 5
        frame = QRectF(0.5, top + 0.5, BAR - 3, 10)
        painter.setPen(QPen(grey, 1))
        painter.drawRect(mirrored(self, frame))
        filled = QRectF(frame.left(), frame.top(), frame.width() * min(max(self.share or 0, 0), 1), 10)
        painter.fillRect(mirrored(self, filled), QBrush(grey, Qt.BrushStyle.BDiagPattern))

    def _paint_mark(self, painter: QPainter, colour: str, text: QColor) -> None:
        room = self._mark_room()
        left = self.width() - room
        picture = pixmap("split", colour, 14, self.devicePixelRatioF())
        place = QRectF(round(left), round(self.height() / 2 - 7), 14, 14)
        painter.drawPixmap(mirrored(self, place).toRect(), picture)
        if self.compact:
            return
        font = painter.font()
        font.setStrikeOut(False)
        painter.setFont(font)
        painter.setPen(text)
        words = QRectF(left + 17, 0, room - 17, self.height())
        painter.drawText(mirrored(self, words), Qt.AlignmentFlag.AlignVCenter, "differs")


def percent(share: float) -> str:
    """Return a probability as a whole percent; what is not quite 0 or 1 does not look like it."""
    whole = round(share * 100)
    if whole == 0 and share > 0:
        return "<1 %"
    return ">99 %" if whole == 100 and share < 1 else f"{whole} %"
