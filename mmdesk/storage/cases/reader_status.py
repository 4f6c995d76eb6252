"""How far each reader is with a case: follows from labels, predictions and referrals.

A case is *read* by a reader once every target has the reader's label. It is *corrected*
when a label differs from what the model version said that stood beside the read (the
current one, if it was not shown), and in *conflict* when two readers' labels differ.
Reference labels and adjudicated ones are nobody's read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from mmdesk.core.cases.case import NO_READERS, Label, Prediction
from mmdesk.core.cases.disagreement import disagreeing, labels_differ
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Value
from mmdesk.storage.cases.answers import read_labels, read_predictions
from mmdesk.storage.database import dialect, seals
from mmdesk.storage.database.tables import reads, versions


def current_version(connection: Connection) -> str:
    """Return the id of the current model version, or an empty text."""
    return str(connection.execute(select(versions.c.id).where(versions.c.state == "current")).scalar() or "")


def refresh(connection: Connection, schema: Schema, ids: Iterable[int], at: str) -> None:
    """Bring the state of every reader of some cases in line with the labels."""
    cases = list(ids)
    query = select(reads).where(dialect.id_in(reads.c.case_id, cases))
    known: dict[int, dict[str, dict[str, Any]]] = {case: {} for case in cases}
    for row in connection.execute(query).mappings():
        known[row["case_id"]][row["reader"]] = dict(row)
    current = current_version(connection)
    shown = {state["version"] for states in known.values() for state in states.values()} | {current}
    answers = {version: read_predictions(connection, schema, version, cases) for version in shown if version}
    labels = read_labels(connection, schema, cases)
    states = []
    for case in cases:
        own = _by_reader(labels.get(case, {}))
        for reader in sorted(own.keys() | known[case].keys()):
            pinned = known[case].get(reader, {}).get("version", "")
            answer = answers.get(pinned or current, {}).get(case)
            if answer is not None and answer.stale and not pinned:
                answer = None
            state = _state(schema, reader, own, answer)
            refer = known[case].get(reader, {}).get("refer")
            states.append({"case_id": case, "reader": reader, "refer": refer, "at": at, **state})
    if states:
        connection.execute(dialect.upsert(reads, ("reader", "case_id")), states)


def _state(schema: Schema, reader: str, own: dict[str, dict[str, Value]], answer: Prediction | None) -> dict[str, Any]:
    wanted = len(schema.targets)
    mine = own.get(reader, {})
    if not wanted or len(mine) < wanted:
        return {"complete": 0, "corrected": 0, "conflict": 0, "version": ""}
    others = [given for other, given in own.items() if other != reader and len(given) == wanted]
    return {
        "complete": 1,
        "corrected": int(answer is not None and bool(disagreeing(schema, mine, answer.targets))),
        "conflict": int(any(_conflict(schema, mine, other) for other in others)),
        "version": answer.version if answer is not None else "",
    }


def _by_reader(labels: dict[str, list[Label]]) -> dict[str, dict[str, Value]]:
    own: dict[str, dict[str, Value]] = {}
    for target, given in labels.items():
        for label in given:
            if label.reader not in NO_READERS and label.value is not None:
                own.setdefault(label.reader, {})[target] = label.value
    return own


def _conflict(schema: Schema, own: dict[str, Value], other: dict[str, Value]) -> bool:
    return any(labels_differ(target, own.get(target.name), other.get(target.name)) for target in schema.targets)


def waiting_for_answer(connection: Connection, ids: Iterable[int]) -> list[int]:
    """Return which cases were read before any prediction stood beside the read."""
    where = (reads.c.complete == 1, reads.c.version == "", dialect.id_in(reads.c.case_id, ids))
    return list(connection.execute(select(reads.c.case_id).where(*where).distinct()).scalars())


def referral(connection: Connection, case: int, reader: str) -> str | None:
    """Return why a reader referred a case, or None."""
    where = (reads.c.case_id == case, reads.c.reader == reader)
    return connection.execute(select(reads.c.refer).where(*where)).scalar()


def set_referral(connection: Connection, case: int, reader: str, reason: str | None, at: str) -> None:
    """Store or take back a referral."""
    set_referrals(connection, [case], reader, reason, at)


def set_referrals(
    connection: Connection, cases: list[int], reader: str, reason: str | None, at: str
) -> dict[int, str | None]:
    """Store or take back the referrals of some cases, and return why they were referred before."""
    fresh = {"reader": reader, "at": at, "complete": 0, "corrected": 0, "conflict": 0, "version": ""}
    where = (dialect.id_in(reads.c.case_id, cases), reads.c.reader == reader)
    found = connection.execute(select(reads.c.case_id, reads.c.refer).where(*where))
    before: dict[int, str | None] = {row.case_id: row.refer for row in found}
    connection.execute(dialect.insert_new(reads), [{"case_id": case, "refer": None, **fresh} for case in cases])
    connection.execute(seals.change(reads, *where, refer=reason, at=at))
    return before
