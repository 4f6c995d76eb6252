"""The recipe that is being edited: its steps back and on, why it cannot work, and its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.job import JobContext
from mmdesk.core.recipe.edit import RecipeHistory
from mmdesk.core.recipe.recipe import Recipe, check_recipe, default_recipe
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.recipe.recipe import StoredRecipe, Written

_BY_HAND: Final = QT_TR_NOOP("the edit by hand")


class RecipeEditor(QObject):
    """Keeps the project's recipe while a page shows it; every good step is stored.

    Signals:
        opened: Another project's recipe is there.
        changed: The recipe, its problem or what is known of its files changed.

    Attributes:
        recipe: The recipe of this moment, whether it works or not.
        good: The last one that works.
        problem: Why the recipe of this moment cannot work; None when it does.
        file_problem: Why `recipe.toml` cannot be read, in words; empty when it can.
    """

    opened = Signal()
    changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._history: RecipeHistory | None = None
        self._session: Session | None = None
        self._known = ""
        self._looked_for: object = None
        self._storing = self._again = self._reading = False
        self.problem: RecipeRefused | None = None
        self.file_problem = ""
        self._missing: tuple[str, ...] = ()
        bridge.project_opened.connect(self.read)

    @property
    def recipe(self) -> Recipe:
        """The recipe of this moment."""
        assert self._history is not None  # noqa: S101 - asked for only once it was read
        return self._history.now

    @property
    def is_open(self) -> bool:
        """Whether a project's recipe was read."""
        return self._history is not None

    @property
    def is_default(self) -> bool:
        """Whether it is the recipe that fits the fields by itself."""
        return self._session is not None and self.recipe == default_recipe(self._session.schema)

    @property
    def steps(self) -> tuple[int, int]:
        """How many steps lie behind and how many ahead."""
        return self._history.steps if self._history else (0, 0)

    def read(self, *_signal: object) -> None:
        """Read the project's recipe, and again what was changed by hand since."""
        session = self._bridge.session
        if session is None:
            return
        if self._storing and self._is_of(session):
            self._reading = True
            return
        project = session.project
        if self._is_of(session):
            self._looked_for = None if self._missing else self._looked_for
            self._ask_files()

        def work(_ctx: JobContext) -> StoredRecipe:
            from mmdesk.services.recipe.recipe import stored_recipe

            return stored_recipe(project)

        self._bridge.run(tr("Reading the recipe"), work, lambda found: self._found(session, found))

    def edit(self, recipe: Recipe, what: str) -> None:
        """Make a changed recipe the one of this moment; it is stored when it works.

        Args:
            recipe: The recipe.
            what: What was changed, in words.
        """
        if self._history is not None and self._history.edit(recipe, what):
            self._stepped()

    def undo(self) -> None:
        """Take the last step back."""
        self._walk("Undone", self._history.undo() if self._history else "")

    def redo(self) -> None:
        """Take the step that was undone again."""
        self._walk("Redone", self._history.redo() if self._history else "")

    def put_back(self) -> None:
        """Go to the recipe that fits the fields by itself; undo goes back."""
        if self._session is not None:
            self.edit(default_recipe(self._session.schema), tr("the default put back"))

    def store(self) -> None:
        """Store the recipe, if it works and may be stored; one writing at a time."""
        session = self._session
        if session is None or self.problem is not None or session.look_only:
            return
        if self._storing:
            self._again = True
            return
        self._storing = True
        project, recipe, known = session.project, self.recipe, self._known

        def work(_ctx: JobContext) -> Written:
            from mmdesk.services.recipe.recipe import store_recipe

            return store_recipe(project, recipe, known)

        self._bridge.run(tr("Storing the recipe"), work, self._stored, failed=self._not_stored, urgent=True)

    # -- within -------------------------------------------------------------------------------

    def _found(self, session: Session, found: StoredRecipe) -> None:
        if not self._is_of(session):
            self._begin(session, found)
        elif found.text != self._known and not self._storing:
            self._known, self.file_problem = found.text, found.problem
            if found.problem:
                self.changed.emit()
            elif self._history is not None and self._history.edit(found.recipe, tr(_BY_HAND)):
                self._bridge.notices.tell(tr("recipe.toml was changed by hand and is read again. Undo goes back."))
                self._check()

    def _begin(self, session: Session, found: StoredRecipe) -> None:
        self._session = session
        self._history = RecipeHistory(found.recipe)
        self._known, self.file_problem = found.text, found.problem
        self.good = default_recipe(session.schema)
        self._missing, self._looked_for = (), None
        self._storing = self._again = self._reading = False
        self._check()
        self.opened.emit()

    def _is_of(self, session: Session) -> bool:
        """Tell whether the recipe here is that of a session's project."""
        return self._session is not None and self._session.project is session.project

    def _stepped(self) -> None:
        self._check()
        self.store()

    def _walk(self, said: str, what: str) -> None:
        if what:
            self._bridge.notices.tell(f"{said}: {what}.")
            self._stepped()
        else:
            nothing = "undo" if said == "Undone" else "redo"
            self._bridge.notices.tell(tr("There is nothing to {nothing} in the recipe.", nothing=nothing))

    def _check(self) -> None:
        """See whether the recipe of this moment works, and look for its files."""
        assert self._session is not None  # noqa: S101 - a recipe belongs to a project
        self.problem = None
        try:
            check_recipe(self.recipe, self._session.schema)
            self._check_files()
        except RecipeRefused as problem:
            self.problem = problem
        else:
            self.good = self.recipe
        self._ask_files()
        self.changed.emit()

    def _check_files(self) -> None:
        for index, encoder in enumerate(self.recipe.encoders):
            for key, file in encoder.files.items():
                if file in self._missing:
                    raise RecipeRefused(
                        tr("there is no file {file} in the project's folder", file=file),
                        tr("Choose the file, or put it there."),
                        part="encoder",
                        index=index,
                        key=key,
                    )

    def _ask_files(self) -> None:
        """See which files of the encoders are there, when others are wanted than before."""
        session, recipe = self._session, self.recipe
        wanted = tuple(file for encoder in recipe.encoders for file in encoder.files.values())
        if session is None or wanted == self._looked_for or not wanted:
            return
        self._looked_for = wanted
        project = session.project

        def work(_ctx: JobContext) -> tuple[str, ...]:
            from mmdesk.services.recipe.recipe import missing_files

            return missing_files(project, recipe)

        self._bridge.run(tr("Looking for files of weights"), work, self._show_missing, lane="background", shown=True)

    def _show_missing(self, missing: tuple[str, ...]) -> None:
        self._missing = missing
        self._check()

    def _stored(self, written: Written) -> None:
        self._storing = False
        self._known, self.file_problem = written.text, ""
        if written.kept:
            self._bridge.notices.tell(tr("The recipe written by hand is kept as {kept}.", kept=written.kept))
        self.changed.emit()
        if self._again:
            self._again = False
            self.store()
        elif self._reading:
            self._reading = False
            self.read()

    def _not_stored(self, problem: BaseException) -> None:
        self._storing = self._again = False
        self._bridge.notices.raised(problem)
