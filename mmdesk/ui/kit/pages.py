"""Every page, declared once: rail, menu, palette, key sheet, help and pictures come from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mmdesk.words import QT_TR_NOOP


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the window.

    Attributes:
        name: Identifier, and the scope of its single keys.
        title: What it is called.
        factory: Where its widget is made, `module:name`; imported when the page is first shown.
        topic: Its help, a file in `resources/help` without the ending.
        icon: Its drawing in the rail; empty for a page that is reached from another one only.
        key: What shows it, in portable text.
        synonyms: Other words the palette finds it by.
        of_project: It needs an open project.
        passing: Esc goes back to the page before.
        takes: What its factory is called with: `bridge`, `keys`, `feed` (the worklist), `parent`
            (made within the stack it is styled once).
    """

    name: str
    title: str
    factory: str
    topic: str
    icon: str = ""
    key: str = ""
    synonyms: str = ""
    of_project: bool = False
    passing: bool = False
    takes: tuple[str, ...] = ("bridge", "keys")

    @property
    def action(self) -> str:
        """Name of the action that shows it."""
        return f"page_{self.name}"


_TABLE: Final = (
    Page("start", "Start", "mmdesk.ui.start.page:StartPage", "first-steps", "house", "Ctrl+1"),
    Page(
        "reading",
        "Reading",
        "mmdesk.ui.reading.page:ReadingPage",
        "reading",
        "book-open",
        "Ctrl+2",
        of_project=True,
        takes=("bridge", "keys", "parent"),
    ),
    Page(
        "worklist",
        "Worklist",
        "mmdesk.ui.worklist.page:WorklistPage",
        "search-line",
        "list-checks",
        "Ctrl+3",
        of_project=True,
        takes=("bridge", "keys", "feed"),
    ),
    Page(
        "models",
        "Models",
        "mmdesk.ui.models.page:ModelsPage",
        "models",
        "boxes",
        "Ctrl+4",
        synonyms=QT_TR_NOOP("fine-tune versions train"),
        of_project=True,
    ),
    Page(
        "recipe",
        "Recipe",
        "mmdesk.ui.recipe.page:RecipePage",
        "recipes",
        "workflow",
        "Ctrl+6",
        synonyms=QT_TR_NOOP("model architecture encoder train edit"),
        of_project=True,
    ),
    Page(
        "evaluation",
        "Evaluation",
        "mmdesk.ui.evaluation.page:EvaluationPage",
        "evaluation",
        "chart-column",
        "Ctrl+7",
        synonyms=QT_TR_NOOP("figures ROC AUC calibration threshold baselines"),
        of_project=True,
    ),
    Page(
        "agreement",
        "Agreement",
        "mmdesk.ui.readers.page:AgreementPage",
        "agreement",
        "users",
        "Ctrl+8",
        synonyms=QT_TR_NOOP("readers kappa second reading disagreement"),
        of_project=True,
    ),
    Page("importing", "Import", "mmdesk.ui.importing.page:ImportPage", "importing", passing=True),
    Page(
        "settings",
        "Settings",
        "mmdesk.ui.settings.page:SettingsPage",
        "keys",
        "settings",
        "Ctrl+5",
        passing=True,
    ),
)

PAGES: Final = {page.name: page for page in _TABLE}
"""All pages by name, in the order of the rail."""
