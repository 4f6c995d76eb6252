"""The rail: one icon for each page."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.pages import PAGES
from mmdesk.ui.parts.parts import IconButton
from mmdesk.words import tr


class Rail(QWidget):
    """Icons of the pages, 44 wide.

    Signals:
        chosen: Name of the page to show.
        help_asked: The help icon was pressed.
    """

    chosen = Signal(str)
    help_asked = Signal()

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(44)
        self._buttons: dict[str, IconButton] = {}
        group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 4, 2, 4)
        layout.setSpacing(2)
        for page in PAGES.values():
            if not page.icon:
                continue
            tip = f"{page.title}  {keys.hint(page.action)}"
            button = IconButton(page.icon, tip, partial(self.chosen.emit, page.name), 20)
            button.setProperty("kind", "rail")
            button.setAccessibleName(page.title)
            button.setCheckable(True)
            group.addButton(button)
            layout.addWidget(button)
            self._buttons[page.name] = button
        layout.addStretch(1)
        helping = IconButton("circle-help", tr("Help  {hint}", hint=keys.hint("help")), self.help_asked.emit, 20)
        helping.setProperty("kind", "rail")
        layout.addWidget(helping)
        self.set_project_open(False)

    def show_place(self, name: str) -> None:
        """Mark the page that is shown."""
        if button := self._buttons.get(name):
            button.setChecked(True)

    def set_project_open(self, is_open: bool) -> None:
        """Pages of a project can only be chosen while one is open."""
        for name, button in self._buttons.items():
            button.setEnabled(is_open or not PAGES[name].of_project)
