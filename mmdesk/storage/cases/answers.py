"""Labels and predictions as rows: kept apart, never over one another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from mmdesk.core.cases.case import Label, Prediction, TargetPrediction
from mmdesk.core.fields.kind import Storage
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Plain, Value
from mmdesk.storage.database import dialect, seals
from mmdesk.storage.database.cells import Cells, from_cells, in_json
from mmdesk.storage.database.tables import labels, predictions

Labels = dict[int, dict[str, list[Label]]]


def label_row(case: int, field: Field, reader: str, cells: Cells, version: str, at: str) -> dict[str, Any]:
    """Return a label as a row of its table."""
    numeric = kind_of(field).storage is not Storage.TEXT
    return {
        "case_id": case,
        "target": field.name,
        "reader": reader,
        "number": float(cells.value) if numeric and cells.value is not None else None,
        "words": None if numeric else cells.value,
        "missing": cells.missing,
        "version": version,
        "at": at,
    }


def label_cells(field: Field, number: float | None, words: str | None, missing: str | None) -> Cells:
    """Return the cells of a label's row."""
    storage = kind_of(field).storage
    if storage is Storage.TEXT:
        return Cells(words, missing)
    whole = storage is Storage.WHOLE and number is not None
    return Cells(int(number) if whole and number is not None else number, missing)


def read_labels(
    connection: Connection,
    schema: Schema,
    ids: Iterable[int] | None = None,
    seen: ColumnElement[bool] | None = None,
) -> Labels:
    """Return labels by case and target, `reference` first, then by time.

    Args:
        connection: Where to read.
        schema: The fields.
        ids: Of these cases; of all when None.
        seen: A further condition, such as whose eyes they are for, see `storage.cases.seen`.
    """
    columns = [labels.c[name] for name in ("case_id", "target", "reader", "number", "words", "missing", "at")]
    query = select(*columns).order_by(labels.c.at)
    if ids is not None:
        query = query.where(dialect.id_in(labels.c.case_id, ids))
    if seen is not None:
        query = query.where(seen)
    targets = {field.name: field for field in schema.targets}
    found: Labels = {}
    for case, target, reader, number, words, missing, at in connection.execute(query):
        field = targets.get(target)
        if field is not None:
            value: Value = from_cells(label_cells(field, number, words, missing), field)  # type: ignore[assignment]
            found.setdefault(case, {}).setdefault(target, []).append(Label(value, reader, at))
    return found


def save_predictions(connection: Connection, schema: Schema, rows: Iterable[Prediction], at: str) -> list[int]:
    """Store predictions in place of earlier ones of the same version; return the cases."""
    stored = [_row(schema, row, at) for row in rows]
    if stored:
        connection.execute(dialect.upsert(predictions, ("version", "case_id")), stored)
    return [row["case_id"] for row in stored]


def read_predictions(
    connection: Connection, schema: Schema, version: str, ids: Iterable[int] | None = None
) -> dict[int, Prediction]:
    """Return a version's predictions by case."""
    query = select(predictions).where(predictions.c.version == version)
    if ids is not None:
        query = query.where(dialect.id_in(predictions.c.case_id, ids))
    targets = {field.name: field for field in schema.targets}
    return {
        row.case_id: Prediction(
            case=row.case_id,
            version=row.version,
            targets=_targets(row.targets, targets),
            missing=_names(row.missing),
            unlike=_names(row.unlike),
            inputs_hash=row.inputs_hash,
            at=row.at,
            stale=bool(row.stale),
        )
        for row in connection.execute(query)
    }


def make_stale(connection: Connection, cases: Iterable[int]) -> None:
    """Mark every prediction of some cases as made from other inputs."""
    where = dialect.id_in(predictions.c.case_id, cases)
    connection.execute(seals.change(predictions, where, stale=1))


def drop_predictions(connection: Connection, version: str, ids: Iterable[int] | None) -> None:
    """Take away a version's predictions, of some cases or of all."""
    statement = predictions.delete().where(predictions.c.version == version)
    if ids is not None:
        statement = statement.where(dialect.id_in(predictions.c.case_id, ids))
    connection.execute(statement)


def _row(schema: Schema, prediction: Prediction, at: str) -> dict[str, Any]:
    return {
        "version": prediction.version,
        "case_id": prediction.case,
        "targets": in_json(dict(_answers(schema, prediction.targets))),
        "missing": "|".join(prediction.missing),
        "unlike": "|".join(prediction.unlike),
        "inputs_hash": prediction.inputs_hash,
        "at": prediction.at or at,
        "stale": int(prediction.stale),
    }


def _answers(schema: Schema, targets: Mapping[str, TargetPrediction]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, answer in targets.items():
        field = schema.field(name)
        stored: dict[str, Any] = {"v": kind_of(field).to_store(answer.value, field)}
        if answer.probabilities:
            stored["p"] = {option: round(float(p), 6) for option, p in answer.probabilities.items()}
        if answer.low is not None:
            stored["l"] = float(answer.low)
        if answer.high is not None:
            stored["h"] = float(answer.high)
        yield name, stored


def _targets(text: str, fields: Mapping[str, Field]) -> dict[str, TargetPrediction]:
    found = {}
    for name, stored in json.loads(text).items():
        if field := fields.get(name):
            value: Plain | Missing = kind_of(field).from_store(stored["v"], field)
            if isinstance(value, Missing):
                continue  # the version answered with an option that the schema does not list any more
            found[name] = TargetPrediction(value, stored.get("p", {}), stored.get("l"), stored.get("h"))
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()
