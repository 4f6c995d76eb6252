"""Use case: a window that only looks sees what the one that writes stores, and when it is done."""

from __future__ import annotations

from dataclasses import dataclass

from mmdesk.core.changes import Change
from mmdesk.services.project import Project
from mmdesk.storage.database.lock import WriterLock

_MOST = 500
"""Entries of the journal that are looked through for the cases that changed; beyond them all may have."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of a project that another window writes to.

    Attributes:
        change: What was stored there since the last look; None for nothing.
        free: Nobody writes to it any more.
    """

    change: Change | None
    free: bool


class Follower:
    """Looks at a project that is open to look because another window writes to it.

    Args:
        project: The project.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seen = project.store.journal_head().seq

    def look(self) -> Followed:
        """Return what was stored since the last look, and whether the right to write is free."""
        store = self._project.store
        head = store.journal_head().seq
        new, self._seen = head - self._seen, head
        change = None
        if new:
            entries = store.journal(max(0, min(new, _MOST)))
            cases = frozenset(entry.case for entry in entries if entry.case is not None)
            actions = {entry.action for entry in entries}
            many = not 0 < new <= _MOST or "import" in actions
            versions = "version" in actions
            change = Change(
                cases, predictions=many or versions, worklist=many, marks="mark" in actions, versions=many or versions
            )
        return Followed(change, self._is_free())

    def _is_free(self) -> bool:
        lock = WriterLock(self._project.folder)
        try:
            return lock.acquire()
        except OSError:
            return False
        finally:
            lock.release()
