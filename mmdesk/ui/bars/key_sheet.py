"""The key sheet: every key on one page, as the reader has chosen them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mmdesk.ui.kit.actions import ACTIONS, EVERYWHERE, Action
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.pages import PAGES
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr


class KeySheet(QDialog):
    """Columns of keys: those that work everywhere, single keys while reading and on the page shown."""

    def __init__(self, keys: Keys, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys")
        self.resize(960, 640)
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setSpacing(32)
        scopes = {EVERYWHERE: "Everywhere", "reading": tr("Single keys while reading")}
        scopes.setdefault(keys.page, tr("Single keys on the page {title}", title=PAGES[keys.page].title))
        for scope, title in scopes.items():
            shown = [action for action in ACTIONS if action.scope == scope and keys.keys_of(action.name)]
            if shown:
                columns.addLayout(_column(title, shown, keys))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.addWidget(area)
        words = label(tr("Single keys are off while you type."), kind="quiet")
        layout.addLayout(row(words, 0, button("Close", self.accept, primary=True)))


def _column(title: str, shown: list[Action], keys: Keys) -> QVBoxLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    for index, action in enumerate(shown):
        chip = label(say_keys(keys.keys_of(action.name)), kind="chip")
        chip.setAlignment(Qt.AlignmentFlag.AlignCenter)
        grid.addWidget(chip, index, 0)
        grid.addWidget(label(tr(action.words)), index, 1)
    grid.setColumnStretch(1, 1)
    column = QVBoxLayout()
    column.addWidget(label(title, size="section"))
    column.addLayout(grid)
    column.addStretch(1)
    return column


def say_keys(keys: tuple[str, ...]) -> str:
    """Return keys as this system writes them; a run of digits as a range.

    Example:
        >>> say_keys(("1", "2", "3"))
        '1 to 3'
    """
    if len(keys) > 2 and all(len(key) == 1 and key.isdigit() for key in keys):
        return tr("{keys} to {keys_2}", keys=keys[0], keys_2=keys[-1])
    native = QKeySequence.SequenceFormat.NativeText
    return "  ".join(QKeySequence(key).toString(native) for key in keys)
