"""The columns of a table counted: what their cells hold, and how far rows of one name agree."""

from __future__ import annotations

from dataclasses import dataclass, field

from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.columns import ColumnTexts
from mmdesk.core.fields.guess import names_cases
from mmdesk.core.fields.words import fold
from mmdesk.core.job import JobContext, Progress
from mmdesk.services.importing.survey import not_of_table
from mmdesk.tabular.layout import is_value
from mmdesk.tabular.table import Table, TableRow
from mmdesk.words import tr

_LONG = 200
"""Characters of a cell from which on only its hash is remembered."""
LOOKED_AT = 20_000
"""Rows that a guess is made from."""


@dataclass(slots=True)
class CountedTexts:
    """A table's columns, counted, how far rows with one name agree, and why the first row was refused."""

    columns: list[ColumnTexts]
    rows: int = 0
    refused: str = ""
    joined: dict[str, float] = field(default_factory=dict)


def count_texts(table: Table, ctx: JobContext) -> CountedTexts:
    """Count the cells of a table's first rows, as many as a guess is made from."""
    texts = CountedTexts([ColumnTexts(name) for name in table.columns])
    contents: list[dict[str, int]] = [{} for _ in table.columns]
    differing: list[set[str]] = [set() for _ in table.columns]
    naming = [place for place, name in enumerate(table.columns) if names_cases(name)]
    for row in table.rows():
        if not isinstance(row, TableRow):
            texts.refused = texts.refused or row.reason
            continue
        if _below_table(row, table, naming):
            continue
        texts.rows += 1
        if texts.rows % 500 == 0:
            ctx.check_cancelled()
            ctx.progress(Progress(texts.rows, 0, tr("Looking at the table, row")))
        whole = hash(row.cells)
        for index, cell in enumerate(row.cells):
            texts.columns[index].add(cell)
            key = cell if len(cell) < _LONG else str(hash(cell))
            if contents[index].setdefault(key, whole) != whole:
                differing[index].add(key)
        if texts.rows == LOOKED_AT:
            break
    for column, seen, split in zip(texts.columns, contents, differing, strict=True):
        if len(seen) > 1:
            texts.joined[column.name] = 1 - len(split) / len(seen)
    return texts


def _below_table(row: TableRow, table: Table, naming: list[int]) -> bool:
    """Tell whether a row stands below the table, as a sum does.

    Args:
        row: The row.
        table: The table.
        naming: Its columns that may name cases.

    Raises:
        TableProblem: It looks like the header of a second table.
    """
    header = any(fold(row.cells[column]) == fold(table.columns[column]) for column in naming)
    if header and not any(map(is_value, row.cells)):
        raise TableProblem(
            tr(
                "Row {number} of {name} looks like the header of a second table.",
                number=row.number,
                name=table.path.name,
            ),
            tr("Your table is untouched."),
            tr("Put each table into a file or sheet of its own."),
        )
    return any(not_of_table(row.cells[column].strip(), table.columns[column]) for column in naming)
