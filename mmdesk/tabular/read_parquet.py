"""Parquet, by polars, which is imported only here and late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from mmdesk.core.errors import TableProblem
from mmdesk.tabular.read_jsonl import as_text
from mmdesk.tabular.table import RowProblem, Table, TableRow, fit_row, tidy_columns
from mmdesk.words import tr

_BLOCK = 4096
_MIDNIGHT = " 00:00:00"


def open_parquet(path: Path) -> Table:
    """Open a Parquet file, which is read in blocks; lists become JSON texts.

    Raises:
        TableProblem: It is damaged or has no columns.
    """
    import polars

    try:
        frame = polars.scan_parquet(path)
        names = frame.collect_schema().names()
        height = int(frame.select(polars.len()).collect().item())
    except (polars.exceptions.PolarsError, OSError) as problem:
        raise _unreadable(path, problem) from None
    columns, warnings = tidy_columns(names, path)

    def read() -> Iterator[TableRow | RowProblem]:
        for start in range(0, height, _BLOCK):
            try:
                block = frame.slice(start, _BLOCK).collect()
            except (polars.exceptions.PolarsError, OSError) as problem:
                raise _unreadable(path, problem) from None
            for number, cells in enumerate(block.iter_rows(), start + 2):
                row = fit_row(number, [_cell(cell) for cell in cells], len(columns))
                if row is not None:
                    yield row

    return Table(path, columns, tuple(warnings), read)


def _unreadable(path: Path, problem: Exception) -> TableProblem:
    return TableProblem(
        tr("{name} cannot be read as a Parquet file.", name=path.name), do=tr("Make it again."), details=str(problem)
    )


def _cell(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat().replace("T", " ").removesuffix(_MIDNIGHT)
    if isinstance(value, bytes):
        return value.hex()
    return as_text(value)
