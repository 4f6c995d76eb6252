"""Marks as rows, and as the journal writes them.

The journal's `field` of a mark is its image input and its own name, apart by a colon, so
that taking a removal back gives the same mark again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from mmdesk.core.cases.marks import Mark, points_from_text, points_to_text
from mmdesk.storage.database import dialect
from mmdesk.storage.database.cells import in_json
from mmdesk.storage.database.names import names_of
from mmdesk.storage.database.tables import journal, marks
from mmdesk.words import tr

_CONTENT = ("shape", "points", "image", "frame", "target", "option", "note")


def key_of(mark: Mark) -> str:
    """Return what the journal calls a mark."""
    return f"{mark.field}:{mark.id}"


def to_text(mark: Mark) -> str:
    """Return a mark as the journal writes it; case, image input and reader stand beside it."""
    return _text({name: getattr(mark, name) for name in _CONTENT} | {"points": points_to_text(mark.points)})


def from_text(text: str, case: int, key: str, reader: str = "") -> Mark:
    """Return a mark that the journal tells of."""
    field, _, name = key.rpartition(":")
    told = json.loads(text)
    points = tuple((float(x), float(y)) for x, y in told.pop("points"))
    return Mark(case, field, points=points, id=name, reader=reader, **told)


def set_mark(connection: Connection, key: str, new: Mark | None, reader: str, at: str) -> Mark | None:
    """Store, change or remove a reader's mark.

    Args:
        connection: In a writing transaction.
        key: What the journal calls it.
        new: The mark; None removes it.
        reader: Whose it is; another reader's cannot be changed.
        at: UTC time.

    Returns:
        The mark before, None when there was none.
    """
    mine = (marks.c.id == key.rpartition(":")[2], marks.c.reader == reader)
    row = connection.execute(select(marks).where(*mine)).mappings().first()
    connection.execute(marks.delete().where(*mine))
    if new is not None:
        content = {name: getattr(new, name) for name in _CONTENT} | {"points": points_to_text(new.points)}
        place = {"id": new.id, "case_id": new.case, "field": new.field, "reader": reader, "at": at}
        connection.execute(marks.insert().values(place | content))
    return _mark(row) if row else None


def read_marks(
    connection: Connection, ids: Iterable[int] | None = None, seen: ColumnElement[bool] | None = None
) -> dict[int, list[Mark]]:
    """Return the marks of cases (all of them when None) by case, the latest changed last.

    Args:
        connection: Where to read.
        ids: Of these cases.
        seen: A further condition, such as whose eyes they are for, see `storage.cases.seen`.
    """
    query = select(marks).order_by(marks.c.case_id, marks.c.at, marks.c.id)
    if ids is not None:
        query = query.where(dialect.id_in(marks.c.case_id, ids))
    if seen is not None:
        query = query.where(seen)
    found: dict[int, list[Mark]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["case_id"], []).append(_mark(row))
    return found


def find_mark(connection: Connection, name: str) -> Mark | None:
    """Return the mark of that name, or None."""
    row = connection.execute(select(marks).where(marks.c.id == name)).mappings().first()
    return _mark(row) if row else None


def check_marks(connection: Connection, names: dict[int, str]) -> list[str]:
    """Return in words which marks were changed behind the journal's back.

    Args:
        connection: Where to read.
        names: Name of each case by id.
    """
    last = select(func.max(journal.c.seq)).where(journal.c.action == "mark").group_by(journal.c.field)
    rows = connection.execute(select(journal).where(journal.c.seq.in_(last))).mappings()
    told = {key: new for key, new in names_of(connection).newest(rows.all()).items() if new is not None}
    stored = {
        (row["case_id"], f"{row['field']}:{row['id']}", row["reader"]): _text(row)
        for row in connection.execute(select(marks)).mappings()
    }
    return [
        tr(
            "A mark of {key} on {rpartition} of case {get} is not the one in the journal.",
            key=key[2],
            rpartition=key[1].rpartition(":")[0],
            get=names.get(key[0], key[0]),
        )
        for key in sorted(stored.keys() | told.keys())
        if stored.get(key) != told.get(key)
    ]


def _mark(row: Any) -> Mark:
    content = {name: row[name] for name in _CONTENT} | {"points": points_from_text(row["points"])}
    return Mark(row["case_id"], row["field"], id=row["id"], reader=row["reader"], at=row["at"], **content)


def _text(row: Any) -> str:
    return in_json({name: json.loads(row[name]) if name == "points" else row[name] for name in _CONTENT})
