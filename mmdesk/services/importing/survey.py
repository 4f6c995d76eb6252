"""The first pass over a table: where its columns are, which cases, options and ways of writing it has."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mmdesk.core.errors import SchemaProblem, TableProblem
from mmdesk.core.fields.guess import SHORTENED, Evidence
from mmdesk.core.fields.kinds import is_sheet_error, kind_of, says_missing
from mmdesk.core.fields.kinds_labels import parts_of
from mmdesk.core.fields.kinds_style import Style
from mmdesk.core.fields.schema import DEFAULT_MISSING, Field, Schema
from mmdesk.core.fields.schema_toml import with_options
from mmdesk.core.fields.words import SUMMARIES, fold
from mmdesk.services.importing.choices import TableChoices
from mmdesk.tabular.table import Table, TableRow
from mmdesk.words import tr

WHOLE = re.compile(r"([+-]?\d+)\.0+")
"""A whole number as programs write it that know only fractions."""
_MOST_OPTIONS = 1000
_BLANK = frozenset(DEFAULT_MISSING)


@dataclass(slots=True)
class Survey:
    """What a first pass over a table tells.

    Attributes:
        schema: The schema, with options learnt where it had none.
        names: How many rows each case has, in the table's order.
        groups: Group of each case that has one in the table.
        shortened: Ids of cases that a spreadsheet program has shortened; their rows make no cases.
        style: How numbers and dates are written.
        warnings: Sentences about that.
        either_order: A date whose order nothing in the table proves; empty where it is known.
        either_decimal: A number that could be read in two ways; empty where it is known.
    """

    schema: Schema
    names: Counter[str]
    style: Style
    warnings: list[str]
    either_order: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    shortened: tuple[str, ...] = ()
    either_decimal: str = ""


@dataclass(slots=True)
class Places:
    """Where the table keeps what the schema asks for.

    Attributes:
        case: Place of the case column.
        group: Place of the group column.
        fields: Places of each field's columns; a field the table lacks is not in it.
        lacking: Fields that the table has no column for.
    """

    case: int
    group: int
    fields: dict[str, tuple[int, ...]] = field(default_factory=dict)
    lacking: list[Field] = field(default_factory=list)


def places_of(table: Table, schema: Schema) -> Places:
    """Find the schema's columns in a table.

    Raises:
        TableProblem: The table lacks the case or group column, or that of an input.
    """
    places = Places(_column(table, schema.case), _column(table, schema.group or schema.case))
    for entry in schema:
        try:
            places.fields[entry.name] = tuple(table.column(column) for column in entry.columns)
        except KeyError:
            if entry.role == "input":
                for column in entry.columns:
                    _column(table, column)
            places.lacking.append(entry)
    return places


def _column(table: Table, name: str) -> int:
    try:
        return table.column(name)
    except KeyError:
        near = difflib.get_close_matches(name, table.columns, 1, 0.5)
        do = (
            tr("Did you mean '{near}'? Mend the schema or the table.", near=near[0])
            if near
            else tr("Mend the schema or the table.")
        )
        raise TableProblem(
            tr("The table {name} has no column '{name_2}'.", name=table.path.name, name_2=name), do=do
        ) from None


def case_name(text: str) -> str:
    """Return a case's name from its cell: trimmed, NFC, a whole number without `.0`; empty for none."""
    name = unicodedata.normalize("NFC", text.strip())
    if name in _BLANK:
        return ""
    whole = WHOLE.fullmatch(name)
    return whole.group(1) if whole else name


def no_case(name: str, column: str) -> str:
    """Say why a row is no case by the text that should name one; empty where it is one.

    Args:
        name: The name, as `case_name` returns it.
        column: The name of the column.
    """
    if not name:
        return tr("it names no case")
    if SHORTENED.fullmatch(name):
        return tr("the id '{name}' was shortened by a spreadsheet program", name=name)
    return not_of_table(name, column)


def not_of_table(name: str, column: str) -> str:
    """Say why a row stands below a table rather than in it, by its cell in the column that names cases."""
    if fold(name) == fold(column):
        return tr("it repeats the name of the column, as the header of another table does")
    if fold(name).rstrip(":") in SUMMARIES:
        return tr("'{name}' names a sum or a mean of the rows, and no case", name=name)
    return ""


def survey(table: Table, schema: Schema, places: Places, choices: TableChoices, tick: Callable[[int], None]) -> Survey:
    """Read a table once: count each case's rows, learn options, see how numbers are written.

    Args:
        table: The table.
        schema: The schema; a choice, grade or labels field without options learns them.
        places: Where its columns are.
        choices: What was decided about the table.
        tick: Told the number of each row.

    Raises:
        SchemaProblem: The values of a field are no usable options.
    """
    names: Counter[str] = Counter()
    groups: dict[str, str] = {}
    shortened: dict[str, None] = {}
    evidence = Evidence(delimiter=table.delimiter)
    learning = [f for f in schema if kind_of(f).has_options and not f.options]
    seen: dict[str, Counter[str]] = {f.name: Counter() for f in learning}
    telling = [(place, kind_of(entry)) for entry in schema for place in places.fields.get(entry.name, ())]
    for row in table.rows():
        if not isinstance(row, TableRow):
            continue
        tick(row.number)
        name = case_name(row.cells[places.case])
        if SHORTENED.fullmatch(name):
            shortened[name] = None
        if no_case(name, table.columns[places.case]):
            continue
        names[name] += 1
        if group := case_name(row.cells[places.group]):
            groups.setdefault(name, group)
        for place, kind in telling:
            kind.tell(row.cells[place].strip(), evidence)
        for entry in learning:
            for place in places.fields.get(entry.name, ()):
                _collect(row.cells[place], entry, seen[entry.name])
    options = {entry.name: _options(entry, seen[entry.name]) for entry in learning}
    style = evidence.style(choices.day_first, choices.decimal)
    schema = with_options(schema, options)
    return Survey(
        schema,
        names,
        style,
        evidence.warnings(style),
        evidence.either_order,
        groups,
        tuple(shortened),
        evidence.either_decimal,
    )


def _collect(cell: str, entry: Field, seen: Counter[str]) -> None:
    text = cell.strip()
    several = kind_of(entry).several
    if says_missing(text, entry) or is_sheet_error(text) or (several and text == "-"):
        return
    parts = parts_of(text) if several else [text]
    for part in parts:
        whole = WHOLE.fullmatch(part.strip())
        seen[whole.group(1) if whole else part.strip()] += 1
    if len(seen) > _MOST_OPTIONS:
        raise SchemaProblem(
            tr(
                "Column '{columns}' has more than {most_options} values, too many to choose from.",
                columns=entry.columns[0],
                most_options=_MOST_OPTIONS,
            ),
            do=tr("Make it a field of kind text or number."),
        )


def _options(entry: Field, seen: Counter[str]) -> tuple[str, ...]:
    options: dict[str, str] = {}
    for text, _ in seen.most_common():
        options.setdefault(text.casefold(), text)
    texts = list(options.values())
    if kind_of(entry).orders:
        if not texts or not all(re.fullmatch(r"\d{1,2}", text) for text in texts):
            raise SchemaProblem(
                tr("The grades of '{name}' have no order that the table tells.", name=entry.name),
                do=tr('Write options = ["lowest", "...", "highest"] for it into the schema.'),
            )
        low, high = min(map(int, texts)), max(map(int, texts))
        texts = [str(grade) for grade in range(min(low, high - 1), high + 1)]
    if len(texts) < (1 if kind_of(entry).several else 2):
        raise SchemaProblem(
            tr(
                "Column '{columns}' has {count} values, too few to choose from.",
                columns=entry.columns[0],
                count=len(texts),
            ),
            do=tr("Write options = [...] for it into the schema, or leave the field out."),
        )
    if all(re.fullmatch(r"[+-]?\d+", text) for text in texts):
        return tuple(sorted(texts, key=int))
    return tuple(sorted(texts, key=str.casefold))
