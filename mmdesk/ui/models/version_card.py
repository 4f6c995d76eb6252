"""A model version's card: what it was made from and how well it did, as its maker wrote it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtGui import QResizeEvent, QTextCursor
from PySide6.QtWidgets import QTextBrowser

from mmdesk.core.versions.card_words import card_text
from mmdesk.core.versions.version import VersionRow
from mmdesk.words import tr

LINE: Final = 90
"""Letters of a line at most."""
ROOM: Final = 14
"""Pixels above a heading."""


class VersionCard(QTextBrowser):
    """Shows a card."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.setAccessibleName(tr("Card of the model version"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep lines short enough to read, however wide the window is."""
        letters = self.fontMetrics().averageCharWidth() * LINE
        self.setLineWrapColumnOrWidth(min(self.viewport().width(), letters))
        super().resizeEvent(event)

    def show_version(self, version: VersionRow | None, doubt: str = "") -> None:
        """Show a version's card with what is to be said of its comparison, or nothing."""
        if version is None:
            self.clear()
            return
        card = version.card
        known = replace(card, name=card.name or version.name or version.id, parent=card.parent or version.parent)
        self.setMarkdown(card_text(known, f"{version.id}, {version.state}. {doubt}".strip()))
        self._part_sections()

    def _part_sections(self) -> None:
        """Leave room above each heading, which text from Markdown has not."""
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() > 1:
                room = block.blockFormat()
                room.setTopMargin(ROOM)
                QTextCursor(block).setBlockFormat(room)
            block = block.next()
