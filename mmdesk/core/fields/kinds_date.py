"""The kind of field that holds a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from mmdesk.core.fields.columns import MOSTLY, ColumnTexts, Guess, percent
from mmdesk.core.fields.dates import is_month, read_written
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import Witness
from mmdesk.core.fields.kind_scalar import Scalar
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.values import Value
from mmdesk.words import tr


class Date(Scalar[date]):
    """A day of the calendar."""

    name = "date"
    roles = ("input", "note")
    found_by_word = True
    orders = True
    precedence = 80
    is_date = True

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> date:
        """Read a date; day and month as numbers only in the style's order, or where one cannot be a month."""
        written = read_written(text)
        day = written.day(style.day_first) if written else None
        if day is None:
            raise self.refuse(text, field)
        return day

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no date."""
        if not isinstance(value, date):
            raise self.refuse(value, field)

    def show(self, value: date, field: Field, style: Style = PLAIN) -> str:
        """Return the ISO form, which nobody reads two ways."""
        return value.isoformat()

    def say(self, field: Field) -> str:
        """Say the form."""
        return tr("a date as year-month-day")

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
        """Take a column that is mostly dates; months and weeks, which are no days, stay texts."""
        months = [text for text in column.counts if is_month(text)]
        if len(months) > 1 and column.share(months) >= MOSTLY:
            because = tr("months or weeks such as {months}; a date needs a day", months=months[0])
            return Guess("text", because, measures=False)
        share = column.share(text for text in column.counts if (written := read_written(text)) and written.exists)
        return Guess(self.name, tr("{percent} are dates", percent=percent(share))) if share >= MOSTLY else None

    def tell(self, text: str, witness: Witness) -> None:
        """Show whether days stand before months."""
        witness.date(text)

    def amount(self, value: date) -> float:
        """Return the days since the year 1."""
        return float(value.toordinal())
