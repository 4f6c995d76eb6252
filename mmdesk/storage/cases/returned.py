"""Answers that packets bring back: kept all, and the one that counts chosen the same in whichever order they come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import select

from mmdesk.core.cases.marks import Mark
from mmdesk.core.fields.schema import Schema
from mmdesk.storage.cases import answers, marks
from mmdesk.storage.cases import reader_status as reads_of
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.cases.writing import Writing
from mmdesk.storage.database import dialect
from mmdesk.storage.database.cells import cells_to_text, text_to_cells
from mmdesk.storage.database.names import names_of
from mmdesk.storage.database.tables import labels, returned
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader said elsewhere: case, target, value as the journal writes it, UTC time."""

    case: int
    target: str
    value: str
    at: str


@dataclass(slots=True)
class Taken:
    """What came of answers that were brought back.

    Attributes:
        fresh: Labels that are new or later than those before.
        conflicts: Case and target that were answered in several ways; all answers are kept.
        cases: Ids of cases of which something changed.
    """

    fresh: int = 0
    conflicts: list[tuple[int, str]] = field(default_factory=list)
    cases: set[int] = field(default_factory=set)


def take(writing: Writing, schema: Schema, reader: str, given: Iterable[Answer], packet: str) -> Taken:
    """Keep a packet's answers. A label that was made in this project stays; else the latest answer counts.

    The choice depends on all answers that ever came and not on their order, and a packet that
    comes again changes nothing.
    """
    connection = writing.connection
    reader = names_of(connection).now(reader, 0)
    known = {target.name: target for target in schema.targets}
    rows = [answer for answer in given if answer.target in known]
    if rows:
        connection.execute(
            dialect.insert_new(returned),
            [
                {
                    "case_id": a.case,
                    "target": a.target,
                    "reader": reader,
                    "value": a.value,
                    "at": a.at,
                    "packet": packet,
                }
                for a in rows
            ],
        )
    taken = Taken()
    for case, name in sorted({(answer.case, answer.target) for answer in rows}):
        target = known[name]
        where = (returned.c.case_id == case, returned.c.target == name, returned.c.reader == reader)
        came = {(at, value) for at, value in connection.execute(select(returned.c.at, returned.c.value).where(*where))}
        mine = (labels.c.case_id == case, labels.c.target == name, labels.c.reader == reader)
        query = select(labels.c.number, labels.c.words, labels.c.missing, labels.c.at).where(*mine)
        now = connection.execute(query).first()
        text = cells_to_text(answers.label_cells(target, *now[:3])) if now else None
        if len({value for _, value in came} | ({text} if text else set())) > 1:
            taken.conflicts.append((case, name))
        at, value = max(came)
        if (now is not None and (now.at, text) not in came) or (now is not None and (now.at, text) == (at, value)):
            continue
        row = answers.label_row(case, target, reader, text_to_cells(value), "", at)
        connection.execute(dialect.upsert(labels, ("case_id", "target", "reader")), [row])
        entry = {"action": "label", "case_id": case, "field": name, "old": text, "new": value, "at": at}
        writing.note(reader, [entry], why=tr("packet {packet}", packet=packet))
        taken.fresh += 1
        taken.cases.add(case)
    if taken.cases:
        reads_of.refresh(connection, schema, sorted(taken.cases), writing.at)
    return taken


def take_marks(writing: Writing, reader: str, given: Iterable[Mark], packet: str) -> list[Mark]:
    """Keep a packet's marks; of two states of one mark the later stays. Return those that were stored."""
    connection = writing.connection
    reader = names_of(connection).now(reader, 0)
    stored = []
    for mark in given:
        now = marks.find_mark(connection, mark.id)
        if now is not None and (now.reader != reader or (now.at, marks.to_text(now)) >= (mark.at, marks.to_text(mark))):
            continue
        key = marks.key_of(mark)
        old = marks.set_mark(connection, key, mark, reader, mark.at)
        entry = {"action": "mark", "case_id": mark.case, "field": key, "new": marks.to_text(mark)}
        writing.note(
            reader, [entry | {"old": marks.to_text(old) if old else None}], why=tr("packet {packet}", packet=packet)
        )
        stored.append(mark)
    return stored


def take_referrals(writing: Writing, reader: str, given: Mapping[int, str], packet: str) -> list[int]:
    """Keep a packet's referrals; where both refer a case, all reasons stay. Return the cases that changed."""
    reader = names_of(writing.connection).now(reader, 0)
    changed = []
    for case, reason in sorted(given.items()):
        old = reads_of.referral(writing.connection, case, reader)
        both = sorted({part for words in (old, reason) if words for part in words.split("; ")})
        new = "; ".join(both)
        if new != old:
            reads_of.set_referral(writing.connection, case, reader, new, writing.at)
            entry = {"action": "refer", "case_id": case, "old": old, "new": new}
            writing.note(reader, [entry], why=tr("packet {packet}", packet=packet))
            changed.append(case)
    return changed


def digest(writing: Writing, schema: Schema, cases: CaseTable) -> str:
    """Return the hex digest of all labels with reader and time, whatever the order they came in."""
    targets = {target.name: target for target in schema.targets}
    at = cases.table.c
    query = select(at.name, labels).join(labels, labels.c.case_id == at.id)
    told = []
    for row in writing.connection.execute(query):
        if target := targets.get(row.target):
            cells = answers.label_cells(target, row.number, row.words, row.missing)
            told.append([row.name, row.target, row.reader, row.at, cells_to_text(cells) or ""])
    return sha256(json.dumps(sorted(told), ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
