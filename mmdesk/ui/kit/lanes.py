"""The window's lanes: work runs on threads and comes back to the main thread as a call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from mmdesk.core.job import JobContext, Progress
from mmdesk.jobs.runner import Job, Runner
from mmdesk.ui.kit.notices import Notices

T = TypeVar("T")
Then = Callable[[T], object]
Failed = Callable[[BaseException], object]

_WAITING_LANES: Final = {"decode", "prediction"}


class Lanes(QObject):
    """Owns the job runner and brings results back to the main thread.

    Signals:
        job_changed: A `Job` whose state or progress changed.
        warmed: numpy and ONNX Runtime are there; pictures and predictions flow from now on.
    """

    job_changed = Signal(object)
    warmed = Signal()
    _posted = Signal(object)

    def __init__(self, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.notices = notices
        self._closed = False
        self._closers: list[Callable[[], object]] = []
        self._last: Job[Any] | None = None
        self._warm = threading.Event()
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)
        self.runner = Runner(self._post)
        self.runner.on_change = self.job_changed.emit

    def run(
        self,
        name: str,
        work: Callable[[JobContext], T],
        then: Then[T] | None = None,
        *,
        lane: str = "database",
        failed: Failed | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        shown: bool = False,
        urgent: bool = False,
        lasting: bool = False,
    ) -> Job[T]:
        """Run work on a lane and come back to the main thread.

        Results that arrive after another project was opened are dropped. Work that is asked for
        after the window closed is not begun.

        Args:
            name: What it does, in words for a person.
            work: Called on the lane with the job's context.
            then: Gets the result on the main thread.
            lane: `database`, `decode`, `prediction` or `background`.
            failed: Gets what was raised; the notification centre when None.
            progress: Gets each `Progress`.
            cancelled: Called when it was cancelled.
            shown: Show it in the status bar with its progress and a way to cancel.
            urgent: Before the waiting jobs of its lane.
            lasting: It writes what a person said; it is done even when the window closes first.
        """
        if self._last is not None:
            return self._last
        project = self._project()
        waits = lane in _WAITING_LANES and not self._warm.is_set()

        def call(ctx: JobContext) -> T:
            if waits:
                self._warm.wait()
                ctx.check_cancelled()
            with self._explaining(project):
                return work(ctx)

        def done(result: T) -> None:
            if then is not None and (project is None or self._project() is project):
                then(result)

        def failure(problem: BaseException) -> None:
            (failed or self.notices.raised)(problem)

        return self.runner.submit(
            name,
            call,
            lane=lane,
            on_done=done,
            on_failed=failure,
            on_progress=progress,
            on_cancelled=cancelled,
            shown=shown,
            urgent=urgent,
            lasting=lasting,
        )

    @staticmethod
    def _explaining(_project: object) -> AbstractContextManager[None]:
        """Return what work runs within, so that what it raises is said as what is behind it."""
        return nullcontext()

    def set_warm(self) -> None:
        """Let pictures and predictions flow (called once the heavy libraries are loaded)."""
        if not self._warm.is_set():
            self._warm.set()
            self.warmed.emit()

    @property
    def warm(self) -> bool:
        """Whether numpy and ONNX Runtime were imported."""
        return self._warm.is_set()

    def when_closed(self, call: Callable[[], object]) -> None:
        """Call this once all threads are joined."""
        self._closers.append(call)

    def close_lanes(self) -> None:
        """Cancel all jobs but the lasting ones and join all threads."""
        self._closed = True
        self._warm.set()
        self._last = self.runner.submit("Closing", lambda _ctx: None)
        self.runner.close()
        for call in self._closers:
            call()

    def _project(self) -> object:
        """Return what results belong to; those of another one are dropped."""
        return None

    def _post(self, call: Callable[[], None]) -> None:
        if not self._closed:
            self._posted.emit(call)

    def _on_posted(self, call: Callable[[], None]) -> None:
        """Call it, unless the window closed while it was on its way: whom it tells may be gone."""
        if not self._closed:
            call()
