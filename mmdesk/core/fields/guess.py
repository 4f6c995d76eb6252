"""What a table's column is likely to be, and because of what; pure, from its texts alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mmdesk.core.fields.columns import ColumnTexts, Guess, short
from mmdesk.core.fields.dates import read_written
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.kinds_number import read_number
from mmdesk.core.fields.kinds_style import Style
from mmdesk.words import tr

IMAGE_ENDINGS = tuple(
    ".jpg .jpeg .png .tif .tiff .bmp .webp .gif .jp2 .j2k .nii .nii.gz .ppm .pgm .dcm .dicom".split()  # noqa: SIM905  (reads better)
)
TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".jsonl")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_POINT = re.compile(r"[+-]?\d*\.\d+")
_GROUP_OR_FRACTION = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
"""An id of many digits after a spreadsheet program has opened it: 1.23457E+12."""
_NAMES_CASES = re.compile(
    r"(^|[\W_])(id|ids|accession|key|uid)($|[\W_])"
    r"|(patient|case|image|img|subject|study|record|exam|person)[ _-]?(id|no|nr|number|name|key)$"
    r"|^(case|patient|subject|record|study|name|person|mrn|pid|fall|patientennummer|fallnummer)$",
    re.IGNORECASE,
)
_NAMES_GROUPS = re.compile(
    r"^(patient|subject|person|participant|family|group)s?[ _-]?(id|no|nr|number|key|code|name)?$",
    re.IGNORECASE,
)
_NAMES_TARGETS = re.compile(
    r"^(target|label|labels|class|outcome|diagnosis|disease|findings?|y|ground[ _]?truth)$"
    r"|^(target|label)[ _]|[ _](label|target|class)$",
    re.IGNORECASE,
)
_BETRAYS = re.compile(
    r"keyword|diagno|report|finding|impression|patholog|biops|befund|beurteilung|bericht|arztbrief|compte.?rendu"
    r"|hallazgo|informe|laudo|achado|referto|reperto|conclusi|\u0434\u0438\u0430\u0433\u043d\u043e\u0437|\u0437\u0430\u043a\u043b\u044e\u0447\u0435\u043d",
    re.IGNORECASE,
)
_SIDES = {
    "left": re.compile(r"(?<![A-Za-z])((left|Left|LEFT)(?![a-z])|(os|OS|l|L)(?![A-Za-z]))"),
    "right": re.compile(r"(?<![A-Za-z])((right|Right|RIGHT)(?![a-z])|(od|OD|r|R)(?![A-Za-z]))"),
}


@dataclass(slots=True)
class Evidence:
    """What texts tell of how a table writes numbers and dates; gathered cell by cell.

    Attributes:
        comma: A number that has a decimal comma for certain.
        point: A number that has a decimal point for certain.
        either: A number such as 1,500 or 1.500 that could be read in two ways.
        day_first: A date whose first part can only be a day.
        month_first: A date whose second part can only be a day.
        any_order: A date that could be read in two ways.
        short_year: A date whose century is taken for granted.
        timed: A date with a time of day, which a date does not keep.
        delimiter: What stands between the table's cells; empty where it is no text file.
    """

    comma: str = ""
    point: str = ""
    either: str = ""
    day_first: str = ""
    month_first: str = ""
    any_order: str = ""
    short_year: str = ""
    timed: str = ""
    delimiter: str = ""

    def number(self, text: str) -> None:
        """Take a cell of a number column into account."""
        if "," in text and "." not in text and _COMMA.fullmatch(text):
            if _GROUP_OR_FRACTION.fullmatch(text):
                self.either = self.either or text
            else:
                self.comma = self.comma or text
        elif _POINT.fullmatch(text):
            if not _GROUP_OR_FRACTION.fullmatch(text):
                self.point = self.point or text
            elif self.delimiter not in ("", ","):  # elsewhere a comma could not stand before a fraction
                self.either = self.either or text

    def date(self, text: str) -> None:
        """Take a cell of a date column into account."""
        written = read_written(text)
        if written is None or not written.exists:
            return
        if written.short:
            self.short_year = self.short_year or text
        if written.timed:
            self.timed = self.timed or text
        if not written.spoken or written.first == written.second:
            return
        if written.first > 12:
            self.day_first = self.day_first or text
        elif written.second > 12:
            self.month_first = self.month_first or text
        else:
            self.any_order = self.any_order or text

    @property
    def either_order(self) -> str:
        """A date whose order nothing in the table proves; empty where the order is known."""
        return self.any_order if self.style().day_first is None else ""

    @property
    def either_decimal(self) -> str:
        """A number that nothing in the table tells how to read; empty where it is known."""
        return self.either if bool(self.comma) == bool(self.point) else ""

    def style(self, day_first: bool | None = None, decimal: str = "") -> Style:
        """Return the only way of writing that fits all cells.

        Args:
            day_first: The order of dates as a person has chosen it; None for the one that the
                cells prove, which is None where they prove none.
            decimal: What stands before a fraction as a person has chosen it; empty for what the
                cells prove.
        """
        if day_first is not None:
            return Style(self.style(decimal=decimal).decimal, day_first)
        decimal = decimal or ("," if self.comma and not self.point else ".")
        proven = bool(self.day_first) != bool(self.month_first)
        return Style(decimal, bool(self.day_first) if proven else None)

    def warnings(self, style: Style | None = None) -> list[str]:
        """Say what is taken for granted, and what a person has to decide.

        Args:
            style: The way of writing that was chosen; the one that fits when None.
        """
        style = style or self.style()
        said = []
        if style.decimal == "," and self.comma:
            said.append(tr("Numbers are read with a decimal comma: '{comma}' is a fraction.", comma=self.comma))
        if self.comma and self.point:
            said.append(
                tr(
                    "Numbers have both commas and points: '{comma}' and '{point}'. Check them.",
                    comma=self.comma,
                    point=self.point,
                )
            )
        if self.either:
            value = read_number(self.either, style)
            said.append(
                tr(
                    "'{either}' could be read in two ways; it is read as {value:g}. Check it.",
                    either=self.either,
                    value=value,
                )
            )
        if self.short_year and (written := read_written(self.short_year)):
            said.append(
                tr(
                    "Years of two digits are read as 2000 to 2029 and 1930 to 1999: '{short_year}' is in {year}.",
                    short_year=self.short_year,
                    year=written.year,
                )
            )
        if self.timed:
            said.append(tr("Dates are days: the time of day in '{timed}' is left out.", timed=self.timed))
        return said + self._about_dates(style)

    def _about_dates(self, style: Style) -> list[str]:
        shown = self.any_order or self.day_first or self.month_first
        if not shown:
            return []
        if style.day_first is not None:
            order = tr("day before month") if style.day_first else tr("month before day")
            proof = self.day_first if style.day_first else self.month_first
            because = tr(", because of '{proof}'", proof=proof) if proof else ""
            return [tr("Dates are read {order}{because}. Check '{shown}'.", order=order, because=because, shown=shown)]
        if not self.any_order:
            return []
        unknown = tr("'{shown}' does not say which is the day and which the month.", shown=shown)
        return [tr("{unknown} Such dates are left missing; choose the order to read them.", unknown=unknown)]


def guess_kind(column: ColumnTexts, style: Style) -> Guess:
    """Return the kind that a column's texts fit best; images are found by their files, not here."""
    texts = column.counts
    if not texts:
        return Guess("", "every cell is empty or says that nothing is known", measures=False)
    constant = len({text.casefold() for text in texts}) == 1 and column.present > 1
    for kind in sorted(KINDS.values(), key=lambda kind: -kind.precedence):
        tells = not constant or kind.two_valued or (kind.has_options and bool(column.classes))
        guess = kind.guess(column, style) if tells else None
        if guess is not None:
            return guess
    only = short(next(iter(texts)))
    if column.present == column.rows or not constant:
        return Guess("text", tr("the same in every row: {only}", only=only), measures=False)
    where = tr("{present:,} of {rows:,} rows", present=column.present, rows=column.rows)
    doubt = tr(
        "'{name}' holds only {only}, in {where}. Where its empty cells mean no, write no into them.",
        name=column.name,
        only=only,
        where=where,
    )
    return Guess("text", tr("only {only}, in {where}", only=only, where=where), measures=False, doubt=doubt)


def evidence_of(columns: Iterable[ColumnTexts], delimiter: str = "") -> Evidence:
    """Gather how the columns write numbers and dates."""
    evidence = Evidence(delimiter=delimiter)
    for column in columns:
        for text in column.counts:
            evidence.number(text)
            evidence.date(text)
    return evidence


def case_column(columns: Sequence[ColumnTexts], joined: Mapping[str, float]) -> tuple[str, str] | None:
    """Return the column that names the cases and why, or None.

    Args:
        columns: All columns.
        joined: For columns that repeat, the share of their values whose rows agree in every
            other column.
    """
    best: tuple[float, str, str] | None = None
    for index, column in enumerate(columns):
        if column.present < column.rows or not column.counts:
            continue
        unique = len(column.counts) == column.rows
        agreeing = joined.get(column.name, 0.0)
        if not unique and agreeing < 0.98:
            continue
        score = (4 if _NAMES_CASES.search(column.name) else 0) + (2 if unique else 1) - index / len(columns)
        if not _NAMES_CASES.search(column.name) and all(read_number(text) is not None for text in column.counts):
            score -= 3  # a measurement may happen to be unique
        because = tr("unique in every row") if unique else "unique after joining the rows of each case"
        if best is None or score > best[0]:
            best = (score, column.name, because)
    return (best[1], best[2]) if best else None


def names_cases(name: str) -> bool:
    """Tell whether a column's name says that it names cases."""
    return bool(_NAMES_CASES.search(name))


def shortened_ids(columns: Iterable[ColumnTexts]) -> tuple[str, str] | None:
    """Return a column of ids of which a spreadsheet program has shortened some, and such an id; or None."""
    for column in columns:
        if names_cases(column.name):
            for text in column.counts:
                if SHORTENED.fullmatch(text):
                    return column.name, text
    return None


def group_column(columns: Sequence[ColumnTexts], case: str) -> str:
    """Return a column that looks like the person behind several cases, else the case column."""
    for column in columns:
        repeats = 1 < len(column.counts) < column.present
        if column.name != case and repeats and _NAMES_GROUPS.search(column.name.strip()):
            return column.name
    return case


def torn_groups(columns: Sequence[ColumnTexts], case: str, group: str) -> list[str]:
    """Warn of a column that names persons on some rows only, so that it keeps no cases together."""
    return [
        tr(
            "'{name}' is empty in {rows:,} of {rows_2:,} rows and repeats "
            "nowhere: where an empty cell means the person above, fill it in; else cases of one person may "
            "stand in two splits.",
            name=column.name,
            rows=column.rows - column.present,
            rows_2=column.rows,
        )
        for column in columns
        if group == case != column.name
        and 0 < len(column.counts) == column.present < column.rows
        and _NAMES_GROUPS.search(column.name.strip())
    ]


def names_target(name: str) -> bool:
    """Tell whether a column's name says that it is to be predicted."""
    return bool(_NAMES_TARGETS.search(name.strip()))


def may_betray(name: str) -> bool:
    """Tell whether a column's name suggests that it was written by someone who knew the answer."""
    return bool(_BETRAYS.search(name))


def side_of(name: str) -> str:
    """Return the side of the body that a column's name tells of, or an empty text."""
    sides = [side for side, pattern in _SIDES.items() if pattern.search(name)]
    return sides[0] if len(sides) == 1 else ""


def trailing_flags(columns: Sequence[ColumnTexts]) -> tuple[str, ...]:
    """Return the columns of 0 and 1 at the table's end, when there are three or more."""
    names: list[str] = []
    for column in reversed(columns):
        if not column.counts or not column.counts.keys() <= {"0", "1", "0.0", "1.0"}:
            break
        names.append(column.name)
    return tuple(reversed(names)) if len(names) >= 3 else ()


def field_name(column: str, taken: Collection[str]) -> str:
    """Return a valid, free field name for a column.

    Example:
        >>> field_name("Patient Age ", ()), field_name("1. Wert", ("wert",)), field_name("split", ())
        ('age', 'wert_2', 'split_2')
    """
    plain = unicodedata.normalize("NFKC", column).strip().lower()
    plain = re.sub(r"\W+", "_", plain)
    plain = re.sub(r"_+", "_", plain).strip("_")
    plain = plain.removeprefix("patient_") or plain
    plain = re.sub(r"^[\d_]+", "", plain) or "field"
    if not plain.isidentifier():
        plain = "field"
    reserved = {"case", "is", "split", "reference", "missing", "model", "model_note", *taken}
    name, count = plain, 1
    while name in reserved:
        count += 1
        name = f"{plain}_{count}"
    return name
