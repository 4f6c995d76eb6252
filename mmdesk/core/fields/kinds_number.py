"""Kinds that measure: number, date, sequence; and free text."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.kinds_style import PLAIN, Style, in_ascii
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Value

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})([T ].*)?")
_SPOKEN = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")


class OutOfRange(FieldProblem):
    """A number that is understood but outside the field's range."""


def _refuse(text: str, field: Field, takes: str) -> FieldProblem:
    return FieldProblem(f"{field.title}: '{text}' is not {takes}.", do=f"Type {takes}, or mark it missing.")


def _tidy(number: float) -> str:
    return f"{number:.10g}"


def read_number(text: str, style: Style = PLAIN) -> float | None:
    """Return the number that a text means in a style, or None.

    "1,5" is one and a half in every style, since no thousands group has one digit;
    "1,500" is 1500 with a decimal point and 1.5 with a decimal comma. Groups have three digits, or
    two and three at last as in India, and do not begin with 0.

    Example:
        >>> read_number("1,5"), read_number("1,500"), read_number("1,500", Style(","))
        (1.5, 1500.0, 1.5)
    """
    plain = in_ascii(text.strip()).replace(" ", "").replace("\u00a0", "")
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


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number, in a unit and a range."""

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Value:
        """Read a number; raise `OutOfRange` outside the field's range."""
        number = read_number(text, style)
        if number is None:
            raise _refuse(text, field, self.say(field))
        self.check(number, field)
        return number

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no finite number or lies outside the range."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _refuse(str(value), field, self.say(field))
        below = field.min is not None and value < field.min
        above = field.max is not None and value > field.max
        if below or above:
            raise OutOfRange(
                f"{field.title}: {_tidy(value)} is {self._beyond(field, below=below)}.",
                do=f"Type {self.say(field)}, or mark it missing.",
            )

    def show(self, value: Value, field: Field, style: Style = PLAIN) -> str:
        """Return the number with the style's decimal sign."""
        return _tidy(float(value)).replace(".", style.decimal)  # type: ignore[arg-type]

    def say(self, field: Field) -> str:
        """Say the range and unit."""
        words = ["a number", self._range(field), field.unit]
        return " ".join(word for word in words if word)

    def wrong(self, field: Field) -> str:
        """Return a number above the range, or a word."""
        return _tidy(field.max + 1) if field.max is not None else "50+"

    def to_store(self, value: Value, field: Field) -> Any:
        """Return it as a float."""
        return float(value)  # type: ignore[arg-type]

    def from_store(self, raw: Any, field: Field) -> Value:
        """Return it as a float."""
        return float(raw)

    @staticmethod
    def _beyond(field: Field, *, below: bool) -> str:
        if field.min is not None and field.max is not None:
            return f"not between {_tidy(field.min)} and {_tidy(field.max)}"
        return f"below {_tidy(field.min or 0)}" if below else f"above {_tidy(field.max or 0)}"

    @staticmethod
    def _range(field: Field) -> str:
        if field.min is not None and field.max is not None:
            return f"from {_tidy(field.min)} to {_tidy(field.max)}"
        if field.min is not None:
            return f"of at least {_tidy(field.min)}"
        return f"of at most {_tidy(field.max)}" if field.max is not None else ""


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the calendar."""

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Value:
        """Read an ISO date, or day and month in the style's order when it is known."""
        try:
            if iso := _ISO.fullmatch(text.strip()):
                return date(int(iso[1]), int(iso[2]), int(iso[3]))
            if spoken := _SPOKEN.fullmatch(text.strip()):
                return self._spoken(int(spoken[1]), int(spoken[2]), int(spoken[3]), style)
        except ValueError:
            pass
        raise _refuse(text, field, self.say(field))

    @staticmethod
    def _spoken(first: int, second: int, year: int, style: Style) -> date:
        if style.day_first is None and first <= 12 and second <= 12 and first != second:
            raise ValueError
        day_first = first > 12 if style.day_first is None else style.day_first
        return date(year, second, first) if day_first else date(year, first, second)

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no date."""
        if not isinstance(value, date):
            raise _refuse(str(value), field, self.say(field))

    def show(self, value: Value, field: Field, style: Style = PLAIN) -> str:
        """Return the ISO form, which nobody reads two ways."""
        return value.isoformat()  # type: ignore[union-attr]

    def say(self, field: Field) -> str:
        """Say the form."""
        return "a date as year-month-day"

    def wrong(self, field: Field) -> str:
        """Return a day that does not exist."""
        return "2023-02-29"

    def to_store(self, value: Value, field: Field) -> Any:
        """Return the ISO form."""
        return value.isoformat()  # type: ignore[union-attr]

    def from_store(self, raw: Any, field: Field) -> Value:
        """Read the ISO form."""
        return date.fromisoformat(raw)


@dataclass(frozen=True, slots=True)
class Text:
    """Free text."""

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Value:
        """Return the trimmed text."""
        return text.strip()

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no text."""
        if not isinstance(value, str):
            raise _refuse(str(value), field, self.say(field))

    def show(self, value: Value, field: Field, style: Style = PLAIN) -> str:
        """Return it as it is."""
        return str(value)

    def say(self, field: Field) -> str:
        """Say so."""
        return "text"

    def wrong(self, field: Field) -> str:
        """Any text fits."""
        return ""

    def to_store(self, value: Value, field: Field) -> Any:
        """Return it as it is."""
        return value

    def from_store(self, raw: Any, field: Field) -> Value:
        """Return it as it is."""
        return str(raw)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Steps in time, each with the same number of channel values.

    Written as JSON, `[[1, 2], [3, 4]]`, or as steps apart by `;` with values apart by
    blanks, `1 2; 3 4`.
    """

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Value:
        """Read either form."""
        try:
            if text.lstrip().startswith("["):
                rows = json.loads(text)
                steps = tuple(tuple(map(float, row if isinstance(row, list) else [row])) for row in rows)
            else:
                steps = tuple(
                    tuple(self._cell(cell, style) for cell in step.split())
                    for step in text.split(";")
                    if step.strip()
                )
        except (ValueError, TypeError) as problem:
            raise _refuse(text[:40], field, self.say(field)) from problem
        self.check(steps, field)
        return steps

    @staticmethod
    def _cell(text: str, style: Style) -> float:
        number = read_number(text, style)
        if number is None:
            raise ValueError(text)
        return number

    def check(self, value: Value, field: Field) -> None:
        """Refuse no steps, ragged steps, other widths than the channels, or NaN."""
        widths = {len(step) for step in value} if isinstance(value, tuple) else set()
        wanted = {len(field.channels)} if field.channels else widths
        finite = widths and all(math.isfinite(cell) for step in value for cell in step)  # type: ignore[union-attr, arg-type]
        if len(widths) != 1 or widths != wanted or not finite:
            raise _refuse(str(value)[:40], field, self.say(field))

    def show(self, value: Value, field: Field, style: Style = PLAIN) -> str:
        """Return steps apart by semicolons, with the style's decimal sign."""
        steps = "; ".join(" ".join(_tidy(cell) for cell in step) for step in value)  # type: ignore[union-attr, arg-type]
        return steps.replace(".", style.decimal)

    def say(self, field: Field) -> str:
        """Say the width."""
        width = len(field.channels) or 1
        return f"steps apart by semicolons, {width} number{'s' if width > 1 else ''} each"

    def wrong(self, field: Field) -> str:
        """Return a step that is no number."""
        return "1; two"

    def to_store(self, value: Value, field: Field) -> Any:
        """Return JSON."""
        return json.dumps(value)

    def from_store(self, raw: Any, field: Field) -> Value:
        """Read JSON."""
        return tuple(tuple(map(float, step)) for step in json.loads(raw))
