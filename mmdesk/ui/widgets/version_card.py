"""A model version's card: what it was made from and how well it did, as its maker wrote it."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTextBrowser

from mmdesk.core.card import card_text
from mmdesk.core.version import VersionRow

LINE: Final = 90
"""Letters of a line at most."""


class VersionCard(QTextBrowser):
    """Shows a card."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.setAccessibleName("Card of the model version")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep lines short enough to read, however wide the window is."""
        letters = self.fontMetrics().averageCharWidth() * LINE
        self.setLineWrapColumnOrWidth(min(self.viewport().width(), letters))
        super().resizeEvent(event)

    def show_version(self, version: VersionRow | None) -> None:
        """Show a version's card, or nothing."""
        if version is None:
            self.clear()
            return
        known = {"name": version.name or version.id, "parent": version.parent, "created": version.created}
        self.setMarkdown(card_text(known | dict(version.card), f"{version.id}, {version.state}."))
