"""A page that files and folders can be dropped on; where they may be dropped is marked meanwhile."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QWidget

from mmdesk.ui.parts.parts import repolish


class DropPage(QWidget):
    """Takes what is dropped; a page says in `take_path` what it does with it.

    Attributes:
        drop: The frame that is marked while files are held over the page.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drop = QFrame()
        self.drop.setProperty("kind", "drop")
        self.setAcceptDrops(True)

    def take_path(self, path: Path) -> None:
        """Do what a path asks for that was dropped or chosen."""
        raise NotImplementedError

    def takes_drops(self) -> bool:
        """Tell whether something can be dropped now."""
        return True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files; mark where they may be dropped."""
        if event.mimeData().hasUrls() and self.takes_drops():
            event.acceptProposedAction()
            self._mark_drop(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take the mark away."""
        self._mark_drop(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Begin with the first file or folder that was dropped."""
        self._mark_drop(False)
        event.acceptProposedAction()
        self.take_path(Path(event.mimeData().urls()[0].toLocalFile()))

    def _mark_drop(self, over: bool) -> None:
        self.drop.setProperty("over", over)
        repolish(self.drop)
