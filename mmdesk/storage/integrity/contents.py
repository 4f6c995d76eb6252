"""Whether the values in the database are those that the journal tells of.

SQLite does not see a byte that was flipped inside a value. The journal does: it has the
last value of every label and edit, and a digest of all that was imported.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from mmdesk.core.cases.case import ADJUDICATED, REFERENCE
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Value
from mmdesk.storage.cases.answers import label_cells, read_labels
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.cases.imports import NewCase, by_name, joined, same_digest
from mmdesk.storage.database import journal as journals
from mmdesk.storage.database.cells import Cells, cells_to_text, from_text
from mmdesk.storage.database.names import names_of
from mmdesk.storage.database.tables import journal, labels, originals
from mmdesk.storage.integrity.journalled import last
from mmdesk.words import tr


def check_labels(connection: Connection, schema: Schema, names: dict[int, str]) -> list[str]:
    """Return in words which labels are not those of the journal."""
    targets = {field.name: field for field in schema.targets}
    stored: dict[tuple[int, str, str], str | None] = {}
    query = select(labels).where(labels.c.reader != REFERENCE)
    for row in connection.execute(query):
        if row.target in targets:
            cells = label_cells(targets[row.target], row.number, row.words, row.missing)
            stored[row.case_id, row.target, row.reader] = cells_to_text(cells)
    told = names_of(connection).newest(last(connection, "label", "case_id", "field", "reader"))
    decided = last(connection, "adjudicate", "case_id", "field")
    told |= {(row["case_id"], row["field"], ADJUDICATED): row["new"] for row in decided}
    told = {key: text for key, text in told.items() if key[1] in targets}
    for target, options in journals.grades_by_place(connection).items():
        told |= {key: journals.with_name(text, options) for key, text in told.items() if key[1] == target}
    return [
        tr(
            "The label {key} of {key_2} for case {get} is not the one in the journal.",
            key=key[1],
            key_2=key[2],
            get=names.get(key[0], key[0]),
        )
        for key in sorted(stored.keys() | told.keys())
        if stored.get(key) != told.get(key)
    ]


def check_inputs(connection: Connection, cases: CaseTable, names: dict[int, str]) -> list[str]:
    """Return in words which edited values are not those of the journal."""
    problems = []
    for row in last(connection, "input", "case_id", "field"):
        entry = cases.columns.get(row["field"])
        if entry is None:
            continue
        query = select(*entry.all).where(cases.table.c.id == row["case_id"])
        found = connection.execute(query).first()
        if found is None or cells_to_text(Cells(*found)) != row["new"]:
            name = names.get(row["case_id"], row["case_id"])
            problems.append(
                tr("The value {row} of case {name} is not the one in the journal.", row=row["field"], name=name)
            )
    return problems


def check_imports(connection: Connection, schema: Schema, cases: CaseTable) -> list[str]:
    """Return in words which cases are not those that were imported."""
    table = cases.table
    query = select(table.c.id, table.c.digest)
    stored = {row.id: row.digest for row in connection.execute(query)}
    problems = [
        tr("Case {case} holds other values than the table it came from.", case=case)
        for case in _changed_cases(connection, schema, cases, stored)
    ]
    first: dict[int, str] = dict(stored)
    entries = select(journal).where(journal.c.action == "import").order_by(journal.c.seq.desc())
    for row in connection.execute(entries).mappings():
        if row["case_id"] is not None:
            if first.get(row["case_id"]) != row["new"]:
                problems.append(tr("The import of case row {row} is not the one in the journal.", row=row["case_id"]))
            first[row["case_id"]] = row["old"]
            continue
        block = json.loads(row["new"])
        told = [first[number] for number in range(block["first"], block["last"] + 1) if number in first]
        if len(told) != block["cases"] or joined(told) != block["digest"]:
            problems.append(tr("The cases of journal entry {row} are not those that were imported.", row=row["seq"]))
    return problems


def _changed_cases(connection: Connection, schema: Schema, cases: CaseTable, stored: dict[int, str]) -> list[str]:
    told: dict[int, dict[str, Any]] = {}
    for row in connection.execute(select(originals)):
        if row.field in cases.columns:
            value = from_text(row.value or None, cases.columns[row.field].field)
            told.setdefault(row.case_id, {})[row.field] = value
    references = read_labels(connection, schema)
    fields = by_name(schema)
    places = journals.grades_by_place(connection)
    found = []
    for case in cases.read(connection.execute(select(cases.table)).all()):
        given: dict[str, Value] = {
            target: label.value
            for target, labelled in references.get(case.id, {}).items()
            for label in labelled
            if label.reader == REFERENCE
        }
        edited = told.get(case.id, {})
        inputs = {name: edited.get(name, value) for name, value in case.inputs.items()}
        notes = {name: edited.get(name, value) for name, value in case.notes.items()}
        row_told = NewCase(case.name, case.group, case.split, inputs, notes, given)
        if not same_digest(fields, row_told, stored[case.id], places):
            found.append(case.name)
    return found
