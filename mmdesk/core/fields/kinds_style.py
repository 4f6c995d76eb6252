"""How numbers and dates are written, where it differs between people and tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """A way of writing numbers and dates.

    Attributes:
        decimal: `.` or `,`: what stands before a fraction.
        day_first: True for 31/12/2020, False for 12/31/2020, None when not known:
            then a date that could be either is refused, never guessed.
    """

    decimal: str = "."
    day_first: bool | None = None


PLAIN = Style()
"""Points in numbers and ISO dates, as in files made by programs."""
