"""An option of a recipe, declared once where it lives: its type, default, bounds and words.

`recipe.toml` is read and checked by these declarations, and the recipe page is made from them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeVar

from mmdesk.words import QT_TR_NOOP, tr

_TYPES: Final = {int: QT_TR_NOOP("a whole number"), float: "a number", bool: QT_TR_NOOP("true or false"), str: "a text"}
_KEY: Final = "option"

T = TypeVar("T", int, float, bool, str)


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a part of a recipe.

    Attributes:
        key: Its name in `recipe.toml`.
        words: What it is called.
        help: One sentence about it.
        default: Its value when nobody says another; gives its type.
        low: Smallest value of a number.
        high: Largest value of a number.
        step: By how much an arrow changes a number.
        allowed: The words that a text can be; empty for a file.
        suffix: What the name of a file ends with; empty for what is no file.
        first: Its value when its encoder or fusion is chosen on the recipe page, where that is
            not the default.
        main: Shown at once; the others on request.
    """

    key: str
    words: str
    help: str
    default: Any
    low: float = 0
    high: float = 0
    step: float = 0
    allowed: Collection[str] = ()
    suffix: str = ""
    first: Any = None
    main: bool = True

    @property
    def kind(self) -> type:
        """`int`, `float`, `bool` or `str`."""
        return type(self.default)

    def why_not(self, value: object) -> str:
        """Return why a value cannot be used; empty when it can."""
        fits = type(value) is self.kind or (self.kind is float and type(value) is int)
        if not fits:
            return tr('"{key}" is {types}', key=self.key, types=_TYPES[self.kind])
        if self.allowed and value not in self.allowed:
            return tr('"{key}" is one of {allowed}', key=self.key, allowed=", ".join(self.allowed))
        if isinstance(value, (int, float)) and self.kind is not bool and not self.low <= value <= self.high:
            return tr('"{key}" is between {low:g} and {high:g}', key=self.key, low=self.low, high=self.high)
        return ""


def option(
    default: T,
    words: str,
    about: str,
    *,
    low: float = 0,
    high: float = 0,
    step: float = 0,
    allowed: Collection[str] = (),
    suffix: str = "",
    first: T | None = None,
    main: bool = True,
) -> T:
    """Declare an option as a field of a frozen dataclass; the arguments are as in `Option`.

    Raises:
        ValueError: A number without bounds or step, or a text that is neither a word nor a file.
    """
    number = type(default) in (int, float)
    if number and not (low < high and step > 0):
        raise ValueError(f"{words}: a number has low, high and step")
    if isinstance(default, str) and not (allowed or suffix):
        raise ValueError(f"{words}: a text has the words allowed, or the suffix of its file")
    made = Option("", words, about, default, low, high, step, allowed, suffix, first, main)
    return field(default=default, metadata={_KEY: made})


def options_of(part: type) -> tuple[Option, ...]:
    """Return the options that a class declares, in its order, inherited ones first."""
    found: tuple[Any, ...] = fields(part)
    return tuple(replace(one.metadata[_KEY], key=one.name) for one in found if _KEY in one.metadata)
