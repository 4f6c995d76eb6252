"""Frames for a notebook, made of the same columns as exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mmdesk.core.cases.blinding import is_shown
from mmdesk.core.cases.case import Label, Prediction
from mmdesk.core.fields.kind import Storage
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Value, is_present
from mmdesk.services.exporting.choices import Choices
from mmdesk.services.exporting.columns import as_text
from mmdesk.services.exporting.parts import Part
from mmdesk.services.exporting.table import gather
from mmdesk.services.project import Project

_KINDS: Mapping[type, Any] = {str: pl.String, float: pl.Float64, int: pl.Int64, bool: pl.Boolean}
_AT = pl.col("at").str.to_datetime(time_zone="UTC", strict=False)
_EVERY = 1 << 62


def table_frame(
    project: Project,
    choices: Choices,
    reader: str,
    computed: Mapping[str, Mapping[int, Prediction]] | None = None,
) -> pl.DataFrame:
    """Return what an export would hold; dates of the record as dates. See `services.exporting.table.gather`."""
    gathered = gather(project, choices, reader, computed)
    schema = {column.name: _KINDS[column.kind] for column in gathered.columns}
    frame = pl.DataFrame(list(gathered.cells()), schema=schema, orient="row")
    dates = [field.name for field in project.schema if kind_of(field).is_date and field.role != "target"]
    shown = [name for name in dates if Part.RECORD in choices.parts and name in frame.columns]
    return frame.with_columns(pl.col(name).str.to_date("%Y-%m-%d") for name in shown)


def labels_frame(project: Project, reader: str) -> pl.DataFrame:
    """Return one row a label that may be seen."""
    labels = project.seen_labels(reader) if reader else project.store.labels()
    names = {case.id: case.name for case in project.store.cases(list(labels))}
    rows = [
        _label(names[case], target, label)
        for case in sorted(labels)
        for target in project.schema.targets
        for label in labels[case].get(target.name, ())
    ]
    kinds = [pl.String, pl.String, pl.String, pl.String, pl.Float64, pl.String, pl.String]
    heads = ("case", "target", "reader", "value", "number", "missing", "at")
    return pl.DataFrame(rows, schema=dict(zip(heads, kinds, strict=True)), orient="row").with_columns(_AT)


def _label(case: str, target: Field, label: Label) -> tuple[Any, ...]:
    there = is_present(label.value)
    value = as_text(label.value, target) if there else None
    why = label.value.say() if isinstance(label.value, Missing) else None
    return case, target.name, label.reader, value, _number(label.value, target) if there else None, why, label.at


def _number(value: Value, target: Field) -> float | None:
    kind = kind_of(target)
    if isinstance(value, bool | int):
        return float(value)
    return None if kind.storage is Storage.TEXT else float(kind.to_store(value, target))


def versions_frame(project: Project) -> pl.DataFrame:
    """Return one row a model version."""
    rows = [(row.id, row.name, str(row.state), row.parent, row.created) for row in project.store.versions()]
    heads = ("version", "name", "state", "parent", "created")
    return pl.DataFrame(rows, schema=dict.fromkeys(heads, pl.String), orient="row")


def journal_frame(project: Project, reader: str) -> pl.DataFrame:
    """Return the journal; for a reader the own entries and the others' labels that the reader may see."""
    store = project.store
    cases = store.cases()
    names = {case.id: case.name for case in cases}
    entries = store.journal(_EVERY)[::-1]
    if reader:
        known = set(project.read_cases(names, reader))
        seen = {
            (case, target, label.reader)
            for case, by_target in project.seen_labels(reader).items()
            for target, given in by_target.items()
            for label in given
        }
        fields = {field.name: field for field in project.schema}

        def may(case: int | None, field: str, action: str, who: str) -> bool:
            hidden = case is not None and case not in known
            if field in fields and not is_shown(fields[field], hidden=hidden) and fields[field].role != "target":
                return False
            return who == reader or (action == "label" and (case, field, who) in seen)

        entries = [entry for entry in entries if may(entry.case, entry.field, entry.action, entry.reader)]
    rows = [
        (
            entry.seq, entry.at, entry.reader, entry.action, names.get(entry.case or 0), entry.field, entry.old,
            entry.new, entry.why, entry.version,
        )
        for entry in entries
    ]  # fmt: skip
    heads = ("seq", "at", "reader", "action", "case", "field", "old", "new", "why", "version")
    schema = {**dict.fromkeys(heads, pl.String), "seq": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(_AT)
