"""The columns of an export that tell what the table and edits say of a case."""

from __future__ import annotations

from collections.abc import Iterable

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing
from mmdesk.services.exporting.columns import Cells, Column, Row
from mmdesk.tabular.writers import Cell


def record_columns(schema: Schema) -> list[Column]:
    """Return inputs and notes under their names; an image as its path, what is missing as an empty cell."""
    fields = [*schema.inputs, *(note for note in schema.notes if note.show != "never")]
    return [
        Column(field.name, str if kind_of(field).is_image else kind_of(field).cell_type, _cell(field))
        for field in fields
    ]


def _cell(field: Field) -> Cells:
    def cell(row: Row) -> Cell:
        value = row.case.inputs.get(field.name) if field.role == "input" else row.case.notes.get(field.name)
        if value is None or isinstance(value, Missing):
            return None
        return value.path if isinstance(value, ImageRef) else kind_of(field).to_cell(value, field)

    return cell


def place_columns() -> list[Column]:
    """Return the case's group and split."""
    return [Column("group", str, lambda row: row.case.group), Column("split", str, lambda row: row.case.split)]


def missing_columns(schema: Schema, rows: Iterable[Row]) -> list[Column]:
    """Return `missing` with the names of the inputs that are not there, and of each that ever lacks the reason."""
    lacking = {name for row in rows for name in row.missing}
    order = [field.name for field in schema.inputs]

    def names(row: Row) -> Cell:
        return "|".join(name for name in order if name in row.missing)

    def why(name: str) -> Cells:
        return lambda row: row.missing[name].say() if name in row.missing else None

    reasons = [Column(f"missing({name})", str, why(name)) for name in order if name in lacking]
    return [Column("missing", str, names), *reasons]
