"""Images and dock side by side; the dock keeps its width, the images take the rest."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from mmdesk.ui.kit.preferences import Preferences
from mmdesk.ui.parts.parts import label
from mmdesk.ui.parts.scale import scaled
from mmdesk.words import tr

NARROWEST, WIDEST = 300, 560
"""Width of the dock in logical pixels, at 100 % text."""


class SideBySide(QSplitter):
    """Puts the dock at the side that the reader prefers; its width is remembered per screen."""

    def __init__(self, images: QWidget, dock: QWidget, preferences: Preferences) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._images = images
        self._dock = dock
        self._preferences = preferences
        self._away = label(tr("The images are on the other monitor."), kind="quiet")
        self._away.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._away.hide()
        images.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # left and right are the patient's
        self.setHandleWidth(4)
        self.setChildrenCollapsible(False)
        self.place()
        self.splitterMoved.connect(self._remember)

    def place(self) -> None:
        """Put the dock right or left, as preferred."""
        left = self._preferences.get("dock_side") == "left"
        if self._away.parent() is self:
            self._away.hide()
            self._away.setParent(None)
        self.insertWidget(0 if left else 1, self._dock)
        self.insertWidget(1 if left else 0, self._images)
        self.setStretchFactor(self.indexOf(self._images), 1)
        self.setStretchFactor(self.indexOf(self._dock), 0)
        self._set_width()

    def lend(self) -> None:
        """Let the images go to another window; words stand in their place."""
        place = self.indexOf(self._images)
        self._images.setParent(None)
        self.insertWidget(place, self._away)
        self.setStretchFactor(place, 1)
        self._away.show()

    def _key(self) -> str:
        size = self.screen().size()
        return tr(
            "dock {width}x{height} text {scaled}", width=size.width(), height=size.height(), scaled=scaled(self, 100)
        )

    def _set_width(self) -> None:
        usual = 440 if self.width() >= 2200 else 380 if self.width() >= 1500 else 340
        self._dock.setMinimumWidth(min(scaled(self, NARROWEST), max(NARROWEST, self.width() // 2)))
        self._dock.setMaximumWidth(min(scaled(self, WIDEST), max(NARROWEST, self.width() // 2)))
        wanted = int(self._preferences.recall(self._key(), 0) or scaled(self, usual))
        wanted = min(max(wanted, self._dock.minimumWidth()), self._dock.maximumWidth())
        sizes = [max(self.width() - wanted - self.handleWidth(), 0), wanted]
        self.setSizes(sizes if self.indexOf(self._dock) > 0 else sizes[::-1])

    def _remember(self) -> None:
        self._preferences.remember(self._key(), self._dock.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the dock's width."""
        super().resizeEvent(event)
        self._set_width()
