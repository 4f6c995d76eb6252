"""A candidate against the current version, figure by figure, as a table."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont

from mmdesk.core.judge.verdict import Comparison, FigureRow
from mmdesk.ui.kit import theme
from mmdesk.words import QT_TR_NOOP

Index = QModelIndex | QPersistentModelIndex
HEADINGS: Final = ("Figure", "Cases", "n", "Current", "Candidate", QT_TR_NOOP("Difference (95 %)"), "Rule", "")
_CASES: Final = {
    "all": QT_TR_NOOP("all test cases"),
    "old": QT_TR_NOOP("old cases"),
    "corrected": QT_TR_NOOP("corrected cases"),
}
_FEW: Final = 10


class ComparisonModel(QAbstractTableModel):
    """One row a figure, with its interval, its number of cases and what the rule says."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[FigureRow, ...] = ()

    def set_comparison(self, comparison: Comparison | None) -> None:
        """Show a comparison, or nothing."""
        self.beginResetModel()
        self.rows = comparison.rows if comparison else ()
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of figures."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's heading."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell; figures of few cases are grey, a broken rule is bold."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cells(row)[index.column()]
        if role == Qt.ItemDataRole.FontRole and row.verdict == "FAIL":
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ForegroundRole and (row.n < _FEW or row.difference is None):
            return QBrush(QColor(theme.tokens().text2))
        return None


def cells(row: FigureRow) -> tuple[str, ...]:
    """Return the texts of a figure's row.

    Example:
        >>> cells(FigureRow("macro AUC", "auc", "all", 271, 34, 0.861, 0.874, 0.013, 0.002, 0.024))[5]
        '+0.013 [+0.002, +0.024]'
    """
    number = f"{row.n:,}" if row.positives is None else f"{row.n:,} ({row.positives:,} positive)"
    difference = row.words
    if row.difference is not None:
        difference = f"{row.difference:+.3f}"
        if row.low is not None and row.high is not None:
            difference += f" [{row.low:+.3f}, {row.high:+.3f}]"
    current, candidate = _figure(row.current), _figure(row.candidate)
    where = _CASES.get(row.cases, row.cases)
    return (
        row.metric.removeprefix(f"{where} "),
        where,
        number,
        current,
        candidate,
        difference,
        row.rule,
        row.verdict,
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
