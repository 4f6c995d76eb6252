"""The six menus and more, made from the declared actions."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QMenuBar

from mmdesk.ui.kit.actions import ACTIONS, MENUS
from mmdesk.ui.kit.keys import Keys
from mmdesk.words import tr


def build_menus(bar: QMenuBar, keys: Keys) -> None:
    """Fill the menu bar; each menu is filled when it opens, so that keys and reasons are of now."""
    for name in MENUS:
        menu = bar.addMenu(name)
        menu.aboutToShow.connect(lambda m=menu, n=name: _fill(m, n, keys))


def _fill(menu: QMenu, name: str, keys: Keys) -> None:
    menu.clear()
    menu.setToolTipsVisible(True)
    for action in ACTIONS:
        if action.group != name:
            continue
        why = keys.why_not(action.name)
        hint = keys.hint(action.name)
        entry = menu.addAction(f"{tr(action.words)}\t{hint}" if hint else tr(action.words))
        entry.setEnabled(why == "")
        if why:
            entry.setToolTip(why)
        entry.triggered.connect(lambda _c=False, n=action.name: keys.trigger(n))
