"""Drafts: answers that a reader has given and not stored yet, one row for each answer.

The newest answer to a target is the draft; the earlier ones are there for undo. Nothing but the
reading page of the same reader looks at them: they are no labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Value
from mmdesk.storage.cases.edits import Edit
from mmdesk.storage.database import dialect, seals
from mmdesk.storage.database.cells import from_text, to_text
from mmdesk.storage.database.tables import changes, drafts

Drafts = dict[int, dict[str, Value]]


@dataclass(frozen=True, slots=True)
class Step:
    """A draft answer that was taken back, or given again.

    Attributes:
        case: The case's id.
        target: Name of the target.
        value: What the draft says of the target now.
        answer: The answer that was taken back or given again.
        drafted: The target still has a draft; else `value` is None and the label counts.
    """

    case: int
    target: str
    value: Value
    answer: Value
    drafted: bool


def keep(connection: Connection, schema: Schema, reader: str, case: int, answers: Mapping[str, Value], at: str) -> None:
    """Keep a reader's answers to a case; what was undone before cannot be redone any more."""
    forget_undone(connection, reader)
    newest = connection.execute(select(func.max(changes.c.id))).scalar() or 0
    for target, value in answers.items():
        words = to_text(value, schema.field(target))
        row = {"reader": reader, "case_id": case, "target": target, "value": words, "at": at}
        connection.execute(drafts.insert().values(**row, after=newest, undone=0))


def drop_last(connection: Connection, reader: str, case: int, targets: Iterable[str]) -> None:
    """Take away the reader's last answer if it is one to these targets of a case."""
    query = select(drafts).where(drafts.c.reader == reader, drafts.c.undone == 0)
    last = connection.execute(query.order_by(drafts.c.id.desc()).limit(1)).mappings().first()
    if last is not None and last["case_id"] == case and last["target"] in set(targets):
        connection.execute(drafts.delete().where(drafts.c.id == last["id"]))


def read(connection: Connection, schema: Schema, reader: str, ids: Iterable[int] | None = None) -> Drafts:
    """Return a reader's drafts by case and target."""
    query = select(drafts.c.case_id, drafts.c.target, drafts.c.value).order_by(drafts.c.id)
    query = query.where(drafts.c.reader == reader, drafts.c.undone == 0)
    if ids is not None:
        query = query.where(dialect.id_in(drafts.c.case_id, ids))
    targets = {field.name: field for field in schema.targets}
    found: Drafts = {}
    for case, target, words in connection.execute(query):
        if target in targets:
            found.setdefault(case, {})[target] = from_text(words, targets[target])  # type: ignore[assignment]
    return found


def drop_stored(connection: Connection, reader: str, edits: Iterable[Edit]) -> None:
    """Take away the drafts of the labels that a reader stores."""
    for edit in edits:
        if edit.action == "label":
            case, target = drafts.c.case_id == edit.case, drafts.c.target == edit.field
            connection.execute(drafts.delete().where(drafts.c.reader == reader, case, target))


def forget_undone(connection: Connection, reader: str) -> None:
    """End the redo of a reader, because something new was done."""
    connection.execute(drafts.delete().where(drafts.c.reader == reader, drafts.c.undone == 1))
    undone = (changes.c.reader == reader, changes.c.state == "undone")
    connection.execute(seals.change(changes, *undone, state="closed"))


def take_back(connection: Connection, schema: Schema, reader: str, change: int | None, *, redo: bool) -> Step | None:
    """Take back the reader's last draft answer, or with `redo` give the last undone one again.

    Args:
        connection: In a writing transaction.
        schema: The project's fields.
        reader: Who.
        change: The stored change that undo (or redo) would act on, or None.
        redo: Give again.

    Returns:
        None when there is no draft answer, or the stored change comes first.
    """
    order = drafts.c.id if redo else drafts.c.id.desc()
    names = [field.name for field in schema.targets]
    mine = (drafts.c.reader == reader, drafts.c.target.in_(names))
    query = select(drafts).where(*mine, drafts.c.undone == int(redo)).order_by(order).limit(1)
    row = connection.execute(query).mappings().first()
    if row is None or (change is not None and (row["after"] < change) is not redo):
        return None
    connection.execute(seals.change(drafts, drafts.c.id == row["id"], undone=int(not redo)))
    case, target = row["case_id"], row["target"]
    left = read(connection, schema, reader, [case]).get(case, {})
    answer = from_text(row["value"], schema.field(target))
    return Step(case, target, left.get(target), answer, target in left)  # type: ignore[arg-type]
