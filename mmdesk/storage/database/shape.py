"""Whether the tables of a database are there as they were made."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.engine import Inspector


def misshapen(connection: Connection, tables: Iterable[Table]) -> list[str]:
    """Return the names of the tables that are not there as they were made."""
    found = inspect(connection)
    return [table.name for table in tables if not _is_as_made(found, table)]


def _is_as_made(found: Inspector, table: Table) -> bool:
    if not found.has_table(table.name):
        return False
    columns = {row["name"]: (str(row["type"]), row["nullable"]) for row in found.get_columns(table.name)}
    made = {at.name: (str(at.type), bool(at.nullable)) for at in table.columns}
    if any(columns.get(name) != shape for name, shape in made.items()):
        return False
    owners = {(key["referred_table"], *key["referred_columns"]) for key in found.get_foreign_keys(table.name)}
    wanted = {(key.column.table.name, key.column.name) for key in table.foreign_keys}
    keys = found.get_pk_constraint(table.name)["constrained_columns"]
    indexes = {str(index["name"]) for index in found.get_indexes(table.name)}
    return (
        owners == wanted
        and keys == [at.name for at in table.primary_key]
        and indexes >= {str(index.name) for index in table.indexes}
    )
