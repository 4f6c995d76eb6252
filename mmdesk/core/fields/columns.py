"""The texts of a table's column, counted, and what they seem to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mmdesk.core.fields.field import DEFAULT_MISSING

MOSTLY = 0.9
"""Share of a column's cells that must be of a kind before the column is taken for it."""


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
class ColumnTexts:
    """The texts of one column, counted.

    Attributes:
        name: The column's name.
        counts: How often each present text occurs.
        rows: How many rows were looked at.
    """

    name: str
    counts: Counter[str] = field(default_factory=Counter)
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


def percent(share: float) -> str:
    """Return a share as a person reads it ("93 %")."""
    return f"{share:.0%}".replace("%", " %")


def listed(texts: Sequence[str]) -> str:
    """Return texts as a list in words."""
    return ", ".join(texts[:-1]) + f" and {texts[-1]}" if len(texts) > 1 else "".join(texts)


def short(text: str) -> str:
    """Return a text, a long one cut and in quotes."""
    return f"'{text[:30]}...'" if len(text) > 30 else text
