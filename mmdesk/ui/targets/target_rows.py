"""Rows of the targets panel: the reader's answer left and solid, the model's right and hatched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mmdesk.core.cases.case import TargetPrediction
from mmdesk.core.cases.disagreement import disagrees
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Value, is_present
from mmdesk.ui.images.pane_paint import font_of
from mmdesk.ui.kit.theme import tokens
from mmdesk.ui.parts.mirror import mirrored
from mmdesk.ui.parts.once_button import Once
from mmdesk.ui.parts.scale import scaled
from mmdesk.ui.record.field_editors import SEGMENT_STYLE, LineEditor, answer_button
from mmdesk.ui.targets.draft import places, probability
from mmdesk.ui.targets.model_cell import ModelCell
from mmdesk.words import tr

KEY_WIDTH = 20
YOU_ROOM = 36
"""Width of the You column of a row with a box or a ring, at 100 % text."""
ROW = 28
LONG, LONG_COMPACT = 13, 19
"""Letters of a name that fit beside the You column in the narrowest dock, with compact model cells too."""


def row_height(widget: QWidget) -> int:
    """Return a row's height for the widget's text size."""
    return max(ROW, widget.fontMetrics().height() + 10)


class AnswerRow(Once, QAbstractButton):
    """One option of a choice, labels or grade; pressing it answers.

    Attributes:
        key: The key that answers it, as it is shown.
        single: A ring (one of several) instead of a box (any of several).
    """

    def __init__(self, name: str, key: str, *, single: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.key = key
        self.single = single
        self.mine: bool | None = None
        self.model = ModelCell(self)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self.model)
        self._say()

    def show_mine(self, mine: bool | None) -> None:
        """Show the reader's answer; None while unread."""
        if mine != self.mine:
            self.mine = mine
            self.update()
        self._say()

    def _say(self) -> None:
        own = tr("not answered") if self.mine is None else "yes" if self.mine else "no"
        said = ", ".join(part for part in (self.name, tr("you: {own}", own=own), self.model.say()) if part)
        if said != self.accessibleName():
            self.setAccessibleName(said)

    def sizeHint(self) -> QSize:
        """Be one row high, or two lines of small text where the name is long."""
        return QSize(200, max(row_height(self), 2 * self._small().lineSpacing() + 4 if self.is_long() else 0))

    def is_long(self) -> bool:
        """Tell whether the name needs a second line in the narrowest dock."""
        letters = LONG_COMPACT if self.model.compact else LONG
        metrics = self.fontMetrics()
        return metrics.horizontalAdvance(self.name) > metrics.averageCharWidth() * letters

    def _small(self) -> QFontMetrics:
        return QFontMetrics(font_of(self.font(), 12))

    def _paint_name(self, painter: QPainter, box: QRectF) -> None:
        """Paint the name in one line, else in two smaller ones; what is still too long is cut."""
        flags = Qt.AlignmentFlag.AlignVCenter
        if painter.fontMetrics().horizontalAdvance(self.name) <= box.width():
            painter.drawText(box, flags, self.name)
            return
        painter.setFont(font_of(self.font(), 12, bold=bool(self.mine)))
        metrics = painter.fontMetrics()
        cut = metrics.elidedText(self.name, Qt.TextElideMode.ElideRight, round(box.width() * 1.7))
        painter.drawText(box, int(flags | Qt.TextFlag.TextWordWrap), cut)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint key, box and name."""
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() and self.isEnabled():
            hovered = QRectF(self.rect()).adjusted(0, 0, -self.model.width(), 0)
            painter.fillRect(mirrored(self, hovered), QColor(colours.hover))
        painter.setPen(QColor(colours.text2))
        key = mirrored(self, QRectF(0, 0, KEY_WIDTH, self.height()))
        painter.drawText(key, Qt.AlignmentFlag.AlignCenter, self.key)
        font = QFont(self.font())
        font.setBold(bool(self.mine))
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        left = KEY_WIDTH + 4
        own = scaled(self, YOU_ROOM)
        you = self.width() - self.model.width() - own
        edge = scaled(self, 16)
        mark = QRectF(you + (own - edge) / 2, (self.height() - edge) / 2, edge, edge)
        room = you - left - 2
        self._paint_name(painter, mirrored(self, QRectF(left, 0, room + 4, self.height())))
        self._paint_mark(painter, mirrored(self, mark), QColor(colours.text), colours.edge)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _paint_mark(self, painter: QPainter, box: QRectF, solid: QColor, edge: str) -> None:
        painter.setPen(QPen(QColor(edge), 1.2))
        painter.setBrush(QColor(tokens().field))
        draw = painter.drawEllipse if self.single else painter.drawRect
        draw(box)
        if self.mine:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(solid)
            draw(box.adjusted(3.5, 3.5, -3.5, -3.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)


class TargetRow(QWidget):
    """Base of the one-line targets: title left, control, model cell.

    Attributes:
        chosen: Place of the answer that was pressed (a flag: 1 yes, 0 no).
    """

    chosen = Signal(int)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.model = ModelCell()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(KEY_WIDTH + 4, 0, 0, 0)
        self.row.setSpacing(4)

    def finish(self, *controls: QWidget) -> None:
        """Put the controls and, right of them, the model's column."""
        self.row.addStretch(1)
        for control in controls:
            self.row.addWidget(control)
        self.row.addSpacing(6)
        self.row.addWidget(self.model)


class FlagRow(TargetRow):
    """Yes and no as two buttons."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.buttons: dict[bool, QToolButton] = {}
        for value, text in ((True, "1 yes"), (False, "0 no")):
            button = answer_button(text, f"{field.title}: {text}")
            button.clicked.connect(lambda _=False, v=value: self.chosen.emit(int(v)))
            self.buttons[value] = button
        self.finish(*self.buttons.values())
        self.setStyleSheet(SEGMENT_STYLE)

    def show_answer(self, value: Value, answer: TargetPrediction | None, *, stale: bool) -> None:
        """Press the reader's button and show the probability of yes."""
        share = probability(self.field, True, answer) if answer else None
        if answer is None or share is None:
            self.model.clear()
        else:
            self.model.show_share(share, differs=disagrees(self.field, value, answer), stale=stale)
        for own, button in self.buttons.items():
            button.setChecked(value is own)
            said = f"{self.field.title}: {'yes' if own else 'no'}"
            if value is own:
                said += tr(", your answer")
            button.setAccessibleName(", ".join(part for part in (said, self.model.say()) if part))


class NumberEditor(LineEditor):
    """A line that tells what stands in it with each key, so that a crash takes nothing.

    Attributes:
        passing: The value while it is typed, the one before where the field does not take the text;
            and whether it goes on from an earlier key.
    """

    passing = Signal(object, bool)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._typing = False
        self._before: Value = None

    def show_value(self, value: Value) -> None:
        """Show a value; what is being typed stays, and so does what Esc goes back to."""
        if not (self._typing and self.has_caret(self.line)):
            self._typing = False
            super().show_value(value)

    def enter(self) -> None:
        """Take what is typed."""
        super().enter()
        self._typing = self.line.isModified()

    def escape(self) -> None:
        """Go back to the value before."""
        self._go_back()
        super().escape()

    def leave(self) -> None:
        """Take what is typed, or go back to the value before."""
        if self._typed.read(self.line.text())[1]:
            self._go_back()
        super().leave()
        self._typing = False

    def _go_back(self) -> None:
        if self._typing:
            self._typing = False
            self.passing.emit(self._before, True)

    def _on_typed(self, text: str) -> None:
        super()._on_typed(text)
        on, self._typing = self._typing, True
        if not on:
            self._before = self._value
        value, why = self._typed.read(text)
        self.passing.emit(self._before if why else value, on)


class NumberRow(TargetRow):
    """A number with its unit.

    Attributes:
        typed: The value that was entered.
        passing: The value with each key, see `NumberEditor`.
        entered: Enter was pressed and what stands there is fine.
        left: The keyboard goes back to the targets.
        problem: What is wrong with what is typed.
    """

    typed = Signal(object)
    passing = Signal(object, bool)
    entered = Signal()
    left = Signal()
    problem = Signal(str)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.editor = NumberEditor(field)
        self.editor.setFixedWidth(scaled(self, 72))
        self.editor.committed.connect(self.typed)
        self.editor.passing.connect(self.passing)
        self.editor.entered.connect(self.entered)
        self.editor.left.connect(self.left)
        self.editor.problem.connect(self.problem)
        unit = QLabel(field.unit)
        unit.setProperty("textsize", "caption")
        self.finish(self.editor, unit)

    def begin(self, digit: int | None = None) -> None:
        """Put the caret in; a digit that was pressed stands there already."""
        self.editor.begin()
        if digit is not None:
            self.editor.line.insert(str(digit))
            self.editor.line.setModified(True)
            self.editor.line.textEdited.emit(self.editor.line.text())

    def show_answer(self, value: Value, answer: TargetPrediction | None, *, stale: bool) -> None:
        """Show the reader's number, and the estimate with its 90 % interval."""
        self.editor.show_value(value if is_present(value) else None)
        if answer is None:
            self.model.clear()
        else:
            words = self._words(answer)
            self.model.show_words(words, differs=disagrees(self.field, value, answer), stale=stale)
        name = f"{self.field.title}, {self.editor.kind.say(self.field)}"
        self.editor.line.setAccessibleName(", ".join(p for p in (name, self.model.say()) if p))

    def _words(self, answer: TargetPrediction) -> str:
        digits = places(answer)

        def tidy(number: float) -> str:
            return self.editor.kind.show_estimate(number, digits, self.field, self.editor.style_used)

        estimate = tidy(float(answer.value))  # type: ignore[arg-type]
        if answer.low is None or answer.high is None:
            return estimate
        return f"{estimate} ({tidy(answer.low)}–{tidy(answer.high)})"  # noqa: RUF001


class OptionsRows(QWidget):
    """The options of a choice, labels or grade, one row each.

    Attributes:
        chosen: Place of the option that was pressed.
    """

    chosen = Signal(int)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.rows: list[AnswerRow] = []
        self.kind = kind_of(field)
        self.values = [value for value, _ in self.kind.answers(field)]
        for index, (_, words) in enumerate(self.kind.answers(field)):
            row = AnswerRow(words, self.key_of(index), single=not self.kind.several)
            row.clicked.connect(lambda _=False, at=index: self.chosen.emit(at))
            self.rows.append(row)
            column.addWidget(row)

    def key_of(self, place: int) -> str:
        """Return the digit of an option; nothing beyond the tenth."""
        return str((place + self.kind.counts_from) % 10) if place < 10 else ""

    def show_answer(self, value: Value, answer: TargetPrediction | None, *, stale: bool) -> None:
        """Show answers and probabilities in each option's row."""
        for option, row in zip(self.values, self.rows, strict=True):
            share = probability(self.field, option, answer) if answer else None
            if answer is None or share is None:
                row.model.clear()
            else:
                row.model.show_share(share, differs=self._parts(option, value, answer), stale=stale)
            row.show_mine(self._mine(option, value))

    def _mine(self, option: object, value: Value) -> bool | None:
        if not is_present(value):
            return None
        if isinstance(value, tuple):
            return option in value
        return option == value

    def _parts(self, option: object, value: Value, answer: TargetPrediction) -> bool:
        if not disagrees(self.field, value, answer):
            return False
        if isinstance(value, tuple) and isinstance(answer.value, tuple):
            return (option in value) != (option in answer.value)
        return option == answer.value


Control = OptionsRows | FlagRow | NumberRow


CONTROLS: Final[dict[str, Callable[[Field], Control]]] = {
    "flag": FlagRow,
    "amount": NumberRow,
    "options": OptionsRows,
}
"""How a target is answered, by the name that its kind gives."""


def control_for(field: Field) -> Control:
    """Return the rows of a target."""
    return CONTROLS[kind_of(field).control](field)


def shown(field: Field, value: Value) -> str:
    """Return an answer in words; nothing when there is none."""
    if not is_present(value):
        return ""
    kind = kind_of(field)
    words = kind.show(value, field)
    if kind.several:
        return ", ".join(value) if value else tr("none of them")  # type: ignore[arg-type]
    return f"{words} {field.unit}".strip()
