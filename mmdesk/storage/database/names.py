"""Names of readers in the journal: what an entry of before a change of name goes on under."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from mmdesk.storage.database.tables import journal


@dataclass(frozen=True, slots=True)
class Names:
    """The changes of readers' names, each with its place in the journal, in their order.

    Attributes:
        changes: Place, name before, name after.
    """

    changes: Sequence[tuple[int, str, str]]

    def now(self, reader: str, seq: int) -> str:
        """Return the name that an entry of the journal goes on under."""
        for when, old, new in self.changes:
            if when > seq and reader == old:
                reader = new
        return reader

    def newest(self, rows: Iterable[Any]) -> dict[tuple[Any, ...], Any]:
        """Return what the journal says last of each case, field and reader, under the names of now.

        Where two names became one, what was said since comes first, then a value before none.
        """
        last = {new: when for when, _, new in self.changes}

        def rank(row: Any) -> tuple[bool, bool, int]:
            since = row["seq"] > last.get(self.now(row["reader"], row["seq"]), 0)
            return since, row["new"] is not None, row["seq"]

        return {
            (row["case_id"], row["field"], self.now(row["reader"], row["seq"])): row["new"]
            for row in sorted(rows, key=rank)
        }


def names_of(connection: Connection) -> Names:
    """Return the changes of names that a journal tells of."""
    query = select(journal.c.seq, journal.c.old, journal.c.new).where(journal.c.action == "rename")
    rows = connection.execute(query.order_by(journal.c.seq))
    return Names([(seq, json.loads(old), json.loads(new)) for seq, old, new in rows])
