"""The worklist strip beside the images: status shape, case, reason."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QVBoxLayout, QWidget

from mmdesk.ui.kit.theme import ROW
from mmdesk.ui.parts.parts import label
from mmdesk.ui.worklist.case_table import CaseTable, LookFor
from mmdesk.words import tr


class Strip(QWidget):
    """The listed cases, narrow; the case on the screen is marked.

    Signals:
        chosen: Row that the reader pressed.
    """

    chosen = Signal(int)

    def __init__(self, model: QAbstractItemModel, look_for: LookFor | None = None) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.view = CaseTable(look_for)
        self.view.setModel(model)
        self.view.setAccessibleName("Worklist")
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setShowGrid(False)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(ROW)
        self.view.horizontalHeader().hide()
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.view.clicked.connect(lambda index: self.chosen.emit(index.row()))
        self.view.activated.connect(lambda index: self.chosen.emit(index.row()))
        self.place = label(size="caption")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(label("Worklist", size="section"))
        layout.addWidget(self.view, 1)
        layout.addWidget(self.place)
        model.modelReset.connect(self._arrange)
        self._row = -1

    def show_row(self, row: int) -> None:
        """Mark the case on the screen."""
        self._row = row
        model = self.view.model()
        if 0 <= row < model.rowCount():
            index = model.index(row, 1)
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
            self.place.setText(tr("{row:,} of {rowcount:,}", row=row + 1, rowcount=model.rowCount()))
        else:
            self.view.setCurrentIndex(QModelIndex())
            self.place.setText(f"{model.rowCount():,} cases")

    def _arrange(self) -> None:
        model = self.view.model()
        last = model.columnCount() - 1
        for column in range(model.columnCount()):
            self.view.setColumnHidden(column, column not in (0, 1, last))
        header = self.view.horizontalHeader()
        header.setMinimumSectionSize(24)
        self.view.setColumnWidth(0, 28)
        self.view.setColumnWidth(1, 84)
        if last > 1:
            header.setSectionResizeMode(last, QHeaderView.ResizeMode.Stretch)
        self.show_row(self._row)
