"""The case table: made and altered from the schema, read as whole cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Row, Table, select

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.errors import SchemaProblem
from mmdesk.core.fields.kind import Storage
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Value
from mmdesk.storage.database import dialect
from mmdesk.storage.database.cells import Cells, input_reader, to_cells
from mmdesk.storage.database.tables import fields
from mmdesk.words import tr

_Reader = tuple[str, Callable[..., Any], int, int, int]
MOST_FIELDS = 600
"""A row of SQLite has at most 2000 columns; a field takes up to three."""


@dataclass(frozen=True, slots=True)
class FieldColumns:
    """Where the case table keeps a field.

    Attributes:
        field: The field.
        value: Column of its value.
        missing: Column of why it is missing.
        facts: Column of an image's facts, else None.
    """

    field: Field
    value: Column[Any]
    missing: Column[Any]
    facts: Column[Any] | None

    @property
    def all(self) -> tuple[Column[Any], ...]:
        """The columns, in the order of `Cells`."""
        return (self.value, self.missing) if self.facts is None else (self.value, self.missing, self.facts)

    def named(self, cells: Cells) -> dict[str, Any]:
        """Return cells by column name."""
        return {column.name: cell for column, cell in zip(self.all, cells, strict=False)}


class CaseTable:
    """The case table of one schema.

    Attributes:
        table: For statements.
        columns: Where each input and note is kept, by field name.
    """

    def __init__(self, schema: Schema, numbers: Mapping[str, int]) -> None:
        kept = [field for field in schema if field.role != "target"]
        names: list[tuple[str, Storage]] = []
        for field in kept:
            number = numbers[field.name]
            names += [(f"f{number}", kind_of(field).storage), (f"m{number}", Storage.TEXT)]
            names += [(f"x{number}", Storage.TEXT)] if kind_of(field).is_image else []
        self.table: Table = dialect.case_table(MetaData(), names)
        self.columns = {field.name: self._columns(field, numbers[field.name]) for field in kept}
        self._readers = [(entry, input_reader(entry.field)) for entry in self.columns.values()]

    def _columns(self, field: Field, number: int) -> FieldColumns:
        at = self.table.c
        facts = at[f"x{number}"] if kind_of(field).is_image else None
        return FieldColumns(field, at[f"f{number}"], at[f"m{number}"], facts)

    def row(self, values: Mapping[str, Value | ImageRef]) -> dict[str, Any]:
        """Return the cells of inputs and notes by column name; a field not given is absent."""
        row: dict[str, Any] = {}
        for name, entry in self.columns.items():
            row.update(entry.named(to_cells(values.get(name), entry.field)))
        return row

    def read(self, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Case]:
        """Return the cases of rows selected with all columns of `table`, in their order."""
        places = {column.name: index for index, column in enumerate(self.table.columns)}
        inputs: list[_Reader] = []
        notes: list[_Reader] = []
        for entry, reader in self._readers:
            value, missing = places[entry.value.name], places[entry.missing.name]
            facts = places[entry.facts.name] if entry.facts is not None else missing
            where = inputs if entry.field.role == "input" else notes
            where.append((entry.field.name, reader, value, missing, facts))
        return [
            Case(
                id=row[0],
                name=row[1],
                group=row[2],
                split=row[3],
                inputs={name: read(row[v], row[m], row[x]) for name, read, v, m, x in inputs},
                notes={name: read(row[v], row[m], row[x]) for name, read, v, m, x in notes},
                problem=row[4],
            )
            for row in rows
        ]


def sync_fields(connection: Connection, schema: Schema) -> CaseTable:
    """Make the case table fit the schema and return it; columns are added, never taken away.

    Raises:
        SchemaProblem: A field changed its kind, or there are too many fields.
    """
    known = {row.name: row for row in connection.execute(select(fields))}
    if len(known.keys() | {field.name for field in schema}) > MOST_FIELDS:
        raise SchemaProblem(
            tr("A project has at most {most_fields} fields.", most_fields=MOST_FIELDS),
            do=tr("Leave out columns that nobody needs."),
        )
    fresh = [field for field in schema if field.name not in known]
    for field in schema:
        if field.name in known and (known[field.name].kind, known[field.name].role == "target") != (
            field.kind,
            field.role == "target",
        ):
            raise SchemaProblem(
                tr(
                    "project.toml makes '{name}' a {role} of kind {kind}, "
                    "but it was made as a {role_2} of kind {kind_2}.",
                    name=field.name,
                    role=field.role,
                    kind=field.kind,
                    role_2=known[field.name].role,
                    kind_2=known[field.name].kind,
                ),
                do=tr("Put the kind back, or give the new field another name."),
            )
    for field in fresh:
        connection.execute(fields.insert().values(name=field.name, role=field.role, kind=field.kind))
    numbers = field_numbers(connection)
    made = CaseTable(schema, numbers)
    if not known:
        dialect.make_table(connection, made.table)
        return made
    for field in fresh:
        if field.role != "target":
            number = numbers[field.name]
            dialect.add_column(connection, "cases", f"f{number}", kind_of(field).storage)
            dialect.add_column(connection, "cases", f"m{number}", Storage.TEXT)
            if kind_of(field).is_image:
                dialect.add_column(connection, "cases", f"x{number}", Storage.TEXT)
    return made


def field_numbers(connection: Connection) -> dict[str, int]:
    """Return the number of each field's columns by its name."""
    return {row.name: row.id for row in connection.execute(select(fields.c.name, fields.c.id))}


def fits(connection: Connection, schema: Schema) -> bool:
    """Tell whether the case table already has every field of the schema, in its kind."""
    known = {
        row.name: (row.kind, row.role == "target")
        for row in connection.execute(select(fields.c.name, fields.c.kind, fields.c.role))
    }
    return all(known.get(field.name) == (field.kind, field.role == "target") for field in schema)
