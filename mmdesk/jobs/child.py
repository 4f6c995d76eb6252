"""The model process as the window's side sees it: it may die at any moment and costs nothing."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from mmdesk.core.errors import Cancelled, Situation
from mmdesk.core.job import JobContext
from mmdesk.jobs.exit_reason import death, hung, overdue
from mmdesk.jobs.memory import may_prewarm
from mmdesk.jobs.process import Process
from mmdesk.jobs.protocol import ChildBug, Event, problem_of, progress_of, stop_asked
from mmdesk.jobs.registry import check_libraries, name_of
from mmdesk.support.build import can_train
from mmdesk.support.own_process import own_command
from mmdesk.support.unfinished import private_folder
from mmdesk.words import tr

IDLE = 600.0
"""Seconds after which a kept process that nobody asked anything of is let go: it takes 0.6 GB."""
_POLL = 0.1
_PARTING, _PARTING_AT_REST = 3.0, 0.5
"""Seconds that a process has to end by itself; one at rest has nothing to lose."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the parent waits for its child, in seconds.

    Attributes:
        grace: From asking to cancel until the process is terminated.
        terminate: From terminating until it and its children are killed.
        silence: Without a sign of life until it counts as hung.
        limit: From the start of a job until it is ended; None for any time.
        slept: A pause of our own longer than this means the computer slept: the child did too.
    """

    grace: float = 10.0
    terminate: float = 3.0
    silence: float = 60.0
    slept: float = 5.0
    limit: float | None = None


class Child:
    """The model process, started when it is needed and used again for the next job.

    One job runs at a time. It may be called from any thread.

    Args:
        command: Program and arguments; the program's own hidden worker when None.
        patience: How long to wait for it.
        idle: Seconds without a job after which the process is let go; never when None. The next job
            starts it again.

    Example:
        >>> child = Child()
        >>> child.alive
        False
        >>> child.close()
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        patience: Patience | None = None,
        *,
        idle: float | None = None,
    ) -> None:
        self._command = list(command or own_command("worker"))
        self._patience = patience or Patience()
        self._process: Process | None = None
        self._busy = threading.Lock()
        self._starting = threading.Lock()
        self._closed = False
        self._idle = idle
        self._resting: threading.Timer | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs, at work or waiting."""
        return self._process is not None and self._process.alive

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return self._busy.locked()

    def start(self) -> None:
        """Start the process unless it runs; returns before its libraries are loaded."""
        self._started()

    def prewarm(self) -> bool:
        """Start the process and let it load its libraries while nobody waits.

        Returns:
            False when this computer has too little memory to spare or lacks the libraries, and
            nothing was started.
        """
        if not (self.alive or (may_prewarm() and can_train())):
            return False
        sent = self._started().send({"do": "warm"})
        self._rest()
        return sent

    def run(
        self,
        job: Mapping[str, Any],
        ctx: JobContext,
        on_event: Callable[[Event], None] | None = None,
        patience: Patience | None = None,
    ) -> dict[str, Any]:
        """Run one job in the process and wait for its end.

        Args:
            job: JSON values; `kind` names an entry of the registry.
            ctx: Told the progress; its cancelling (and stopping, where it can) goes to the child.
            on_event: Called with each event of the job, in this thread.
            patience: How long to wait for this job; as for every other when None.

        Returns:
            The job's result.

        Raises:
            Cancelled: The context was cancelled.
            TrainingRefused: The libraries that the job needs are not installed.
            JobDied: The process ended or hung before the job was done.
            Situation: The job's own situation, as raised in the process.
            ChildBug: Our bug in the process, with its traceback.
        """
        check_libraries(str(job["kind"]))
        if not self._busy.acquire(blocking=False):
            raise Situation(
                tr("The model process is at work on another job."), do=tr("Wait until it is done, or stop it.")
            )
        try:
            with private_folder("mmdesk-job-") as folder:
                run = _Run(uuid.uuid4().hex, str(job["kind"]), ctx, on_event, patience or self._patience)
                file = folder / "job.json"
                file.write_text(json.dumps({**job, "id": run.id}), encoding="utf-8")
                return self._attempt(run, file)
        finally:
            self._busy.release()
            self._rest()

    def close(self) -> None:
        """End the process; a job that runs in it counts as cancelled."""
        self._closed = True
        if self._resting:
            self._resting.cancel()
        with self._starting:
            process, self._process = self._process, None
        if process:
            process.close(_PARTING if self.busy else _PARTING_AT_REST)

    def _rest(self) -> None:
        """Let the process go when nothing is asked of it for long."""
        with self._starting:
            if self._resting:
                self._resting.cancel()
            if self._idle is not None and not self._closed:
                self._resting = threading.Timer(self._idle, self._release)
                self._resting.daemon = True
                self._resting.start()

    def _release(self) -> None:
        if not self._busy.acquire(blocking=False):
            return
        try:
            with self._starting:
                process, self._process = self._process, None
        finally:
            self._busy.release()
        if process:
            process.close(_PARTING_AT_REST)

    def _started(self) -> Process:
        with self._starting:
            if self._closed:
                raise Cancelled
            if self._process and not self._process.alive:
                self._process.close()
                self._process = None
            if self._process is None:
                self._process = Process(self._command)
            return self._process

    def _attempt(self, run: _Run, file: Path) -> dict[str, Any]:
        """Run it, once more when the process went before it began, as an idle one may at any time."""
        for _ in range(2):
            process = self._started()
            process.send({"do": "run", "job": str(file)})
            ended = self._follow(process, run)
            if ended is not None:
                return ended
            code = process.exit_code()
            if self._closed or run.cancel_sent:
                raise Cancelled
            if run.began:
                break
        raise death(run.name, code)

    def _follow(self, process: Process, run: _Run) -> dict[str, Any] | None:
        """Hand on events until the job ends; None when the process ended instead."""
        process.heard = polled = time.monotonic()
        while True:
            try:
                event = process.events.get(timeout=_POLL)
            except Empty:
                now = time.monotonic()
                if now - polled > run.patience.slept:
                    process.heard = now
                    run.started += now - polled
                polled = now
                self._pass_on_wishes(process, run)
                if now - process.heard > run.patience.silence:
                    process.kill_tree()
                    raise hung(run.name, run.patience.silence) from None
                continue
            if event is None:
                return None
            if event.get("job") == run.id:
                result = run.take(event)
                if result is not None:
                    return result
            self._pass_on_wishes(process, run)

    def _pass_on_wishes(self, process: Process, run: _Run) -> None:
        """Tell the child to stop or cancel when the person said so; then lose patience in steps.

        Raises:
            JobDied: The job took longer than it may.
        """
        limit = run.patience.limit
        if limit is not None and time.monotonic() - run.started > limit:
            process.kill_tree()
            raise overdue(run.name, limit)
        if stop_asked(run.ctx) and not run.stop_sent:
            run.stop_sent = True
            process.send({"do": "stop"})
        if not run.cancel_sent:
            try:
                run.ctx.check_cancelled()
            except Cancelled:
                run.cancel_sent = time.monotonic()
                process.send({"do": "cancel"})
            return
        waited = time.monotonic() - run.cancel_sent
        if waited > run.patience.grace + run.patience.terminate:
            process.kill_tree()
        elif waited > run.patience.grace and not run.terminated:
            run.terminated = True
            process.terminate()


@dataclass(slots=True)
class _Run:
    """One job on its way."""

    id: str
    kind: str
    ctx: JobContext
    on_event: Callable[[Event], None] | None
    patience: Patience
    started: float = field(default_factory=time.monotonic)
    began: bool = False
    stop_sent: bool = False
    cancel_sent: float = 0.0
    terminated: bool = False
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = name_of(self.kind)

    def take(self, event: Event) -> dict[str, Any] | None:
        """Hand on one event; return the result when it says done.

        Raises:
            Cancelled: The child dropped the job.
            Situation: The child met a situation.
            ChildBug: The child met our bug.
        """
        self.began = True
        match event["event"]:
            case "done":
                if self.cancel_sent:
                    raise Cancelled
                return dict(event["result"])
            case "cancelled":
                raise Cancelled
            case "problem":
                raise problem_of(event)
            case "bug":
                raise ChildBug(str(event.get("trace", "")))
            case "progress":
                self.ctx.progress(progress_of(event))
        if self.on_event:
            self.on_event(event)
        return None
