"""Faults at the n-th operation: it fails as a full disk makes it fail, or the process ends there as by kill -9.

An operation is a file opened, made, renamed, linked, removed or synced, a database opened, or a statement.
Operations are those of one thread of one process: the one that `arm` was called in.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager

from sqlalchemy import Engine, event

_WATCHED = {
    "open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate",
    "shutil.copyfile", "shutil.rmtree", "sqlite3.connect",
}  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR
_state = threading.local()
_hooked: list[bool] = []


class Counter:
    """Counts operations; at the n-th one `act` is called.

    Attributes:
        seen: How many there were.
        names: What they were.
    """

    def __init__(self, at: int, act: Callable[[str], None]) -> None:
        self.at, self.act, self.seen, self.names = at, act, 0, []

    def count(self, name: str) -> None:
        self.seen += 1
        self.names.append(name)
        if self.seen == self.at:
            self.act(name)


def fail(name: str) -> None:
    raise OSError(errno.ENOSPC, f"no space left on device (injected at {name})")


def die(_name: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _note(name: str) -> None:
    if counter := getattr(_state, "counter", None):
        _state.counter = None  # what the fault itself does is not counted
        try:
            counter.count(name)
        finally:
            _state.counter = counter


def _hook(name: str, args: tuple[object, ...]) -> None:
    if name not in _WATCHED or getattr(_state, "counter", None) is None:
        return
    if name == "open":
        path, _mode, flags = args
        if not isinstance(flags, int) or not flags & (_WRITING | os.O_CREAT) or str(path).endswith(".pyc"):
            return
    _note(f"{name} {args[0]}")


def _before_statement(_connection, _cursor, statement, *_more):
    _note(f"sql {statement[:40]}")


@contextmanager
def counting(at: int, act: Callable[[str], None] = fail):
    """Count the operations of this thread; call `act` at the n-th; 0 for none."""
    if not _hooked:
        sys.addaudithook(_hook)
        event.listen(Engine, "before_cursor_execute", _before_statement)
        event.listen(Engine, "commit", lambda _connection: _note("commit"))
        sync = os.fsync
        os.fsync = lambda descriptor: (_note("fsync"), sync(descriptor))[1]
        _hooked.append(True)
    counter = _state.counter = Counter(at, act)
    try:
        yield counter
    finally:
        _state.counter = None


def killed_at(at: int, work: Callable[[], object], patience: float = 30.0) -> bool:
    """Do work in a copy of this process that is killed at its n-th operation; tell whether it was.

    Raises:
        AssertionError: The work ended by an exception.
    """
    child = os.fork()
    if not child:
        code = 70
        try:
            with counting(at, die):
                work()
            code = 0
        except BaseException:  # noqa: BLE001  (nothing of the tests may run on in the copy)
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    until = time.monotonic() + patience
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise AssertionError("the work hangs")
        time.sleep(0.002)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    assert os.WEXITSTATUS(status) == 0, "the work ended by an exception"
    return False


def number_of(work: Callable[[], object]) -> int:
    """Return how many operations some work has, done in a copy of this process."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        count = -1
        try:
            with counting(0) as counter:
                work()
            count = counter.seen
        finally:
            os.write(into, str(count).encode())
            os._exit(0)
    os.close(into)
    with os.fdopen(out) as file:
        text = file.read()
    os.waitpid(child, 0)
    assert int(text) > 0, "the work ended by an exception"
    return int(text)
