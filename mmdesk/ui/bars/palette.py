"""The command palette: every action by its words or their synonyms."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from mmdesk.ui.kit.actions import ACTIONS, BY_NAME, Action
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.preferences import Preferences
from mmdesk.words import tr

_RECENT: Final = 6
_NAME: Final = Qt.ItemDataRole.UserRole


class Palette(QDialog):
    """Find an action and run it; what cannot be done now says why."""

    def __init__(self, keys: Keys, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Find or run"))
        self._keys = keys
        self._preferences = preferences
        self.line = QLineEdit(placeholderText=tr("Find or run"))
        self.line.setAccessibleName(tr("Find or run"))
        self.list = QListWidget()
        self.list.setAccessibleName("Actions")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.line.textChanged.connect(self.search)
        self.line.installEventFilter(self)
        self.list.itemClicked.connect(lambda _item: self.run_current())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.line)
        layout.addWidget(self.list)
        self.resize(560, 420)
        top = parent.mapToGlobal(parent.rect().topLeft())
        self.move(top.x() + (parent.width() - self.width()) // 2, top.y() + 48)
        self.search("")
        self.line.setFocus()

    def search(self, text: str) -> None:
        """List the actions that have every word of a text; those named so first, then the recent ones."""
        words = text.casefold().split()
        recent = [str(name) for name in self._preferences.recall("recent_actions", [])]
        found = [action for action in ACTIONS if self._listed(action) and _matches(action, words)]
        found.sort(key=lambda action: recent.index(action.name) if action.name in recent else len(recent))
        found.sort(key=lambda action: _distance(action, words))
        self.list.clear()
        for action in found:
            why = self._keys.why_not(action.name) or ""
            hint = self._keys.hint(action.name)
            item = QListWidgetItem(f"{tr(action.words)}    {hint}" if not why else f"{tr(action.words)}    {why}")
            item.setData(_NAME, action.name)
            if why:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        self.list.setCurrentRow(next((n for n in range(self.list.count()) if self._enabled(n)), -1))

    def run_current(self) -> None:
        """Close the palette and run the chosen action."""
        place = self.list.currentRow()
        if place < 0:
            return
        name = str(self.list.item(place).data(_NAME))
        recent = [other for other in self._preferences.recall("recent_actions", []) if other != name]
        self._preferences.remember("recent_actions", [name, *recent][:_RECENT])
        self.close()
        self._keys.trigger(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows choose in the list while the caret stays in the line."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            match event.key():
                case Qt.Key.Key_Down:
                    self._step(1)
                    return True
                case Qt.Key.Key_Up:
                    self._step(-1)
                    return True
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self.run_current()
                    return True
        return super().eventFilter(watched, event)

    def _step(self, step: int) -> None:
        place = self.list.currentRow() + step
        while 0 <= place < self.list.count() and not self._enabled(place):
            place += step
        if 0 <= place < self.list.count():
            self.list.setCurrentRow(place)

    def _enabled(self, place: int) -> bool:
        return bool(self.list.item(place).flags() & Qt.ItemFlag.ItemIsEnabled)

    def _listed(self, action: Action) -> bool:
        plain = not (action.native or action.digit or action.name in ("palette", "leave", "pan"))
        return plain and self._keys.why_not(action.name) is not None and action.name in BY_NAME


def _matches(action: Action, words: list[str]) -> bool:
    text = f"{tr(action.words)} {action.synonyms}".casefold()
    return all(word in text for word in words)


def _distance(action: Action, words: list[str]) -> int:
    """Return 0 for an action whose name begins so, 1 where its name has the words, else 2."""
    name = tr(action.words).casefold()
    if name.startswith(" ".join(words)):
        return 0
    return 1 if all(word in name for word in words) else 2
