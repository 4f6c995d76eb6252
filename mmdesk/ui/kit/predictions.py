"""Predictions of cases: the prediction lane's one predictor, and when a case is predicted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.core.job import JobContext
from mmdesk.jobs.runner import Job
from mmdesk.ui.kit.lanes import Then
from mmdesk.ui.kit.project_lanes import ProjectLanes
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.models.prediction import Predictor
    from mmdesk.services.project import Project

T = TypeVar("T")

DEBOUNCE_MS: Final = 150
"""Rest after an edit before the case is predicted again."""


class Predictions(QObject):
    """Keeps the predictor of the current version and computes predictions with it.

    Signals:
        model_changed: Why no prediction can be made, in words; empty when it can.

    Attributes:
        model_words: The same words at this moment.
    """

    model_changed = Signal(str)

    def __init__(self, lanes: ProjectLanes) -> None:
        super().__init__(lanes)
        self._lanes = lanes
        self.model_words = ""
        self._predictor: tuple[Project, Predictor] | None = None
        self._slower = ""
        self._pending_case: int | None = None
        self._running: Job[Any] | None = None
        self._rest = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._rest.timeout.connect(self._predict_pending)
        lanes.warmed.connect(self._load)
        lanes.changed.connect(self._on_changed)

    def predict(self, case_id: int) -> None:
        """Compute and store a case's prediction, before any that waits; `changed` follows."""
        session = self._lanes.need_session()
        if self._running is not None:
            self._running.cancel()

        def work(_ctx: JobContext) -> str:
            predictor = self._of(session.project)
            predictor.predict_case(case_id)
            return predictor.slower

        def done(slower: str) -> None:
            self._set_words("")
            if slower and slower != self._slower:
                self._lanes.notices.tell(slower)
            self._slower = slower
            self._lanes.changed.emit(Change(cases=frozenset({case_id}), predictions=True))

        self._running = self._lanes.run(
            "Predicting", work, done, lane="prediction", failed=self._not_predicted, urgent=True
        )

    def predict_soon(self, case_id: int) -> None:
        """Compute a case's prediction again once edits have rested for a moment."""
        self._pending_case = case_id
        self._rest.start()

    def predict_all(self) -> Job[str]:
        """Compute and store the prediction of every case, with progress; can be cancelled."""
        session = self._lanes.need_session()

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
            return tr("{number:,} cases are predicted. {said}", number=number - len(refused), said=said).strip()

        def done(words: str) -> None:
            self._lanes.tell(Change(predictions=True, words=words))

        return self._lanes.run(tr("Predicting every case"), work, done, lane="background", shown=True)

    def with_predictor(self, name: str, work: Callable[[Predictor], T], then: Then[T]) -> Job[T]:
        """Run work with the current version's predictor on the prediction lane (what-if)."""
        project = self._lanes.need_session().project
        return self._lanes.run(name, lambda _ctx: work(self._of(project)), then, lane="prediction", urgent=True)

    def begin(self) -> None:
        """Find out whether the project that was opened has a model, and load it."""
        self.model_words = ""
        self._lanes.read(tr("Looking for the model"), lambda s: s.project.store.current_version(), self._found)
        self._load()

    def forget(self) -> None:
        """Forget the predictor: another version or another project is predicted with from now on."""
        self._lanes.runner.submit(tr("Changing the model"), lambda _ctx: self._close(), lane="prediction", urgent=True)

    def rest(self) -> None:
        """Predict nothing that still waits, because the window closes."""
        self._rest.stop()

    def close(self) -> None:
        """Close the predictor, once no lane runs any more."""
        self._close()

    def _on_changed(self, change: Change) -> None:
        if change.versions:
            self.forget()

    def _close(self) -> None:
        if self._predictor:
            self._predictor[1].close()
            self._predictor = None

    def _of(self, project: Project) -> Predictor:
        """Return the predictor of the current version; only on the prediction lane."""
        if self._predictor is None or self._predictor[0] is not project:
            from mmdesk.services.models.prediction import Predictor

            self._predictor = (project, Predictor(project))
        return self._predictor[1]

    def _load(self) -> None:
        """Load the current version's parts while the first case is on its way."""
        session = self._lanes.session
        if session is None or not self._lanes.warm:
            return

        def work(_ctx: JobContext) -> None:
            if session.project.store.current_version():
                self._of(session.project).warm()

        def failed(problem: BaseException) -> None:
            """Leave it to the first prediction to say why there is none."""
            logging.getLogger(__name__).info(tr("The model cannot be loaded: %s"), problem)

        self._lanes.run(tr("Loading the model"), work, lane="prediction", failed=failed)

    def _predict_pending(self) -> None:
        if self._pending_case is not None and self._lanes.session:
            case_id, self._pending_case = self._pending_case, None
            self.predict(case_id)

    def _not_predicted(self, problem: BaseException) -> None:
        """Say once why there is no prediction; a case is read without it."""
        if not isinstance(problem, Situation):
            self._lanes.notices.raised(problem)
        elif problem.say() != self.model_words:
            self._lanes.notices.tell(problem.say())
            self._set_words(problem.say())

    def _found(self, version: str) -> None:
        if not version:
            self._set_words(tr("No model is in use in this project. Read cases without it, or train one."))

    def _set_words(self, words: str) -> None:
        if words != self.model_words:
            self.model_words = words
            self.model_changed.emit(words)
