"""The drawing of a recipe: inputs left, encoders, fusion, targets right; arrows walk it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from mmdesk.core.recipe.drawing import COLUMNS, Box, Picture
from mmdesk.ui.kit import theme
from mmdesk.ui.parts.scale import scaled
from mmdesk.words import tr

_SHARES: Final = (0.2, 0.3, 0.22, 0.28)
"""Width of each column, as a share of what the gaps leave."""
_GAP: Final = 44
_NARROWEST: Final = 640
_BETWEEN: Final = 10
_PAD: Final = 8
_TOP: Final = 28
_WRAP: Final = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


@dataclass(frozen=True, slots=True)
class _Fonts:
    title: QFont
    line: QFont


class RecipeDrawing(QWidget):
    """Draws a picture of a recipe and lets a person walk from box to box.

    Signals:
        chosen: The `Box` that is to be edited.
        walked: Where the box is that the keys are at now (QRectF).
    """

    chosen = Signal(object)
    walked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Drawing of the model"))
        self.picture: Picture | None = None
        self.place = 0
        self._faded = False
        self._places: list[QRectF] = []

    def show_picture(self, picture: Picture) -> None:
        """Draw another picture; the box that was walked to stays, where it is still there."""
        before = self.box
        self.picture = picture
        keys = [(box.column, box.name) for box in picture.boxes]
        here = (before.column, before.name) if before else None
        self.place = keys.index(here) if here in keys else 0
        self._arrange()

    def set_faded(self, faded: bool) -> None:
        """Draw paler: it is not the recipe of this moment."""
        if faded != self._faded:
            self._faded = faded
            self.update()

    @property
    def box(self) -> Box | None:
        """The box that was walked to."""
        boxes = self.picture.boxes if self.picture else ()
        return boxes[self.place] if self.place < len(boxes) else None

    def sizeHint(self) -> QSize:
        """Be as high as the highest column."""
        bottom = max((rect.bottom() for rect in self._places), default=0)
        return QSize(600, int(bottom) + _BETWEEN)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk the drawing; Enter edits."""
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self._walk_across(1 if event.key() == Qt.Key.Key_Right else -1)
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self._walk_down(1 if event.key() == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self.box is not None:
                self.chosen.emit(self.box)
            case _:
                super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a box edits it."""
        for index, rect in enumerate(self._places):
            if rect.contains(event.position()):
                self._go(index)
                if self.box is not None:
                    self.chosen.emit(self.box)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the boxes out for the width there is."""
        super().resizeEvent(event)
        self._arrange()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show which box the keys are at."""
        super().focusInEvent(event)
        self._tell()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw headings, lines and boxes."""
        if self.picture is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(0.55 if self._faded else 1.0)
        colours, fonts = theme.tokens(), self._fonts()
        painter.setFont(fonts.line)
        painter.setPen(QColor(colours.text2))
        for (left, width), words in zip(self._columns(), COLUMNS, strict=True):
            painter.drawText(QRectF(left, 0, width, _TOP), Qt.AlignmentFlag.AlignVCenter, words)
        painter.setPen(QPen(QColor(colours.edge), 1.5))
        for start, end in self.picture.lines:
            painter.drawPath(_curve(self._places[start], self._places[end]))
        for index, box in enumerate(self.picture.boxes):
            self._paint_box(painter, box, self._places[index], fonts, here=index == self.place)
        painter.end()

    def _paint_box(self, painter: QPainter, box: Box, rect: QRectF, fonts: _Fonts, *, here: bool) -> None:
        colours = theme.tokens()
        focused = here and self.hasFocus()
        style = Qt.PenStyle.SolidLine if box.seen else Qt.PenStyle.DashLine
        pen = QPen(QColor(colours.focus if focused else colours.edge), 2 if focused else 1, style)
        painter.setPen(pen)
        painter.setBrush(QColor(colours.selected if here else colours.field))
        painter.drawRoundedRect(rect, 4, 4)
        y = rect.top() + _PAD
        inner = rect.width() - 2 * _PAD
        for number, text in enumerate((box.title, *box.lines)):
            font = fonts.line if number else fonts.title
            height = _height(font, text, inner)
            painter.setFont(font)
            painter.setPen(QColor(colours.text2 if number else colours.text))
            painter.drawText(QRectF(rect.left() + _PAD, y, inner, height), _WRAP, text)
            y += height

    # -- layout -------------------------------------------------------------------------------

    def _fonts(self) -> _Fonts:
        title, line = QFont(self.font()), QFont(self.font())
        title.setWeight(QFont.Weight.DemiBold)
        line.setPixelSize(max(11, self.font().pixelSize() - 1))
        return _Fonts(title, line)

    def _columns(self) -> list[tuple[float, float]]:
        """Return left edge and width of each column."""
        room = max(scaled(self, _NARROWEST), self.width() - 4) - _GAP * (len(_SHARES) - 1)
        found, left = [], 1.0
        for share in _SHARES:
            found.append((left, room * share))
            left += room * share + _GAP
        return found

    def _arrange(self) -> None:
        """Place the boxes: encoders beside their inputs, fusion and targets in the middle of it all."""
        if self.picture is None:
            return
        boxes, columns = self.picture.boxes, self._columns()
        heights = [self._height_of(box, columns[box.column][1]) for box in boxes]
        tops = [0.0] * len(boxes)
        at = [[n for n, box in enumerate(boxes) if box.column == column] for column in range(len(COLUMNS))]
        bottom = float(_TOP)
        for encoder in at[1]:
            inputs = [start for start, end in self.picture.lines if end == encoder]
            high = max(heights[encoder], _stacked(heights, inputs))
            _stack(tops, heights, inputs, bottom + (high - _stacked(heights, inputs)) / 2)
            tops[encoder] = bottom + (high - heights[encoder]) / 2
            bottom += high + _BETWEEN
        _stack(tops, heights, [n for n in at[0] if not boxes[n].seen], bottom)
        middle = (_TOP + bottom - _BETWEEN) / 2
        for column in at[2:]:
            _stack(tops, heights, column, max(_TOP, middle - _stacked(heights, column) / 2))
        self._places = [
            QRectF(columns[box.column][0], tops[n], columns[box.column][1], heights[n]) for n, box in enumerate(boxes)
        ]
        self.setMinimumSize(scaled(self, _NARROWEST) + 4, self.sizeHint().height())
        self.updateGeometry()
        self._tell()
        self.update()

    def _height_of(self, box: Box, width: float) -> float:
        fonts = self._fonts()
        texts = (box.title, *box.lines)
        return 2 * _PAD + sum(
            _height(fonts.line if number else fonts.title, text, width - 2 * _PAD) for number, text in enumerate(texts)
        )

    # -- walking ------------------------------------------------------------------------------

    def _walk_down(self, step: int) -> None:
        if self.picture is None or self.box is None:
            return
        column = [n for n, box in enumerate(self.picture.boxes) if box.column == self.box.column]
        self._go(column[max(0, min(len(column) - 1, column.index(self.place) + step))])

    def _walk_across(self, step: int) -> None:
        """Go along a line, else to the nearest box of the next column."""
        if self.picture is None or self.box is None:
            return
        wanted = self.box.column + step
        led = [b if a == self.place else a for a, b in self.picture.lines if self.place in (a, b)]
        nearby = [n for n in led if self.picture.boxes[n].column == wanted]
        column = nearby or [n for n, box in enumerate(self.picture.boxes) if box.column == wanted]
        if column:
            here = self._places[self.place].center().y()
            self._go(min(column, key=lambda n: abs(self._places[n].center().y() - here)))

    def _go(self, place: int) -> None:
        self.place = place
        self._tell()
        self.update()
        self.walked.emit(self._places[place])

    def _tell(self) -> None:
        if self.box is not None:
            self.setAccessibleDescription(self.box.words)


def _height(font: QFont, text: str, width: float) -> float:
    return QFontMetrics(font).boundingRect(QRect(0, 0, int(width), 10_000), int(_WRAP), text).height()


def _stacked(heights: list[float], places: list[int]) -> float:
    """Return the height of some boxes, one below the other."""
    return sum(heights[n] for n in places) + _BETWEEN * max(0, len(places) - 1)


def _stack(tops: list[float], heights: list[float], places: list[int], top: float) -> None:
    """Put some boxes one below the other."""
    for n in places:
        tops[n] = top
        top += heights[n] + _BETWEEN


def _curve(start: QRectF, end: QRectF) -> QPainterPath:
    first, last = QPointF(start.right(), start.center().y()), QPointF(end.left(), end.center().y())
    half = (last.x() - first.x()) / 2
    path = QPainterPath(first)
    path.cubicTo(first + QPointF(half, 0), last - QPointF(half, 0), last)
    return path
