"""Case views from the database lane, a few neighbours ahead, so that the next case is there at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView

KEPT = 24
"""Case views kept in memory."""


class CaseLoader:
    """Asks for case views, keeps a few, and forgets those that changed.

    Attributes:
        previous: Ask for the reading before each case too.
    """

    def __init__(self, bridge: Bridge) -> None:
        self.previous = False
        self._bridge = bridge
        self._kept: OrderedDict[int, CaseView] = OrderedDict()
        self._age: dict[int, int] = {}
        self._epoch = 0
        self._ahead: Any = None

    def get(self, case_id: int) -> CaseView | None:
        """Return a view that is there and still true."""
        return self._kept.get(case_id)

    def ask(
        self,
        case_id: int,
        then: Callable[[CaseView], object],
        failed: Callable[[BaseException], object] | None = None,
    ) -> None:
        """Ask for a view anew; one that a change made untrue on its way is asked for again."""
        age = self._age_of(case_id)

        def arrived(view: CaseView) -> None:
            if age != self._age_of(case_id):
                self.ask(case_id, then, failed)
                return
            self._keep(view)
            then(view)

        previous = self.previous

        def work(session: Session) -> CaseView:
            from mmdesk.services.cases.reading import open_case

            return open_case(session.project, case_id, session.reader, previous=previous)

        self._bridge.read(tr("Opening the case"), work, arrived, failed, urgent=True)

    def look_ahead(self, ids: Iterable[int], then: Callable[[list[CaseView]], object]) -> None:
        """Ask for the views of neighbours in one go; the ones before are no longer wanted.

        Args:
            ids: Nearest first.
            then: Gets the views of all of them, once they are there.
        """
        wanted = list(ids)
        lacking = [case_id for case_id in wanted if case_id not in self._kept]
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None
        if not lacking:
            then([self._kept[case_id] for case_id in wanted])
            return
        session = self._bridge.need_session()
        previous = self.previous
        ages = {case_id: self._age_of(case_id) for case_id in lacking}

        def work(ctx: JobContext) -> list[CaseView]:
            from mmdesk.services.cases.reading import open_case

            views = []
            for case_id in lacking:
                ctx.check_cancelled()
                views.append(open_case(session.project, case_id, session.reader, previous=previous))
            return views

        def arrived(views: list[CaseView]) -> None:
            self._ahead = None
            for view in views:
                if ages[view.case.id] == self._age_of(view.case.id):
                    self._keep(view)
            then([self._kept[case_id] for case_id in wanted if case_id in self._kept])

        self._ahead = self._bridge.run(tr("Reading ahead"), work, arrived)

    def put(self, view: CaseView) -> None:
        """Keep a view that the page itself has brought up to date."""
        self._keep(view)

    def forget(self, ids: Iterable[int] | None = None) -> None:
        """Forget views that are no longer true; all of them when None."""
        if ids is None:
            self._epoch += 1
            self._kept.clear()
            return
        for case_id in ids:
            self._age[case_id] = self._age.get(case_id, 0) + 1
            self._kept.pop(case_id, None)

    def _age_of(self, case_id: int) -> int:
        return self._epoch * 1_000_000 + self._age.get(case_id, 0)

    def _keep(self, view: CaseView) -> None:
        self._kept[view.case.id] = view
        self._kept.move_to_end(view.case.id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
