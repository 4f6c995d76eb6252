"""How numbers and dates are written, where it differs between people and tables."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_SIGNS = str.maketrans(
    {
        "\u2212": "-",
        "\ufe63": "-",
        "\uff0d": "-",
        "\ufe62": "+",
        "\uff0b": "+",
        "\u066b": ".",  # Arabic decimal sign
        "\u060c": ",",  # Arabic comma
        "\u2e41": ",",  # reversed comma
        **dict.fromkeys("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
    }
)
_NO_BREAK = "[\u00a0\u202f\u2009\u2007]"
_GROUPS = re.compile(rf"(?<=\d)(?:[\u066c\u12c8](?=\d)|(?:{_NO_BREAK}|['\u2019])(?=\d{{3}}(?!\d)))")
_PAIRS = re.compile(rf"(?<!\d)\d{{1,2}}(?:{_NO_BREAK}\d\d){{2,}}(?!\d)")
"""Groups of two digits, as Tok Pisin writes them; two groups alone may be two numbers."""
_TEN_TO = "[\u00d7\u00b7]10\\^|\u0623\u0633|\u0627\u0633|[\U0001e909\U0001e92b\u0415\u0435]"
_POWER = re.compile(rf"(?<=\d)(?:{_TEN_TO})(?=[-+]?\d)")


def in_ascii(text: str) -> str:
    """Return a number as it would be written with the digits and signs of a keyboard's ASCII part.

    Digits of any script, minus signs, the decimal sign of Arabic, powers of ten, and groups set apart
    by blanks that do not break, apostrophes or the group sign of Arabic, as the locales write them.
    Points and commas stay: what they mean depends on the style.

    Example:
        >>> in_ascii("\u061c-\u0661\u066c\u0662\u0663\u0664\u066b\u0665"), in_ascii("1\u202f234,5")
        ('-1234.5', '1234,5')
    """
    if text.isascii() and "'" not in text:
        return text
    digits = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    digits = _PAIRS.sub(lambda found: re.sub(_NO_BREAK, "", found[0]), digits)
    return _POWER.sub("e", _GROUPS.sub("", digits.translate(_SIGNS)))


@dataclass(frozen=True, slots=True)
class Style:
    """A way of writing numbers and dates.

    Attributes:
        decimal: `.`, `,` or the Arabic `\u066b`: what stands before a fraction.
        day_first: True for 31/12/2020, False for 12/31/2020, None when not known:
            then a date that could be either is refused, never guessed.
    """

    decimal: str = "."
    day_first: bool | None = None


PLAIN = Style()
"""Points in numbers and ISO dates, as in files made by programs."""
