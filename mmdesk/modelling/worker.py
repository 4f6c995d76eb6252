"""The model process: waits for jobs, runs them one by one, tells what happens.

The only process that loads keras and tensorflow. It exits when its stdin ends, and gives its
memory back when it had nothing to do for ten minutes.
"""

from __future__ import annotations

# First of all: TensorFlow brings symbols of an older SQLite, which win over those of a driver
# that is loaded after it.
from mmdesk.words import tr

import mmdesk.storage.database.dialect  # noqa: F401  # isort: skip

import faulthandler
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from mmdesk.core.disk import disk_words, is_full
from mmdesk.core.errors import Cancelled, DiskFull, Situation
from mmdesk.core.job import Progress
from mmdesk.jobs.exit_reason import out_of_memory
from mmdesk.jobs.protocol import (
    BEAT_SECONDS,
    IDLE_SECONDS,
    Event,
    from_line,
    problem_facts,
    progress_facts,
    to_line,
)
from mmdesk.jobs.registry import NEEDS_KERAS, name_of, resolve


class Wire:
    """The way to the parent: a private descriptor, so that no library's print comes between."""

    def __init__(self) -> None:
        self._descriptor = os.dup(1)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def tell(self, event: str, **facts: object) -> None:
        """Send one event; without a parent there is nothing left to do."""
        line = to_line({"event": event, **facts})
        try:
            with self._lock:
                while line:
                    line = line[os.write(self._descriptor, line) :]
        except OSError:
            os._exit(0)

    def beat(self) -> None:
        """Say that this process is alive, for ever."""
        while True:
            self.tell("beat")
            time.sleep(BEAT_SECONDS)


class Context:
    """The context of one job: a `jobs.protocol.ChildContext`."""

    def __init__(self, wire: Wire, job: str) -> None:
        self.stop = threading.Event()
        self.cancel = threading.Event()
        self._wire = wire
        self._job = job

    def tell(self, event: str, **facts: object) -> None:
        """Send an event of this job."""
        self._wire.tell(event, job=self._job, **facts)

    def progress(self, progress: Progress) -> None:
        """Tell the parent how far the job is."""
        self.tell("progress", **progress_facts(progress))

    def check_cancelled(self) -> None:
        """Raise `Cancelled` when the parent sent the cancel line."""
        if self.cancel.is_set():
            raise Cancelled

    def stop_asked(self) -> bool:
        """Tell whether the parent sent the stop line."""
        return self.stop.is_set()


class Worker:
    """The loop of the model process."""

    def __init__(self) -> None:
        self._wire = Wire()
        self._inbox: Queue[Event] = Queue()
        self._now: Context | None = None

    def run(self, idle: float = IDLE_SECONDS) -> int:
        """Serve until there was nothing to do for `idle` seconds; return the exit code."""
        for target in (self._wire.beat, self._listen):
            threading.Thread(target=target, daemon=True).start()
        while True:
            try:
                message = self._inbox.get(timeout=idle)
            except Empty:
                return 0
            if message["do"] == "warm":
                load_libraries()
                self._wire.tell("ready")
            elif message["do"] == "run":
                self._serve(Path(str(message["job"])))

    def _listen(self) -> None:
        """Take messages; the end of stdin means that the parent is gone."""
        rest = b""
        while block := os.read(0, 1 << 16):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                self._take(from_line(line) or {})
        os._exit(0)

    def _take(self, message: Event) -> None:
        match message.get("do"):
            case "stop" if self._now:
                self._now.stop.set()
            case "cancel" if self._now:
                self._now.cancel.set()
            case "warm" | "run":
                self._inbox.put(message)

    def _serve(self, file: Path) -> None:
        job = json.loads(file.read_text(encoding="utf-8"))
        self._now = ctx = Context(self._wire, str(job["id"]))
        ctx.tell("began")
        try:
            if job["kind"] in NEEDS_KERAS:
                load_libraries()
            result = resolve(job["kind"])(job, ctx)
        except Cancelled:
            ctx.tell("cancelled")
        except Situation as problem:
            ctx.tell("problem", **problem_facts(problem))
        except Exception as problem:  # noqa: BLE001 - the border: the parent hears of every failure
            told = _situation_in(problem, job)
            if told:
                ctx.tell("problem", **problem_facts(told))
            else:
                traceback.print_exc()
                ctx.tell("bug", trace=traceback.format_exc())
        else:
            ctx.tell("done", result=result)
        finally:
            self._now = None


def _situation_in(problem: Exception, job: Mapping[str, Any]) -> Situation | None:
    """Return what a failure means for a person, or None when it is our bug."""
    if isinstance(problem, MemoryError) or type(problem).__name__ == "ResourceExhaustedError":
        return out_of_memory(name_of(str(job["kind"])), details=str(problem)[:500])
    safe = tr("The current model and all labels are safe.")
    if is_full(problem):
        return DiskFull(
            tr("{name_of} stopped: the disk is full.", name_of=name_of(str(job["kind"]))),
            safe,
            tr("Free some space, then try again."),
            str(problem)[:500],
        )
    if isinstance(problem, OSError):
        places = [str(job[key]) for key in ("project", "out", "folder") if job.get(key)]
        return disk_words(problem, safe, named=lambda path: any(path.startswith(place) for place in places))
    return None


def load_libraries() -> None:
    """Import keras and tensorflow and keep one processor free for the window."""
    import tensorflow as tf

    with suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(max(1, (os.cpu_count() or 2) - 1))
        tf.config.threading.set_inter_op_parallelism_threads(1)
    for gpu in tf.config.list_physical_devices("GPU"):
        with suppress(RuntimeError, ValueError):
            tf.config.experimental.set_memory_growth(gpu, enable=True)
    import keras  # noqa: F401


def main() -> int:
    """Run the model process; called by the hidden command `worker`."""
    worker = Worker()
    faulthandler.enable(sys.stderr)
    if hasattr(os, "nice"):
        os.nice(5)
    return worker.run()


if __name__ == "__main__":
    sys.exit(main())
