"""The pages, one shown at a time; each is made when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QStackedWidget, QWidget

from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.worklist.worklist_feed import WorklistFeed

if TYPE_CHECKING:
    from mmdesk.ui.importing.page import ImportPage
    from mmdesk.ui.models.page import ModelsPage
    from mmdesk.ui.reading.page import ReadingPage
    from mmdesk.ui.recipe.page import RecipePage
    from mmdesk.ui.start.page import StartPage
    from mmdesk.ui.worklist.page import WorklistPage


class PageStack(QStackedWidget):
    """Holds the pages and remembers the way through them.

    Attributes:
        name: Name of the page shown.
    """

    def __init__(self, bridge: Bridge, keys: Keys, feed: WorklistFeed) -> None:
        super().__init__()
        self.name = ""
        self._made: dict[str, QWidget] = {}
        self._way: list[str] = []
        self._ahead: list[str] = []
        self._make: dict[str, Callable[[], QWidget]] = {
            "start": lambda: _start(bridge, keys),
            "reading": lambda: _reading(bridge, keys, self),
            "worklist": lambda: _worklist(bridge, keys, feed),
            "models": lambda: _models(bridge, keys),
            "recipe": lambda: _recipe(bridge, keys),
            "importing": lambda: _importing(bridge, keys),
            "settings": lambda: _settings(bridge, keys),
        }

    def page(self, name: str) -> QWidget:
        """Return a page, made now if it was never shown."""
        if name not in self._made:
            self._made[name] = self._make[name]()
            self.addWidget(self._made[name])
        return self._made[name]

    def made(self, name: str) -> bool:
        """Tell whether a page exists already."""
        return name in self._made

    def show_page(self, name: str, *, remember: bool = True) -> None:
        """Show a page."""
        if remember and self.name and self.name != name:
            self._way.append(self.name)
            self._ahead.clear()
        self.name = name
        self.setCurrentWidget(self.page(name))

    def back(self) -> str:
        """Return the page before, or an empty text."""
        return self._step(self._way, self._ahead)

    def forward(self) -> str:
        """Return the page that was left by going back, or an empty text."""
        return self._step(self._ahead, self._way)

    def _step(self, source: list[str], target: list[str]) -> str:
        if not source:
            return ""
        target.append(self.name)
        name = source.pop()
        self.show_page(name, remember=False)
        return name

    @property
    def start(self) -> StartPage:
        """The start page."""
        return cast("StartPage", self.page("start"))

    @property
    def reading(self) -> ReadingPage:
        """The reading page."""
        return cast("ReadingPage", self.page("reading"))

    @property
    def worklist(self) -> WorklistPage:
        """The worklist page."""
        return cast("WorklistPage", self.page("worklist"))

    @property
    def models(self) -> ModelsPage:
        """The models page."""
        return cast("ModelsPage", self.page("models"))

    @property
    def recipe(self) -> RecipePage:
        """The recipe page."""
        return cast("RecipePage", self.page("recipe"))

    @property
    def importing(self) -> ImportPage:
        """The import assistant."""
        return cast("ImportPage", self.page("importing"))


def _start(bridge: Bridge, keys: Keys) -> QWidget:
    from mmdesk.ui.start.page import StartPage

    return StartPage(bridge, keys)


def _reading(bridge: Bridge, keys: Keys, parent: QWidget) -> QWidget:
    """Make it within its parent: styled once, not again when it gets there."""
    from mmdesk.ui.reading.page import ReadingPage

    return ReadingPage(bridge, keys, parent)


def _worklist(bridge: Bridge, keys: Keys, feed: WorklistFeed) -> QWidget:
    from mmdesk.ui.worklist.page import WorklistPage

    return WorklistPage(bridge, keys, feed)


def _models(bridge: Bridge, keys: Keys) -> QWidget:
    from mmdesk.ui.models.page import ModelsPage

    return ModelsPage(bridge, keys)


def _recipe(bridge: Bridge, keys: Keys) -> QWidget:
    from mmdesk.ui.recipe.page import RecipePage

    return RecipePage(bridge, keys)


def _importing(bridge: Bridge, keys: Keys) -> QWidget:
    from mmdesk.ui.importing.page import ImportPage

    return ImportPage(bridge, keys)


def _settings(bridge: Bridge, keys: Keys) -> QWidget:
    from mmdesk.ui.settings.page import SettingsPage

    return SettingsPage(bridge, keys)
