"""The one place for threads: jobs run on lanes, and tell the window what became of them."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from mmdesk.core.errors import Cancelled, Situation
from mmdesk.core.job import JobContext, JobState, Progress
from mmdesk.jobs.lanes import Lane
from mmdesk.support.priority import A_LITTLE, FAR
from mmdesk.support.trace import trace
from mmdesk.words import tr

T = TypeVar("T")
Post = Callable[[Callable[[], None]], None]

LANES = {"database": (1, 0), "decode": (2, A_LITTLE), "prediction": (1, 0), "background": (2, FAR)}
"""Threads of each lane and how far they stand back; a lane of one runs its jobs one after the other."""

PROGRESS_INTERVAL = 0.1
"""Seconds between two posted progress events of a job; those that carry metrics all go through."""

_ENDED = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class _Listeners:
    """Whom a job tells; exactly one of done, failed and cancelled is called, once."""

    done: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None
    cancelled: Callable[[], None] | None
    progress: Callable[[Progress], None] | None


class Job(Generic[T]):
    """One piece of work and what became of it.

    Attributes:
        id: Unique in this process.
        name: What it does, in words for a person.
        lane: The lane it runs on.
        shown: Long enough to be listed in the status bar.
        state: One of the five states; it never leaves an ended one.
        progress: The last progress reported.
        problem: What the work raised, when its state is `failed`.
        result: What the work returned, when its state is `done`.
        started: Time of `time.monotonic()` at which it began, or 0.
        listeners: Whom it tells; the runner's business.
        over: Set when it has ended and said so.
    """

    def __init__(
        self, number: int, name: str, lane: str, shown: bool, listeners: _Listeners, withdraw: _Withdraw
    ) -> None:
        self.id = number
        self.name = name
        self.lane = lane
        self.shown = shown
        self.lasting = False
        self.state = JobState.WAITING
        self.progress = Progress()
        self.problem: Exception | None = None
        self.result: T | None = None
        self.started = 0.0
        self.listeners = listeners
        self.over = threading.Event()
        self._withdraw = withdraw
        self._cancel = threading.Event()
        self._stop = threading.Event()

    @property
    def ended(self) -> bool:
        """Whether it is done, cancelled or failed."""
        return self.state in _ENDED

    @property
    def cancelling(self) -> bool:
        """Whether someone asked to cancel it; it may still be running."""
        return self._cancel.is_set()

    @property
    def stopping(self) -> bool:
        """Whether someone asked it to finish early with the best so far."""
        return self._stop.is_set()

    @property
    def seconds_left(self) -> float | None:
        """Estimated time to the end in seconds, or None while it cannot be known."""
        now = self.progress
        if self.state is not JobState.RUNNING or not now.total or not now.done:
            return None
        return (time.monotonic() - self.started) * max(0, now.total - now.done) / now.done

    def cancel(self) -> None:
        """Cancel it and drop its result; work that already runs ends at its next check."""
        self._cancel.set()
        self._withdraw(self)

    def stop(self) -> None:
        """Ask it to finish early and keep the best so far; work that cannot do so goes on."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> T:
        """Wait for the end and return the result; never call it on the window's main thread.

        Args:
            timeout: Seconds, or None for as long as it takes.

        Raises:
            Cancelled: The job was cancelled.
            TimeoutError: It has not ended yet.
            Exception: Whatever the work raised.
        """
        if not self.over.wait(timeout):
            raise TimeoutError(tr("{name} has not ended", name=self.name))
        if self.problem is not None:
            raise self.problem
        if self.state is JobState.CANCELLED:
            raise Cancelled
        return self.result  # type: ignore[return-value]  # T may itself be None


_Withdraw = Callable[[Job[Any]], None]


class RunnerContext:
    """What the work of a runner's job sees of it: a `JobContext` that can also be stopped."""

    def __init__(self, job: Job[Any], tell: Callable[[Progress], None]) -> None:
        self._job = job
        self._tell = tell
        self._last_progress = 0.0
        self._words = ""

    def progress(self, progress: Progress) -> None:
        """Tell how far the work is; posted at most every `PROGRESS_INTERVAL` seconds while it is the same."""
        other = progress.words != self._words
        self._job.progress = progress
        now = time.monotonic()
        if progress.metrics or other or now - self._last_progress >= PROGRESS_INTERVAL:
            self._last_progress = now
            self._words = progress.words
            self._tell(progress)

    def check_cancelled(self) -> None:
        """Raise `Cancelled` when the person has cancelled the job."""
        if self._job.cancelling:
            raise Cancelled

    def stop_asked(self) -> bool:
        """Tell whether the person wants the best so far now."""
        return self._job.stopping


class Runner:
    """Runs jobs on lanes of threads and posts what happens to one thread.

    The result of a cancelled job is dropped, even one already on its way; after `close`
    nothing is posted.

    Attributes:
        on_change: Called (posted) with the job at each change of its state or progress.

    Example:
        >>> runner = Runner(lambda call: call())
        >>> runner.submit("Count", lambda ctx: 1 + 1).wait(5)
        2
        >>> runner.close()
    """

    def __init__(self, post: Post) -> None:
        self.on_change: Callable[[Job[Any]], None] | None = None
        self._post = post
        self._numbers = itertools.count(1)
        self._lanes = {name: Lane(name, *threads) for name, threads in LANES.items()}
        self._jobs: dict[int, Job[Any]] = {}
        self._lock = threading.Lock()
        self._closed = False

    @property
    def jobs(self) -> list[Job[Any]]:
        """The jobs that have not ended, oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def submit(
        self,
        name: str,
        work: Callable[[JobContext], T],
        *,
        lane: str = "background",
        on_done: Callable[[T], None] | None = None,
        on_failed: Callable[[Exception], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
        shown: bool = False,
        urgent: bool = False,
        lasting: bool = False,
    ) -> Job[T]:
        """Put work in line and return its job at once.

        Args:
            name: What it does, in words for a person ("Reading images").
            work: Called in a thread of the lane with the job's context.
            lane: One of `LANES`.
            on_done: Posted with the result.
            on_failed: Posted with what the work raised.
            on_progress: Posted with the progress.
            on_cancelled: Posted once a cancelled job has really ended.
            shown: List it in the status bar.
            urgent: Go before the jobs in line that are not urgent.
            lasting: Closing does not cancel it: it is done first.

        Raises:
            KeyError: There is no such lane.
            RuntimeError: The runner is closed.
        """
        if self._closed:
            raise RuntimeError("the runner is closed")
        line = self._lanes[lane]
        listeners = _Listeners(on_done, on_failed, on_cancelled, on_progress)
        job: Job[T] = Job(next(self._numbers), name, lane, shown, listeners, self._withdraw)
        with self._lock:
            self._jobs[job.id] = job
        self._announce(job)
        job.lasting = lasting
        line.add(lambda: self._work(job, work), urgent=urgent, lasting=lasting)
        return job

    def close(self, timeout: float = 20.0) -> None:
        """Cancel all jobs but the lasting ones and join all threads; nothing is posted any more.

        Args:
            timeout: Seconds to wait in all; a thread that hangs longer dies with the process.
        """
        self._closed = True
        for job in self.jobs:
            if not job.lasting:
                job.cancel()
        for lane in self._lanes.values():
            lane.close()
        until = time.monotonic() + timeout
        for lane in self._lanes.values():
            lane.join(until)

    def _work(self, job: Job[T], work: Callable[[JobContext], T]) -> None:
        if not self._begin(job):
            return
        try:
            result = work(RunnerContext(job, lambda progress: self._tell_progress(job, progress)))
        except Cancelled:
            self._end(job, JobState.CANCELLED)
        except Exception as problem:  # the border: every failure becomes the job's
            if job.cancelling:
                self._end(job, JobState.CANCELLED)
                return
            if not isinstance(problem, Situation):
                logging.getLogger(__name__).exception(tr("Job %s: our bug"), job.name)
            job.problem = problem
            self._end(job, JobState.FAILED)
        else:
            job.result = None if job.cancelling else result
            self._end(job, JobState.CANCELLED if job.cancelling else JobState.DONE)

    def _begin(self, job: Job[Any]) -> bool:
        with self._lock:
            if job.state is not JobState.WAITING:
                return False
            job.state = JobState.RUNNING
            job.started = time.monotonic()
        self._announce(job)
        return True

    def _withdraw(self, job: Job[Any]) -> None:
        """End a cancelled job that has not begun; a running one ends itself."""
        with self._lock:
            if job.state is not JobState.WAITING:
                return
            job.state = JobState.CANCELLED
        self._finish(job)

    def _end(self, job: Job[Any], state: JobState) -> None:
        with self._lock:
            job.state = state
        self._finish(job)

    def _finish(self, job: Job[Any]) -> None:
        with self._lock:
            self._jobs.pop(job.id, None)
        try:
            self._announce(job)
            self._send(lambda: _tell_end(job))
        finally:
            job.over.set()

    def _tell_progress(self, job: Job[Any], progress: Progress) -> None:
        if not job.cancelling and job.listeners.progress:
            listener = job.listeners.progress
            self._send(lambda: listener(progress))
        self._send_change(job)

    def _announce(self, job: Job[Any]) -> None:
        trace("job_state", job=job.id, name=job.name, lane=job.lane, state=job.state.value)
        self._send_change(job)

    def _send_change(self, job: Job[Any]) -> None:
        if listener := self.on_change:
            self._send(lambda: listener(job))

    def _send(self, call: Callable[[], None]) -> None:
        if not self._closed:
            self._post(call)


def _tell_end(job: Job[Any]) -> None:
    """Tell how it ended; a job cancelled after its end but before this counts as cancelled."""
    to = job.listeners
    if job.cancelling:
        if to.cancelled:
            to.cancelled()
    elif job.problem is not None:
        if to.failed:
            to.failed(job.problem)
    elif job.state is JobState.CANCELLED:
        if to.cancelled:
            to.cancelled()
    elif to.done:
        to.done(job.result)
