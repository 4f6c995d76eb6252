"""Edits of single values: the value and its journal entry, and taking them back.

What is edited is one of four: a reader's `label` of a target, an `input` (or note) of a
case, a reader's `refer`, a reader's `mark` on an image. Undo and redo are edits too; they
append to the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from mmdesk.core.fields.schema import Schema
from mmdesk.storage.cases import answers, marks, problems
from mmdesk.storage.cases import reader_status as reads
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.database import dialect, journal
from mmdesk.storage.database.cells import Cells, cells_to_text, text_to_cells
from mmdesk.storage.database.tables import changes, labels, originals

DONE, UNDONE, CLOSED = "done", "undone", "closed"


@dataclass(frozen=True, slots=True)
class Edit:
    """One value to be set.

    Attributes:
        action: `label`, `input`, `refer` or `mark`.
        case: The case's id.
        field: The field's name; empty for `refer`; for `mark` see `storage.marks`.
        new: The value as the journal writes it; for `refer` the reason; None takes it away.
    """

    action: str
    case: int
    field: str
    new: str | None


@dataclass(frozen=True, slots=True)
class Editor:
    """Applies edits within one writing transaction."""

    connection: Connection
    schema: Schema
    cases: CaseTable
    reader: str
    at: str
    version: str = ""

    def apply(self, edit: Edit) -> str | None:
        """Set the value and return the earlier one as the journal writes it."""
        match edit.action:
            case "label":
                return self._label(edit)
            case "input":
                return self._input(edit)
            case "refer":
                old = reads.referral(self.connection, edit.case, self.reader)
                reads.set_referral(self.connection, edit.case, self.reader, edit.new, self.at)
                return old
            case "mark":
                return marks.set_mark(self.connection, edit.case, edit.field, edit.new, self.reader, self.at)
        raise ValueError(edit.action)

    def _label(self, edit: Edit) -> str | None:
        field = self.schema.field(edit.field)
        where = (
            labels.c.case_id == edit.case,
            labels.c.target == edit.field,
            labels.c.reader == self.reader,
        )
        row = self.connection.execute(
            select(labels.c.number, labels.c.words, labels.c.missing).where(*where)
        ).first()
        if edit.new is None:
            self.connection.execute(labels.delete().where(*where))
        else:
            cells = text_to_cells(edit.new)
            fresh = answers.label_row(edit.case, field, self.reader, cells, self.version, self.at)
            self.connection.execute(dialect.upsert(labels, ("case_id", "target", "reader")), [fresh])
        return cells_to_text(answers.label_cells(field, *row)) if row else None

    def _input(self, edit: Edit) -> str | None:
        entry, table = self.cases.columns[edit.field], self.cases.table
        row = self.connection.execute(select(*entry.all).where(table.c.id == edit.case)).one()
        old = cells_to_text(Cells(*row))
        self.connection.execute(
            dialect.insert_new(originals).values(case_id=edit.case, field=edit.field, value=old or "")
        )
        cells = entry.named(text_to_cells(edit.new))
        self.connection.execute(update(table).where(table.c.id == edit.case).values(cells))
        problems.refresh(self.connection, self.cases, [edit.case])
        if entry.field.role == "input":
            answers.make_stale(self.connection, [edit.case])
        return old


def open_change(connection: Connection, reader: str, action: str, at: str) -> int:
    """Begin a change that can be undone: whatever was undone before, or another reader's, is closed."""
    close_others(connection, reader)
    undone = (changes.c.state == UNDONE,)
    connection.execute(update(changes).where(*undone).values(state=CLOSED))
    made = connection.execute(changes.insert().values(reader=reader, action=action, at=at, state=DONE))
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def close_others(connection: Connection, reader: str) -> bool:
    """End the undo of every other reader; tell whether there was any.

    Each change closes what others left open, so the newest one tells whether there is any.
    """
    newest = connection.execute(select(changes.c.reader).order_by(changes.c.id.desc()).limit(1)).scalar()
    if newest in (None, reader):
        return False
    where = (changes.c.state.in_((DONE, UNDONE)), changes.c.reader != reader)
    return bool(connection.execute(update(changes).where(*where).values(state=CLOSED)).rowcount)


def close_all(connection: Connection) -> None:
    """End all undo, after an import may have changed the same values."""
    connection.execute(update(changes).where(changes.c.state.in_((DONE, UNDONE))).values(state=CLOSED))


def next_change(connection: Connection, reader: str, *, redo: bool) -> int | None:
    """Return the change that undo (or redo) would act on, or None."""
    where = (changes.c.reader == reader, changes.c.state == (UNDONE if redo else DONE))
    order = changes.c.id if redo else changes.c.id.desc()
    return connection.execute(select(changes.c.id).where(*where).order_by(order).limit(1)).scalar()


def take_back(editor: Editor, change: int, *, redo: bool) -> tuple[list[journal.Entry], list[dict[str, Any]]]:
    """Apply a change backwards (or again).

    Returns:
        The entries of the change, and the rows to append to the journal.
    """
    made = journal.of_change(editor.connection, change)
    rows = []
    for entry in made if redo else reversed(made):
        new = entry.new if redo else entry.old
        edit = Edit(entry.action, entry.case or 0, entry.field, new)
        old = editor.apply(edit)
        rows.append(row(edit, old) | {"why": "redo" if redo else "undo", "undoes": change})
    state = DONE if redo else UNDONE
    editor.connection.execute(update(changes).where(changes.c.id == change).values(state=state))
    return made, rows


def row(edit: Edit, old: str | None) -> dict[str, Any]:
    """Return an edit as a row for the journal."""
    return {"action": edit.action, "case_id": edit.case, "field": edit.field, "old": old, "new": edit.new}
