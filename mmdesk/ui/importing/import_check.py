"""The last step of an import: what would come of it, before anything is written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmdesk.services.importing.from_table import ImportReport

_LISTED: Final = 500
_LINES: Final = 10
_CLASSES: Final = 3


class ImportCheck(QWidget):
    """Says how many cases there are, what becomes of the columns, and each cell that is marked.

    Signals:
        as_missing: Field and option of a class that is to count as missing.

    Attributes:
        classes: A button for each class whose name means missing elsewhere.
        summary: Numbers, in sentences.
        plan: What becomes of the columns.
        warnings: What was assumed.
        found: Row, column and reason of each cell that cannot be used as it is.
    """

    as_missing = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes: list[QPushButton] = []
        self._classes = row(0)
        self.summary = label(wrap=True)
        self.plan = label(kind="quiet", wrap=True)
        self.warnings = label(kind="quiet", wrap=True)
        self.found = QTableWidget(0, 3)
        plain_table(self.found, ("Row", "Column", tr("What was found")))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.summary)
        layout.addWidget(self.plan)
        layout.addWidget(self.warnings)
        layout.addLayout(self._classes)
        layout.addWidget(self.found, 100)
        layout.addStretch(1)

    def show_report(self, report: ImportReport, plan: str, *, images: bool, new: bool) -> None:
        """Show what a check found.

        Args:
            report: Of the check.
            plan: What becomes of the columns, in words.
            images: The project has images.
            new: The project is to be made, so that its fields may still be changed.
        """
        parts = ["1 case." if report.cases == 1 else f"{report.cases:,} cases."]
        if images and not report.files_missing:
            parts.append(tr("Every image file is there."))
        if report.files_missing:
            parts.append(
                tr("{files_missing:,} image files not found: kept, marked missing.", files_missing=report.files_missing)
            )
        if report.marked:
            parts.append(
                tr("{marked:,} cases hold something that is marked, not used as it stands.", marked=report.marked)
            )
        if report.refused:
            parts.append(tr("{count:,} rows refused.", count=len(report.refused)))
        self.summary.setText(" ".join(parts))
        self._offer_classes(report.classes[:_CLASSES] if new else ())
        self.plan.setText(plan)
        self.warnings.setText(lines_of(report.warnings))
        self.warnings.setToolTip("\n".join(report.warnings))
        self.warnings.setVisible(bool(report.warnings))
        found = (*report.refused, *report.problems)[:_LISTED]
        self.found.setRowCount(len(found))
        for index, problem in enumerate(found):
            for column, text in enumerate((str(problem.row), problem.column, problem.reason)):
                self.found.setItem(index, column, QTableWidgetItem(text))
        self.found.setVisible(bool(found))

    def _offer_classes(self, classes: Sequence[tuple[str, str, str]]) -> None:
        """Offer to count classes as missing, whose names mean that elsewhere."""
        for old in self.classes:
            self._classes.removeWidget(old)
            old.deleteLater()
        self.classes = []
        for place, (name, column, option) in enumerate(classes):
            words = tr("Count '{option}' of {column} as missing", option=option, column=column)
            made = button(words, partial(self.as_missing.emit, name, option))
            self._classes.insertWidget(place, made)
            self.classes.append(made)


def lines_of(sentences: Sequence[str]) -> str:
    """Return sentences as lines, as many as there is room for."""
    more = [tr("And {count:,} more.", count=len(sentences) - _LINES)] if len(sentences) > _LINES else []
    return "\n".join([*sentences[:_LINES], *more])


def plain_table(table: QTableWidget, headings: tuple[str, ...]) -> None:
    """Make a table that is only looked at."""
    table.setHorizontalHeaderLabels(list(headings))
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(34)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    header.setStretchLastSection(True)
