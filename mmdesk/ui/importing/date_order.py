"""Asks in which order a table writes its dates, where nothing in it tells."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from mmdesk.ui.parts.parts import label, row

CHOICES: Final[tuple[tuple[bool | None, str], ...]] = (
    (None, "leave missing"),
    (True, "read as day, month, year"),
    (False, "read as month, day, year"),
)


class DateOrder(QWidget):
    """One line, shown only where there is something to choose.

    Signals:
        chosen: The reader chose another order.

    Attributes:
        day_first: Whether the day stands first; None while dates without proof are left missing.
    """

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.day_first: bool | None = None
        self._words = label()
        self._group = QButtonGroup(self)
        self.buttons: dict[bool | None, QRadioButton] = {}
        for value, words in CHOICES:
            choice = QRadioButton(words)
            choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            choice.clicked.connect(lambda _checked=False, v=value: self._choose(v))
            self._group.addButton(choice)
            self.buttons[value] = choice
        line = row(self._words, *self.buttons.values(), 0, space=16)
        self.setLayout(line)
        self.begin()

    def begin(self) -> None:
        """Ask nothing, as for a new table."""
        self.day_first = None
        self.buttons[None].setChecked(True)
        self.hide()

    def offer(self, example: str) -> None:
        """Ask about a date whose order nothing proves; ask nothing when it is empty."""
        self._words.setText(f"Dates such as {example}:")
        for choice in self.buttons.values():
            choice.setAccessibleName(f"{self._words.text()} {choice.text()}")
        self.setVisible(bool(example))

    def _choose(self, value: bool | None) -> None:
        if value is not self.day_first:
            self.day_first = value
            self.chosen.emit()
