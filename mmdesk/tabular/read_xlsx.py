"""XLSX, by openpyxl, which is imported only here and late; rows stream and are never all in memory."""

from __future__ import annotations

import re
import warnings as python_warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from mmdesk.core.errors import Situation, TableProblem
from mmdesk.tabular.layout import LOOKED_AT, Layout, find_header, no_such_header
from mmdesk.tabular.merged import Merged, merged_in
from mmdesk.tabular.read_jsonl import as_text
from mmdesk.tabular.table import RowProblem, Table, TablePlace, TableRow, fit_row, tidy_columns
from mmdesk.tabular.workbook_limits import refuse_large
from mmdesk.words import tr

_MOST_ROWS = 1 << 20
"""Rows that a sheet can have in a spreadsheet program."""
_MIDNIGHT = " 00:00:00"
_ZEROS = re.compile(r"0{2,}")


def open_xlsx(path: Path, layout: Layout | None = None) -> Table:
    """Open one sheet of a workbook: the chosen one, or the visible one that looks most like a table.

    Args:
        path: The workbook.
        layout: Sheet and header as a person chose them.

    Raises:
        TableProblem: It is no workbook, too large, or empty.
    """
    layout = layout or Layout()
    _refuse_large(path)
    with _book(path) as book:
        states = {sheet.title: sheet.sheet_state for sheet in book.worksheets}
        starts = {name: _start(book[name]) for name in states if layout.sheet in ("", name)}
    if not states or not any(starts.values()):
        raise _nothing_in(path, layout.sheet, list(states))
    sheet = layout.sheet or _most_table(starts, states)
    merged = merged_in(path, sheet)
    start = starts[sheet]
    if layout.header and all(number != layout.header for number, _ in start):
        start = list(_rows(path, sheet, Merged(), upto=layout.header))
    header = find_header(start, layout.header, merged.above(start[0][0] + LOOKED_AT))
    if header is None:
        raise no_such_header(path, layout.header)
    columns, renamed = tidy_columns(_trimmed(header.names), path)
    merged.starting(header.last + 1)

    def read() -> Iterator[TableRow | RowProblem]:
        for number, cells in _rows(path, sheet, merged, after=header.last):
            row = fit_row(number, cells, len(columns))
            if row is not None:
                yield TableRow(row.number, row.cells) if isinstance(row, TableRow) else row

    said = [*_about_sheets(sheet, states), *header.warnings, *renamed, *merged.warnings(columns)]
    place = TablePlace(header.first, sheet, tuple(states))
    return Table(path, columns, tuple(said), read, place=place)


def _trimmed(names: Sequence[str]) -> list[str]:
    """Return the names without empty ones at the end, which formatted cells leave."""
    last = max((index for index, name in enumerate(names, 1) if name.strip()), default=len(names))
    return list(names[:last])


def _refuse_large(path: Path) -> None:
    """Refuse a workbook whose parts would not fit, before any is unpacked.

    Raises:
        TableProblem: It is too large, or no workbook.
    """
    try:
        refuse_large(path)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError) as problem:
        raise _unreadable(path, problem) from None


@contextmanager
def _book(path: Path) -> Iterator[Any]:
    """Open a workbook and close it again; whatever a damaged one raises becomes a sentence.

    Raises:
        TableProblem: It is damaged.
    """
    import openpyxl

    # What openpyxl warns of (styles, drop-down lists) says nothing about cells.
    python_warnings.filterwarnings("ignore", module=r"openpyxl\.")
    book = None
    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            yield book
    except Situation:
        raise
    except Exception as problem:  # noqa: BLE001  (a damaged part raises nearly anything)
        raise _unreadable(path, problem) from None
    finally:
        if book is not None:
            book.close()


def _unreadable(path: Path, problem: Exception) -> TableProblem:
    return TableProblem(
        tr("{name} cannot be read as a workbook.", name=path.name),
        do=tr("Open it in a spreadsheet program and save it again."),
        details=str(problem),
    )


def _nothing_in(path: Path, wanted: str, sheets: Sequence[str]) -> TableProblem:
    if wanted and wanted not in sheets:
        return TableProblem(
            tr("{name} has no sheet '{wanted}'.", name=path.name, wanted=wanted),
            do=tr("Its sheets are {sheets}.", sheets=", ".join(sheets)),
        )
    what = (
        tr("The sheet '{wanted}' of {name}", wanted=wanted, name=path.name)
        if wanted
        else tr("The table {name}", name=path.name)
    )
    return TableProblem(tr("{what} is empty.", what=what), do=tr("Choose another file."))


def _start(sheet: Any) -> list[tuple[int, list[str]]]:
    sheet.reset_dimensions()
    filled = ((number, cells) for number, cells in _texts(sheet, 1) if any(cell.strip() for cell in cells))
    return list(islice(filled, LOOKED_AT))


def _most_table(starts: dict[str, list[tuple[int, list[str]]]], states: dict[str, str]) -> str:
    """Return the sheet that looks most like a table; a hidden one only where nothing else is there."""

    def score(name: str) -> tuple[bool, int]:
        rows = [sum(bool(cell.strip()) for cell in cells) for _, cells in starts[name]]
        return states[name] == "visible", sum(count for count in rows if count > 1)

    best = max(starts, key=score)
    first = next((name for name in starts if states[name] == "visible" and starts[name]), best)
    # The first of several sheets that all look like tables is the one that a person sees first.
    return first if score(first)[1] * 4 >= score(best)[1] else best


def _about_sheets(sheet: str, states: dict[str, str]) -> list[str]:
    if len(states) < 2:
        return []
    others = [
        f"'{name}'" + ("" if state == "visible" else " (hidden)") for name, state in states.items() if name != sheet
    ]
    hidden = "" if states[sheet] == "visible" else tr(", which is hidden,")
    return [
        tr(
            "The workbook has {count} sheets; '{sheet}'{hidden} is read, not {others}.",
            count=len(states),
            sheet=sheet,
            hidden=hidden,
            others=", ".join(others),
        )
    ]


def _rows(path: Path, sheet: str, merged: Merged, *, after: int = 0, upto: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield row numbers and cells of the rows after one, merged cells filled down."""
    filled = merged.filler()
    with _book(path) as book:
        found = book[sheet]
        found.reset_dimensions()
        for number, cells in _texts(found, after + 1, padded=merged.padded):
            if upto and number > upto:
                return
            yield number, filled(number, cells)


def _texts(sheet: Any, first: int, *, padded: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Yield row numbers and texts; `padded` tells whether a number may be shown with leading zeros."""
    for number, cells in enumerate(sheet.iter_rows(min_row=first, values_only=not padded), first):
        if number > _MOST_ROWS:
            raise TableProblem(
                tr(
                    "The sheet '{title}' has more than {most_rows:,} rows, more than a sheet can have.",
                    title=sheet.title,
                    most_rows=_MOST_ROWS,
                ),
                do=tr("Save it as CSV and import that."),
            )
        if padded:
            yield number, [_text(cell.value, cell.number_format) for cell in cells]
        else:
            yield number, [_text(value) for value in cells]


def _text(value: Any, shown: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, datetime | date | time):
        return _tidy(str(value)).removesuffix(_MIDNIGHT)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).zfill(len(shown)) if _ZEROS.fullmatch(shown) and value >= 0 else str(value)
    return as_text(value)


def _tidy(text: str) -> str:
    return text.rstrip("0") if "." in text else text


def _duration(value: timedelta) -> str:
    """Return a duration as hours, minutes and seconds; hours may be more than a day's."""
    seconds = round(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours}:{rest // 60:02}:{rest % 60:02}"
