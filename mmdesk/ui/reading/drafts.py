"""The drafts of the reader at the desk: in memory while in use, kept on disk with each answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mmdesk.core.changes import DraftAnswer
from mmdesk.core.errors import Situation
from mmdesk.core.fields.schema import Field
from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.targets.draft import Draft
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView


class Drafts(QObject):
    """One draft a case. Memory is ahead of the disk while an answer is on its way there.

    Args:
        bridge: Keeps answers on the database lane.
        refresh: Called when what is said of the draft on the screen may have changed.

    Signals:
        kept: Id of a case whose draft on disk changed.
    """

    kept = Signal(int)

    def __init__(self, bridge: Bridge, refresh: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._refresh = refresh
        self._drafts: dict[int, Draft] = {}

    def of(self, view: CaseView, targets: tuple[Field, ...]) -> Draft:
        """Return the draft of a case: what is in memory, else what was kept."""
        draft = self._drafts.get(view.case.id)
        stored = {name: label.value for name, label in view.labels.items()}
        if draft is None:
            draft = Draft(targets, kept=dict(view.draft), answers=dict(view.draft))
        draft.take_stored(stored)
        self._drafts = {case: d for case, d in self._drafts.items() if d.dirty or d.waiting}
        self._drafts[view.case.id] = draft
        return draft

    def keep(self, case_id: int, *, on: bool = False) -> None:
        """Keep on disk what was answered since the last time.

        Args:
            case_id: The case.
            on: The answer goes on from the last one, as a number does from key to key.
        """
        draft = self._drafts.get(case_id)
        if draft is None or not (answers := draft.unkept()):
            return
        draft.sent(answers)

        def kept(_done: None) -> None:
            draft.arrived(answers)
            self.kept.emit(case_id)
            self._bridge.drafted.emit(case_id, draft.dirty)
            self._refresh()

        def failed(problem: BaseException) -> None:
            draft.arrived(answers, lost=True)
            self._refresh()
            if isinstance(problem, Situation):
                problem = type(problem)(problem.what, tr("The draft is not kept."), problem.do, problem.details)
            self._bridge.notices.raised(problem)

        session = self._bridge.need_session()

        def work(_ctx: JobContext) -> None:
            from mmdesk.services.cases.drafts import keep_draft

            keep_draft(session.project, case_id, answers, session.reader, on=on)

        self._bridge.run(tr("Keeping the draft"), work, kept, failed=failed, urgent=True, lasting=True)

    def take_back(self, told: DraftAnswer) -> None:
        """Follow an undo or redo of a draft answer."""
        draft = self._drafts.get(told.case)
        if draft is not None:
            draft.follow(told.target, told.value, drafted=told.drafted)

    def forget(self) -> None:
        """Forget what is in memory, for another reader or project; it is kept on disk."""
        self._drafts = {}
