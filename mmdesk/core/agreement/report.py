"""The agreement of readers on one question: figures with intervals, pair by pair, and over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Final

import numpy as np

from mmdesk.core.agreement import coefficients as at
from mmdesk.core.agreement.coefficients import Coefficient
from mmdesk.core.judge.bootstrap import REPLICATES, draws, interval_of, plain, replicated
from mmdesk.core.judge.metrics import Floats
from mmdesk.words import QT_TR_NOOP, tr

NOMINAL, ORDINAL, AMOUNT = "nominal", "ordinal", "amount"
_DRAWN_CELLS = 10_000_000
_FEWEST_DRAWS = 200

FIGURES: Final[Mapping[str, tuple[str, Coefficient]]] = {
    "percent": (QT_TR_NOOP("Same answer"), at.percent),
    "cohen": (QT_TR_NOOP("Cohen's kappa"), at.cohen),
    "cohen_linear": (QT_TR_NOOP("Cohen's kappa, linear weights"), at.cohen_linear),
    "cohen_quadratic": (QT_TR_NOOP("Cohen's kappa, quadratic weights"), at.cohen_quadratic),
    "fleiss": (QT_TR_NOOP("Fleiss' kappa"), at.fleiss),
    "ac1": (QT_TR_NOOP("Gwet's AC1"), at.gwet_ac1),
    "alpha": (QT_TR_NOOP("Krippendorff's alpha"), at.alpha_nominal),
    "alpha_ordinal": (QT_TR_NOOP("Krippendorff's alpha, ordered"), at.alpha_ordinal),
    "alpha_interval": (QT_TR_NOOP("Krippendorff's alpha, numbers"), at.alpha_interval),
    "icc11": (QT_TR_NOOP("ICC(1,1), readers differ by case"), at.ICC["icc11"]),
    "icc21": (QT_TR_NOOP("ICC(2,1), same value"), at.ICC["icc21"]),
    "icc31": (QT_TR_NOOP("ICC(3,1), same order"), at.ICC["icc31"]),
    "icc1k": (QT_TR_NOOP("ICC(1,k), mean of readers"), at.ICC["icc1k"]),
    "icc2k": (QT_TR_NOOP("ICC(2,k), mean, same value"), at.ICC["icc2k"]),
    "icc3k": (QT_TR_NOOP("ICC(3,k), mean, same order"), at.ICC["icc3k"]),
}
"""Title and coefficient by name."""
_OF_ALL: Final = {
    NOMINAL: ("percent", "fleiss", "ac1", "alpha"),
    ORDINAL: ("percent", "fleiss", "ac1", "alpha", "alpha_ordinal"),
    AMOUNT: ("alpha_interval", "icc11", "icc21", "icc31", "icc1k", "icc2k", "icc3k"),
}
_OF_TWO: Final = {
    NOMINAL: ("percent", "cohen", "ac1"),
    ORDINAL: ("percent", "cohen", "cohen_linear", "cohen_quadratic", "ac1"),
    AMOUNT: ("icc21", "icc31"),
}
_OVER_TIME: Final = {NOMINAL: "alpha", ORDINAL: "alpha_ordinal", AMOUNT: "alpha_interval"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A coefficient with its 95 % interval; NaN where it is not defined.

    Attributes:
        name: One of `FIGURES`.
        value: The coefficient.
        low: Where the interval begins.
        high: Where it ends.
        cases: Cases that it is made from.
    """

    name: str
    value: float
    low: float
    high: float
    cases: int

    @property
    def title(self) -> str:
        """What it is called."""
        return tr(FIGURES[self.name][0])


@dataclass(frozen=True, slots=True)
class Pair:
    """Two readers.

    Attributes:
        one: The first, whose answers are the rows of the table.
        other: The second.
        cases: Cases that both answered.
        figures: Their coefficients.
        cells: Ids of the cases by the answers of both, as indices of the options; empty for amounts.
    """

    one: str
    other: str
    cases: int
    figures: tuple[Figure, ...]
    cells: Mapping[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of the readers and what they said.

    Attributes:
        target: Name of the target.
        option: Where several options may hold at once, the one that is asked for.
        title: In words.
        level: `nominal`, `ordinal` or `amount`.
        options: The answers in words; none for amounts.
        readers: Who answered.
        cases: Ids of the cases that at least two answered.
        groups: Group of each case.
        times: UTC time of each case's last answer, ISO 8601.
        ratings: (n, k), index of the option or the amount; NaN for no answer.
        unjudged: How many answers were that it cannot be judged.
    """

    target: str
    option: str
    title: str
    level: str
    options: tuple[str, ...]
    readers: tuple[str, ...]
    cases: tuple[int, ...]
    groups: tuple[str, ...]
    times: tuple[str, ...]
    ratings: Floats
    unjudged: int = 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the readers agree on a question.

    Attributes:
        question: The question.
        figures: The coefficients of all readers.
        pairs: Each two readers with common cases.
        periods: The coefficient over time by day, week or month; see `Figure`.
        draws: How many times cases were drawn for the intervals.
    """

    question: Question
    figures: tuple[Figure, ...]
    pairs: tuple[Pair, ...]
    periods: tuple[tuple[str, Figure], ...]
    draws: int


def agreement_on(question: Question, seed: int = 1) -> Agreement:
    """Return how far the readers agree; intervals draw whole groups of cases."""
    n = len(question.cases)
    times = min(REPLICATES, max(_FEWEST_DRAWS, _DRAWN_CELLS // max(1, n)))

    def figure(name: str, rows: Sequence[int], columns: Sequence[int]) -> Figure:
        ratings = question.ratings[np.ix_(rows, columns)]
        q = max(1, len(question.options))
        coefficient = FIGURES[name][1]

        def metric(truth: Floats, _answers: Floats, weights: Floats) -> Floats:
            return coefficient(truth, q, weights)

        weights = draws([question.groups[row] for row in rows], times, seed)
        interval = interval_of(plain(metric, ratings, ratings), replicated(metric, ratings, ratings, weights))
        return Figure(name, interval.value, interval.low, interval.high, len(rows))

    everybody, every = range(len(question.readers)), range(n)
    return Agreement(
        question,
        tuple(figure(name, every, everybody) for name in _OF_ALL[question.level]),
        tuple(_pairs(question, figure)),
        tuple((words, figure(_OVER_TIME[question.level], rows, everybody)) for words, rows in _periods(question)),
        times,
    )


def _pairs(question: Question, figure: Callable[[str, Sequence[int], Sequence[int]], Figure]) -> list[Pair]:
    found = []
    for one, other in combinations(range(len(question.readers)), 2):
        both = question.ratings[:, [one, other]]
        rows = np.flatnonzero(~np.isnan(both).any(axis=1)).tolist()
        if not rows:
            continue
        cells: dict[tuple[int, int], list[int]] = {}
        for row in rows if question.options else ():
            cells.setdefault((int(both[row, 0]), int(both[row, 1])), []).append(question.cases[row])
        found.append(
            Pair(
                question.readers[one],
                question.readers[other],
                len(rows),
                tuple(figure(name, rows, [one, other]) for name in _OF_TWO[question.level]),
                {cell: tuple(ids) for cell, ids in cells.items()},
            )
        )
    return found


def _periods(question: Question) -> list[tuple[str, list[int]]]:
    """Return the cases by day, week or month of their last answer, whichever gives a readable number."""
    if not question.times:
        return []
    days = [datetime.fromisoformat(time).date() for time in question.times]
    span = (max(days) - min(days)).days
    form = "%Y-%m-%d" if span < 21 else "%G-W%V" if span < 180 else "%Y-%m"
    periods: dict[str, list[int]] = {}
    for row, day in enumerate(days):
        periods.setdefault(day.strftime(form), []).append(row)
    return sorted(periods.items())
