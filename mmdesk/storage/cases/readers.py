"""Readers' names: one given another name, or two that are one person made one.

The journal keeps what it has: entries of before stand under the old name, and an entry `rename`
tells which name they go on under.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, select

from mmdesk.core.fields.schema import Schema
from mmdesk.storage.cases import edits
from mmdesk.storage.cases import reader_status as reads_of
from mmdesk.storage.cases.writing import Writing
from mmdesk.storage.database import seals
from mmdesk.storage.database.tables import assignments, drafts, journal, labels, marks, reads, returned

Clash = tuple[int, str]
"""Case and target that both names labelled, and differently."""


def clashes(connection: Connection, old: str, new: str) -> list[Clash]:
    """Return what two readers labelled differently."""
    one, other = labels.alias("one"), labels.alias("other")
    same = (one.c.case_id == other.c.case_id, one.c.target == other.c.target)
    differ = [one.c[name].is_distinct_from(other.c[name]) for name in ("number", "words", "missing")]
    query = select(one.c.case_id, one.c.target).where(*same, one.c.reader == old, other.c.reader == new)
    return [(case, target) for case, target in connection.execute(query.where(differ[0] | differ[1] | differ[2]))]


def rename(
    writing: Writing, schema: Schema, old: str, new: str, who: str, told: Callable[[Any], str | None]
) -> list[Clash]:
    """Let all that stands under one name stand under another; where both labelled, the later label stays.

    Args:
        writing: The transaction.
        schema: The project's fields.
        old: The name that ends.
        new: The name that goes on, known already or not.
        who: Who asks for it.
        told: Gives a row of the table of labels as the journal writes its value.

    Returns:
        What both had labelled differently; both labels are in the journal.
    """
    connection = writing.connection
    clashed = clashes(connection, old, new)
    names = {"old": json.dumps(old, ensure_ascii=False), "new": json.dumps(new, ensure_ascii=False)}
    writing.note(who, [{"action": "rename", **names}])
    _labels(writing, old, new, told)
    touched = _reads(writing, old, new)
    _assignments(connection, old, new)
    for table in (marks, drafts, returned):
        connection.execute(seals.change(table, table.c.reader == old, reader=new))
    edits.close_all(connection)
    reads_of.refresh(connection, schema, touched, writing.at)
    return clashed


def _labels(writing: Writing, old: str, new: str, told: Callable[[Any], str | None]) -> None:
    connection = writing.connection
    query = select(labels).where(labels.c.reader.in_((old, new)))
    given: dict[Clash, dict[str, Any]] = {}
    for row in connection.execute(query).mappings():
        given.setdefault((row["case_id"], row["target"]), {})[row["reader"]] = row
    said = (journal.c.action == "label", journal.c.reader == new)
    known = {tuple(row) for row in connection.execute(select(journal.c.case_id, journal.c.field).where(*said))}
    for (case, target), rows in given.items():
        if old not in rows:
            continue
        stays = max(rows.values(), key=lambda row: (row["at"], row["reader"] == new))
        where = (labels.c.case_id == case, labels.c.target == target)
        if (case, target) in known:  # the newest entry of that name has to tell what stays
            gone = next((row for row in rows.values() if row is not stays), None)
            entry = {"action": "label", "case_id": case, "field": target, "at": stays["at"]}
            entry |= {"old": told(gone) if gone else None, "new": told(stays)}
            writing.note(new, [entry], why=f"{old} = {new}", version=stays["version"])
        if new in rows:
            gone_reader = old if stays["reader"] == new else new
            connection.execute(labels.delete().where(*where, labels.c.reader == gone_reader))
        connection.execute(seals.change(labels, *where, labels.c.reader == old, reader=new))


def _reads(writing: Writing, old: str, new: str) -> list[int]:
    connection = writing.connection
    mine = connection.execute(select(reads.c.case_id, reads.c.refer).where(reads.c.reader == old)).all()
    known = {row.case_id: row.refer for row in connection.execute(select(reads).where(reads.c.reader == new))}
    for case, refer in mine:
        where = (reads.c.case_id == case, reads.c.reader == old)
        if case not in known:
            connection.execute(seals.change(reads, *where, reader=new))
            continue
        connection.execute(reads.delete().where(*where))
        stays = refer if known[case] is None else known[case]
        if stays is not None:
            connection.execute(seals.change(reads, reads.c.case_id == case, reads.c.reader == new, refer=stays))
            writing.note(new, [{"action": "refer", "case_id": case, "old": known[case], "new": stays}])
    return [case for case, _ in mine]


def _assignments(connection: Connection, old: str, new: str) -> None:
    theirs = select(assignments.c.case_id).where(assignments.c.reader == new)
    both = (assignments.c.reader == old, assignments.c.case_id.in_(theirs))
    connection.execute(assignments.delete().where(*both))
    connection.execute(seals.change(assignments, assignments.c.reader == old, reader=new))
