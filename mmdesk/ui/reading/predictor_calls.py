"""When the case on the screen is predicted: once, and again when its inputs or the model changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView


class PredictorCalls:
    """Asks for predictions of the case on the screen.

    Before the own read is stored the prediction is computed too, and shown nowhere: then
    it is there when it may be seen.

    Attributes:
        has_model: A model version is in use.
    """

    def __init__(self, bridge: Bridge, current: Callable[[], CaseView | None], tell: Callable[[str], None]) -> None:
        self._bridge = bridge
        self._tell = tell
        self._current = current
        self._requested: set[int] = set()
        self.has_model = False

    def clear(self) -> None:
        """Forget all, as when the project closes."""
        self._requested.clear()
        self.has_model = False

    def forget(self, case_id: int) -> None:
        """Its inputs changed: what was asked before says nothing any more."""
        self._requested.discard(case_id)

    def look_for_model(self) -> None:
        """Find out whether a model version is in use, then predict the case on the screen."""
        session = self._bridge.session
        self._requested.clear()
        if session is None:
            return

        def work(_ctx: JobContext) -> bool:
            return bool(session.project.store.current_version())

        def found(has_model: bool) -> None:
            self.has_model = has_model
            self._tell(
                "Predicting."
                if has_model
                else tr("No model fits these fields yet. Label about 50 cases, then train one here.")
            )
            if (view := self._current()) is not None:
                self.see(view)

        self._bridge.run(tr("Looking for the model"), work, found, urgent=True)

    def see(self, view: CaseView) -> None:
        """Ask for the prediction of a case that came on the screen, if it lacks one."""
        session = self._bridge.session
        fresh = view.prediction is not None and not view.prediction.stale
        if fresh or not self.has_model or session is None or session.look_only:
            return
        if view.case.id not in self._requested:
            self._requested.add(view.case.id)
            self._bridge.predictions.predict(view.case.id)

    def again(self, case_id: int) -> None:
        """Compute a prediction again."""
        if self.has_model:
            self._requested.add(case_id)
            self._bridge.predictions.predict(case_id)
        else:
            self._bridge.notices.tell(tr("No model fits these fields yet. Label about 50 cases, then train one here."))
