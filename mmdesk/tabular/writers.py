"""Tables out: CSV, XLSX, Parquet and JSON lines, written whole or not at all."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmdesk.core.disk import is_full
from mmdesk.core.errors import DiskFull, TableProblem
from mmdesk.support.unfinished import whole
from mmdesk.words import QT_TR_NOOP, tr

Cell = str | float | int | bool | None
"""An output cell; None is an empty one."""
RESEARCH = QT_TR_NOOP("For research use. Made with mmdesk.")
_NO_ROOM = 1 << 16
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula begins, also in the wide forms that some spreadsheets take for the same."""


def write_table(path: Path, columns: Mapping[str, type], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a table in the format that the file's ending names; return the number of rows.

    In CSV and XLSX a text that a spreadsheet would run as a formula gets a leading quote sign.

    Args:
        path: Ends with `.csv`, `.tsv`, `.xlsx`, `.parquet` or `.jsonl`; replaced when it is there.
        columns: Python type (`str`, `float`, `int`, `bool`) of each column by name.
        rows: Cells in the order of the columns.

    Raises:
        TableProblem: The ending is none of these, or the place cannot be written.
        DiskFull: There is no room.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise TableProblem(
            tr("mmdesk does not write tables that end with '{suffix}'.", suffix=path.suffix),
            tr("Nothing is written."),
            tr("Use one of {writers}.", writers=", ".join(_WRITERS)),
        )
    try:
        with whole(path) as partial:
            count = writer(partial, columns, rows)
    except Exception as problem:
        if is_full(problem):
            raise DiskFull(
                tr("The disk is full: {name} does not fit.", name=path.name), do=tr("Free some space and try again.")
            ) from None
        if not isinstance(problem, OSError):
            raise
        raise TableProblem(
            tr("{name} cannot be written.", name=path.name),
            tr("Nothing is written."),
            tr("Choose another place."),
            details=str(problem),
        ) from None
    return count


def defused(cell: Cell) -> Cell:
    """Return a text that no spreadsheet runs as a formula; other cells as they are.

    Example:
        >>> defused("=1+1"), defused(-3.5), defused("-")
        ("'=1+1", -3.5, '-')
    """
    if isinstance(cell, str) and len(cell) > 1 and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell


def _write_csv(path: Path, columns: Mapping[str, type], rows: Iterable[Sequence[Cell]]) -> int:
    delimiter = "\t" if ".tsv." in path.name.lower() else ","
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=delimiter)
        out.writerow([defused(name) for name in columns])
        for row in rows:
            out.writerow([_plain(defused(cell)) for cell in row])
            count += 1
        _settle(file.fileno(), file.flush)
    return count


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    return cell


def _write_jsonl(path: Path, columns: Mapping[str, type], rows: Iterable[Sequence[Cell]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n")
            count += 1
        _settle(file.fileno(), file.flush)
    return count


def _write_xlsx(path: Path, columns: Mapping[str, type], rows: Iterable[Sequence[Cell]]) -> int:
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    count = 0
    try:
        with xlsxwriter.Workbook(str(path), options) as book:
            book.set_properties({"title": "Cases", "comments": tr(RESEARCH)})
            sheet = book.add_worksheet("cases")
            sheet.set_footer(f"&L{tr(RESEARCH)}")
            sheet.freeze_panes(1, 1)
            sheet.write_row(0, 0, [defused(name) for name in columns])
            for count, row in enumerate(rows, 1):
                for index, cell in enumerate(row):
                    if cell is not None and _write_cell(sheet, count, index, cell):
                        raise TableProblem(
                            tr("Row {count} does not fit an XLSX file.", count=count + 1),
                            tr("Nothing is written."),
                            tr("Write CSV or Parquet."),
                        )
    except xlsxwriter.exceptions.FileCreateError as problem:
        raise OSError(problem.args[0].errno if problem.args else None, str(problem)) from None
    return count


def _write_cell(sheet: Any, row: int, place: int, cell: Cell) -> bool:
    """Write a cell; tell whether it did not fit."""
    if isinstance(cell, str):
        return bool(sheet.write_string(row, place, str(defused(cell))))
    return bool(sheet.write(row, place, cell))


def _write_parquet(path: Path, columns: Mapping[str, type], rows: Iterable[Sequence[Cell]]) -> int:
    import polars

    kinds = {str: polars.String, float: polars.Float64, int: polars.Int64, bool: polars.Boolean}
    frame = polars.DataFrame(
        [tuple(row) for row in rows],
        schema={name: kinds[kind] for name, kind in columns.items()},
        orient="row",
    )
    try:
        frame.write_parquet(path, metadata={"mmdesk": tr(RESEARCH)})
    except polars.exceptions.PolarsError as problem:
        if shutil.disk_usage(path.parent).free < _NO_ROOM:  # its words do not say so
            raise OSError(errno.ENOSPC, str(problem)) from problem
        raise
    return frame.height


def _settle(handle: int, flush: Callable[[], None]) -> None:
    flush()
    os.fsync(handle)


_WRITERS: dict[str, Callable[[Path, Mapping[str, type], Iterable[Sequence[Cell]]], int]] = {
    ".csv": _write_csv,
    ".tsv": _write_csv,
    ".xlsx": _write_xlsx,
    ".parquet": _write_parquet,
    ".jsonl": _write_jsonl,
}
