"""What the labelled cases say of a model that was just added."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from mmdesk.core.model.probe import Probe
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr


class ProbeDialog(QDialog):
    """Shows how the model fits the labels, read as it was said to be and otherwise.

    Args:
        parent: Window that it belongs to.
        version: Id of the candidate.
        probe: What was found.
    """

    def __init__(self, parent: QWidget, version: str, probe: Probe) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("{version} and the labels", version=version))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self.words = label(probe.say(), wrap=True)
        self.cells: list[tuple[str, ...]] = []
        grid = QGridLayout()
        if probe.rows:
            self.cells = [("Read", *probe.rows[0]["figures"]), *probe.table()]
        for line, cells in enumerate(self.cells):
            for column, text in enumerate(cells):
                grid.addWidget(label(text, kind="" if line else "quiet"), line, column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.words)
        layout.addLayout(grid)
        layout.addLayout(row(0, button("Close", self.accept, primary=True)))
