"""The texts of a table's column, counted, and what they seem to be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mmdesk.core.fields.field import DEFAULT_MISSING
from mmdesk.core.fields.words import CLASS_WORDS, MISSING_WORDS, SHEET_ERRORS, SIGNS, fold
from mmdesk.words import tr

MOSTLY = 0.9
"""Share of a column's cells that must be of a kind before the column is taken for it."""
_LONGEST_WORD = 40
_PLUS = re.compile(r"\(?\++\)?")
"""How findings are written beside which a minus means that there is none: +, ++, (+)."""
_LONG, _LONG_KEPT = 2000, 100
"""Characters from which on a text is counted by its beginning, after so many different ones."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column seems to be.

    Attributes:
        kind: A kind of field; empty for a column that holds nothing.
        because: Why, in words ("93 % are numbers").
        options: Values of a choice.
        channels: Names of a sequence's channels.
        unit: Unit of a number.
        measures: The values say something about the case; False for names, constants and blanks.
        doubt: What a person should check, as a sentence; empty for nothing.
    """

    kind: str
    because: str
    options: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    unit: str = ""
    measures: bool = True
    doubt: str = ""


@dataclass(slots=True)
class ColumnTexts:
    """The texts of one column, counted.

    Attributes:
        name: The column's name.
        counts: How often each present text occurs.
        blanks: How often each word occurs that may say that there is nothing.
        rows: How many rows were looked at.
    """

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    blanks: Counter[str] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        """Count a cell."""
        self.rows += 1
        text = text.strip()
        folded = fold(text) if len(text) < _LONGEST_WORD else ""
        if text in DEFAULT_MISSING or folded in MISSING_WORDS or folded in SHEET_ERRORS:
            self.blanks[text] += 1
        elif len(text) > _LONG and len(self.counts) > _LONG_KEPT:
            self.counts[f"{text[:_LONG]} {hash(text)}"] += 1
        else:
            self.counts[text] += 1

    @property
    def classes(self) -> list[str]:
        """The words among the blanks that are classes where the column is one of classes."""
        graded = bool(self.counts) and all(_PLUS.fullmatch(text) for text in self.counts)
        return [text for text in self.blanks if fold(text) in CLASS_WORDS or (graded and fold(text) in SIGNS)]

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
    return ", ".join(texts[:-1]) + tr(" and {texts}", texts=texts[-1]) if len(texts) > 1 else "".join(texts)


def short(text: str) -> str:
    """Return a text, a long one cut and in quotes."""
    return f"'{text[:30]}...'" if len(text) > 30 else text
