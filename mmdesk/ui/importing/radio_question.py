"""A question with a few answers in one line, shown only where there is something to choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from mmdesk.ui.parts.parts import label, row


class RadioQuestion(QWidget):
    """One line; with no answer to begin with, an answer is needed.

    Signals:
        chosen: The person chose another answer.

    Attributes:
        buttons: The answers, by value.
        answer: The value chosen; the first one while nothing was chosen.
        asked: Whether it is asked.
    """

    chosen = Signal()

    def __init__(self, answers: Mapping[Any, str], parent: QWidget | None = None, *, needed: bool = False) -> None:
        super().__init__(parent)
        self._needed = needed
        self._first = None if needed else next(iter(answers))
        self.answer: Any = self._first
        self._words = label(wrap=True)
        self._group = QButtonGroup(self)
        self.buttons: dict[Any, QRadioButton] = {}
        for value, words in answers.items():
            choice = QRadioButton(words)
            choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            choice.clicked.connect(lambda _checked=False, v=value: self._choose(v))
            self._group.addButton(choice)
            self.buttons[value] = choice
        line = row(self._words, *self.buttons.values(), 0, space=16)
        line.setStretch(0, int(needed))
        self.setLayout(line)
        self.begin()

    @property
    def decided(self) -> bool:
        """Whether nothing is asked, or there is an answer."""
        return not (self.asked and self._needed) or self.answer is not None

    def begin(self) -> None:
        """Ask nothing, as for a new table."""
        self.asked = False
        self.answer = self._first
        self._group.setExclusive(False)
        for value, choice in self.buttons.items():
            choice.setChecked(not self._needed and value == self._first)
        self._group.setExclusive(True)
        self.hide()

    def offer(self, words: str, answers: Mapping[Any, str] | None = None) -> None:
        """Ask in these words; an answer that was given stays. Ask nothing where there are none.

        Args:
            words: What is not clear.
            answers: Words for the answers, where they depend on what is asked.
        """
        if not words and self.asked and self.answer is not None and self._needed:
            return
        self.asked = bool(words)
        self._words.setText(words)
        for value, text in (answers or {}).items():
            self.buttons[value].setText(text)
        for choice in self.buttons.values():
            choice.setAccessibleName(f"{words} {choice.text()}")
        self.setVisible(self.asked)

    def _choose(self, value: Any) -> None:
        if value is not self.answer:
            self.answer = value
            self.chosen.emit()
