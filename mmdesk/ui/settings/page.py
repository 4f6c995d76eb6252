"""Settings: change one, see it at once; every row is made from its declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mmdesk.ui.kit.actions import ACTIONS
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.preferences import SETTINGS, Setting
from mmdesk.ui.parts.flow import Flow
from mmdesk.ui.parts.parts import label, row
from mmdesk.ui.parts.scale import scaled
from mmdesk.ui.settings.key_row import WORDS, KeyRow
from mmdesk.words import tr

_WIDTH: Final = 760
"""Width of all settings at 100 % text."""


class SettingsPage(QWidget):
    """A search line, the sections, and one row for each setting and each key."""

    def __init__(self, bridge: Bridge, keys: Keys) -> None:
        super().__init__()
        self._bridge = bridge
        self._keys = keys
        self._rows: list[tuple[str, str, QWidget]] = []
        self._headings: dict[str, QWidget] = {}
        self.line = QLineEdit(placeholderText=tr("Search settings"))
        self.line.setAccessibleName(tr("Search settings"))
        self.sections = QListWidget()
        self.sections.setAccessibleName("Sections")
        self.sections.setFixedWidth(scaled(self, 180))
        self.empty = label(tr("No setting has that name."), kind="quiet")
        self.empty.hide()
        self._build()
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self.search)
        self.sections.currentTextChanged.connect(self._go)
        for told in (bridge.project_opened, bridge.project_closed, bridge.changed, bridge.not_stored):
            told.connect(self._refresh_rule)
        bridge.reader_changed.connect(self._show_reader)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc empties the search line, then leaves the page."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.line.text():
            self.line.clear()
        else:
            self._keys.trigger("leave")

    def search(self, text: str) -> None:
        """Show the rows that have every word of a text."""
        words = text.casefold().split()
        shown: set[str] = set()
        for section, said, widget in self._rows:
            matches = all(word in said for word in words)
            widget.setVisible(matches)
            if matches:
                shown.add(section)
        for section, heading in self._headings.items():
            heading.setVisible(section in shown)
        self.empty.setVisible(not shown)

    def _build(self) -> None:
        inside = QWidget()
        inside.setMaximumWidth(scaled(self, _WIDTH))
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.empty)
        for section in dict.fromkeys(setting.section for setting in SETTINGS):
            self._heading(column, section)
            for setting in SETTINGS:
                if setting.section == section:
                    self._add(column, section, setting.words, SettingRow(setting, *self._door(setting)))
            if section == "Keys":
                self._add_keys(column)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(inside)
        self.sections.addItems(list(self._headings))
        left = QVBoxLayout()
        left.addWidget(self.line)
        left.addWidget(self.sections, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.addLayout(left)
        layout.addWidget(self.area, 1)
        self.line.setFixedWidth(scaled(self, 180))
        self._refresh_rule()

    def _heading(self, column: QVBoxLayout, section: str) -> None:
        self._headings[section] = label(section, size="section")
        column.addSpacing(8)
        column.addWidget(self._headings[section])

    def _add(self, column: QVBoxLayout, section: str, words: str, widget: QWidget) -> None:
        column.addWidget(widget)
        self._rows.append((section, f"{section} {words}".casefold(), widget))

    def _add_keys(self, column: QVBoxLayout) -> None:
        for action in ACTIONS:
            single = action.scope == "reading" or any(len(key) == 1 for key in action.keys)
            if single and not action.native and not action.digit:
                self._add(column, "Keys", action.words, KeyRow(action, self._keys, self._bridge.preferences))

    def _door(self, setting: Setting) -> tuple[Callable[[], Any], Callable[[Any], None]]:
        """Return how a setting is read and written; a project's rule goes through the bridge."""
        preferences = self._bridge.preferences
        if setting.project:
            return self._rule, self._set_rule
        if setting.name == "reader":
            return lambda: preferences.get("reader"), self._bridge.set_reader
        return lambda: preferences.get(setting.name), lambda value: preferences.set(setting.name, value)

    def _set_rule(self, wanted: bool) -> None:
        """Set, for everyone on this project, when the model's answer appears; journalled."""
        self._bridge.change(
            tr("Storing the rule"), lambda session: session.project.set_own_read_first(wanted, session.reader)
        )

    def _rule(self) -> Any:
        session = self._bridge.session
        return session.project.own_read_first if session else None

    def _refresh_rule(self, *_told: object) -> None:
        session = self._bridge.session
        for _section, _said, widget in self._rows:
            if isinstance(widget, SettingRow) and widget.setting.project:
                widget.refresh()
                widget.setEnabled(session is not None and not session.look_only)

    def _show_reader(self, _name: str) -> None:
        for _section, _said, widget in self._rows:
            if isinstance(widget, SettingRow) and widget.setting.name == "reader":
                widget.refresh()

    def _go(self, section: str) -> None:
        if heading := self._headings.get(section):
            self.area.verticalScrollBar().setValue(heading.y())


class SettingRow(QFrame):
    """One setting: its words, its choices, one sentence of help."""

    def __init__(self, setting: Setting, read: Callable[[], Any], write: Callable[[Any], None]) -> None:
        super().__init__()
        self.setting = setting
        self._read = read
        self._write = write
        self._buttons: list[tuple[Any, QRadioButton]] = []
        self._line: QLineEdit | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(2)
        words = label(f"{setting.words}:", wrap=True)
        words.setFixedWidth(scaled(self, WORDS))
        choices = QWidget()
        flow = Flow(choices, (0, 0), 12)
        for choice in self._choices():
            flow.addWidget(choice)
        line = row(words, space=12)
        line.addWidget(choices, 1)
        layout.addLayout(line)
        if setting.help:
            help_words = label(setting.help, size="caption", wrap=True)
            layout.addLayout(row(scaled(self, WORDS) + 12, help_words, space=0))
        self.refresh()

    def refresh(self) -> None:
        """Show the value of this moment."""
        value = self._read()
        for choice, choice_button in self._buttons:
            choice_button.setChecked(choice == value)
        if self._line is not None and not self._line.hasFocus():
            self._line.setText(str(value))

    def _choices(self) -> list[QWidget]:
        if not self.setting.choices:
            self._line = QLineEdit()
            self._line.setAccessibleName(self.setting.words)
            self._line.editingFinished.connect(self._on_text)
            return [self._line]
        group = QButtonGroup(self)
        for value, words in self.setting.choices:
            choice = QRadioButton(words)
            choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            choice.clicked.connect(lambda _checked=False, v=value: self._write(v))
            group.addButton(choice)
            self._buttons.append((value, choice))
        return [choice for _, choice in self._buttons]

    def _on_text(self) -> None:
        if self._line is not None and (text := self._line.text().strip()):
            self._write(text)
