"""Whether the database that is open is still the one that lies in the project's folder.

A file that was deleted, replaced, or whose disk was unmounted takes writes until it is closed;
they are lost then. So the files are compared with those that were opened, before and after each
transaction.
"""

from __future__ import annotations

from pathlib import Path

from mmdesk.core.errors import Situation

_Identity = tuple[int, int]
_SAFE = "This change is not stored."


class Presence:
    """A project's folder, its database and the write-ahead log as they were opened."""

    def __init__(self, database: Path) -> None:
        self._folder = database.parent
        self._paths = (database.parent, database)
        self._log = database.with_name(f"{database.name}-wal")
        self._opened = [_identity(path) for path in self._paths]
        self._opened_log = _identity(self._log)

    def forget_log(self) -> None:
        """Take the log as it is found next: it goes with the last connection and comes with the first."""
        self._opened_log = None

    def check(self) -> None:
        """Compare what lies there now with what was opened.

        Raises:
            Situation: What is written would be lost, with what is gone and what to do.
        """
        found = [_identity(path) for path in self._paths]
        log = _identity(self._log)
        if self._opened_log is None:
            self._opened_log = log
        if found == self._opened and log == self._opened_log:
            return
        if None in found:
            raise Situation(
                f"The folder or the database of the project {self._folder.name} is not where it was opened.",
                _SAFE,
                "Put the folder back or connect its disk, then open the project again.",
                f"{self._folder}: {found} instead of {self._opened}",
            )
        if found != self._opened:
            raise Situation(
                f"Another database lies where the project {self._folder.name} was opened.",
                _SAFE,
                "Open the project again.",
                f"{self._folder}: {found} instead of {self._opened}",
            )
        raise Situation(
            f"Another program removed or replaced a file of the project {self._folder.name} "
            f"({self._log.name}) while it was open.",
            _SAFE,
            "Open the project again and see which of the last changes are there.",
            f"{self._log}: {log} instead of {self._opened_log}",
        )


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)
