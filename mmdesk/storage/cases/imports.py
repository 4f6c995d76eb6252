"""Cases that come from a table: added, or brought up to date without harm to readers' edits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from mmdesk.core.cases.case import REFERENCE, ImageRef, InputValue
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.splits import split_of
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.storage.cases import answers, problems
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.database import dialect, seals
from mmdesk.storage.database.cells import cells_to_text, in_json, to_cells
from mmdesk.storage.database.journal import Places, grades_by_place
from mmdesk.storage.database.seals import SEAL, of_row
from mmdesk.storage.database.tables import labels, originals

_BLOCK = 2000
_ABSENT = Missing(Reason.ABSENT)


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case as a table tells it.

    Attributes:
        name: Its name, unique in the project.
        group: What keeps related cases in one split; the name when empty.
        split: Its split; when empty the one it has, or what follows from a new case's group.
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


class _Known(NamedTuple):
    """A case that is there, and what was told of it last."""

    id: int
    digest: str
    problem: str
    group: str
    split: str


class _Renewed(NamedTuple):
    """What a table says of a known case: the case, its cells, and the digest it had before."""

    row: NewCase
    cells: dict[str, Any]
    old: str


class Importer:
    """Adds cases within one writing transaction."""

    def __init__(self, connection: Connection, schema: Schema, cases: CaseTable, at: str) -> None:
        self._connection = connection
        self._schema = schema
        self._by_name = by_name(schema)
        self._cases = cases
        self._at = at
        self._places = grades_by_place(connection)
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
        fresh: dict[str, dict[str, Any]] = {}
        given: list[dict[str, Any]] = []
        changed: dict[int, _Renewed] = {}
        again: list[NewCase] = []
        for row in (self._in_split(row, known.get(row.name)) for row in block):
            cells = self._cells(row)
            if row.name in fresh or (row.name in known and known[row.name].id in changed):
                again.append(row)
            elif row.name not in known:
                fresh[row.name] = {"id": top + len(fresh) + 1, **cells}
                given += self._label_rows(fresh[row.name]["id"], row)
            elif not self._is_as_told(row, cells, known[row.name]):
                changed[known[row.name].id] = _Renewed(row, cells, known[row.name].digest)
        if fresh:
            added = list(fresh.values())
            self._connection.execute(table.insert(), added)
            self._added += [cells["id"] for cells in added]
            self._note(added[0]["id"], added[-1]["id"], [cells["digest"] for cells in added])
        if given:
            self._connection.execute(labels.insert(), given)
        if changed:
            self._renew(changed)
        if again:
            self._add_block(again)

    def _is_as_told(self, row: NewCase, cells: dict[str, Any], known: _Known) -> bool:
        same = cells["digest"] == known.digest or (
            bool(self._places) and same_digest(self._by_name, row, known.digest, self._places)
        )
        return same and row.problem == known.problem

    def _known(self, names: list[str]) -> dict[str, _Known]:
        """Return the cases that are there, by name."""
        at = self._cases.table.c
        found: dict[str, _Known] = {}
        for start in range(0, len(names), 500):
            some = select(at.id, at.name, at.digest, at.problem, at.grp, at.split).where(
                at.name.in_(names[start : start + 500])
            )
            for number, name, *told in self._connection.execute(some):
                found[name] = _Known(number, *told)
        first = problems.first_problems(self._connection, [case.id for case in found.values()])
        return {name: known._replace(problem=first.get(known.id, known.problem)) for name, known in found.items()}

    @staticmethod
    def _in_split(row: NewCase, known: _Known | None) -> NewCase:
        """Give a case its split: a known one of the same group stays where it is."""
        group = row.group or row.name
        stays = known is not None and known.group == group
        return replace(row, group=group, split=row.split or (known.split if stays and known else split_of(group)))

    def _cells(self, row: NewCase) -> dict[str, Any]:
        return {
            "name": row.name,
            "grp": row.group,
            "split": row.split,
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

    def _renew(self, changed: Mapping[int, _Renewed]) -> None:
        """Give known cases what the table says of them now; edited values stay."""
        table = self._cases.table
        told = self._renew_originals(changed)
        plain = [
            {"this": number, **new.cells, SEAL: of_row(table, {**new.cells, "id": number})}
            for number, new in changed.items()
            if number not in told
        ]
        if plain:
            self._connection.execute(update(table).where(table.c.id == bindparam("this")), plain)
        for number, kept in told.items():
            cells = {name: cell for name, cell in changed[number].cells.items() if name not in kept}
            self._connection.execute(seals.change(table, table.c.id == number, **cells))
        problems.renew(self._connection, self._cases, {n: changed[n].row.problem for n in told})
        mine = (dialect.id_in(labels.c.case_id, changed), labels.c.reader == REFERENCE)
        self._connection.execute(labels.delete().where(*mine))
        given = [label for number, new in changed.items() for label in self._label_rows(number, new.row)]
        if given:
            self._connection.execute(labels.insert(), given)
        answers.make_stale(self._connection, changed)
        self._updated += changed
        self.journal += [
            {"action": "import", "case_id": number, "old": new.old, "new": new.cells["digest"]}
            for number, new in changed.items()
        ]

    def _renew_originals(self, changed: Mapping[int, _Renewed]) -> dict[int, set[str]]:
        """Keep what the table says beside the values that readers edited; return these columns by case."""
        edited = select(originals.c.case_id, originals.c.field).where(dialect.id_in(originals.c.case_id, changed))
        kept: dict[int, set[str]] = {}
        for number, name in self._connection.execute(edited).all():
            if name not in self._cases.columns:
                continue
            entry = self._cases.columns[name]
            row = changed[number].row
            value: Value | ImageRef = {**row.notes, **row.inputs}.get(name)
            words = cells_to_text(to_cells(value, entry.field)) or ""
            where = (originals.c.case_id == number, originals.c.field == name)
            self._connection.execute(seals.change(originals, *where, value=words))
            kept.setdefault(number, set()).update(column.name for column in entry.all)
            self._kept += 1
        return kept


def same_digest(fields: Iterable[Field], row: NewCase, digest: str, places: Places) -> bool:
    """Tell whether a digest is that of what a table says of a case, also where it was made by places.

    Args:
        fields: As for `digest_of`.
        row: The case.
        digest: The digest that was stored.
        places: See `journal.grades_by_place`.
    """
    known = list(fields)
    return digest == digest_of(known, row) or (bool(places) and digest == digest_of(known, row, places))


def digest_of(fields: Iterable[Field], row: NewCase, places: Places | None = None) -> str:
    """Return the digest of what a table says of a case, so that a later change of it is seen.

    Absent values are left out, so that a field added to the schema changes no digest.

    Args:
        fields: The schema's fields by name, see `by_name`.
        row: The case, its group and split given.
        places: Options of the grades that are taken by their place, as they were once.
    """
    told: list[Any] = [row.name, row.group, row.split]
    by_role = {"input": row.inputs, "note": row.notes, "target": row.labels}
    for entry in fields:
        value = by_role[entry.role].get(entry.name)
        if value is not None and value != _ABSENT:
            cells = to_cells(value, entry)
            once = (places or {}).get(entry.name, ()) if entry.role == "target" else ()
            if cells.value in once:
                cells = cells._replace(value=list(once).index(cells.value))
            told.append([entry.name, *cells])
    return sha256(in_json(told).encode("utf-8", "surrogatepass")).hexdigest()


def by_name(schema: Schema) -> tuple[Field, ...]:
    """Return the fields in an order that does not depend on the schema's."""
    return tuple(sorted(schema, key=lambda entry: entry.name))


def joined(digests: Iterable[str]) -> str:
    """Return one digest of many, in their order."""
    return sha256("".join(digests).encode()).hexdigest()
