"""Who is to read which case: rows, what is left to read, and where readers differ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from mmdesk.core.cases.case import ADJUDICATED, NO_READERS
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.cases.seen import waits
from mmdesk.storage.cases.writing import Writing
from mmdesk.storage.database import dialect
from mmdesk.storage.database.tables import assignments, labels, reads


@dataclass(frozen=True, slots=True)
class Share:
    """What is assigned to one reader.

    Attributes:
        reader: Who.
        assigned: How many cases.
        read: How many of them the reader has read.
    """

    reader: str
    assigned: int
    read: int


def assign(writing: Writing, reader: str, ids: Sequence[int], who: str, why: str) -> int:
    """Assign cases to a reader, journalled as one entry; return how many were not assigned before."""
    known = set(
        writing.connection.execute(select(assignments.c.case_id).where(assignments.c.reader == reader)).scalars()
    )
    fresh = [number for number in ids if number not in known]
    if fresh:
        rows = [{"case_id": number, "reader": reader, "at": writing.at} for number in fresh]
        writing.connection.execute(assignments.insert(), rows)
        told = json.dumps({"reader": reader, "cases": fresh}, ensure_ascii=False)
        writing.note(who, [{"action": "assign", "field": reader, "new": told}], why=why)
    return len(fresh)


def unassign(writing: Writing, reader: str, who: str) -> int:
    """Take all cases of a reader that the reader has not read back; return how many."""
    left = select(assignments.c.case_id).where(assignments.c.reader == reader)
    read = select(reads.c.case_id).where(reads.c.reader == reader, reads.c.complete == 1)
    ids = list(writing.connection.execute(left.where(assignments.c.case_id.not_in(read))).scalars())
    if ids:
        where = (assignments.c.reader == reader, dialect.id_in(assignments.c.case_id, ids))
        writing.connection.execute(assignments.delete().where(*where))
        told = json.dumps({"reader": reader, "cases": ids}, ensure_ascii=False)
        writing.note(who, [{"action": "assign", "field": reader, "old": told}])
    return len(ids)


def shares(connection: Connection) -> list[Share]:
    """Return what is assigned to whom, and how much of it is read."""
    mine = and_(reads.c.case_id == assignments.c.case_id, reads.c.reader == assignments.c.reader, reads.c.complete == 1)
    query = select(assignments.c.reader, func.count(), func.count(reads.c.complete))
    query = query.select_from(assignments.outerjoin(reads, mine)).group_by(assignments.c.reader)
    return [Share(*row) for row in connection.execute(query.order_by(assignments.c.reader))]


def assigned(connection: Connection, reader: str) -> list[int]:
    """Return the cases that are assigned to a reader."""
    query = select(assignments.c.case_id).where(assignments.c.reader == reader)
    return list(connection.execute(query.order_by(assignments.c.case_id)).scalars())


def read_by(connection: Connection, reader: str) -> set[int]:
    """Return the cases that a reader has read or labelled in part."""
    return set(connection.execute(select(labels.c.case_id).where(labels.c.reader == reader).distinct()).scalars())


def readers(connection: Connection) -> list[str]:
    """Return everybody who labelled, referred or is to read, by name."""
    found: set[str] = set()
    for table in (labels, reads, assignments):
        found.update(connection.execute(select(table.c.reader).distinct()).scalars())
    return sorted(found - set(NO_READERS) - {""}, key=lambda name: (name.casefold(), name))


def compared(connection: Connection, cases: CaseTable) -> dict[int, tuple[str, str]]:
    """Return name and group of the cases that at least two readers labelled and nobody still has to read."""
    at = cases.table.c
    several = (
        select(labels.c.case_id)
        .where(labels.c.reader.not_in(NO_READERS))
        .group_by(labels.c.case_id)
        .having(func.count(labels.c.reader.distinct()) > 1)
    )
    query = select(at.id, at.name, at.grp).where(at.id.in_(several), ~waits(at.id)).order_by(at.id)
    return {number: (name, group) for number, name, group in connection.execute(query)}


def decided(connection: Connection) -> set[tuple[int, str]]:
    """Return the cases and targets that a third person decided."""
    query = select(labels.c.case_id, labels.c.target).where(labels.c.reader == ADJUDICATED)
    return {(number, target) for number, target in connection.execute(query)}


def names(connection: Connection, cases: CaseTable, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of cases."""
    query = select(cases.table.c.id, cases.table.c.name).where(dialect.id_in(cases.table.c.id, ids))
    return {row.id: row.name for row in connection.execute(query)}
