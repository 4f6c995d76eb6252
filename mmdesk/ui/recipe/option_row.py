"""One option of a recipe in the form: its words, its editor, and beside it why it cannot work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.recipe.option import Option
from mmdesk.ui.parts.number_line import NumberLine
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.ui.parts.scale import scaled

WORDS_WIDTH: Final = 140
"""Width of the words before an editor, at 100 % text."""
NUMBER_WIDTH: Final = 100


class Trouble(QWidget):
    """Why something cannot work, and a button that mends it."""

    def __init__(self) -> None:
        super().__init__()
        self.words = label(kind="danger", wrap=True)
        self.fix = button("", self._mend)
        self._repair: Callable[[], object] = _nothing
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(4)
        layout.addWidget(self.words)
        layout.addLayout(row(self.fix, 0))
        self.hide()

    def say(self, problem: RecipeRefused, words: str, mend: Callable[[], object]) -> None:
        """Show a reason, and a button that says what would mend it; none without words."""
        reason = f"{problem.reason[:1].upper()}{problem.reason[1:]}."
        self.words.setText(reason if words else f"{reason} {problem.do}")
        self.fix.setText(words)
        self.fix.setVisible(bool(words))
        self._repair = mend
        self.show()

    def tell(self, words: str) -> None:
        """Show words alone."""
        self.words.setText(words)
        self.fix.hide()
        self.show()

    def _mend(self) -> None:
        self._repair()


def add_trouble(parent: QWidget) -> Trouble:
    """Put a hidden place for a reason below what a widget holds already."""
    made = Trouble()
    layout = parent.layout()
    assert layout is not None  # noqa: S101 - all that have a reason lay out a column
    layout.addWidget(made)
    return made


class RecipeOptionRow(QWidget):
    """One option with its editor.

    Signals:
        changed: The option's key and its new value.
    """

    changed = Signal(str, object)

    def __init__(self, option: Option, value: Any) -> None:
        super().__init__()
        self.option = option
        self.editor: QWidget = _editor(option)
        if isinstance(self.editor, NumberLine):
            self.editor.setFixedWidth(scaled(self, NUMBER_WIDTH))
        self.editor.setAccessibleName(option.words)
        self.editor.setAccessibleDescription(option.help)
        self._trouble: Trouble | None = None
        words = label(option.words)
        words.setMinimumWidth(scaled(self, WORDS_WIDTH))
        words.setBuddy(self.editor)
        self.setToolTip(option.help)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        line = row(words, self.editor, 0)
        line.setStretch(1, 2 if isinstance(self.editor, (WordBox, FileEditor)) else 0)
        layout.addLayout(line)
        self.setFocusProxy(self.editor)
        self._listen()
        self.show_value(value)

    @property
    def trouble(self) -> Trouble:
        """Where it is said why this option cannot be so; made when it is first needed."""
        if self._trouble is None:
            self._trouble = add_trouble(self)
        return self._trouble

    def show_value(self, value: Any) -> None:
        """Show a value without telling anyone."""
        editor = self.editor
        if self._trouble is not None:
            self._trouble.hide()
        with QSignalBlocker(editor):
            match editor:
                case QCheckBox():
                    editor.setChecked(value)
                case QComboBox():
                    editor.setCurrentText(value)
                case FileEditor():
                    editor.line.setText(value)
                case NumberLine():
                    editor.show_value(value)

    def _listen(self) -> None:
        editor = self.editor
        match editor:
            case QCheckBox():
                editor.toggled.connect(self._tell)
            case QComboBox():
                editor.currentTextChanged.connect(self._tell)
            case FileEditor():
                editor.chosen.connect(self._tell)
            case NumberLine():
                editor.valued.connect(self._tell)
                editor.refused.connect(self._refused)

    def _refused(self, words: str) -> None:
        self.trouble.tell(words)

    def _tell(self, value: object) -> None:
        self.changed.emit(self.option.key, value)


class WordBox(QComboBox):
    """One of some words; letters choose among them."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("typing", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel over the form scrolls the form; it never changes a value."""
        event.ignore()


class FileEditor(QWidget):
    """A file, typed or chosen.

    Signals:
        chosen: Its path.
    """

    chosen = Signal(str)

    def __init__(self, option: Option) -> None:
        super().__init__()
        self._option = option
        self.line = QLineEdit()
        self.line.setPlaceholderText(f"*{option.suffix}")
        self.line.setAccessibleName(option.words)
        self.line.editingFinished.connect(lambda: self.chosen.emit(self.line.text().strip()))
        layout = row(self.line, button("Choose…", self._choose))
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.line)

    def _choose(self) -> None:
        words, suffix = self._option.words, self._option.suffix
        name, _kind = QFileDialog.getOpenFileName(self, words, "", f"{words} (*{suffix})")
        if name:
            self.line.setText(name)
            self.chosen.emit(name)


def _editor(option: Option) -> QWidget:
    if option.kind is bool:
        return QCheckBox()
    if option.allowed:
        words = WordBox()
        words.addItems(list(option.allowed))
        return words
    if option.suffix:
        return FileEditor(option)
    return NumberLine(option.words, option.low, option.high, option.step, whole=option.kind is int)


def _nothing() -> None:
    """Stand for a repair while there is none."""
