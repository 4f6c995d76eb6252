"""What a transaction did, written into the journal and into its copies beside the database."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, select

from mmdesk.storage.database import journal, mirror
from mmdesk.storage.database.journal import Head
from mmdesk.storage.database.tables import journal as log
from mmdesk.support.clock import ClockWatch
from mmdesk.words import tr

CLOCK = "clock"
"""Action of an entry that tells of a jump of the computer's clock."""
_JUMP = 60.0
"""Seconds that a clock may be set without a word; those of a time server are far below."""
_BACK = 1.0


class _Transaction(Protocol):
    at: str
    entries: list[dict[str, Any]]


class Recorder:
    """Journals a session's transactions.

    Attributes:
        changes: How many transactions of this session were journalled.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = ClockWatch()
        self._mirrored: Head | None = None
        self.changes = 0

    def append(self, connection: Connection, writing: _Transaction) -> list[dict[str, Any]]:
        """Append what a transaction did to the journal; return the entries whole, none for nothing."""
        if not writing.entries:
            return []
        head = journal.head_of(connection)
        return journal.append(connection, head, [*self._clock_jump(connection, head, writing.at), *writing.entries])

    def mirror(self, rows: list[dict[str, Any]]) -> bool:
        """Write stored entries beside the database; tell whether the mirror has all there are."""
        self.changes += 1
        head = Head(rows[-1]["seq"], rows[-1]["hash"])
        with suppress(OSError):  # the change is stored; the file of heads may lag behind
            journal.mirror(self._folder, head, str(rows[-1]["at"]))
        known, self._mirrored = self._mirrored, None
        if known is None or known.hash != rows[0]["previous"]:
            return False
        with suppress(OSError):  # it is brought up to date with the next change, or when it is opened next
            mirror.append(self._folder, rows)
            self._mirrored = head
        return True

    def catch_up(self, connection: Connection) -> None:
        """Write what the mirror lacks.

        Raises:
            OSError: It cannot be written.
        """
        self._mirrored = mirror.catch_up(self._folder, connection)

    def _clock_jump(self, connection: Connection, head: Head, at: str) -> list[dict[str, Any]]:
        last = connection.execute(select(log.c.at).where(log.c.seq == head.seq)).scalar()
        jumped = self._clock.jump()
        back = (datetime.fromisoformat(last) - datetime.fromisoformat(at)).total_seconds() if last else 0.0
        if back < _BACK and abs(jumped) < _JUMP:
            return []
        if back >= _BACK:
            why = tr("The clock of this computer says an earlier time than the entry before; their order is as listed.")
        elif jumped < 0:
            why = tr("The clock of this computer was set back by {seconds:,.0f} seconds.", seconds=-jumped)
        else:
            why = tr("The clock of this computer was set forward by {seconds:,.0f} seconds.", seconds=jumped)
        return [{"at": at, "reader": "", "action": CLOCK, "old": json.dumps(last), "new": json.dumps(at), "why": why}]
