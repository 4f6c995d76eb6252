"""One action's key on the settings page: record another, see who has it already."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QKeySequenceEdit, QVBoxLayout

from mmdesk.ui.kit.actions import ACTIONS, EVERYWHERE, Action
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.preferences import Preferences
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.ui.parts.scale import scaled
from mmdesk.words import tr

WORDS: Final = 230
"""Width of the words of a setting at 100 % text."""


class KeyRow(QFrame):
    """An action, its key, and a way back to the declared one."""

    def __init__(self, action: Action, keys: Keys, preferences: Preferences) -> None:
        super().__init__()
        self.action = action
        self._keys = keys
        self._preferences = preferences
        self._wanted = ""
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setFixedWidth(scaled(self, 140))
        self.edit.setAccessibleName(tr(action.words))
        self.taken = label(kind="danger", wrap=True)
        self.taken.hide()
        self.use = button(tr("Use here"), self._take)
        self.use.hide()
        self.back = button("Undo", self._reset)
        words = label(tr(action.words))
        words.setFixedWidth(scaled(self, WORDS))
        words.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.addLayout(row(words, self.edit, self.taken, self.use, 0, self.back, space=12))
        self.edit.editingFinished.connect(self._on_recorded)
        keys.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the key of this moment."""
        keys = self._keys.keys_of(self.action.name)
        self.edit.setKeySequence(QKeySequence(keys[0] if keys else ""))
        self.back.setVisible(self.action.name in self._preferences.key_choices)
        self.taken.hide()
        self.use.hide()

    def _on_recorded(self) -> None:
        text = self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        text = text.replace("Return", "Enter")
        if not text or text in self._keys.keys_of(self.action.name):
            return
        owner = self._owner(text)
        if owner is None:
            self._preferences.set_keys(self.action.name, [text])
            return
        self._wanted = text
        self.taken.setText(tr("already {words}", words=owner.words))
        self.taken.show()
        self.use.setVisible(owner.scope != EVERYWHERE and not owner.digit)

    def _owner(self, text: str) -> Action | None:
        for other in ACTIONS:
            meets = EVERYWHERE in (self.action.scope, other.scope) or other.scope == self.action.scope
            if other.name != self.action.name and meets and text in self._keys.keys_of(other.name):
                return other
        return None

    def _take(self) -> None:
        if owner := self._owner(self._wanted):
            rest = [key for key in self._keys.keys_of(owner.name) if key != self._wanted]
            self._preferences.set_keys(owner.name, rest)
        self._preferences.set_keys(self.action.name, [self._wanted])

    def _reset(self) -> None:
        self._preferences.set_keys(self.action.name, None)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
