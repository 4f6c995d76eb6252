"""Use cases of the open project on the window's lanes; what they store is announced to every view."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from mmdesk.core.changes import Change
from mmdesk.jobs.runner import Job
from mmdesk.ui.kit.lanes import Failed, Lanes, Then
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.kit.session import Session

T = TypeVar("T")


class ProjectLanes(Lanes):
    """Runs use cases that read or change the open project.

    Signals:
        changed: A `Change` that was stored.
        not_stored: A change could not be stored and was said; views show what is stored.

    Attributes:
        session: The open project and its reader; None when no project is open.
        saved_at: UTC time of the last change that was stored; empty before the first.
    """

    changed = Signal(object)
    not_stored = Signal()

    def __init__(self, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(notices, parent)
        self.session: Session | None = None
        self.saved_at = ""

    def need_session(self) -> Session:
        """Return the open project and its reader, where one must be open."""
        if self.session is None:
            raise RuntimeError("no project is open")
        return self.session

    def read(
        self,
        name: str,
        work: Callable[[Session], T],
        then: Then[T] | None = None,
        failed: Failed | None = None,
        *,
        urgent: bool = False,
    ) -> Job[T]:
        """Run a use case that reads the open project; arguments as those of `run`."""
        session = self.need_session()
        return self.run(name, lambda _ctx: work(session), then, failed=failed, urgent=urgent)

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
        session = self.need_session()

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

    @staticmethod
    def _explaining(project: object) -> AbstractContextManager[None]:
        return project.explaining() if project is not None else nullcontext()  # type: ignore[attr-defined]

    def _project(self) -> object:
        return self.session.project if self.session else None
