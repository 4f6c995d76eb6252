"""One input or output of a model made elsewhere: which field it is, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QLineEdit, QVBoxLayout, QWidget

from mmdesk.core.model.foreign import End
from mmdesk.core.model.questions import QUESTIONS, show
from mmdesk.ui.parts.parts import label
from mmdesk.words import tr


class EndCard(QFrame):
    """Shows one end of the model, with a line for each question about it.

    Args:
        end: The input or output.
        options: What it may be: names of fields, apart by commas.
        chosen: What it is at first; may be empty.
        typed: Whether names may be typed too, as for a vector of some of the numbers.
        changed: Called when anything changes.
    """

    def __init__(
        self, end: End, options: Sequence[str], chosen: str, *, typed: bool, changed: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.end, self._changed = end, changed
        self.answers: dict[str, QWidget] = {}
        self._asked: Any = None
        self.box = QComboBox()
        self.box.setEditable(typed)
        self.box.addItems(list(options))
        _shrink(self.box)
        self.box.setCurrentText(chosen)
        self.box.setAccessibleName(end.name)
        self.box.currentTextChanged.connect(lambda _: changed())
        if typed and (line := self.box.lineEdit()):
            line.setPlaceholderText(tr("such as x1..x9, or names apart by commas"))
        self._lines = QFormLayout()
        self._lines.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._lines.addRow(label(end.say()), self.box if options or typed else label(chosen))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addLayout(self._lines)

    @property
    def names(self) -> list[str]:
        """The fields that are chosen or typed."""
        return [part.strip() for part in self.box.currentText().split(",") if part.strip()]

    def ask(self, reading: Any, reasons: Mapping[str, str]) -> None:
        """Show the questions of a reading's form; those that are shown keep their answers.

        Args:
            reading: What is said at first; None where nothing is asked.
            reasons: By question why that is said.
        """
        form = reading.form if reading is not None else ""
        if form == self._asked:
            return
        self._asked = form
        self.answers.clear()
        while self._lines.rowCount() > 1:
            self._lines.removeRow(1)
        for one in QUESTIONS.get(form, ()):
            editor = self._editor(one, getattr(reading, one.key))
            self.answers[one.key] = editor
            self._lines.addRow(label(tr(one.title), kind="quiet"), editor)
            if one.key in reasons:
                self._lines.addRow("", label(reasons[one.key], kind="quiet", size="caption", wrap=True))

    def said(self) -> list[tuple[str, str, Any]]:
        """Return the answers as they stand: end, question, text or value."""
        return [(self.end.name, key, _answer(editor)) for key, editor in self.answers.items()]

    def answer(self, key: str, value: Any) -> None:
        """Put an answer into its line."""
        editor = self.answers[key]
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(value))
        elif isinstance(editor, QLineEdit):
            editor.setText(show(value))

    def _editor(self, one: Any, now: Any) -> QWidget:
        if not one.choices:
            line = QLineEdit(show(now))
            line.setPlaceholderText(tr("as the model or the project says"))
            line.textChanged.connect(lambda _: self._changed())
            line.setAccessibleName(tr("{title} of {end}", title=tr(one.title), end=self.end.name))
            return line
        box = QComboBox()
        for value, words in one.choices.items():
            box.addItem(tr(words), value)
        _shrink(box)
        box.setCurrentIndex(box.findData(now))
        box.currentIndexChanged.connect(lambda _: self._changed())
        box.setAccessibleName(tr("{title} of {end}", title=tr(one.title), end=self.end.name))
        return box


def _shrink(box: QComboBox) -> None:
    """Let a card be narrower than its longest answer."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)


def _answer(editor: QWidget) -> Any:
    if isinstance(editor, QComboBox):
        return editor.currentData()
    return editor.text() if isinstance(editor, QLineEdit) else None
