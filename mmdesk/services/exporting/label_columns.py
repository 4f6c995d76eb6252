"""The columns of an export that tell what readers said of a case."""

from __future__ import annotations

from mmdesk.core.cases.case import Label
from mmdesk.core.cases.truth import counting_label
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import is_present
from mmdesk.services.cases.reads import Read
from mmdesk.services.exporting.columns import Column, Row, as_text
from mmdesk.tabular.writers import Cell


def counting_columns(target: Field, rule: str | None) -> list[Column]:
    """Return the label that counts under the target's name, and whose it is, and from when."""

    def newest(row: Row) -> Label | None:
        given = row.labels.get(target.name, {}).values()
        judged = any(is_present(label.value) for label in given)
        return counting_label(given, rule) if judged else max(given, key=lambda label: label.at, default=None)

    def text(row: Row) -> Cell:
        label = newest(row)
        return as_text(label.value, target) if label else None

    def who(row: Row) -> Cell:
        label = newest(row)
        return label.reader if label else None

    def when(row: Row) -> Cell:
        label = newest(row)
        return label.at if label else None

    name = target.name
    return [Column(name, str, text), Column(f"reader({name})", str, who), Column(f"time({name})", str, when)]


def reader_columns(target: Field, reader: str) -> list[Column]:
    """Return what one reader says of a target, and since when."""

    def text(row: Row) -> Cell:
        label = row.labels.get(target.name, {}).get(reader)
        return as_text(label.value, target) if label else None

    def when(row: Row) -> Cell:
        label = row.labels.get(target.name, {}).get(reader)
        return label.at if label and label.value is not None else None

    name = f"{target.name}@{reader}"
    return [Column(f"label({name})", str, text), Column(f"time({name})", str, when)]


def read_columns(target: Field, reader: str) -> list[Column]:
    """Return what a reader said before and after seeing the model, and which version it was."""

    def read(row: Row) -> Read:
        return row.reads.get((target.name, reader), Read())

    name = f"{target.name}@{reader}"
    return [
        Column(f"before({name})", str, lambda row: as_text(read(row).before, target)),
        Column(f"after({name})", str, lambda row: as_text(read(row).after, target)),
        Column(f"saw({name})", str, lambda row: read(row).version or None),
    ]


def comment_column(target: Field, reader: str) -> Column:
    """Return the reason that a reader gave for a label."""

    def why(row: Row) -> Cell:
        return row.reads.get((target.name, reader), Read()).why or None

    return Column(f"comment({target.name}@{reader})", str, why)


def status_column(reader: str) -> Column:
    """Return a reader's status of the case."""

    def status(row: Row) -> Cell:
        state = row.states.get(reader)
        return str(state.status) if state else None

    return Column(f"status({reader})", str, status)


def referral_columns(reader: str) -> list[Column]:
    """Return whether a reader refers the case, and why."""

    def referred(row: Row) -> Cell:
        state = row.states.get(reader)
        return None if state is None else state.refer is not None

    def why(row: Row) -> Cell:
        state = row.states.get(reader)
        return (state.refer or None) if state else None

    return [Column(f"referred({reader})", bool, referred), Column(f"reason({reader})", str, why)]
