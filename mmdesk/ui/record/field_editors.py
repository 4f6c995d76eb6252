"""Editors of single values: they check what is typed and tell a value when it is done."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QToolButton,
    QWidget,
)

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.kinds import Style, kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Reason, Value, is_present
from mmdesk.words import QT_TR_NOOP, tr

PARAGRAPH_LINES = 2
SEGMENT_STYLE = QT_TR_NOOP("QToolButton { padding: 3px 4px; } QToolButton:focus { padding: 2px 3px; }")


def local_style() -> Style:
    """Return how numbers and dates are written where this person works."""
    locale = QLocale()
    short = locale.dateFormat(QLocale.FormatType.ShortFormat).lower()
    day, month = short.find("d"), short.find("m")
    return Style(locale.decimalPoint(), day < month if min(day, month) >= 0 else None)


class Editor(QWidget):
    """Base of all editors.

    Attributes:
        committed: The value that the person has finished entering.
        entered: The person pressed Enter and what stands there is fine; follows `committed`.
        left: The person pressed Enter or Esc: the keyboard goes back to the targets.
        problem: A sentence about what is typed; empty when it is fine.
        grown: It unfolded and needs more room.
    """

    committed = Signal(object)
    entered = Signal()
    left = Signal()
    problem = Signal(str)
    grown = Signal()

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.kind = kind_of(field)
        self.style_used = local_style()
        self._value: Value = None

    def show_value(self, value: Value) -> None:
        """Show a value; one that is not there leaves the editor empty."""
        self._value = value

    def text_of(self, value: Value) -> str:
        """Return a present value as it is typed here; nothing for others."""
        return self.kind.show(value, self.field, self.style_used) if is_present(value) else ""

    def has_caret(self, widget: QWidget) -> bool:
        """Tell whether typing goes to a widget of this editor, once its window is the active one."""
        return widget is self.window().focusWidget()

    def begin(self) -> None:
        """Take the keyboard."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)


class _Typed:
    """What line and paragraph have in common: checking, storing, restoring."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor

    def read(self, text: str) -> tuple[Value, str]:
        """Return the value of a text, or None and why the field does not take it."""
        if not text.strip() and self.editor.field.role == "target":
            takes = self.editor.kind.say(self.editor.field)
            return None, tr(
                "{title}: type {takes}, or press M if it cannot be judged.", title=self.editor.field.title, takes=takes
            )
        if not text.strip():
            return Missing(Reason.READER), ""
        try:
            return self.editor.kind.parse(text, self.editor.field, self.editor.style_used), ""
        except FieldProblem as problem:
            return None, problem.what

    def check(self, text: str) -> None:
        """Say at once what is wrong with a text."""
        self.editor.problem.emit(self.read(text)[1])

    def store(self, text: str, shown: str) -> bool:
        """Tell the value when the text was changed and is taken; return whether it is fine."""
        if text == shown:
            self.editor.problem.emit("")
            return True
        value, why = self.read(text)
        if why:
            self.editor.problem.emit(tr("{why} The earlier value stays.", why=why))
            return False
        self.editor.problem.emit("")
        self.editor.committed.emit(value)
        return True


class LineEditor(Editor):
    """A number, a date or a short text, in one line."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line = _Line(self)
        self.line.setAccessibleName(f"{field.title}, {self.kind.say(field)}")
        self.line.textEdited.connect(self._on_typed)
        self._typed = _Typed(self)
        self._shown = ""
        self.setFocusProxy(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line)

    def show_value(self, value: Value) -> None:
        """Show a value; what is being typed stays."""
        super().show_value(value)
        self._shown = self.text_of(value)
        if not (self.line.isModified() and self.has_caret(self.line)):
            self.line.setText(self._shown)
            self.line.setCursorPosition(0)
            self._mark(False)

    def begin(self) -> None:
        """Put the caret in and select what is there."""
        super().begin()
        self.line.selectAll()

    def enter(self) -> None:
        """Store what is typed and give the keyboard back, or stay and say why not."""
        if self._typed.store(self.line.text(), self._shown):
            self._shown = self.line.text()
            self.line.setModified(False)
            self.left.emit()
            self.entered.emit()
        else:
            self._mark(True)

    def escape(self) -> None:
        """Restore and give the keyboard back."""
        self.restore()
        self.left.emit()

    def restore(self) -> None:
        """Show the stored value again."""
        self.line.setText(self._shown)
        self._mark(False)
        self.problem.emit("")

    def leave(self) -> None:
        """Store when the focus goes elsewhere; what the field does not take goes back."""
        if not self.line.isModified():
            return
        if self._typed.store(self.line.text(), self._shown):
            self._shown = self.line.text()
        else:
            self.line.setText(self._shown)
            self._mark(False)
        self.line.setModified(False)

    def _on_typed(self, text: str) -> None:
        self._mark(bool(self._typed.read(text)[1]))
        self._typed.check(text)

    def _mark(self, wrong: bool) -> None:
        if bool(self.line.property("problem")) != wrong:
            self.line.setProperty("problem", wrong)
            self.line.style().unpolish(self.line)
            self.line.style().polish(self.line)


class _Line(QLineEdit):
    def __init__(self, editor: LineEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter stores, Esc restores."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._editor.enter()
        elif event.key() == Qt.Key.Key_Escape:
            self._editor.escape()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Store, unless only a menu opened."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._editor.leave()


class ParagraphEditor(Editor):
    """A free text of several lines; Enter stores, Shift+Enter makes a new line."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.text = _Paragraph(self)
        self.text.setAccessibleName(f"{field.title}, {self.kind.say(field)}")
        self.text.setTabChangesFocus(True)
        high = PARAGRAPH_LINES * (self.text.fontMetrics().lineSpacing() + 1)
        self.text.setStyleSheet(f"QPlainTextEdit {{ min-height: {high}px; max-height: {high}px; }}")
        self._typed = _Typed(self)
        self._shown = ""
        self.setFocusProxy(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.text)

    def show_value(self, value: Value) -> None:
        """Show a value; what is being typed stays."""
        super().show_value(value)
        self._shown = self.text_of(value)
        changed = self.text.document().isModified()
        if not (changed and self.has_caret(self.text)) and self.text.toPlainText() != self._shown:
            self.text.setPlainText(self._shown)
            self.text.document().setModified(False)

    def enter(self) -> None:
        """Store and give the keyboard back."""
        self.leave()
        self.left.emit()

    def escape(self) -> None:
        """Restore and give the keyboard back."""
        self.text.setPlainText(self._shown)
        self.problem.emit("")
        self.left.emit()

    def leave(self) -> None:
        """Store what is typed."""
        text = self.text.toPlainText()
        if self._typed.store(text, self._shown):
            self._shown = text
        self.text.document().setModified(False)


class _Paragraph(QPlainTextEdit):
    def __init__(self, editor: ParagraphEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter stores, Esc restores."""
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shift:
            self._editor.enter()
        elif event.key() == Qt.Key.Key_Escape:
            self._editor.escape()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Store, unless only a menu opened."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._editor.leave()


def answer_button(text: str, said: str) -> QToolButton:
    """Return a button that stays pressed; `said` is its accessible name."""
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setAccessibleName(said)
    button.setProperty("kind", "button")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


class SegmentsEditor(Editor):
    """A choice of few options, or a flag, as buttons side by side."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.values: list[Value] = [value for value, _ in self.kind.answers(field)]
        self.buttons: list[QToolButton] = []
        self.setStyleSheet(tr(SEGMENT_STYLE))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for value in self.values:
            text = self.kind.show(value, field)
            button = answer_button(text, f"{field.title}: {text}")
            button.clicked.connect(lambda _=False, v=value: self._on_clicked(v))
            self.buttons.append(button)
            row.addWidget(button)
        row.addStretch(1)
        self.setFocusProxy(self.buttons[0])

    def show_value(self, value: Value) -> None:
        """Press the value's button; none when it is not there."""
        super().show_value(value)
        for button, own in zip(self.buttons, self.values, strict=True):
            button.setChecked(is_present(value) and own == value)

    def _on_clicked(self, value: Value) -> None:
        changed = value != self._value
        self.show_value(value)
        if changed:
            self.committed.emit(value)
        self.left.emit()


class ComboEditor(Editor):
    """A choice of many options in a selection box."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.combo = _Combo(self)
        answers = self.kind.answers(field)
        self.values: list[Value] = [value for value, _ in answers]
        self.combo.addItems([words for _, words in answers])
        self.combo.setPlaceholderText("Choose")
        self.combo.setAccessibleName(f"{field.title}, {self.kind.say(field)}")
        self.combo.setProperty("typing", True)
        self.combo.activated.connect(self._on_activated)
        self.setFocusProxy(self.combo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.combo)

    def show_value(self, value: Value) -> None:
        """Select the value; nothing when it is not there."""
        super().show_value(value)
        self.combo.setCurrentIndex(self.values.index(value) if is_present(value) else -1)

    def _on_activated(self, index: int) -> None:
        value = self.values[index]
        if value != self._value:
            self._value = value
            self.committed.emit(value)
        self.left.emit()


class _Combo(QComboBox):
    def __init__(self, editor: ComboEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Esc give the keyboard back."""
        if event.key() == Qt.Key.Key_Escape:
            self._editor.show_value(self._editor._value)  # noqa: SLF001
            self._editor.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex() >= 0:
                self._editor._on_activated(self.currentIndex())  # noqa: SLF001
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: object) -> None:
        """A wheel over the form scrolls the form; it never changes a value."""
        event.ignore()  # type: ignore[attr-defined]
