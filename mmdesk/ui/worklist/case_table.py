"""A table of cases, whatever their number: letters typed are looked for in the database."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractItemModel, QElapsedTimer, QItemSelectionModel
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTableView

LookFor = Callable[[str, int, Callable[[int], object]], object]
"""Looks for the first row, from a row on, whose case's name begins with letters."""


class CaseTable(QTableView):
    """A table of whole rows.

    Qt would read row after row for the letters that are typed, and make an index for each
    selected row. Here letters are given to `look_for`, and a selection is ranges of rows.

    Attributes:
        look_for: Looks for a case by the beginning of its name; None for not at all.
    """

    def __init__(self, look_for: LookFor | None = None) -> None:
        super().__init__()
        self.look_for = look_for
        self._typed = ""
        self._since = QElapsedTimer()
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show a model; the heading has a selection of its own, which is none.

        For each column that it paints it would ask each row whether it is selected.
        """
        super().setModel(model)
        if model is not None:
            header = self.horizontalHeader()
            header.setSelectionModel(QItemSelectionModel(model, header))

    def keyboardSearch(self, search: str) -> None:
        """Go to the first case, from the current one on, whose name begins with what is typed."""
        if self.look_for is None or not search:
            return
        goes_on = self._since.isValid() and self._since.elapsed() < QApplication.keyboardInputInterval()
        self._since.start()
        self._typed = f"{self._typed}{search}" if goes_on else search
        letters = self._typed
        if len(letters) > 1 and letters == letters[0] * len(letters):
            letters = letters[0]  # the same letter again and again goes from one to the next
        row = max(self.currentIndex().row(), 0)
        self.look_for(letters, row + (len(letters) == 1 and self.currentIndex().isValid()), self._go_to)

    def _go_to(self, row: int) -> None:
        if 0 <= row < self.model().rowCount():
            self.setCurrentIndex(self.model().index(row, 1))

    def selected_ranges(self) -> list[tuple[int, int]]:
        """Return the selected rows as ranges, the last row of each included."""
        selection = self.selectionModel().selection()
        areas = (selection.at(index) for index in range(selection.count()))
        found = sorted((area.top(), area.bottom()) for area in areas)
        joined: list[tuple[int, int]] = []
        for first, last in found:
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(joined[-1][1], last))
            else:
                joined.append((first, last))
        return joined
