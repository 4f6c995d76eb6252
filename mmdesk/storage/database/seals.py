"""Seals: each row that matters carries a digest of its own cells.

SQLite does not see a value that another program wrote or that a fault of the disk flipped. A row
that is inserted is sealed by the default of its column, one that is changed by `change`. A seal
tells of damage and of careless hands; it cannot stop somebody who seals anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    REAL,
    BindParameter,
    Column,
    ColumnClause,
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    Table,
    Text,
    bindparam,
    func,
    literal,
    select,
    update,
)
from sqlalchemy import column as light_column
from sqlalchemy import table as light_table
from sqlalchemy.sql.dml import Update

from mmdesk.storage.database.cells import in_json

SEAL = "seal"
FUNCTION = "mmdesk_seal"
"""The function of a connection that makes a seal within a statement."""


def seal_of(table: str, *cells: Any) -> str:
    """Return the seal of a row's cells."""
    return blake2b(in_json([table, *cells]).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def column(*over: str) -> Column[str]:
    """Return the column that holds a table's seals.

    Args:
        over: The columns that are sealed; when none are named, all that a writer gives.
    """
    return Column(SEAL, Text, nullable=False, default=_seal_inserted, info={"over": over})


def of_row(table: Table, row: Mapping[str, Any] | RowMapping) -> str:
    """Return the seal of a row that is given by column name; a cell not given is empty."""
    return seal_of(table.name, *(_stored(real, row.get(name)) for name, real in _sealed(table)))


def change(table: Table, *where: ColumnElement[bool], **values: Any) -> Update:
    """Return an update that seals the rows anew.

    Args:
        table: A sealed table.
        where: Which rows.
        values: New cells by column name; a `bindparam` is given with the rows.
    """
    cells: list[ColumnElement[Any]] = []
    for name, _ in _sealed(table):
        at = table.c[name]
        if name not in values:
            cells.append(at)
        elif isinstance(values[name], BindParameter):
            cells.append(values[name])
        else:
            cells.append(bindparam(None, values[name], type_=at.type, unique=True))
    fresh = getattr(func, FUNCTION)(literal(table.name), *cells)
    return update(table).where(*where).values({**values, SEAL: fresh})


def broken(connection: Connection, table: Table) -> Iterator[RowMapping]:
    """Yield the rows whose cells are not those that were sealed."""
    for row in connection.execute(select(table)).mappings():
        if row[SEAL] != of_row(table, row):
            yield row


def renew(connection: Connection, table: str, names: Iterable[str]) -> None:
    """Seal all rows of a table, as a migration has to whose statements seal none."""
    named: list[ColumnClause[Any]] = [light_column(name) for name in names]
    rows = light_table(table, light_column(SEAL), *named)
    connection.execute(rows.update().values({SEAL: getattr(func, FUNCTION)(literal(table), *named)}))


def _seal_inserted(context: Any) -> str:
    return of_row(context.current_column.table, context.get_current_parameters())


@cache
def _sealed(table: Table) -> tuple[tuple[str, bool], ...]:
    """Return the names of the sealed columns, and whether each holds fractions."""
    over = table.c[SEAL].info["over"]
    return tuple((at.name, isinstance(at.type, REAL)) for at in table.columns if at.name in over or _is_given(at, over))


def _is_given(at: Column[Any], over: tuple[str, ...]) -> bool:
    """Tell whether a writer gives the cell: not the seal, nor a number that the database gives."""
    numbered = at.primary_key and isinstance(at.type, Integer) and len(at.table.primary_key) == 1
    return not over and at.name != SEAL and not numbered


def _stored(real: bool, cell: Any) -> Any:
    """Return a cell as the database gives it back."""
    return float(cell) if real and cell is not None else cell
