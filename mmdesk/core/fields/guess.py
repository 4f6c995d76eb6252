"""What a table's column is likely to be, and because of what; pure, from its texts alone."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from mmdesk.core.fields.kinds_number import read_number
from mmdesk.core.fields.kinds_style import Style
from mmdesk.core.fields.schema import DEFAULT_MISSING

IMAGE_ENDINGS = tuple(
    ".jpg .jpeg .png .tif .tiff .bmp .webp .gif .jp2 .j2k .nii .nii.gz .ppm .pgm .dcm .dicom".split()  # noqa: SIM905  (reads better)
)
TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".jsonl")
YES_NO = frozenset({"0", "1", "0.0", "1.0", "yes", "no", "y", "n", "true", "false", "t", "f"})
_MOSTLY = 0.9
_MOST_OPTIONS = 20
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?")
_SPOKEN = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-]\d{4}")
_STEPS = re.compile(r"\s*[-+\d.,eE]+(\s+[-+\d.,eE]+)*\s*(;\s*[-+\d.,eE]+(\s+[-+\d.,eE]+)*\s*)+;?\s*")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_POINT = re.compile(r"[+-]?\d*\.\d+")
_GROUP_OR_FRACTION = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_NAMES_CASES = re.compile(
    r"(^|[\W_])(id|ids|accession|key|uid)($|[\W_])"
    r"|(patient|case|image|img|subject|study|record|exam|person)[ _-]?(id|no|nr|number|name|key)$"
    r"|^(case|patient|subject|record|study|name|person)$",
    re.IGNORECASE,
)
_IDENTIFIES = re.compile(r"(^|[\W_])(id|uid|accession|key)($|[\W_])|[a-z]ID$")
_NAMES_GROUPS = re.compile(
    r"^(patient|subject|person|participant|family|group)s?[ _-]?(id|no|nr|number|key|code|name)?$",
    re.IGNORECASE,
)
_NAMES_TARGETS = re.compile(
    r"^(target|label|labels|class|outcome|diagnosis|disease|findings?|y|ground[ _]?truth)$"
    r"|^(target|label)[ _]|[ _](label|target|class)$",
    re.IGNORECASE,
)
_BETRAYS = re.compile(r"keyword|diagnos|report|finding|impression|patholog|biops", re.IGNORECASE)
_SIDES = {
    "left": re.compile(r"(?<![A-Za-z])((left|Left|LEFT)(?![a-z])|(os|OS|l|L)(?![A-Za-z]))"),
    "right": re.compile(r"(?<![A-Za-z])((right|Right|RIGHT)(?![a-z])|(od|OD|r|R)(?![A-Za-z]))"),
}


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column seems to be.

    Attributes:
        kind: A kind of field; empty for a column that holds nothing.
        because: Why, in words ("93 % are numbers").
        options: Values of a choice.
        channels: Names of a sequence's channels.
        measures: The values say something about the case; False for names, constants and blanks.
    """

    kind: str
    because: str
    options: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    measures: bool = True


@dataclass(slots=True)
class Evidence:
    """What texts tell of how a table writes numbers and dates; gathered cell by cell.

    Attributes:
        comma: A number that has a decimal comma for certain.
        point: A number that has a decimal point for certain.
        either: A number such as 1,500 that could be read in two ways.
        day_first: A date whose first part can only be a day.
        month_first: A date whose second part can only be a day.
        any_order: A date that could be read in two ways.
    """

    comma: str = ""
    point: str = ""
    either: str = ""
    day_first: str = ""
    month_first: str = ""
    any_order: str = ""

    def number(self, text: str) -> None:
        """Take a cell of a number column into account."""
        if "," in text and "." not in text and _COMMA.fullmatch(text):
            if _GROUP_OR_FRACTION.fullmatch(text):
                self.either = self.either or text
            else:
                self.comma = self.comma or text
        elif _POINT.fullmatch(text) and not _GROUP_OR_FRACTION.fullmatch(text):
            self.point = self.point or text

    def date(self, text: str) -> None:
        """Take a cell of a date column into account."""
        spoken = _SPOKEN.fullmatch(text)
        if spoken is None or spoken[1].zfill(2) == spoken[2].zfill(2):
            return
        if int(spoken[1]) > 12:
            self.day_first = self.day_first or text
        elif int(spoken[2]) > 12:
            self.month_first = self.month_first or text
        else:
            self.any_order = self.any_order or text

    @property
    def either_order(self) -> str:
        """A date whose order nothing in the table proves; empty where the order is known."""
        return self.any_order if self.style().day_first is None else ""

    def style(self, day_first: bool | None = None) -> Style:
        """Return the only way of writing that fits all cells.

        Args:
            day_first: The order of dates as a person has chosen it; None for the one that the
                cells prove, which is None where they prove none.
        """
        if day_first is not None:
            return Style(self.style().decimal, day_first)
        decimal = "," if self.comma and not self.point else "."
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
            said.append(f"Numbers are read with a decimal comma: '{self.comma}' is a fraction.")
        if self.comma and self.point:
            said.append(
                f"Numbers have both commas and points: '{self.comma}' and '{self.point}'. Check them."
            )
        if self.either:
            value = read_number(self.either, style)
            said.append(f"'{self.either}' could be read in two ways; it is read as {value:g}. Check it.")
        return said + self._about_dates(style)

    def _about_dates(self, style: Style) -> list[str]:
        shown = self.any_order or self.day_first or self.month_first
        if not shown:
            return []
        if style.day_first is not None:
            order = "day before month" if style.day_first else "month before day"
            proof = self.day_first if style.day_first else self.month_first
            because = f", because of '{proof}'" if proof else ""
            return [f"Dates are read {order}{because}. Check '{shown}'."]
        if not self.any_order:
            return []
        unknown = f"'{shown}' does not say which is the day and which the month."
        return [f"{unknown} Such dates are left missing; choose the order to read them."]


@dataclass(slots=True)
class ColumnTexts:
    """The texts of one column, counted.

    Attributes:
        name: The column's name.
        counts: How often each present text occurs.
        rows: How many rows were looked at.
    """

    name: str
    counts: Counter[str] = dataclass_field(default_factory=Counter)
    rows: int = 0

    def add(self, text: str) -> None:
        """Count a cell."""
        self.rows += 1
        text = text.strip()
        if text and text not in DEFAULT_MISSING:
            self.counts[text] += 1

    @property
    def present(self) -> int:
        """How many cells hold something."""
        return self.counts.total()

    def share(self, matching: Iterable[str]) -> float:
        """Return which part of the present cells holds one of the texts."""
        return sum(self.counts[text] for text in matching) / max(self.present, 1)


def guess_kind(column: ColumnTexts, style: Style) -> Guess:
    """Return the kind that a column's texts fit best; images are found by their files, not here."""
    texts = column.counts
    if not texts:
        return Guess("", "every cell is empty", measures=False)
    if len({text.casefold() for text in texts}) <= 2 and all(text.casefold() in YES_NO for text in texts):
        return Guess("flag", f"only {_listed(sorted(texts))}")
    if len(texts) == 1 and column.present > 1:
        return Guess("text", f"the same in every row: {_short(next(iter(texts)))}", measures=False)
    for guess in (_as_date(column), _as_sequence(column), _as_number(column, style), _as_choice(column)):
        if guess is not None:
            return guess
    return Guess("text", f"{len(texts)} different texts")


def _as_date(column: ColumnTexts) -> Guess | None:
    share = column.share(text for text in column.counts if _ISO.fullmatch(text) or _SPOKEN.fullmatch(text))
    return Guess("date", f"{share:.0%} are dates".replace("%", " %")) if share >= _MOSTLY else None


def _as_number(column: ColumnTexts, style: Style) -> Guess | None:
    numbers = {text for text in column.counts if read_number(text, style) is not None}
    share = column.share(numbers)
    others = [text for text in column.counts if text not in numbers]
    about = all(re.search(r"\d", text) and len(text) < 15 for text in others)
    if share < (0.6 if about else _MOSTLY):
        return None
    whole = all(re.fullmatch(r"\d+(\.0+)?", text) for text in column.counts)
    if whole and _IDENTIFIES.search(column.name):
        return Guess("text", "whole numbers, and by its name they tell things apart", measures=False)
    because = f"{share:.0%} are numbers".replace("%", " %")
    if others:
        because += f"; not {_listed([_short(text) for text in others[:3]])}"
    return Guess("number", because)


def _as_choice(column: ColumnTexts) -> Guess | None:
    options: dict[str, str] = {}
    for text, _ in column.counts.most_common():
        options.setdefault(text.casefold(), text)
    few = len(options) <= _MOST_OPTIONS and len(options) * 2 <= column.present
    if not few or max(map(len, options.values())) > 60:
        return None
    listed = tuple(sorted(options.values(), key=str.casefold))
    return Guess("choice", f"{len(listed)} values: {_listed([_short(text) for text in listed[:6]])}", listed)


def _as_sequence(column: ColumnTexts) -> Guess | None:
    widths = Counter({text: sequence_width(text) for text in column.counts})
    if column.share(text for text in column.counts if widths[text]) < _MOSTLY:
        return None
    width = Counter(width for width in widths.values() if width).most_common(1)[0][0]
    return Guess(
        "sequence", "steps of numbers in time", channels=tuple(f"channel {n + 1}" for n in range(width))
    )


def sequence_width(text: str) -> int:
    """Return how many values each step of a sequence has; 0 when the text is none."""
    if text.startswith("["):
        try:
            steps = json.loads(text)
        except ValueError:
            return 0
        if not isinstance(steps, list) or not steps:
            return 0
        return len(steps[0]) if isinstance(steps[0], list) else int(isinstance(steps[0], int | float))
    return len(text.split(";", maxsplit=1)[0].split()) if _STEPS.fullmatch(text) else 0


def evidence_of(columns: Iterable[ColumnTexts]) -> Evidence:
    """Gather how the columns write numbers and dates."""
    evidence = Evidence()
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
    for place, column in enumerate(columns):
        if column.present < column.rows or not column.counts:
            continue
        unique = len(column.counts) == column.rows
        agreeing = joined.get(column.name, 0.0)
        if not unique and agreeing < 0.98:
            continue
        score = (4 if _NAMES_CASES.search(column.name) else 0) + (2 if unique else 1) - place / len(columns)
        if not _NAMES_CASES.search(column.name) and all(
            read_number(text) is not None for text in column.counts
        ):
            score -= 3  # a measurement may happen to be unique
        because = "unique in every row" if unique else "unique after joining the rows of each case"
        if best is None or score > best[0]:
            best = (score, column.name, because)
    return (best[1], best[2]) if best else None


def group_column(columns: Sequence[ColumnTexts], case: str) -> str:
    """Return a column that looks like the person behind several cases, else the case column."""
    for column in columns:
        repeats = column.present == column.rows and 1 < len(column.counts) < column.rows
        if column.name != case and repeats and _NAMES_GROUPS.search(column.name.strip()):
            return column.name
    return case


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
    reserved = {"case", "is", "split", "missing", "model", "model_note", *taken}
    name, count = plain, 1
    while name in reserved:
        count += 1
        name = f"{plain}_{count}"
    return name


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(texts[:-1]) + f" and {texts[-1]}" if len(texts) > 1 else "".join(texts)


def _short(text: str) -> str:
    return f"'{text[:30]}...'" if len(text) > 30 else text
