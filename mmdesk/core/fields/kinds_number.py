"""Numbers: how they are read and written, and the kind of field that holds one."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.amounts import (
    HOURS,
    PERCENT,
    YEARS,
    is_clearly_age,
    read_age,
    read_clock,
    without_percent,
)
from mmdesk.core.fields.columns import MOSTLY, ColumnTexts, Guess, listed, percent, short
from mmdesk.core.fields.dates import read_serial
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import Judged, Loss, Storage, Witness
from mmdesk.core.fields.kind_scalar import Scalar
from mmdesk.core.fields.kinds_style import PLAIN, Style, in_ascii
from mmdesk.core.fields.states import TargetPrediction, TargetState
from mmdesk.core.fields.values import Value
from mmdesk.words import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_BLANKS = re.compile(r"[ \u00a0\u202f\u2009\u2007]")
_SPACED = re.compile(rf"[+-]? ?(?:\d+|[1-9]\d{{0,2}}(?:{_BLANKS.pattern}\d{{3}})+)(?:[.,]\d*)?(?: ?[eE][+-]?\d+)?")
_NAMES_AGE = re.compile(
    r"(^|[\W_])(age|ages|alter|\u00e2ge|edad|et\u00e0|idade|leeftijd|wiek|\u0432\u043e\u0437\u0440\u0430\u0441\u0442)($|[\W_])|[a-z]Age$",
    re.IGNORECASE,
)
_NAMES_AMOUNTS = re.compile(
    r"(^|[\W_])(n|no|num|number|count|counts|anzahl|nombre|age|years?|months?|days?|size|mm|cm|kg|mg)($|[\W_])",
    re.IGNORECASE,
)
_NAMES_DATES = re.compile(
    r"(date|datum|dat(?![a-z])|fecha|data(?![a-z])|\u0434\u0430\u0442\u0430|birth|geb(?![a-z])|dob|day(?![a-z])|tag(?![a-z]))",
    re.IGNORECASE,
)
_CODE = re.compile(r"(-?\d{1,4})(?:\.0+)?")
_MOST_DIGITS = 15
"""Digits that a number holds without loss."""
_STANDS_IN = re.compile(r"-1|-?(?:([789])\1*)(?:\.0+)?")
"""Numbers that stand for a missing value beside codes and measurements: 9, 99, -999, 8888."""
_MOST_CODES = 7
_CLEAR_AGES = 0.3
_IDENTIFIES = re.compile(r"(^|[\W_])(id|uid|accession|key)($|[\W_])|[a-z]ID$")


class OutOfRange(FieldProblem):
    """A number that is understood but outside the field's range."""


def tidy(number: float) -> str:
    """Return a number without what no measurement tells."""
    return f"{number:.10g}"


def read_number(text: str, style: Style = PLAIN) -> float | None:
    """Return the number that a text means in a style, or None.

    "1,5" is one and a half in every style, since no thousands group has one digit;
    "1,500" is 1500 with a decimal point and 1.5 with a decimal comma. Groups have three digits, or
    two and three at last as in India, and do not begin with 0. Blanks count only between groups:
    "110 70" is two numbers and so none.

    Example:
        >>> read_number("1,5"), read_number("1,500"), read_number("1,500", Style(","))
        (1.5, 1500.0, 1.5)
        >>> read_number("12 500"), read_number("110 70")
        (12500.0, None)
    """
    plain = in_ascii(text.strip())
    if _BLANKS.search(plain):
        if not _SPACED.fullmatch(plain):
            return None
        plain = _BLANKS.sub("", plain)
    decimal, other = (",", ".") if style.decimal == "," else (".", ",")
    groups = rf"(?:\d{{0,2}}(?:\{other}\d{{3}})+|\d?(?:\{other}\d{{2}})+\{other}\d{{3}})"
    if re.fullmatch(rf"[+-]?[1-9]{groups}(\{decimal}\d*)?", plain):
        plain = plain.replace(other, "")
    if plain.count(",") == 1:
        plain = plain.replace(",", ".") if "." not in plain else plain
    if not _NUMBER.fullmatch(plain):
        return None
    number = float(plain)
    return number if math.isfinite(number) else None


class Number(Scalar[float]):
    """A finite number, in a unit and a range."""

    name = "number"
    roles = ("input", "target", "note")
    keys = ("unit", "min", "max")
    storage = Storage.REAL
    orders = True
    precedence = 60
    is_amount = True
    cell_type = float
    loss = Loss.HUBER
    judged = Judged.NUMBER
    control = "amount"

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> float:
        """Read a number; raise `OutOfRange` outside the field's range."""
        number, assumed = _amount(text, field.unit, style)
        if number is None or assumed:
            raise self.refuse(text, field)
        self.check(number, field)
        return number

    def take(self, text: str, field: Field, style: Style = PLAIN) -> float:
        """Read a number; also an age such as "50+", for which `assumes` says what was taken for granted."""
        number, _ = _amount(text, field.unit, style)
        if number is None:
            raise self.refuse(text, field)
        self.check(number, field)
        return number

    def assumes(self, text: str, field: Field, style: Style = PLAIN) -> str:
        """Say how an age that is no number was read."""
        number, assumed = _amount(text, field.unit, style)
        return (
            tr("'{text_}' is read as {tidy}, {assumed}", text_=text, tidy=tidy(number), assumed=assumed)
            if number is not None and assumed
            else ""
        )

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no finite number or lies outside the range."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.refuse(value, field)
        below = field.min is not None and value < field.min
        above = field.max is not None and value > field.max
        if below or above:
            raise OutOfRange(
                tr(
                    "{title}: {tidy} is {beyond}.",
                    title=field.title,
                    tidy=tidy(value),
                    beyond=self._beyond(field, below=below),
                ),
                do=tr("Type {say}, or mark it missing.", say=self.say(field)),
            )

    def show(self, value: float, field: Field, style: Style = PLAIN) -> str:
        """Return the number with the style's decimal sign."""
        return tidy(float(value)).replace(".", style.decimal)

    def say(self, field: Field) -> str:
        """Say the range and unit."""
        limits = self._range(field)
        unit = field.unit if limits or not field.unit else tr("of {unit}", unit=field.unit)
        return " ".join(word for word in ("a number", limits, unit) if word)

    def wrong(self, field: Field) -> str:
        """Return a number above the range, or a word."""
        return tidy(field.max + 1) if field.max is not None else tr("no number")

    def to_store(self, value: float, field: Field) -> Any:
        """Return it as a float."""
        return float(value)

    def from_store(self, raw: Any, field: Field) -> float:
        """Return it as a float."""
        return float(raw)

    @staticmethod
    def _beyond(field: Field, *, below: bool) -> str:
        if field.min is not None and field.max is not None:
            return tr("not between {tidy} and {tidy_2}", tidy=tidy(field.min), tidy_2=tidy(field.max))
        return tr("below {tidy}", tidy=tidy(field.min or 0)) if below else tr("above {tidy}", tidy=tidy(field.max or 0))

    @staticmethod
    def _range(field: Field) -> str:
        if field.min is not None and field.max is not None:
            return tr("from {tidy} to {tidy_2}", tidy=tidy(field.min), tidy_2=tidy(field.max))
        if field.min is not None:
            return tr("of at least {tidy}", tidy=tidy(field.min))
        return tr("of at most {tidy}", tidy=tidy(field.max)) if field.max is not None else ""

    def guess(self, column: ColumnTexts, style: Style) -> Guess | None:
        """Take a column that is mostly numbers, and whose other texts are much like them."""
        if codes := codes_of(column, _MOST_CODES):
            return Guess("choice", tr("{count} codes: {listed}", count=len(codes), listed=listed(codes)), codes)
        plain = {text for text in column.counts if read_number(text, style) is not None}
        unit = _unit_of(column, plain, style)
        numbers = {text for text in column.counts if _amount(text, unit, style)[0] is not None}
        share = column.share(numbers)
        others = [text for text in column.counts if text not in numbers]
        about = all(re.search(r"\d", text) and len(text) < 15 for text in others)
        if share < (0.6 if about else MOSTLY):
            return None
        whole = all(re.fullmatch(r"\d+(\.0+)?", text) for text in column.counts)
        if whole and _IDENTIFIES.search(column.name):
            return Guess("text", tr("whole numbers, and by its name they tell things apart"), measures=False)
        if code := _tells_apart(column):
            return Guess(
                "text", tr("digits such as {code}, of which a number would lose some", code=code), measures=False
            )
        because = tr("{percent} are numbers", percent=percent(share))
        if others:
            because += tr("; not {listed}", listed=listed([short(text) for text in others[:3]]))
        if read := sorted(numbers - plain):
            because += tr(
                "; '{read}' is read as {tidy} {unit}",
                read=read[0],
                tidy=tidy(_amount(read[0], unit, style)[0] or 0),
                unit=unit,
            )
        serials = [text for text in column.counts if read_serial(text)]
        if column.share(serials) >= MOSTLY and _NAMES_DATES.search(column.name):
            because += tr(
                "; as a spreadsheet's day number {serials} is {read_serial}",
                serials=serials[0],
                read_serial=read_serial(serials[0]),
            )
            doubt = tr(
                "'{name}' {because}, but is read as a number. ",
                name=column.name,
                because=because[because.index("as a") :],
            )
            return Guess(self.name, because, doubt=doubt + tr("For dates, write them as 2021-03-01."))
        doubt = _stand_ins(column, plain, style)
        if unit == PERCENT and plain:
            bare = min(plain, key=lambda text: read_number(text, style) or 0)
            doubt = tr(
                "'{name}' holds '{bare}' beside percentages; it is read as {bare} %. Check it.",
                name=column.name,
                bare=bare,
            )
        return Guess(self.name, because, unit=unit, doubt=doubt)

    def tell(self, text: str, witness: Witness) -> None:
        """Show how numbers are written."""
        witness.number(text)

    def to_cell(self, value: float, field: Field) -> float:
        """Return it as a float."""
        return float(value)

    def amount(self, value: float) -> float:
        """Return the number."""
        return float(value)

    def learn_target(self, values: Sequence[float], field: Field, *, log: bool | None) -> TargetState:
        """Learn middle and spread of the numbers, or of their logarithms."""
        from mmdesk.core.fields.arrays import learn_amount

        return learn_amount(self.name, values, field.title, log=log)

    def wanted(self, value: float, field: Field) -> Sequence[float]:
        """Return the number in the field's unit."""
        return (float(value),)

    def read(self, row: NDArray[Any], state: TargetState, name: str) -> TargetPrediction:
        """Return the estimate with its interval."""
        from mmdesk.core.fields.arrays import read_amount

        return read_amount(float(row[0]), state)

    def show_estimate(self, number: float, digits: int, field: Field, style: Style = PLAIN) -> str:
        """Return it with just so many decimal places."""
        return f"{number:.{digits}f}".replace(".", style.decimal)


def codes_of(column: ColumnTexts, most: int) -> tuple[str, ...]:
    """Return the values of a column of few small whole numbers that come again and again, else nothing.

    Args:
        column: The column; one whose name tells of an amount has no codes.
        most: How many different values there may be.
    """
    found = [_CODE.fullmatch(text) for text in column.counts]
    values = {int(code[1]) for code in found if code}
    few = 2 <= len(values) <= most and column.present >= max(4 * len(values), 8)
    if not all(found) or not few or _NAMES_AMOUNTS.search(column.name):
        return ()
    if any(abs(value) > 2 * most and not _STANDS_IN.fullmatch(str(value)) for value in values):
        return ()
    return tuple(str(value) for value in sorted(values))


def _tells_apart(column: ColumnTexts) -> str:
    """Return digits that are a code and no amount: more than a number holds, or zeros that lead them."""
    for text in column.counts:
        if text.isdecimal() and len(text) > _MOST_DIGITS:
            return text
    padded = [text for text in column.counts if text.isdecimal() and text.startswith("0") and len(text) > 1]
    whole = all(map(str.isdecimal, column.counts)) and len(set(map(len, column.counts))) == 1
    named = _NAMES_AGE.search(column.name) or _NAMES_AMOUNTS.search(column.name)
    return padded[0] if padded and whole and not named and len(padded[0]) > 3 else ""


def _stand_ins(column: ColumnTexts, plain: set[str], style: Style) -> str:
    """Say that numbers such as -999 lie far from all others, as those do that stand for a missing value."""
    values = {text: read_number(text, style) or 0.0 for text in plain}
    others = [value for text, value in values.items() if not _STANDS_IN.fullmatch(text)]
    if len(others) < 3:
        return ""
    low, high = min(others), max(others)
    reach = max(high - low, abs(low), abs(high))
    far = sorted(text for text, value in values.items() if value < min(low - reach, 0) or value > high + 2 * reach)
    far = [text for text in far if _STANDS_IN.fullmatch(text)]
    if not far:
        return ""
    tokens = ", ".join(f'"{text}"' for text in far)
    return tr(
        "'{name}' holds {listed}, far from its other numbers and read as a number. Where it "
        "means that nothing is known, write missing = [{tokens}] for it into the schema.",
        name=column.name,
        listed=listed(far),
        tokens=tokens,
    )


def _unit_of(column: ColumnTexts, plain: set[str], style: Style) -> str:
    """Return the unit that the texts of a column say, or its name; empty for none."""
    if column.share(text for text in column.counts if without_percent(text)) >= MOSTLY:
        return PERCENT
    if column.share(text for text in column.counts if read_clock(text) is not None) >= MOSTLY:
        return HOURS
    ages = {text for text in column.counts if text not in plain and read_age(text)}
    said = {text for text in ages if is_clearly_age(text)}
    by_texts = column.share(said) >= _CLEAR_AGES and column.share(ages | plain) >= MOSTLY
    if ages and (by_texts or _NAMES_AGE.search(column.name)):
        return YEARS
    return ""


def _amount(text: str, unit: str, style: Style) -> tuple[float | None, str]:
    """Return the number that a text means in a unit, and what that takes for granted."""
    number = read_number(text, style)
    if number is not None:
        return number, ""
    if unit == YEARS:
        return read_age(text) or (None, "")
    if unit == HOURS:
        return read_clock(text), ""
    if unit == PERCENT and (part := without_percent(text)):
        return read_number(part, style), ""
    return None, ""
