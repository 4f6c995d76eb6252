"""Which notes of a table tell the answer: the import proposes to show them after the own read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median

from mmdesk.core.fields.guess import may_betray
from mmdesk.core.fields.kinds_number import read_number
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.telling import Telling, answers_of, what_tells, words_of, words_of_numbers
from mmdesk.core.job import JobContext
from mmdesk.tabular.table import Table, TableRow
from mmdesk.words import tr

MOST_ROWS = 5_000
"""Cases that are looked at."""
_MANY = 10
"""With more different numbers than this a column's values are told as above or below their median."""
_NAMED = "its name says that it may hold the answer"
_SAID = "the schema that comes with mmdesk says so"


@dataclass(frozen=True, slots=True)
class TellingNotes:
    """What was found.

    Attributes:
        schema: The schema with notes that tell the answer shown after the own read.
        because: Why, by column.
    """

    schema: Schema
    because: Mapping[str, str]

    def warnings(self) -> list[str]:
        """Return a sentence for each note that is shown later."""
        titles = {column: field.title for field in self.schema.notes for column in field.columns}
        return [
            tr(
                "The note '{titles}' is shown after the reader's own read: {why}. "
                'To show it always, write show = "always" for it in project.toml.',
                titles=titles[column],
                why=why,
            )
            for column, why in self.because.items()
        ]


def find_telling(table: Table, schema: Schema, ctx: JobContext) -> TellingNotes:
    """Look for notes that tell the answer, by what stands in them or by their name.

    Args:
        table: The table.
        schema: A schema that was guessed, or one that comes with mmdesk.
        ctx: Asked whether to stop.
    """
    because = {field.columns[0]: _SAID for field in schema.notes if field.show == "after"}
    told = _told_by(table, schema, ctx)
    for column in (field.columns[0] for field in schema.notes if field.show == "always"):
        if column in told:
            because[column] = told[column].say()
        elif may_betray(column):
            because[column] = _NAMED
    later = tuple(
        replace(field, show="after") if field.role == "note" and field.columns[0] in because else field
        for field in schema
    )
    return TellingNotes(replace(schema, fields=later), because)


def doubts_of(table: Table, schema: Schema, ctx: JobContext) -> list[str]:
    """Return a sentence for each note that tells the answer and is shown all the same.

    Args:
        table: The table.
        schema: The schema as a person has chosen it.
        ctx: Asked whether to stop.
    """
    titles = {field.columns[0]: field.title for field in schema.notes if field.show == "always"}
    return [
        tr(
            "The note '{titles}' tells the answer: {say}. It is shown before the own read. "
            'Use it as a note after the own read, or write show = "after" for it in project.toml.',
            titles=titles[column],
            say=found.say(),
        )
        for column, found in _told_by(table, schema, ctx).items()
    ]


def _told_by(table: Table, schema: Schema, ctx: JobContext) -> dict[str, Telling]:
    """Return what tells the answer in the notes that are always shown, by column."""
    notes = [field for field in schema.notes if field.show == "always"]
    if not notes or not schema.targets:
        return {}
    cells = _columns(table, schema, ctx)
    titles = {column: _title(field, column) for field in schema.targets for column in field.columns}
    asked = {titles[column]: texts for column, texts in cells.items() if column in titles}
    medians = {title: middle for title, texts in asked.items() if (middle := _median(texts)) is not None}
    answers = [answers_of(dict(zip(asked, given, strict=True)), medians) for given in zip(*asked.values(), strict=True)]
    told = {}
    for column in (field.columns[0] for field in notes if field.columns[0] in cells and answers):
        ctx.check_cancelled()
        texts = cells[column]
        in_tenths = _median(texts) is not None
        words = words_of_numbers(texts) if in_tenths else [words_of(text) for text in texts]
        if found := what_tells(words, answers):
            told[column] = found
    return told


def _columns(table: Table, schema: Schema, ctx: JobContext) -> dict[str, list[str]]:
    """Return the cells of notes and targets, one row a case."""
    wanted = [column for field in (*schema.targets, *schema.notes) for column in field.columns]
    places = {}
    for column in wanted:
        try:
            places[column] = table.column(column)
        except KeyError:
            continue
    blank = {column: frozenset(field.missing) for field in (*schema.targets, *schema.notes) for column in field.columns}
    cells: dict[str, list[str]] = {column: [] for column in places}
    case = table.column(schema.case)
    seen: set[str] = set()
    for row in table.rows():
        if not isinstance(row, TableRow) or row.cells[case] in seen:
            continue
        seen.add(row.cells[case])
        if len(seen) % 500 == 0:
            ctx.check_cancelled()
        for column, place in places.items():
            text = row.cells[place].strip()
            cells[column].append("" if text in blank[column] else text)
        if len(seen) == MOST_ROWS:
            break
    return cells


def _title(field: Field, column: str) -> str:
    return column if len(field.columns) > 1 else field.title


def _median(texts: list[str]) -> float | None:
    """Return the median of a column of many different numbers; None for any other column."""
    numbers = [number for text in texts if text and (number := read_number(text)) is not None]
    whole = len(numbers) == sum(map(bool, texts))
    return median(numbers) if whole and len(set(numbers)) > _MANY else None
