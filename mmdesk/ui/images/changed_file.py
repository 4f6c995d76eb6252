"""The two ways on from a picture whose file is not the one that was imported."""

from __future__ import annotations

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QWidget

from mmdesk.ui.parts.parts import button, row
from mmdesk.words import tr

TAKE, FIND = "take", "find"


class ChangedFile(QWidget):
    """Two buttons over the picture.

    Signals:
        chosen: `take` the file in its place, or `find` the imported one.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.take_button = button(tr("Take this file"), lambda: self.chosen.emit(TAKE))
        self.find_button = button(tr("Find the imported file…"), lambda: self.chosen.emit(FIND))
        self.setLayout(row(self.take_button, self.find_button))
        self.hide()

    def stand(self, inner: QRect, *, shown: bool) -> None:
        """Stand below the middle of a pane, or nowhere."""
        self.setVisible(shown)
        if shown:
            size = self.sizeHint()
            width = min(size.width(), inner.width())
            self.setGeometry(inner.center().x() - width // 2, inner.center().y() + 44, width, size.height())
