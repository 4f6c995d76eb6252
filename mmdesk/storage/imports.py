"""Cases that come from a table: added, or brought up to date without harm to readers' edits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select, update

from mmdesk.core.case import REFERENCE, ImageRef, InputValue
from mmdesk.core.schema import Field, Schema
from mmdesk.core.splits import split_of
from mmdesk.core.values import Missing, Reason, Value
from mmdesk.storage import answers
from mmdesk.storage.case_table import CaseTable
from mmdesk.storage.cells import cells_to_text, in_json, to_cells
from mmdesk.storage.tables import labels, originals

_BLOCK = 2000
_ABSENT = Missing(Reason.ABSENT)


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case as a table tells it.

    Attributes:
        name: Its name, unique in the project.
        group: What keeps related cases in one split; the name when empty.
        split: Its split; follows from the group when empty.
        inputs: By field name; one not given is absent. Images as `ImageRef`, with the facts
            of their files.
        notes: By field name.
        labels: Reference labels by target; None or not given is unread.
        problem: What is wrong with it, in words; empty for nothing.
    """

    name: str
    group: str = ""
    split: str = ""
    inputs: Mapping[str, InputValue] = field(default_factory=dict)
    notes: Mapping[str, Value] = field(default_factory=dict)
    labels: Mapping[str, Value] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What an import did.

    Attributes:
        added: Ids of new cases.
        updated: Ids of cases that were there and now hold other values.
        kept: How many values stayed because a reader had edited them.
    """

    added: tuple[int, ...] = ()
    updated: tuple[int, ...] = ()
    kept: int = 0


class Importer:
    """Adds cases within one writing transaction."""

    def __init__(self, connection: Connection, schema: Schema, cases: CaseTable, at: str) -> None:
        self._connection = connection
        self._schema = schema
        self._by_name = by_name(schema)
        self._cases = cases
        self._at = at
        self._added: list[int] = []
        self._updated: list[int] = []
        self._kept = 0
        self.journal: list[dict[str, Any]] = []

    def add(self, rows: Iterable[NewCase]) -> Added:
        """Add or update the cases, in blocks."""
        block: list[NewCase] = []
        for row in rows:
            block.append(row)
            if len(block) == _BLOCK:
                self._add_block(block)
                block = []
        self._add_block(block)
        return Added(tuple(self._added), tuple(self._updated), self._kept)

    def _add_block(self, block: list[NewCase]) -> None:
        table = self._cases.table
        top = self._connection.execute(select(table.c.id).order_by(table.c.id.desc()).limit(1)).scalar() or 0
        known = self._known([row.name for row in block])
        fresh: list[dict[str, Any]] = []
        given: list[dict[str, Any]] = []
        digests: list[str] = []
        for row in block:
            if row.name in known:
                self._update(known[row.name], row)
                continue
            number = top + len(fresh) + 1
            known[row.name] = number
            cells = self._cells(row)
            fresh.append({"id": number, **cells})
            digests.append(cells["digest"])
            given += self._label_rows(number, row)
        if fresh:
            self._connection.execute(table.insert(), fresh)
            self._added += [cells["id"] for cells in fresh]
            self._note(fresh[0]["id"], fresh[-1]["id"], digests)
        if given:
            self._connection.execute(labels.insert(), given)

    def _known(self, names: list[str]) -> dict[str, int]:
        table, found = self._cases.table, {}
        for start in range(0, len(names), 500):
            some = select(table.c.name, table.c.id).where(table.c.name.in_(names[start : start + 500]))
            found.update({row.name: row.id for row in self._connection.execute(some)})
        return found

    def _cells(self, row: NewCase) -> dict[str, Any]:
        group = row.group or row.name
        return {
            "name": row.name,
            "grp": group,
            "split": row.split or split_of(group),
            "problem": row.problem,
            "digest": digest_of(self._by_name, row),
            **self._cases.row({**row.notes, **row.inputs}),
        }

    def _label_rows(self, number: int, row: NewCase) -> list[dict[str, Any]]:
        return [
            answers.label_row(number, target, REFERENCE, to_cells(value, target), "", self._at)
            for target in self._schema.targets
            if (value := row.labels.get(target.name)) is not None
        ]

    def _note(self, first: int, last: int, digests: list[str]) -> None:
        new = json.dumps({"cases": len(digests), "first": first, "last": last, "digest": joined(digests)})
        self.journal.append({"action": "import", "new": new})

    def _update(self, number: int, row: NewCase) -> None:
        table = self._cases.table
        old = self._connection.execute(select(table).where(table.c.id == number)).mappings().one()
        new = self._cells(row)
        if new["digest"] == old["digest"] and new["problem"] == old["problem"]:
            return
        edited = select(originals.c.field).where(originals.c.case_id == number)
        for name in self._connection.execute(edited).scalars().all():
            if name not in self._cases.columns:
                continue
            entry = self._cases.columns[name]
            value: Value | ImageRef = {**row.notes, **row.inputs}.get(name)
            told = cells_to_text(to_cells(value, entry.field)) or ""
            where = (originals.c.case_id == number, originals.c.field == name)
            self._connection.execute(update(originals).where(*where).values(value=told))
            for column in entry.all:
                new.pop(column.name)
            self._kept += 1
        self._connection.execute(update(table).where(table.c.id == number).values(new))
        mine = (labels.c.case_id == number, labels.c.reader == REFERENCE)
        self._connection.execute(labels.delete().where(*mine))
        if given := self._label_rows(number, row):
            self._connection.execute(labels.insert(), given)
        answers.make_stale(self._connection, [number])
        self._updated.append(number)
        row_told = {"case_id": number, "old": old["digest"], "new": new["digest"]}
        self.journal.append({"action": "import", **row_told})


def digest_of(fields: Iterable[Field], row: NewCase) -> str:
    """Return the digest of what a table says of a case, so that a later change of it is seen.

    Absent values are left out, so that a field added to the schema changes no digest.

    Args:
        fields: The schema's fields by name, see `by_name`.
        row: The case.
    """
    group = row.group or row.name
    told: list[Any] = [row.name, group, row.split or split_of(group)]
    places = {"input": row.inputs, "note": row.notes, "target": row.labels}
    for entry in fields:
        value = places[entry.role].get(entry.name)
        if value is not None and value != _ABSENT:
            told.append([entry.name, *to_cells(value, entry)])
    return sha256(in_json(told).encode("utf-8", "surrogatepass")).hexdigest()


def by_name(schema: Schema) -> tuple[Field, ...]:
    """Return the fields in an order that does not depend on the schema's."""
    return tuple(sorted(schema, key=lambda entry: entry.name))


def joined(digests: Iterable[str]) -> str:
    """Return one digest of many, in their order."""
    return sha256("".join(digests).encode()).hexdigest()
