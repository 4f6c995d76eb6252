"""The kind of field that holds a day."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from mmdesk.core.fields.columns import MOSTLY, ColumnTexts, Guess, percent
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import Witness
from mmdesk.core.fields.kind_scalar import Scalar
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.values import Value

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})([T ].*)?")
_SPOKEN = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")


class Date(Scalar[date]):
    """A day of the calendar."""

    name = "date"
    roles = ("input", "note")
    found_by_word = True
    orders = True
    precedence = 80
    is_date = True

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> date:
        """Read an ISO date, or day and month in the style's order when it is known."""
        try:
            if iso := _ISO.fullmatch(text.strip()):
                return date(int(iso[1]), int(iso[2]), int(iso[3]))
            if spoken := _SPOKEN.fullmatch(text.strip()):
                return self._spoken(int(spoken[1]), int(spoken[2]), int(spoken[3]), style)
        except ValueError:
            pass
        raise self.refuse(text, field)

    @staticmethod
    def _spoken(first: int, second: int, year: int, style: Style) -> date:
        if style.day_first is None and first <= 12 and second <= 12 and first != second:
            raise ValueError
        day_first = first > 12 if style.day_first is None else style.day_first
        return date(year, second, first) if day_first else date(year, first, second)

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no date."""
        if not isinstance(value, date):
            raise self.refuse(value, field)

    def show(self, value: date, field: Field, style: Style = PLAIN) -> str:
        """Return the ISO form, which nobody reads two ways."""
        return value.isoformat()

    def say(self, field: Field) -> str:
        """Say the form."""
        return "a date as year-month-day"

    def wrong(self, field: Field) -> str:
        """Return a day that does not exist."""
        return "2023-02-29"

    def to_store(self, value: date, field: Field) -> Any:
        """Return the ISO form."""
        return value.isoformat()

    def from_store(self, raw: Any, field: Field) -> date:
        """Read the ISO form."""
        return date.fromisoformat(raw)

    def guess(self, column: ColumnTexts, style: Style) -> Guess | None:
        """Take a column that is mostly dates."""
        share = column.share(
            text for text in column.counts if _ISO.fullmatch(text) or _SPOKEN.fullmatch(text)
        )
        return Guess(self.name, f"{percent(share)} are dates") if share >= MOSTLY else None

    def tell(self, text: str, witness: Witness) -> None:
        """Show whether days stand before months."""
        witness.date(text)

    def amount(self, value: date) -> float:
        """Return the days since the year 1."""
        return float(value.toordinal())
