"""The window's only way to the services: every call runs on a lane and comes back as a signal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from mmdesk.core.cases.listing import Listing
from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.core.fields.values import Value
from mmdesk.core.job import JobContext
from mmdesk.jobs.runner import Job
from mmdesk.ui.kit.lanes import Failed, Lanes, Then
from mmdesk.ui.kit.messages import say
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.kit.preferences import Preferences
from mmdesk.ui.kit.session import Session, close_session

if TYPE_CHECKING:
    from mmdesk.core.cases.worklist import WorklistRow
    from mmdesk.services.cases.reading import CaseView, Counts, WorklistQuery
    from mmdesk.services.models.prediction import Predictor
    from mmdesk.services.project import Project

__all__ = ["Bridge", "Session"]

T = TypeVar("T")

DEBOUNCE_MS: Final = 150
"""Rest after an edit before the case is predicted again."""


class Bridge(Lanes):
    """Owns the job runner and the session; nothing else in the window calls a service.

    Signals:
        changed: A `Change` that was stored.
        not_stored: A change could not be stored and was said; views show what is stored.
        project_opened: The new `Session`.
        project_closed: No project is open now.
        reader_changed: Name of the reader from now on.
        drafted: Id of a case, and whether it has answers that are kept and not stored.
        model_changed: Why no prediction can be made, in words; empty when it can.
    """

    changed = Signal(object)
    not_stored = Signal()
    project_opened = Signal(object)
    project_closed = Signal()
    reader_changed = Signal(str)
    model_changed = Signal(str)
    drafted = Signal(int, bool)

    def __init__(self, preferences: Preferences, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(notices, parent)
        self.preferences = preferences
        self.session: Session | None = None
        self.saved_at = ""
        self.model_words = ""
        self.say_display: Callable[[], str] = str
        self.redo_key: Callable[[], str] = str
        self._predictor: tuple[Project, Predictor] | None = None
        self._slower = ""
        self._pending_case: int | None = None
        self._prediction: Job[Any] | None = None
        self._rest = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._rest.timeout.connect(self._predict_pending)
        self.warmed.connect(self._load_model)

    def change(
        self,
        name: str,
        work: Callable[[Session], Change | None],
        then: Then[Change] | None = None,
        failed: Failed | None = None,
    ) -> None:
        """Run a use case that writes; its change is told to every view.

        Where it could not be stored, that is said, `failed` is called, and `not_stored` follows.
        """
        session = self._need()

        def done(change: Change | None) -> None:
            if change is not None:
                self.tell(change)
                if then is not None:
                    then(change)

        def not_done(problem: BaseException) -> None:
            self.notices.raised(problem)
            if failed is not None:
                failed(problem)
            self.not_stored.emit()

        self.run(name, lambda _ctx: work(session), done, failed=not_done, urgent=True, lasting=True)

    def tell(self, change: Change) -> None:
        """Tell every view what changed; the change was stored already."""
        if change.saved_at:
            self.saved_at = change.saved_at
        self.changed.emit(change)
        self.notices.tell(change.words)
        if change.versions:
            self._forget_predictor()

    def close(self) -> None:
        """Close the project and join all threads."""
        if not self._closed:
            self._rest.stop()
            self.close_lanes()
            if self._predictor:
                self._predictor[1].close()
            if self.session:
                session, self.session = self.session, None
                close_session(session)

    # -- the project --------------------------------------------------------------------------

    def open_project(self, folder: Path, failed: Failed | None = None) -> None:
        """Open a project on the database lane; `project_opened` follows."""
        reader = str(self.preferences.get("reader"))
        if self.session and self.session.project.folder == folder.absolute():
            self.close_project()

        def work(_ctx: JobContext) -> Project:
            from mmdesk.services.project import open_project

            project = open_project(folder)
            project.set_reader(reader)
            return project

        self.run("Opening the project", work, self.take_project, failed=failed)

    def take_project(self, project: Project) -> None:
        """Make an open project the session's; the one before is closed."""
        self._drop_project()
        self.session = Session(project, str(self.preferences.get("reader")))
        self.saved_at = project.saved_at
        self.model_words = ""
        self.project_opened.emit(self.session)
        self.run("Looking for the model", lambda _ctx: project.store.current_version(), self._on_version)
        self._load_model()
        for words in (*project.warnings, project.look_only):
            self.notices.tell(words)

    def close_project(self) -> None:
        """Close the open project, if there is one."""
        if self.session:
            self._drop_project()
            self.project_closed.emit()

    def set_reader(self, name: str) -> None:
        """Change the reader; the other's undo ends with it."""
        name = name.strip()
        if name and name != self.preferences.get("reader"):
            self.preferences.set("reader", name)
            if self.session:
                project = self.session.project
                self.session = Session(project, name)
                self.run("Changing the reader", lambda _ctx: project.set_reader(name), urgent=True)
            self.reader_changed.emit(name)

    def set_own_read_first(self, wanted: bool) -> None:
        """Set, for everyone on this project, when the model's answer appears; journalled."""
        self.change(
            "Storing the rule",
            lambda session: session.project.set_own_read_first(wanted, session.reader),
        )

    # -- reading ------------------------------------------------------------------------------

    def ask_ids(self, query: WorklistQuery, then: Then[Listing], failed: Failed | None = None) -> None:
        """Ask for the cases that match, in order."""
        session = self._need()

        def work(_ctx: JobContext) -> Listing:
            from mmdesk.services.cases.reading import case_ids

            return Listing(case_ids(session.project, query, session.reader))

        self.run("Searching the worklist", work, then, failed=failed, urgent=True)

    def ask_unread(self, listing: Listing, place: int, step: int, then: Then[int | None]) -> None:
        """Ask for the next unread case of a list after a place, or the one before with a step of -1."""
        session = self._need()

        def work(_ctx: JobContext) -> int | None:
            from mmdesk.services.cases.finding import next_unread

            return next_unread(session.project, listing, place, step, session.reader)

        self.run("Looking for an unread case", work, then, urgent=True)

    def ask_rows(self, ids: list[int], then: Then[list[WorklistRow]], failed: Failed | None = None) -> None:
        """Ask for the worklist rows of some cases."""
        session = self._need()

        def work(_ctx: JobContext) -> list[WorklistRow]:
            from mmdesk.services.cases.reading import rows

            return rows(session.project, ids, session.reader)

        self.run("Reading the worklist", work, then, failed=failed)

    def ask_counts(self, then: Then[Counts]) -> None:
        """Ask how many cases are unread, read and so on."""
        session = self._need()

        def work(_ctx: JobContext) -> Counts:
            from mmdesk.services.cases.reading import counts

            return counts(session.project, session.reader)

        self.run("Counting cases", work, then)

    def ask_case(
        self,
        case_id: int,
        then: Then[CaseView],
        failed: Failed | None = None,
        *,
        previous: bool = False,
    ) -> Job[CaseView]:
        """Ask for all that one case's page shows; with the reading before it when asked."""
        session = self._need()

        def work(_ctx: JobContext) -> CaseView:
            from mmdesk.services.cases.reading import open_case

            return open_case(session.project, case_id, session.reader, previous=previous)

        return self.run("Opening the case", work, then, failed=failed, urgent=True)

    def set_input(self, case_id: int, field: str, value: Value, failed: Failed) -> None:
        """Store an input's new value; its prediction is stale at once and computed again soon."""

        def work(session: Session) -> Change:
            from mmdesk.services.cases.reading import set_input

            return set_input(session.project, case_id, field, value, session.reader)

        self.change("Storing the field", work, lambda _change: self.predict_soon(case_id), failed)

    def confirm_value(self, case_id: int, field: str) -> None:
        """Store that an out-of-range value is right after all."""

        def work(session: Session) -> Change:
            from mmdesk.services.cases.reading import confirm_value

            return confirm_value(session.project, case_id, field, session.reader)

        self.change("Confirming the value", work, lambda _change: self.predict_soon(case_id))

    def store_labels(
        self,
        case_id: int,
        values: Mapping[str, Value],
        then: Then[Change] | None = None,
        failed: Failed | None = None,
        *,
        why: str = "",
        version: str = "",
    ) -> None:
        """Store the reader's labels of a case, and how its images are displayed now."""
        display = self.say_display()

        def work(session: Session) -> Change:
            from mmdesk.services.cases.reading import store_labels

            return store_labels(
                session.project, case_id, values, session.reader, why=why, version=version, display=display
            )

        self.change("Storing the label", work, then, failed)

    def keep_draft(
        self, case_id: int, answers: Mapping[str, Value], then: Then[None], failed: Failed, *, on: bool
    ) -> None:
        """Keep answers that the reader has not stored; this goes before anything but other answers."""
        session = self._need()

        def work(_ctx: JobContext) -> None:
            from mmdesk.services.cases.drafts import keep_draft

            keep_draft(session.project, case_id, answers, session.reader, on=on)

        self.run("Keeping the draft", work, then, failed=failed, urgent=True, lasting=True)

    def refer(
        self,
        case_id: int,
        reason: str = "",
        then: Then[Change] | None = None,
        failed: Failed | None = None,
    ) -> None:
        """Store that the reader refers a case to a person."""

        def work(session: Session) -> Change:
            from mmdesk.services.cases.reading import refer

            return refer(session.project, case_id, session.reader, reason)

        self.change("Referring the case", work, then, failed)

    def unrefer(self, case_id: int, then: Then[Change] | None = None) -> None:
        """Take a referral back."""

        def work(session: Session) -> Change:
            from mmdesk.services.cases.reading import unrefer

            return unrefer(session.project, case_id, session.reader)

        self.change("Taking the referral back", work, then)

    def undo(self, then: Then[Change] | None = None) -> None:
        """Undo this reader's last change, in whichever case it was."""
        self._step("undo", "There is nothing to undo.", then)

    def redo(self, then: Then[Change] | None = None) -> None:
        """Redo what was undone last."""
        self._step("redo", "There is nothing to redo.", then)

    # -- predictions --------------------------------------------------------------------------

    def predict(self, case_id: int) -> None:
        """Compute and store a case's prediction, before any that waits; `changed` follows."""
        session = self._need()
        if self._prediction is not None:
            self._prediction.cancel()

        def work(_ctx: JobContext) -> str:
            predictor = self._with_predictor(session.project)
            predictor.predict_case(case_id)
            return predictor.slower

        def done(slower: str) -> None:
            self._say_model("")
            if slower and slower != self._slower:
                self.notices.tell(slower)
            self._slower = slower
            self.changed.emit(Change(cases=frozenset({case_id}), predictions=True))

        self._prediction = self.run(
            "Predicting", work, done, lane="prediction", failed=self._not_predicted, urgent=True
        )

    def _not_predicted(self, problem: BaseException) -> None:
        """Say once why there is no prediction; a case is read without it."""
        if not isinstance(problem, Situation):
            self.notices.raised(problem)
        elif problem.say() != self.model_words:
            self.notices.tell(problem.say())
            self._say_model(problem.say())

    def _on_version(self, version: str) -> None:
        if not version:
            self._say_model(say("no_model"))

    def _say_model(self, words: str) -> None:
        if words != self.model_words:
            self.model_words = words
            self.model_changed.emit(words)

    def predict_all(self) -> Job[str]:
        """Compute and store the prediction of every case, with progress; can be cancelled."""
        session = self._need()

        def work(ctx: JobContext) -> str:
            from mmdesk.core.model.refused_cases import say_refused
            from mmdesk.services.cases.reading import WorklistQuery, case_ids
            from mmdesk.services.models.prediction import Predictor

            predictor = Predictor(session.project)
            try:
                ids = case_ids(session.project, WorklistQuery(), session.reader)
                number = predictor.predict_cases(ids, ctx)
                refused = predictor.refused_among(ids)
                said = " ".join(filter(None, (predictor.read.say(), say_refused(refused))))
            finally:
                predictor.close()
            return f"{number - len(refused):,} cases are predicted. {said}".strip()

        def done(words: str) -> None:
            self.tell(Change(predictions=True, words=words))

        return self.run("Predicting every case", work, done, lane="background", shown=True)

    def find_case(self, name: str, then: Then[int | None]) -> None:
        """Ask for the id of the case of that name."""
        session = self._need()
        self.run("Finding the case", lambda _ctx: session.project.store.case_id(name), then, urgent=True)

    def predict_soon(self, case_id: int) -> None:
        """Compute a case's prediction again once edits have rested for a moment."""
        self._pending_case = case_id
        self._rest.start()

    def with_predictor(self, name: str, work: Callable[[Predictor], T], then: Then[T]) -> Job[T]:
        """Run work with the current version's predictor on the prediction lane (what-if)."""
        session = self._need()
        return self.run(
            name,
            lambda _ctx: work(self._with_predictor(session.project)),
            then,
            lane="prediction",
            urgent=True,
        )

    # -- within -------------------------------------------------------------------------------

    def _project(self) -> object:
        return self.session.project if self.session else None

    def _need(self) -> Session:
        if self.session is None:
            raise RuntimeError("no project is open")
        return self.session

    def _step(self, name: str, nothing: str, then: Then[Change] | None) -> None:
        session = self._need()

        def work(_ctx: JobContext) -> Change | None:
            from mmdesk.services.cases import reading as cases

            step = cases.undo if name == "undo" else cases.redo
            return step(session.project, session.reader)

        def done(change: Change | None) -> None:
            if change is None:
                self.notices.tell(nothing)
                return
            if name == "undo" and (key := self.redo_key()):
                change = replace(change, words=say("W39", undone=change.words, key=key))
            self.tell(change)
            if change.fields and len(change.cases) == 1:
                self.predict_soon(next(iter(change.cases)))
            if then is not None:
                then(change)

        self.run("Undoing" if name == "undo" else "Redoing", work, done, urgent=True)

    def _predict_pending(self) -> None:
        if self._pending_case is not None and self.session:
            case_id, self._pending_case = self._pending_case, None
            self.predict(case_id)

    def _with_predictor(self, project: Project) -> Predictor:
        """Return the predictor of the current version; only on the prediction lane."""
        if self._predictor is None or self._predictor[0] is not project:
            from mmdesk.services.models.prediction import Predictor

            self._predictor = (project, Predictor(project))
        return self._predictor[1]

    def _load_model(self) -> None:
        """Load the current version's parts while the first case is on its way."""
        session = self.session
        if session is None or not self.warm:
            return

        def work(_ctx: JobContext) -> None:
            if session.project.store.current_version():
                self._with_predictor(session.project).warm()

        def failed(problem: BaseException) -> None:
            """Leave it to the first prediction to say why there is none."""
            logging.getLogger(__name__).info("The model cannot be loaded: %s", problem)

        self.run("Loading the model", work, lane="prediction", failed=failed)

    def _forget_predictor(self) -> None:
        def work(_ctx: JobContext) -> None:
            if self._predictor:
                self._predictor[1].close()
                self._predictor = None

        self.runner.submit("Changing the model", work, lane="prediction", urgent=True)

    def _drop_project(self) -> None:
        if self.session is None:
            return
        session, self.session = self.session, None
        self._forget_predictor()
        for job in self.runner.jobs:
            if job.lane != "background":
                continue
            job.cancel()
        self.runner.submit("Closing the project", lambda _ctx: close_session(session), lane="database")
