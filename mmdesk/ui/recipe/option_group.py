"""Some options of one part of a recipe: the main ones at once, the others on request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mmdesk.core.recipe.option import Option
from mmdesk.ui.parts.parts import button, row
from mmdesk.ui.recipe.option_row import RecipeOptionRow
from mmdesk.words import tr


class OptionGroup(QWidget):
    """A row for each option.

    Signals:
        changed: The option's key and its new value.

    Attributes:
        rows: By the option's key.
    """

    changed = Signal(str, object)

    def __init__(self, options: Sequence[Option], values: object) -> None:
        super().__init__()
        self.rows: dict[str, RecipeOptionRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._more: list[RecipeOptionRow] = []
        self.turn = button(tr("More settings"), self._turn)
        for option in options:
            self._add(option, getattr(values, option.key))
        if self._more:
            self._column.addLayout(row(self.turn, 0))
        else:
            self.turn.deleteLater()

    def show_values(self, values: object) -> None:
        """Show the values of an object that has the options as attributes."""
        for key, line in self.rows.items():
            line.show_value(getattr(values, key))

    def reveal(self, key: str) -> RecipeOptionRow | None:
        """Return an option's row, unfolded; None when there is no such option."""
        line = self.rows.get(key)
        if line is not None and line in self._more and line.isHidden():
            self._turn()
        return line

    def _add(self, option: Option, value: Any) -> None:
        line = RecipeOptionRow(option, value)
        line.changed.connect(self.changed)
        self.rows[option.key] = line
        if not option.main:
            self._more.append(line)
            line.hide()
        self._column.addWidget(line)

    def _turn(self) -> None:
        shown = self._more[0].isHidden()
        for line in self._more:
            line.setVisible(shown)
        self.turn.setText(tr("Fewer settings") if shown else tr("More settings"))
