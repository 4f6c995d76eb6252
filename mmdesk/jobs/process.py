"""The operating system's side of the model process: start it, talk to it, end it with its children."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from queue import Queue
from typing import BinaryIO

from mmdesk.jobs.protocol import Event, from_line, to_line
from mmdesk.support.own_process import own_environment
from mmdesk.support.paths import log_dir
from mmdesk.words import tr

LOG_NAME = "model-process.log"
_LOG_BYTES = 2_000_000


class Process:
    """One started model process.

    Its stdin takes messages, its stdout gives events, its stderr goes to the log file.

    Attributes:
        events: Events as they come, beats excepted; None once, when the process has ended.
        heard: Time of `time.monotonic()` of the last sign of life.

    Args:
        command: Program and arguments.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self.events: Queue[Event | None] = Queue()
        self.heard = time.monotonic()
        with _open_log() as log:
            self._popen = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(),
                start_new_session=sys.platform != "win32",
                creationflags=_creation_flags(),
            )
        self._writing = threading.Lock()
        self._reader = threading.Thread(target=self._read, name=tr("mmdesk child events"), daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None

    def send(self, message: Event) -> bool:
        """Send a message; return whether the process could still take it."""
        assert self._popen.stdin is not None  # noqa: S101 - it was started with a pipe
        try:
            with self._writing:
                self._popen.stdin.write(to_line(message))
                self._popen.stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def exit_code(self, timeout: float = 5.0) -> int | None:
        """Wait for the end and return the exit code, None when it does not end."""
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def terminate(self) -> None:
        """Ask the operating system to end it."""
        with suppress(OSError):
            self._popen.terminate()

    def kill_tree(self) -> None:
        """End it and all that it started, now."""
        with suppress(OSError):
            if sys.platform == "win32":
                command = ["taskkill", "/T", "/F", "/PID", str(self._popen.pid)]
                subprocess.run(command, check=False, capture_output=True)  # noqa: S603
            else:
                os.killpg(self._popen.pid, signal.SIGKILL)
        self.exit_code()

    def close(self, patience: float = 3.0) -> None:
        """Close its stdin, which makes it exit; end it if it does not within `patience` seconds."""
        assert self._popen.stdin is not None  # noqa: S101
        with suppress(OSError), self._writing:
            self._popen.stdin.close()
        if self.exit_code(patience) is None:
            self.kill_tree()
        self._reader.join(patience)
        if self._popen.stdout:
            self._popen.stdout.close()

    def _read(self) -> None:
        assert self._popen.stdout is not None  # noqa: S101
        with suppress(OSError, ValueError):
            for line in self._popen.stdout:
                self.heard = time.monotonic()
                event = from_line(line)
                if event is None:
                    logging.getLogger(__name__).info(tr("model process: %s"), line.decode(errors="replace").rstrip())
                elif event.get("event") != "beat":
                    self.events.put(event)
        self.events.put(None)


def _open_log() -> BinaryIO:
    path = log_dir() / LOG_NAME
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


def _environment() -> dict[str, str]:
    """Return the child's environment: quiet TensorFlow that leaves the window a core, UTF-8."""
    return own_environment(
        KERAS_BACKEND="tensorflow",
        OMP_NUM_THREADS=str(max(1, (os.cpu_count() or 2) - 1)),
        PYTHONUTF8="1",
        TF_CPP_MIN_LOG_LEVEL="2",
    )


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
    return 0
