"""Where a table begins: title lines and comments above its header, headers of two rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmdesk.core.errors import TableProblem
from mmdesk.words import tr

LOOKED_AT = 60
"""Rows at the start of a file that the header is looked for in."""
_DEEPEST = 30
"""Rows that may stand above the header."""
_VALUE = re.compile(r"[-+(<>~]?\s*\d[\d.,:/\s%-]*([eE][-+]?\d+)?\)?|\d{1,4}-\w{3}-\d{1,4}|true|false", re.IGNORECASE)
_COMMENT = ("#", "//", "%")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a person chose of where a table stands in its file.

    Attributes:
        sheet: The workbook's sheet; empty to let it be found.
        header: Row of the header, counted from 1; 0 to let it be found.
    """

    sheet: str = ""
    header: int = 0


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table.

    Attributes:
        first: Its row, counted from 1.
        names: Names of the columns, not tidied.
        last: Its last row; the same, or the one below where the header has two rows.
        warnings: What was assumed, as sentences.
    """

    first: int
    names: tuple[str, ...]
    last: int
    warnings: tuple[str, ...] = field(default=())


Start = Sequence[tuple[int, Sequence[str]]]
"""The first rows of a file that are not blank: row number and cells."""


def find_header(start: Start, chosen: int = 0, spans: Sequence[tuple[int, int, int]] = ()) -> Header | None:
    """Find the row that names the columns.

    Args:
        start: The first rows that are not blank, as many as `LOOKED_AT`.
        chosen: The row that a person chose; 0 to find it.
        spans: Merged cells above the data: row, first column and last column, counted from 1 and 0.

    Returns:
        The header, or None where the chosen row holds nothing.
    """
    if not start:
        return None
    if chosen:
        for number, cells in start:
            if number == chosen:
                return Header(number, tuple(cells), number)
        return None
    width = _usual_width([cells for _, cells in start])
    place = _first_full(start, width)
    number, cells = start[place]
    two = _two_rows(start, place, width, spans)
    warnings = []
    if place:
        above = (
            start[0][0] if place == 1 else tr("{start} to {start_2}", start=start[0][0], start_2=start[place - 1][0])
        )
        warnings.append(
            tr(
                "Row {number} is taken for the header; {value} {above} above it {value_2} left out: '{short}'.",
                number=number,
                value="row" if place == 1 else "rows",
                above=above,
                value_2="is" if place == 1 else "are",
                short=_short(start[0][1]),
            )
        )
    if two is not None:
        below = start[place + 1][0]
        warnings.append(
            tr(
                "Rows {number} and {below} are taken for one header: '{two}' has words from both.",
                number=number,
                below=below,
                two=two[1],
            )
        )
        return Header(number, tuple(two[0]), below, tuple(warnings))
    if _looks_like_values(start, place):
        warnings.append(
            tr(
                "Row {number} is taken for the names of the columns, though it looks like values: "
                "'{short}'. A table needs a row of names.",
                number=number,
                short=_short(cells),
            )
        )
    return Header(number, tuple(cells), number, tuple(warnings))


def no_such_header(path: Path, row: int) -> TableProblem:
    """Return what is to be said where the row that was chosen for the header holds nothing."""
    return TableProblem(
        tr("Row {row} of {name} holds nothing, so it cannot name the columns.", row=row, name=path.name),
        do=tr("Choose the row with the names of the columns."),
    )


def is_value(text: str) -> bool:
    """Tell whether a text looks like a number, a date or a time rather than a name."""
    return bool(_VALUE.fullmatch(text.strip()))


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _extent(cells: Sequence[str]) -> int:
    return max((index for index, cell in enumerate(cells, 1) if cell.strip()), default=0)


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return how many columns the rows usually have; of two equally usual widths the larger."""
    counts = Counter(_extent(cells) for cells in rows)
    most = max(counts.values())
    return max(width for width, count in counts.items() if count * 2 > most)


def _first_full(start: Start, width: int) -> int:
    """Return the place of the first row that is no title, comment or remark above the table."""
    for index, (_, cells) in enumerate(start[:_DEEPEST]):
        if index + 1 == len(start):
            break
        filled = _filled(cells)
        below = start[index + 1][1]
        sparse = filled * 2 < min(width, _extent(below)) and not any(map(is_value, below))
        title = filled == 1 < width or sparse
        remark = _is_remark(cells, width) or (filled == 2 < width and cells[0].strip().endswith(":"))
        if not (title or remark) and filled:
            return index
    return 0


def _is_remark(cells: Sequence[str], width: int) -> bool:
    return cells[0].lstrip().startswith(_COMMENT) and _extent(cells) < max(width, 2)


def _two_rows(
    start: Start, place: int, width: int, spans: Sequence[tuple[int, int, int]]
) -> tuple[list[str], str] | None:
    """Return the names of a header of two rows, and one that has words from both; None for one row."""
    if place + 2 >= len(start):
        return None
    number, upper = start[place]
    below, lower = start[place + 1]
    data = [cells for _, cells in start[place + 2 :]]
    gaps = any(not cell.strip() for cell in [*upper, *[""] * (width - len(upper))][1:width])
    merged = {row: (first, last) for row, first, last in spans if row == number and last > first}
    if below != number + 1 or not (gaps or merged) or any(is_value(cell) for cell in (*upper, *lower)):
        return None
    if _extent(lower) < 2 or _same_kind(lower, data):
        return None
    names, both, group, until = [], "", "", -1
    ends = {first: last for row, first, last in spans if row == number}
    for column in range(max(len(upper), len(lower), width)):
        above = upper[column].strip() if column < len(upper) else ""
        under = lower[column].strip() if column < len(lower) else ""
        if above:
            group, until = above, ends.get(column, column if spans else 1 << 30)
        elif column > until:
            group = ""
        names.append(" ".join(part for part in (group, under) if part) if under else above)
        if group and under:
            both = names[-1]
    return (names, both) if both else None


def _same_kind(row: Sequence[str], data: Sequence[Sequence[str]]) -> bool:
    """Tell whether a row may be one of the data: no column below it holds values where it has a word."""
    for column, cell in enumerate(row):
        below = [cells[column] for cells in data if column < len(cells) and cells[column].strip()]
        if cell.strip() and len(below) > 1 and sum(map(is_value, below)) > 0.7 * len(below):
            return False
    return True


def _looks_like_values(start: Start, place: int) -> bool:
    """Tell whether the header has a value wherever the columns below it have one."""
    _, cells = start[place]
    alike = other = 0
    for column, cell in enumerate(cells):
        below = [row[column] for _, row in start[place + 1 :] if column < len(row) and row[column].strip()]
        if below and sum(map(is_value, below)) > 0.7 * len(below):
            alike += is_value(cell)
            other += not is_value(cell)
    return alike > 0 and not other


def _short(cells: Sequence[str]) -> str:
    words = " ".join(" ".join(cells).split())
    return f"{words[:57]}..." if len(words) > 60 else words
