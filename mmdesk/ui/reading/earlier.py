"""The previous reading's images beside those of the case, as the reader has set it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.reading.case_loader import CaseLoader
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView

SETTING: Final = "previous_images"
NONE: Final = QT_TR_NOOP("No earlier case of this group. Nothing was changed. Cases that have one show it from now on.")


class Earlier(QObject):
    """Lets cases be read with the reading before them, or without.

    Args:
        bridge: The way to the services.
        keys: The dispatcher.
        loader: Where the page's views come from.
        current: Returns the view on the screen, or None.
        show: Shows a view that was asked for anew.
    """

    def __init__(
        self,
        bridge: Bridge,
        keys: Keys,
        loader: CaseLoader,
        current: Callable[[], CaseView | None],
        show: Callable[[CaseView], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._loader = loader
        self._current = current
        self._show = show
        loader.previous = bool(bridge.preferences.get(SETTING))
        keys.bind(SETTING, self.toggle, self._why_not, page="reading")
        bridge.preferences.changed.connect(self._on_preference)

    def toggle(self) -> None:
        """Show the previous reading's images, or no longer."""
        self._bridge.preferences.set(SETTING, not self._loader.previous)

    def _on_preference(self, name: str) -> None:
        if name != SETTING:
            return
        self._loader.previous = bool(self._bridge.preferences.get(SETTING))
        self._loader.forget()
        view = self._current()
        if view is not None:
            self._loader.ask(view.case.id, self._arrived)

    def _arrived(self, view: CaseView) -> None:
        self._show(view)
        if self._loader.previous and view.previous is None:
            self._bridge.notices.tell(tr(NONE))

    def _why_not(self) -> str:
        return "" if self._current() is not None else tr("No case is open. Choose one in the worklist.")
