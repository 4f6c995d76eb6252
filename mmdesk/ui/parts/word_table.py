"""A table of words that pages fill and nobody edits."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from mmdesk.ui.kit import theme


class WordTable(QTableWidget):
    """A table of words that is only read."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)

    def fill(self, headings: Sequence[str], rows: Sequence[Sequence[str]], quiet: Sequence[bool] = ()) -> None:
        """Show rows in place of those before; quiet ones are grey."""
        self.clear()
        self.setColumnCount(len(headings))
        self.setHorizontalHeaderLabels(list(headings))
        self.setRowCount(len(rows))
        grey = QBrush(QColor(theme.tokens().text2))
        for place, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if quiet and quiet[place]:
                    item.setForeground(grey)
                self.setItem(place, column, item)
