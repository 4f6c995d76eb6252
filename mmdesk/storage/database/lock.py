"""One window writes to a project; every other one looks.

The lock is one of the operating system on a file in the project's folder, so it ends with
its process however that dies. The file says who holds it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from pathlib import Path
from typing import Any

from mmdesk.support.clock import utc_now
from mmdesk.support.file_lock import try_lock
from mmdesk.support.files import PRIVATE_FILE
from mmdesk.words import tr

FILE = "project.lock"
PATIENCE = 5.0
"""Seconds that a command waits for another one to end."""
_AGAIN = 0.02


class WriterLock:
    """The right to write to a project.

    Attributes:
        held: Whether this process has it.
        holder: What the file says of another holder: `reader`, `pid`, `host`, `since`.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._descriptor = -1
        self.held = False
        self.holder: dict[str, Any] = {}

    def acquire(self, reader: str = "", wait: float = 0.0) -> bool:
        """Take the lock if nobody has it; a lock left by a dead process is taken over.

        Args:
            reader: Who, for the words of another window.
            wait: Seconds to wait for whoever has it.

        Raises:
            OSError: The folder cannot be written.
        """
        until = time.monotonic() + wait
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        while not try_lock(descriptor):
            if time.monotonic() >= until:
                self.holder = _read(descriptor)
                os.close(descriptor)
                return False
            time.sleep(_AGAIN)
        self._descriptor, self.held = descriptor, True
        self.tell(reader)
        return True

    def tell(self, reader: str) -> None:
        """Write into the file who holds the lock, for the words of another window."""
        if not self.held:
            return
        said = {"reader": reader, "pid": os.getpid(), "host": socket.gethostname(), "since": utc_now()}
        with contextlib.suppress(OSError):  # the lock itself holds without the words
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, json.dumps(said).encode())

    def release(self) -> None:
        """Give the lock back; the empty file stays, so that two openers lock the same one."""
        if not self.held:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor, self.held = -1, False


def words_of(holder: dict[str, Any]) -> str:
    """Say who has the project open, and what can be done here."""
    who = f"{holder['reader']} has" if holder.get("reader") else tr("Somebody has")
    where = tr("in another window")
    if holder.get("host") not in (None, socket.gethostname()):
        where = tr("on the computer {holder}", holder=holder["host"])
    return tr("{who} this project open {where}.", who=who, where=where)


def _read(descriptor: int) -> dict[str, Any]:
    try:
        said = json.loads(os.pread(descriptor, 4096, 0) if hasattr(os, "pread") else os.read(descriptor, 4096))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
