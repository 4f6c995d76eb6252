"""The kind of field that holds any number of options at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmdesk.core.fields.columns import ColumnTexts, Guess, listed, short
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import Judged, Loss
from mmdesk.core.fields.kind_options import WithOptions
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.states import TargetPrediction, TargetState
from mmdesk.core.fields.values import Missing, Value
from mmdesk.words import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray


_MOST_OPTIONS = 20
_APART = re.compile(r"[|;]")


def parts_of(text: str) -> list[str]:
    """Return the labels that a text lists, apart by `|` or `;`."""
    return [part.strip() for part in _APART.split(text) if part.strip()]


class Labels(WithOptions[tuple[str, ...]]):
    """Any number of the field's options at once; none of them is written as `-`."""

    name = "labels"
    roles = ("target",)
    keys = ("columns", "options")
    contained = True
    several = True
    precedence = 30
    loss = Loss.BINARY
    judged = Judged.BINARY

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> tuple[str, ...]:
        """Read options apart by `|` or `;`; `-` is none of them."""
        if text.strip() == "-":
            return ()
        chosen = {part: self.find(part, field) for part in parts_of(text) or [text]}
        for part, option in chosen.items():
            if option is None:
                raise self.refuse(part.strip(), field)
        return tuple(option for option in field.options if option in chosen.values())

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is not a tuple of options."""
        if not isinstance(value, tuple):
            raise self.refuse(value, field)
        for part in value:
            if part not in field.options:
                raise self.refuse(part, field)

    def show(self, value: tuple[str, ...], field: Field, style: Style = PLAIN) -> str:
        """Return the options apart by `|`."""
        return "|".join(value) if value else "-"

    def say(self, field: Field) -> str:
        """List the options."""
        return tr("any of {either}", either=self.either(field))

    def to_store(self, value: tuple[str, ...], field: Field) -> Any:
        """Return the shown form."""
        return self.show(value, field)

    def from_store(self, raw: Any, field: Field) -> tuple[str, ...] | Missing:
        """Read the shown form."""
        chosen = () if raw == "-" else tuple(raw.split("|"))
        known = not field.options or all(option in field.options for option in chosen)
        return chosen if known else self.gone(raw)

    def guess(self, column: ColumnTexts, style: Style) -> Guess | None:
        """Take a column of lists whose parts come again."""
        lists = [text for text in column.counts if _APART.search(text) and len(parts_of(text)) > 1]
        parts: dict[str, str] = {}
        for text in column.counts:
            for part in parts_of(text):
                parts.setdefault(part.casefold(), part)
        if not lists or not 2 <= len(parts) <= _MOST_OPTIONS or len(parts) * 2 > column.present:
            return None
        if max(map(len, parts.values())) > 60:
            return None
        found = tuple(sorted((part for part in parts.values() if part != "-"), key=str.casefold))
        because = tr(
            "lists such as {short}, of {count} labels: {listed}",
            short=short(lists[0]),
            count=len(found),
            listed=listed(found[:6]),
        )
        return Guess(self.name, because, found)

    def brief(self, field: Field) -> str:
        """Say how many there are."""
        return f"{len(field.options)} labels"

    def answers(self, field: Field) -> tuple[tuple[Any, str], ...]:
        """Return each option alone."""
        return tuple((option, option) for option in field.options)

    def wanted(self, value: tuple[str, ...], field: Field) -> Sequence[float]:
        """Return 1 for each label that holds."""
        return [float(option in value) for option in field.options]

    def read(self, row: NDArray[Any], state: TargetState, name: str) -> TargetPrediction:
        """Return the labels from 0.5 on."""
        from mmdesk.core.fields.arrays import by_option

        chances = by_option(state, row)
        return TargetPrediction(tuple(option for option, p in chances.items() if p >= 0.5), chances)
