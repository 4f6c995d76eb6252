"""The pages, one shown at a time; each is made when it is first shown."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QStackedWidget, QWidget

from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.pages import PAGES, Page
from mmdesk.ui.worklist.worklist_feed import WorklistFeed

if TYPE_CHECKING:
    from mmdesk.ui.evaluation.page import EvaluationPage
    from mmdesk.ui.importing.page import ImportPage
    from mmdesk.ui.models.page import ModelsPage
    from mmdesk.ui.readers.page import AgreementPage
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
        self._given = {"bridge": bridge, "keys": keys, "feed": feed, "parent": self}

    def page(self, name: str) -> QWidget:
        """Return a page, made now if it was never shown."""
        if name not in self._made:
            self._made[name] = self._make(PAGES[name])
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

    def _make(self, page: Page) -> QWidget:
        module, name = page.factory.split(":")
        factory = getattr(import_module(module), name)
        return cast("QWidget", factory(*(self._given[what] for what in page.takes)))

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
    def evaluation(self) -> EvaluationPage:
        """The page on how good a version is."""
        return cast("EvaluationPage", self.page("evaluation"))

    @property
    def agreement(self) -> AgreementPage:
        """The page on how far readers agree."""
        return cast("AgreementPage", self.page("agreement"))

    @property
    def recipe(self) -> RecipePage:
        """The recipe page."""
        return cast("RecipePage", self.page("recipe"))

    @property
    def importing(self) -> ImportPage:
        """The import assistant."""
        return cast("ImportPage", self.page("importing"))
