"""Help: pages of words in a panel beside the images, with the reader's own keys."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QTextBrowser, QVBoxLayout, QWidget

from mmdesk.support.resources import resource
from mmdesk.ui.kit import theme
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.pages import PAGES
from mmdesk.ui.parts.parts import IconButton, label, row
from mmdesk.words import tr

_ORDER: Final = (
    "first-steps",
    "reading",
    "comparing",
    "marks",
    "images",
    "search-line",
    "models",
    "recipes",
    "importing",
    "keys",
    "research-use",
)
"""Topics in the order in which they are listed; those of other pages follow."""

_KEY: Final = re.compile(r"\{key:(\w+)\}")


class HelpPanel(QFrame):
    """Search, topics and one page of help.

    Signals:
        closed: The reader closed it.
    """

    closed = Signal()

    def __init__(self, keys: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._keys = keys
        self.line = QLineEdit(placeholderText=tr("Search help"))
        self.line.setAccessibleName(tr("Search help"))
        self.topics = QListWidget()
        self.topics.setAccessibleName("Topics")
        self.topics.setMaximumHeight(200)
        self.page = QTextBrowser()
        self.page.setSearchPaths([str(resource("help"))])
        self.page.setOpenLinks(False)
        self.line.textChanged.connect(self.search)
        self.topics.currentRowChanged.connect(self._show)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        close = IconButton("x", tr("Close help"), self.closed.emit, 16)
        layout.addLayout(row(label("Help", size="section"), 0, close))
        layout.addWidget(self.line)
        layout.addWidget(self.topics)
        layout.addWidget(self.page, 1)
        self._names: list[str] = []
        self.search("")

    def show_for(self, page: str) -> None:
        """Open on the topic of a page."""
        self.line.clear()
        self.search("")
        self.topics.setCurrentRow(self._names.index(PAGES[page].topic))
        self.show()
        QTimer.singleShot(0, self._scroll_to_topic)
        self.line.setFocus()

    def _scroll_to_topic(self) -> None:
        if (item := self.topics.currentItem()) is not None:
            self.topics.scrollToItem(item)
        self.page.verticalScrollBar().setValue(0)

    def search(self, text: str) -> None:
        """List the topics that have every word of a text."""
        words = text.casefold().split()
        texts = {name: topic_text(name, self._keys) for name in topics()}
        self._names = [name for name, text in texts.items() if all(word in text.casefold() for word in words)]
        self.topics.clear()
        self.topics.addItems([_title(texts[name]) for name in self._names])
        if self._names:
            self.topics.setCurrentRow(0)
        else:
            self._show_text(tr("No help on that. Try one word."))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the panel."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _show(self, place: int) -> None:
        if 0 <= place < len(self._names):
            self._show_text(topic_text(self._names[place], self._keys))

    def _show_text(self, text: str) -> None:
        """Show words in Markdown from their beginning, in the form that they have by themselves."""
        self.page.clear()
        self.page.setCurrentCharFormat(QTextCharFormat())
        self.page.setMarkdown(text)
        self.page.moveCursor(QTextCursor.MoveOperation.Start)


def topics() -> tuple[str, ...]:
    """Return the names of all topics: files in `resources/help`."""
    return tuple(dict.fromkeys((*_ORDER, *(page.topic for page in PAGES.values()))))


def _title(text: str) -> str:
    """Return what a topic's first line calls it."""
    return text.partition("\n")[0].removeprefix("# ")


def topic_text(name: str, keys: Keys) -> str:
    """Return a help page in Markdown with the reader's own keys in their places."""
    text = resource("help", f"{name}.md").read_text(encoding="utf-8")
    text = text.replace("{theme}", theme.tokens().name)
    return _KEY.sub(lambda found: f"**{keys.hint(found.group(1)) or tr('no key')}**", text)
