"""Dates as people and programs write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_TIME: Final = (
    r"(?P<time>(?:T|,?\s+)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
    r"\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_ORDINAL: Final = r"(?:\.|st|nd|rd|th|er|\u00ba|\u00aa|\u00b0)?"
_WORD: Final = r"(?P<name>[^\W\d_]{3,12})\.?"
_YEAR: Final = r"(?P<year>\d{4}|\d{2})(?:\s*(?:\u0433|\u0433\u043e\u0434\u0430|\u0440)\.?)?"
"""A year, behind which Russian and Ukrainian write their word for it."""
_YEAR_FIRST: Final = re.compile(
    rf"(?P<year>\d{{4}})(?P<sign>[-/.])(?P<month>\d{{1,2}})(?P=sign)(?P<day>\d{{1,2}})(?:{_TIME}|[T ].*)"
)
_COMPACT: Final = re.compile(
    r"(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?P<time>\d{6}(?:\.\d+)?)?"
)
_SPOKEN: Final = re.compile(rf"(?P<first>\d{{1,2}})(?P<sign>[-/.])\s?(?P<second>\d{{1,2}})(?P=sign)\s?{_YEAR}{_TIME}")
_NAMED: Final = (
    re.compile(rf"(?P<day>\d{{1,2}}){_ORDINAL}[\s./-]*(?:de\s+)?{_WORD}[\s./,-]*(?:de\s+)?{_YEAR}{_TIME}"),
    re.compile(rf"{_WORD}[\s./-]*(?P<day>\d{{1,2}}){_ORDINAL}[\s,./-]+{_YEAR}{_TIME}"),
    re.compile(rf"(?P<year>\d{{4}})[\s./-]*{_WORD}[\s./-]*(?P<day>\d{{1,2}}){_TIME}"),
)
_MONTH: Final = re.compile(
    r"(?:0?[1-9]|1[0-2])[./](?:19|20)\d\d|(?:19|20)\d\d[./]?(?:0[1-9]|1[0-2])|(?:19|20)\d\d-?W[0-5]\d"
)
_FIRST_SERIAL, _LAST_SERIAL = date(1930, 1, 1), date(2049, 12, 31)
_SERIAL_ZERO: Final = date(1899, 12, 30)
_LAST_TWENTY: Final = 29
"""Two digits up to this are years from 2000 on, as in spreadsheet programs."""
_MONTHS: Final = (
    "january january januar janvier enero gennaio janeiro января январь januari stycznia styczeń",
    "february february februar février febrero febbraio fevereiro февраля февраль februari lutego luty",
    "march march märz mars marzo marzo março марта март maart marts marca marzec",
    "april april april avril abril aprile abril апреля апрель kwietnia kwiecień",
    "may may mai mai mayo maggio maio мая май mei maj maja",
    "june june juni juin junio giugno junho июня июнь czerwca czerwiec",
    "july july juli juillet julio luglio julho июля июль lipca lipiec",
    "august august august août agosto agosto agosto августа август augustus augusti sierpnia sierpień",
    "september sept september septembre septiembre settembre setembro сентября сентябрь września wrzesień",
    "october october oktober octobre octubre ottobre outubro октября октябрь października październik",
    "november november november novembre noviembre novembre novembro ноября ноябрь listopada listopad",
    "december december dezember décembre diciembre dicembre dezembro декабря декабрь grudnia grudzień",
)


def _plain(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _by_prefix() -> dict[str, int]:
    """Return the months by each beginning of three letters or more that means only one."""
    meant: dict[str, set[int]] = {}
    for month, names in enumerate(_MONTHS, 1):
        for name in map(_plain, (*names.split(), *(("jänner",) if month == 1 else ()))):
            for length in range(3, len(name) + 1):
                meant.setdefault(name[:length], set()).add(month)
    return {prefix: months.pop() for prefix, months in meant.items() if len(months) == 1}


_PREFIXES: Final = _by_prefix()


@dataclass(frozen=True, slots=True)
class Written:
    """A date as it is written.

    Attributes:
        year: With four digits.
        first: The month, or what stands first where the order is open.
        second: The day, or what stands second where the order is open.
        spoken: Day and month are both numbers before the year, so their order depends on people.
        short: The year has two digits, so the century is taken for granted.
        timed: A time of day stands behind it.
    """

    year: int
    first: int
    second: int
    spoken: bool = False
    short: bool = False
    timed: bool = False

    def day(self, day_first: bool | None) -> date | None:
        """Return the day; None where it does not exist or the order is not known.

        Args:
            day_first: Whether the day stands before the month; None where nothing tells.
        """
        month, day = self.first, self.second
        if self.spoken:
            if day_first is None and self.first <= 12 and self.second <= 12 and self.first != self.second:
                return None
            if self.first > 12 if day_first is None else day_first:
                month, day = day, month
        try:
            return date(self.year, month, day)
        except ValueError:
            return None

    @property
    def exists(self) -> bool:
        """Whether it is a day of the calendar in one order at least."""
        return self.day(day_first=False) is not None or self.day(day_first=True) is not None


def read_written(text: str) -> Written | None:
    """Return the date that a text is, or None.

    Example:
        >>> read_written("01-M\u00e4r-2021").day(None), read_written("20210301").day(None)
        (datetime.date(2021, 3, 1), datetime.date(2021, 3, 1))
    """
    text = text.strip()
    if not 6 <= len(text) <= 60:
        return None
    if found := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        numbers = (int(found["year"]), int(found["month"]), int(found["day"]))
        return Written(*numbers, timed=bool(found["time"]) or len(text) > 10)
    if found := _SPOKEN.fullmatch(text):
        year, short = _year(found["year"])
        return Written(year, int(found["first"]), int(found["second"]), True, short, bool(found["time"]))
    for pattern in _NAMED:
        if (found := pattern.fullmatch(text)) and (month := _PREFIXES.get(_plain(found["name"]))):
            year, short = _year(found["year"])
            return Written(year, month, int(found["day"]), short=short, timed=bool(found["time"]))
    return None


def _year(digits: str) -> tuple[int, bool]:
    if len(digits) == 4:
        return int(digits), False
    return int(digits) + (2000 if int(digits) <= _LAST_TWENTY else 1900), True


def is_month(text: str) -> bool:
    """Tell whether a text is a month or a week of a year, which has no day.

    Example:
        >>> is_month("03.2021"), is_month("202103"), is_month("2021-W05"), is_month("13.2021")
        (True, True, True, False)
    """
    return bool(_MONTH.fullmatch(text.strip()))


def read_serial(text: str) -> date | None:
    """Return the day that a spreadsheet's day number of five digits means, or None.

    Example:
        >>> read_serial("44197"), read_serial("4419")
        (datetime.date(2021, 1, 1), None)
    """
    if not re.fullmatch(r"\d{5}(?:\.\d+)?", text.strip(), re.ASCII):
        return None
    day = _SERIAL_ZERO + timedelta(days=int(text.strip()[:5]))
    return day if _FIRST_SERIAL <= day <= _LAST_SERIAL else None
