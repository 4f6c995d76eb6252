"""Whether the database that is open is still the one that lies in the project's folder.

A file that was deleted, replaced, or whose disk was unmounted takes writes until it is closed;
they are lost then. So the files are compared with those that were opened, before and after each
transaction.
"""

from __future__ import annotations

from pathlib import Path

from mmdesk.core.errors import Situation
from mmdesk.words import QT_TR_NOOP, tr

_Identity = tuple[int, int]
_SAFE = QT_TR_NOOP("This change is not stored.")


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
                tr(
                    "The folder or the database of the project {name} is not where it was opened.",
                    name=self._folder.name,
                ),
                tr(_SAFE),
                tr("Put the folder back or connect its disk, then open the project again."),
                tr("{folder}: {found} instead of {opened}", folder=self._folder, found=found, opened=self._opened),
            )
        if found != self._opened:
            raise Situation(
                tr("Another database lies where the project {name} was opened.", name=self._folder.name),
                tr(_SAFE),
                tr("Open the project again."),
                tr("{folder}: {found} instead of {opened}", folder=self._folder, found=found, opened=self._opened),
            )
        raise Situation(
            tr(
                "Another program removed or replaced a file of the project {name} ({name_2}) while it was open.",
                name=self._folder.name,
                name_2=self._log.name,
            ),
            tr(_SAFE),
            tr("Open the project again and see which of the last changes are there."),
            tr("{log}: {log_2} instead of {opened_log}", log=self._log, log_2=log, opened_log=self._opened_log),
        )


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)
