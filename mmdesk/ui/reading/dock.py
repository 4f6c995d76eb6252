"""The dock beside the images: case header, record that scrolls, targets that never do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from mmdesk.core.fields.schema import Schema
from mmdesk.ui.reading.case_header import CaseHeader
from mmdesk.ui.record.record_form import RecordForm
from mmdesk.ui.targets.targets_panel import TargetsPanel, stops_within

PATIENCE = 150
"""Milliseconds before a case that is not there yet shows a bar."""


class Dock(QWidget):
    """Header, record and targets of the case."""

    def __init__(self, hint: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = CaseHeader()
        self.form = RecordForm()
        self.targets = TargetsPanel(hint)
        self._bar = QFrame()
        self._bar.setFixedHeight(2)
        self._bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE)
        self._patience.timeout.connect(lambda: self._show_bar(True))
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        edge = QFrame()
        edge.setProperty("kind", "line")
        edge.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self.header)
        column.addWidget(self.form, 1)
        column.addWidget(edge)
        column.addWidget(self.targets)
        self.form.left.connect(self.targets.setFocus)
        self._show_bar(False)

    def set_schema(self, schema: Schema) -> None:
        """Build form and rows of another project."""
        self.form.set_schema(schema)
        self.targets.set_schema(schema)

    def tab_stops(self) -> list[QWidget]:
        """Return what Tab stops at: fields from top to bottom, targets, Store and what stands by it."""
        fields = stops_within(self.form)
        return [*fields, self.targets, *self.targets.tab_stops()]

    def waits(self, waiting: bool) -> None:
        """Show a thin bar when the next case takes longer than a moment."""
        if waiting:
            self._patience.start()
        else:
            self._patience.stop()
            self._show_bar(False)

    def _show_bar(self, shown: bool) -> None:
        self._bar.setAutoFillBackground(shown)
        self._bar.setBackgroundRole(self._bar.palette().ColorRole.Link)
        self._bar.update()
