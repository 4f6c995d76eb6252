"""Edits of single values: the value and its journal entry, and taking them back.

What is edited is one of five: a reader's `label` of a target, a label that a third person
`adjudicate`s, an `input` (or note) of a case, a reader's `refer`, a reader's `mark` on an image.
Undo and redo are edits too; they append to the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select, update

from mmdesk.core.cases.case import ADJUDICATED, ImageRef
from mmdesk.core.cases.marks import Mark
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Value
from mmdesk.storage.cases import answers, marks, problems
from mmdesk.storage.cases import reader_status as reads
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.database import dialect, journal, seals
from mmdesk.storage.database.cells import Cells, cells_to_text, from_cells, from_text, to_cells, to_text
from mmdesk.storage.database.tables import changes, labels, originals

DONE, UNDONE, CLOSED = "done", "undone", "closed"


Content = Value | ImageRef | Mark
"""What an edit sets: a value of a field, the reason of a referral, or a mark; None takes it away."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One value to be set, or that was set.

    Attributes:
        action: `label`, `adjudicate`, `input`, `refer` or `mark`.
        case: The case's id.
        field: The field's name; empty for `refer`; for `mark` see `storage.marks`.
        new: The value.
        old: The one before, once it is known.
    """

    action: str
    case: int
    field: str
    new: Content
    old: Content = None


@dataclass(frozen=True, slots=True)
class Editor:
    """Applies edits within one writing transaction."""

    connection: Connection
    schema: Schema
    cases: CaseTable
    reader: str
    at: str
    version: str = ""

    def apply(self, edit: Edit) -> Edit:
        """Set the value and return the edit with the earlier one."""
        match edit.action:
            case "label":
                return replace(edit, old=self._label(edit, self.reader))
            case "adjudicate":
                return replace(edit, old=self._label(edit, ADJUDICATED))
            case "input":
                return replace(edit, old=self._input(edit))
            case "refer":
                old: Content = reads.referral(self.connection, edit.case, self.reader)
                reason = edit.new if isinstance(edit.new, str) else None
                reads.set_referral(self.connection, edit.case, self.reader, reason, self.at)
                return replace(edit, old=old)
            case "mark":
                mark = edit.new if isinstance(edit.new, Mark) else None
                old = marks.set_mark(self.connection, edit.field, mark, self.reader, self.at)
                return replace(edit, old=old)
        raise ValueError(edit.action)

    def apply_all(self, wanted: list[Edit]) -> list[Edit]:
        """Set values and return the edits with the earlier ones; one value for many cases is set at once."""
        one, cases = wanted[0] if wanted else None, [edit.case for edit in wanted]
        alike = one is not None and all(replace(edit, case=one.case) == one for edit in wanted)
        if one is None or len(wanted) == 1 or not alike or one.action not in ("input", "refer"):
            return [self.apply(edit) for edit in wanted]
        old: Mapping[int, Content]
        if one.action == "input":
            old = self._inputs(cases, one.field, one.new)
        else:
            reason = one.new if isinstance(one.new, str) else None
            old = reads.set_referrals(self.connection, cases, self.reader, reason, self.at)
        return [replace(edit, old=old.get(edit.case)) for edit in wanted]

    def row(self, edit: Edit) -> dict[str, Any]:
        """Return an edit as a row for the journal."""
        old, new = (self._text(edit, value) for value in (edit.old, edit.new))
        return {"action": edit.action, "case_id": edit.case, "field": edit.field, "old": old, "new": new}

    def told(self, entry: journal.Entry) -> Edit:
        """Return the edit that an entry of the journal tells of."""
        old, new = (self._content(entry, text) for text in (entry.old, entry.new))
        return Edit(entry.action, entry.case or 0, entry.field, new, old)

    def _text(self, edit: Edit, value: Content) -> str | None:
        if edit.action == "refer":
            return value if isinstance(value, str) else None
        if isinstance(value, Mark):
            return marks.to_text(value)
        return None if value is None else to_text(value, self.schema.field(edit.field))

    def _content(self, entry: journal.Entry, text: str | None) -> Content:
        if text is None or entry.action == "refer":
            return text
        if entry.action == "mark":
            return marks.from_text(text, entry.case or 0, entry.field, self.reader)
        return from_text(text, self.schema.field(entry.field))

    def _label(self, edit: Edit, reader: str) -> Content:
        field = self.schema.field(edit.field)
        where = (
            labels.c.case_id == edit.case,
            labels.c.target == edit.field,
            labels.c.reader == reader,
        )
        row = self.connection.execute(select(labels.c.number, labels.c.words, labels.c.missing).where(*where)).first()
        old = from_cells(answers.label_cells(field, *row), field) if row else None
        if edit.new is None:
            self.connection.execute(labels.delete().where(*where))
        elif edit.new != old:  # the same answer again is no change, so its time stays the journal's
            cells = to_cells(edit.new, field)  # type: ignore[arg-type]  # a mark is no label
            fresh = answers.label_row(edit.case, field, reader, cells, self.version, self.at)
            self.connection.execute(dialect.upsert(labels, ("case_id", "target", "reader")), [fresh])
        return old

    def _input(self, edit: Edit) -> Content:
        return self._inputs([edit.case], edit.field, edit.new)[edit.case]

    def _inputs(self, cases: list[int], field: str, new: Content) -> dict[int, Content]:
        """Set an input of some cases, however many, at once; return the earlier values."""
        entry, table = self.cases.columns[field], self.cases.table
        where = dialect.id_in(table.c.id, cases)
        found = self.connection.execute(select(table.c.id, *entry.all).where(where))
        old = {case: Cells(*cells) for case, *cells in found}
        first = [{"case_id": case, "field": field, "value": cells_to_text(cells) or ""} for case, cells in old.items()]
        self.connection.execute(dialect.insert_new(originals), first)
        fresh = entry.named(to_cells(new, entry.field))  # type: ignore[arg-type]  # a mark is no input
        self.connection.execute(update(table).where(where).values(fresh))
        problems.refresh(self.connection, self.cases, cases)
        if entry.field.role == "input":
            answers.make_stale(self.connection, cases)
        return {case: from_cells(cells, entry.field) for case, cells in old.items()}


def open_change(connection: Connection, reader: str, action: str, at: str) -> int:
    """Begin a change that can be undone: whatever was undone before, or another reader's, is closed."""
    close_others(connection, reader)
    undone = (changes.c.state == UNDONE,)
    connection.execute(seals.change(changes, *undone, state=CLOSED))
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
    return bool(connection.execute(seals.change(changes, *where, state=CLOSED)).rowcount)


def close_all(connection: Connection) -> None:
    """End all undo, after an import may have changed the same values."""
    connection.execute(seals.change(changes, changes.c.state.in_((DONE, UNDONE)), state=CLOSED))


def next_change(connection: Connection, reader: str, *, redo: bool) -> int | None:
    """Return the change that undo (or redo) would act on, or None."""
    where = (changes.c.reader == reader, changes.c.state == (UNDONE if redo else DONE))
    order = changes.c.id if redo else changes.c.id.desc()
    return connection.execute(select(changes.c.id).where(*where).order_by(order).limit(1)).scalar()


def take_back(editor: Editor, change: int, *, redo: bool) -> tuple[tuple[Edit, ...], list[dict[str, Any]]]:
    """Apply a change backwards (or again).

    Returns:
        The edits of the change, and the rows to append to the journal.
    """
    made = tuple(map(editor.told, journal.of_change(editor.connection, change)))
    rows = []
    for edit in made if redo else reversed(made):
        done = editor.apply(replace(edit, new=edit.new if redo else edit.old))
        rows.append(editor.row(done) | {"why": "redo" if redo else "undo", "undoes": change})
    state = DONE if redo else UNDONE
    editor.connection.execute(seals.change(changes, changes.c.id == change, state=state))
    return made, rows
