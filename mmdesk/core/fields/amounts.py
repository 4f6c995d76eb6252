"""Amounts with their unit beside them: ages, times of day and durations, parts of a hundred."""

from __future__ import annotations

import re
from typing import Final

YEARS, HOURS, PERCENT = "years", "hours", "%"

_UNITS: Final = {
    1.0: "y yr yrs year years j jahr jahre jahren a an ans año años anno anni ano anos лет год года jaar lat",
    1 / 12: "m mo mos mon month months mth monat monate monaten mois mes meses mese mesi mês мес maanden",
    7 / 365.25: "w wk wks week weeks woche wochen semaine semaines semana semanas settimana settimane нед",
    1 / 365.25: "d day days tag tage tagen jour jours día días giorno giorni dia dias дн",
}
_FACTORS: Final = {unit: factor for factor, units in _UNITS.items() for unit in units.split()}
_WITH_UNIT: Final = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*([^\W\d_]{1,9})\.?(?:[\s-]*(?:old|alt))?")
_AT_LEAST: Final = re.compile(
    r"(?:>|>=|\u2265|over|above|about|approx\.?|ca\.?|circa|um|~|\u2248)?\s*(\d{1,3})\s*(\+|\?)?"
)
_DECADE: Final = re.compile(r"(?:(early|mid|late)[\s-]*)?(\d{1,2}0)'?s", re.IGNORECASE)
_SPAN: Final = re.compile(r"(\d{1,3})\s*(?:-|\u2013|to|bis)\s*(\d{1,3})")
_WITHIN: Final = {"early": 2, "mid": 5, "late": 8, None: 5}
_CLEAR: Final = re.compile(r"\d{1,3}\s*y|\d{3}[YMWD]|\d+\s*[^\W\d_]{3,}.*|(early|mid|late).*", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(-?)(\d{1,5}):([0-5]\d)(?::([0-5]\d(?:[.,]\d+)?))?")


def read_age(text: str) -> tuple[float, str] | None:
    """Return an age in years and what it takes for granted, if anything; None for what is none.

    Example:
        >>> read_age("018Y"), read_age("6 months"), read_age("early 40s")
        ((18.0, ''), (0.5, ''), (42.0, 'a year within the decade'))
    """
    plain = text.strip().casefold()
    if (found := _WITH_UNIT.fullmatch(plain)) and (factor := _FACTORS.get(found[2])):
        return round(float(found[1].replace(",", ".")) * factor, 6), ""
    if found := _DECADE.fullmatch(plain):
        return float(int(found[2]) + _WITHIN[found[1]]), "a year within the decade"
    if (found := _SPAN.fullmatch(plain)) and int(found[1]) < int(found[2]):
        return (int(found[1]) + int(found[2])) / 2, "the middle of a span"
    if found := _AT_LEAST.fullmatch(plain):
        return float(found[1]), "the number alone"
    return None


def is_clearly_age(text: str) -> bool:
    """Tell whether an age can be nothing else, whatever its column is called: "10m" may be a length.

    Example:
        >>> is_clearly_age("018Y"), is_clearly_age("6 months"), is_clearly_age("10m")
        (True, True, False)
    """
    return bool(_CLEAR.fullmatch(text.strip())) and read_age(text) is not None


def read_clock(text: str) -> float | None:
    """Return a time of day or a duration in hours, or None.

    Example:
        >>> read_clock("14:30"), read_clock("38:06:00"), read_clock("14:75")
        (14.5, 38.1, None)
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    seconds = float((found[4] or "0").replace(",", "."))
    hours = int(found[2]) + int(found[3]) / 60 + seconds / 3600
    return round(-hours if found[1] else hours, 9)


def without_percent(text: str) -> str | None:
    """Return what stands before a per cent sign, or None."""
    plain = text.strip()
    return plain.removesuffix("%").rstrip() if plain.endswith("%") else None
