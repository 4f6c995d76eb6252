"""Choose a backup to restore: what it holds, and what would be lost."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.backups import BackupPreview, BackupPreviews

_COLUMNS: Final = ("Made", "Cases", "Labels", QT_TR_NOOP("Lost by restoring it"))
_KEPT: Final = QT_TR_NOOP("What stands now is kept as a backup first, so it can be restored in the same way.")
_UNREADABLE: Final = QT_TR_NOOP("The project as it stands cannot be read; its files are kept beside the backups.")
_STAYS: Final = QT_TR_NOOP("Images and model versions stay as they are.")


class RestoreBackup(QDialog):
    """Lists the backups of a project, newest first."""

    def __init__(self, parent: QWidget, name: str, looks: BackupPreviews) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Restore a backup"))
        self.resize(760, 460)
        self._looks = looks
        self.table = QTableWidget(len(looks.looks), len(_COLUMNS))
        self.table.setAccessibleName("Backups")
        self.words = label(wrap=True)
        self.ok = button(tr("Restore this backup"), self.accept, primary=True)
        self.ok.setDefault(True)
        self._fill()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(_now(name, looks), wrap=True))
        layout.addWidget(self.table, 1)
        layout.addWidget(self.words)
        stays = tr(_STAYS) if looks.cases is None else f"{tr(_KEPT)} {tr(_STAYS)}"
        layout.addWidget(label(stays, kind="quiet", wrap=True))
        layout.addLayout(row(0, button("Cancel", self.reject), self.ok))
        self.table.currentCellChanged.connect(lambda *_cells: self._say())
        self.table.setCurrentCell(0, 0)
        self._say()
        self.table.setFocus()

    @property
    def look(self) -> BackupPreview:
        """The backup that is chosen."""
        return self._looks.looks[max(0, self.table.currentRow())]

    def _fill(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(list(_COLUMNS))
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        for index, look in enumerate(self._looks.looks):
            texts = (said_at(look), f"{look.cases:,}", f"{look.labels:,}", look.problem or self._lost(look))
            for column, text in enumerate(texts):
                item = QTableWidgetItem("" if look.problem and column in (1, 2) else text)
                if column in (1, 2):
                    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                item.setToolTip(text)
                table.setItem(index, column, item)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)

    def _lost(self, look: BackupPreview) -> str:
        return look.lost or ("nothing" if self._looks.cases is not None else tr("not known"))

    def _say(self) -> None:
        look = self.look
        self.ok.setEnabled(not look.problem)
        if look.problem:
            self.words.setText(tr("{problem} Nothing was changed. Choose another one.", problem=look.problem))
            return
        then = tr(
            "The backup of {said_at} has {cases:,} cases and {labels}.",
            said_at=said_at(look),
            cases=look.cases,
            labels=_labels(look.labels),
        )
        known = self._looks.cases is not None
        self.words.setText(
            tr("{then} Restoring it takes back: {lost}.", then=then, lost=self._lost(look)) if known else then
        )


def said_at(look: BackupPreview) -> str:
    """Return when a backup was made, in local time."""
    made: datetime = look.backup.at
    return f"{made.astimezone():%Y-%m-%d %H:%M:%S}"


def _now(name: str, looks: BackupPreviews) -> str:
    if looks.cases is None or looks.labels is None:
        return tr(_UNREADABLE)
    return tr(
        "{name} has {cases:,} cases and {labels} now.", name=name, cases=looks.cases, labels=_labels(looks.labels)
    )


def _labels(number: int) -> str:
    return tr("1 label of readers") if number == 1 else tr("{number:,} labels of readers", number=number)
