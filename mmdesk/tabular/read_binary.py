"""XLSX and Parquet, by polars and fastexcel, which are imported only here and late."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmdesk.core.errors import TableProblem
from mmdesk.tabular.read_jsonl import as_text
from mmdesk.tabular.table import Row, RowProblem, Table, fit_row, tidy_columns

if TYPE_CHECKING:
    import polars

_MOST_BYTES = 2 << 30
"""Unpacked size above which a workbook is refused."""
_BLOCK = 4096
_MIDNIGHT = " 00:00:00"


def open_xlsx(path: Path) -> Table:
    """Open the first sheet of a workbook; its first row is the header.

    Raises:
        TableProblem: It is no workbook, too large, or empty.
    """
    import fastexcel

    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > _MOST_BYTES:
            raise TableProblem(f"{path.name} is too large to open.", do="Save it as CSV and import that.")
        book = fastexcel.read_excel(path)
        frame = book.load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except (zipfile.BadZipFile, fastexcel.FastExcelError, OSError) as problem:
        raise TableProblem(
            f"{path.name} cannot be read as a workbook.",
            do="Open it in a spreadsheet program and save it again.",
            details=str(problem),
        ) from None
    if not frame.height:
        raise TableProblem(f"The table {path.name} is empty.", do="Choose another file.")
    columns, warnings = tidy_columns([cell or "" for cell in frame.row(0)], path)
    if len(book.sheet_names) > 1:
        warnings.insert(
            0, f"The workbook has {len(book.sheet_names)} sheets; '{book.sheet_names[0]}' is read."
        )

    def read() -> Iterator[Row | RowProblem]:
        for number, cells in _rows(frame, first=1):
            row = fit_row(number, [_without_midnight(cell) for cell in cells], len(columns))
            if row is not None:
                yield row

    return Table(path, columns, tuple(warnings), read)


def open_parquet(path: Path) -> Table:
    """Open a Parquet file; lists become JSON texts.

    Raises:
        TableProblem: It is damaged or has no columns.
    """
    import polars

    try:
        frame = polars.read_parquet(path)
    except (polars.exceptions.PolarsError, OSError) as problem:
        raise TableProblem(
            f"{path.name} cannot be read as a Parquet file.", do="Make it again.", details=str(problem)
        ) from None
    columns, warnings = tidy_columns(frame.columns, path)

    def read() -> Iterator[Row | RowProblem]:
        for number, cells in _rows(frame, first=0):
            row = fit_row(number + 1, [_cell(cell) for cell in cells], len(columns))
            if row is not None:
                yield row

    return Table(path, columns, tuple(warnings), read)


def _rows(frame: polars.DataFrame, first: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield (place counted from 1, cells) from row `first` on."""
    for start in range(first, frame.height, _BLOCK):
        block = frame.slice(start, min(_BLOCK, frame.height - start))
        yield from enumerate(block.iter_rows(), start + 1)


def _without_midnight(cell: str | None) -> str:
    return (cell or "").removesuffix(_MIDNIGHT)


def _cell(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat().replace("T", " ").removesuffix(_MIDNIGHT)
    if isinstance(value, bytes):
        return value.hex()
    return as_text(value)
