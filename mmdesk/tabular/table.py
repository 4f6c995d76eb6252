"""A table of texts, whatever file it comes from, read row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mmdesk.core.errors import TableProblem
from mmdesk.words import tr

MOST_COLUMNS = 16_384
"""As many as a spreadsheet has."""
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
"""Signs of no width, which come along when text is copied from a page; nobody sees "m" differ by one."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table.

    Attributes:
        number: As a spreadsheet shows it; the header is usually row 1.
        cells: One text a column; empty where the table has nothing.
        short: How many cells the row really had, when fewer than there are columns; else 0.
    """

    number: int
    cells: tuple[str, ...]
    short: int = 0


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row, or one cell of it, was not taken.

    Attributes:
        row: Row number, as a spreadsheet shows it.
        column: The column, or empty when it concerns the whole row.
        reason: In words for a person.
    """

    row: int
    column: str
    reason: str

    def say(self) -> str:
        """Return it as one sentence."""
        place = (
            tr("Row {row}, {column}", row=self.row, column=self.column)
            if self.column
            else tr("Row {row}", row=self.row)
        )
        return f"{place}: {self.reason}."


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Where in its file a table stands.

    Attributes:
        header: Row of the header, counted from 1; 0 where the format has none.
        sheet: The sheet that is read; empty where the format has none.
        sheets: All sheets that can be chosen.
    """

    header: int = 0
    sheet: str = ""
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be read from its start any number of times.

    Attributes:
        path: The file.
        columns: Trimmed names, unique.
        warnings: What reading assumed or found, as sentences.
        read: Starts reading; yields rows, and problems in place of rows that cannot be taken.
        delimiter: What stands between cells; empty where the format has none.
        place: Where in its file the table stands.
    """

    path: Path
    columns: tuple[str, ...]
    warnings: tuple[str, ...]
    read: Callable[[], Iterator[TableRow | RowProblem]]
    delimiter: str = ""
    place: TablePlace = field(default_factory=TablePlace)

    def rows(self) -> Iterator[TableRow | RowProblem]:
        """Read the rows from the start, without signs at the ends of cells that nobody sees.

        A row that repeats the header is a problem and no row.
        """
        for row in self.read():
            if isinstance(row, TableRow) and not all(map(str.isascii, row.cells)):
                row = replace(row, cells=tuple(cell.strip(_INVISIBLE) for cell in row.cells))  # noqa: PLW2901
            if isinstance(row, TableRow) and self._repeats_header(row):
                yield RowProblem(row.number, "", tr("it repeats the names of the columns"))
            else:
                yield row

    def _repeats_header(self, row: TableRow) -> bool:
        if " ".join(row.cells[0].split()) not in ("", self.columns[0]):
            return False
        filled = [(cell, name) for cell, name in zip(row.cells, self.columns, strict=True) if cell.strip()]
        return len(filled) >= min(2, len(self.columns)) and all(" ".join(cell.split()) == name for cell, name in filled)

    def column(self, name: str) -> int:
        """Return the place of a column; outer blanks and, where unique, letter case do not matter.

        Raises:
            KeyError: There is no such column.
        """
        name = " ".join(name.split())
        if name in self.columns:
            return self.columns.index(name)
        alike = [index for index, column in enumerate(self.columns) if column.casefold() == name.casefold()]
        if len(alike) != 1:
            raise KeyError(name)
        return alike[0]


def tidy_columns(names: Sequence[str], path: Path) -> tuple[tuple[str, ...], list[str]]:
    """Return trimmed, unique column names and a warning for each that had to change.

    Raises:
        TableProblem: No column has a name, or there are too many.
    """
    if len(names) > MOST_COLUMNS:
        raise TableProblem(
            tr(
                "The table {name} has {count:,} columns; up to {most_columns:,} are read.",
                name=path.name,
                count=len(names),
                most_columns=MOST_COLUMNS,
            ),
            do=tr("Keep the columns that are needed, and import that table."),
        )
    if not any(name.strip() for name in names):
        raise TableProblem(
            tr("The table {name} has no header.", name=path.name),
            do=tr("Put the names of the columns into the first row."),
        )
    tidy: dict[str, None] = {}
    warnings: list[str] = []
    for place, name in enumerate(names, 1):
        wanted = " ".join(name.split()) or tr("column {place}", place=place)
        unique, count = wanted, 1
        while unique in tidy:
            count += 1
            unique = f"{wanted} ({count})"
        if unique != wanted:
            warnings.append(
                tr(
                    "The column name '{wanted}' stands more than once; one is called '{unique}' here.",
                    wanted=wanted,
                    unique=unique,
                )
            )
        elif not name.strip():
            warnings.append(tr("Column {place} has no name; it is called '{unique}' here.", place=place, unique=unique))
        tidy[unique] = None
    return tuple(tidy), warnings


def fit_row(number: int, cells: Sequence[str], width: int) -> TableRow | RowProblem | None:
    """Return a row of exactly `width` cells; None for a blank row.

    A row with too few cells is taken and says so; one with more than the header has is
    refused, since its cells may stand in the wrong columns.
    """
    if not any(cell.strip() for cell in cells):
        return None
    if len(cells) == width:
        return TableRow(number, tuple(cells))
    if len(cells) < width:
        return TableRow(number, (*cells, *[""] * (width - len(cells))), short=len(cells))
    if any(cell.strip() for cell in cells[width:]):
        return RowProblem(
            number, "", tr("it has {count} cells where the header has {width}", count=len(cells), width=width)
        )
    return TableRow(number, tuple(cells[:width]))
