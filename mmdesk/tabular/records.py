"""Text as records of cells: quotes, line ends, and cells of any length within bounds."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from mmdesk.tabular.table import RowProblem
from mmdesk.words import QT_TR_NOOP, tr

LONGEST_ROW = 16 * 1024 * 1024
"""Characters; a longer row is refused, whatever it holds."""
MOST_LINES = 1_000_000
"""Lines of one row; a quote that is never closed swallows more, each of them a text in memory."""
MOST_CELLS = 100_000
"""Cells of one row, before they are made."""
_MOST_SIGNS = 10 * MOST_CELLS
"""Delimiters in a row with quotes, where most may stand within a cell."""
_ENDS = ("\n", "\r")
_TOO_MANY = QT_TR_NOOP("it has more than {most:,} cells, more columns than a table has")
_TOO_LONG = QT_TR_NOOP("it has more than {millions} million characters, too many for one row")


def read_records(
    path: Path, encoding: str, delimiter: str, skip: int = 0
) -> Iterator[tuple[int, list[str]] | RowProblem]:
    """Yield (row number, cells), and a problem for each row that is too long or whose quotes do not close.

    Args:
        path: The file.
        encoding: Its encoding; bytes that do not fit become a replacement sign.
        delimiter: What stands between cells.
        skip: Lines at the start that are no rows, but are counted.
    """
    csv.field_size_limit(LONGEST_ROW)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = _Lines(file)
        for number, line in enumerate(lines, 1):
            if number <= skip:
                continue
            if line is None:
                yield RowProblem(number, "", tr(_TOO_LONG, millions=LONGEST_ROW >> 20))
            elif '"' not in line and line.count(delimiter) >= MOST_CELLS:
                yield RowProblem(number, "", tr(_TOO_MANY, most=MOST_CELLS))
            elif '"' not in line:
                yield number, line.rstrip("\r\n").replace("\0", "").split(delimiter)
            else:
                yield _quoted(number, line, lines, delimiter)


def _quoted(number: int, line: str, lines: _Lines, delimiter: str) -> tuple[int, list[str]] | RowProblem:
    """Read a record with quotes, which may go on over the next lines."""
    taken = [line]
    size, signs = len(line), line.count(delimiter)
    inside = _ends_inside(line, delimiter, inside=False)
    while inside:
        more = next(lines, None)
        if more is None or size + len(more) > LONGEST_ROW or len(taken) == MOST_LINES:
            lines.give_back([*taken[1:], more] if more is not None else taken[1:])
            too_long = more is not None and len(taken) == 1
            return RowProblem(
                number,
                "",
                tr(_TOO_LONG, millions=LONGEST_ROW >> 20) if too_long else tr("a quote is opened and never closed"),
            )
        taken.append(more)
        size += len(more)
        signs += more.count(delimiter)
        if '"' in more:
            inside = _ends_inside(more, delimiter, inside=True)
    if signs >= _MOST_SIGNS:
        return RowProblem(number, "", tr(_TOO_MANY, most=MOST_CELLS))
    try:
        cells = next(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error:
        lines.give_back(taken[1:])
        return RowProblem(number, "", tr("a quote stands inside a quoted cell"))
    return number, [cell.replace("\0", "") for cell in cells]


def _ends_inside(line: str, delimiter: str, *, inside: bool) -> bool:
    """Tell whether a line ends within a quoted cell; a quote counts only where a cell begins or ends."""
    place = 0
    if not inside:
        inside = line.startswith('"')
        place = int(inside)
    while True:
        if inside:
            place = line.find('"', place)
            if place < 0:
                return True
            if line.startswith('"', place + 1):
                place += 2
                continue
            inside = False
        place = line.find(delimiter, place)
        if place < 0:
            return False
        place += 1
        if line.startswith('"', place):
            inside, place = True, place + 1


class _Lines:
    """The lines of a file, some of which can be given back; None for one that is too long to hold."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._waiting: list[str] = []

    def __iter__(self) -> Iterator[str | None]:
        return self

    def __next__(self) -> str | None:
        if self._waiting:
            return self._waiting.pop()
        line = self._file.readline(LONGEST_ROW)
        if not line:
            raise StopIteration
        if len(line) < LONGEST_ROW or line.endswith(_ENDS):
            return line
        while line and not line.endswith(_ENDS):
            line = self._file.readline(LONGEST_ROW)
        return None

    def give_back(self, lines: list[str]) -> None:
        """Make these the next lines."""
        self._waiting.extend(reversed(lines))
