"""Inputs that give a target away: equal to it, made from it, or written after it; numpy only.

Each input alone is held against each target on the training cases: its value, each word of a text,
and whether it is there at all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Value, is_present
from mmdesk.core.judge.metrics import auc
from mmdesk.core.model.prepare import prepare_targets
from mmdesk.words import tr

PLAUSIBLE: Final = 0.97
"""AUC that no input alone is believed to have: a single finding that is no part of the diagnosis hardly
reaches 0.95, and two readers of the same cases hardly agree so well. What has more is nearly always the
label itself, or was written down because of it."""

ALIKE: Final = 0.98
"""Rank correlation with a number, likewise: the same quantity measured twice hardly reaches it."""

BY_CHANCE: Final = 1e-4
"""How probable it may be at most that any of the inputs separates so few cases by luck."""

FEWEST: Final = 5
"""Cases of each answer below which nothing is said."""

MOST_CASES, MOST_WORDS, FEW_VALUES = 20_000, 200, 20
"""Cases that are looked at, words of a text, and values up to which a number is taken for a code too."""


@dataclass(frozen=True, slots=True)
class Leak:
    """An input that alone tells a target.

    Attributes:
        input: Name of the input.
        target: Name of the target.
        words: What was found, in a sentence.
        score: The AUC, or for a number the rank correlation.
        cases: How many training cases it was seen in.
    """

    input: str
    target: str
    words: str
    score: float
    cases: int

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Clue:
    """One thing that is known of each case: numbers, or classes, where it is there at all."""

    words: str
    values: NDArray[Any]
    there: NDArray[np.bool_]
    ordered: bool


def find_leaks(
    schema: Schema, cases: Sequence[Case], labels: Sequence[Mapping[str, Value]], inputs: Sequence[str] = ()
) -> list[Leak]:
    """Return the inputs that give a target away, the worst one of each input and target.

    Args:
        schema: The fields.
        cases: Cases of the training split, and of no other.
        labels: Value of each target, case by case.
        inputs: The inputs that a model sees; all of the schema when empty.
    """
    step = max(1, math.ceil(len(cases) / MOST_CASES))
    cases, labels = cases[::step], labels[::step]
    truths, weights = prepare_targets(schema, labels)
    found = []
    seen = [entry for entry in schema.inputs if not inputs or entry.name in inputs]
    clues = [(entry, clue) for entry in seen for clue in _clues(entry, cases)]
    for target in schema.targets:
        known = weights[target.name] > 0
        for entry in seen:
            scores = [
                (score, clue, column, int((known & clue.there).sum()))
                for of, clue in clues
                if of is entry
                for column in range(truths[target.name].shape[1])
                if (score := _score(clue, truths[target.name][:, column], known, target, len(clues)))
            ]
            if scores:
                score, clue, _, count = max(scores, key=lambda one: one[0])
                told = sorted({column for _, _, column, _ in scores})
                words = _say(entry, target, clue, told, score, count)
                found.append(Leak(entry.name, target.name, words, round(score, 4), count))
    return found


def _say(entry: Field, target: Field, clue: _Clue, columns: Sequence[int], score: float, count: int) -> str:
    kind = kind_of(target)
    answers = kind.answers(target)
    named = kind.outputs(target) == len(answers) and (kind.several or len(answers) > 2)
    part = f" ({', '.join(answers[column][1] for column in columns)})" if named else ""
    how = tr("rank correlation") if kind.is_amount else "AUC"
    return tr(
        "{format} alone tells {title}{part} in {count:,} training cases "
        "({how} {score:.3f}): more than is plausible. If it was made from the label or written after it, "
        "the figures mean nothing: leave it out of the recipe, or make it a note.",
        format=clue.words.format(entry.title),
        title=target.title,
        part=part,
        count=count,
        how=how,
        score=score,
    )


def _clues(entry: Field, cases: Sequence[Case]) -> Iterator[_Clue]:
    """Yield what an input tells: whether it is there, and where it is, its value in numbers or classes."""
    values = [case.inputs.get(entry.name) for case in cases]
    there = np.array([isinstance(value, ImageRef) or is_present(value) for value in values], bool)
    everywhere = np.ones(len(cases), bool)
    if there.any() and not there.all():
        yield _Clue(tr("Whether {} is there"), there.astype(int), everywhere, ordered=False)
    held = [value for value, known in zip(values, there, strict=True) if known]
    if not held or kind_of(entry).is_image:
        return
    for words, told, ordered in _readings(held):
        full = np.zeros(len(cases), told.dtype)
        full[there] = told
        yield _Clue(words, full, there, ordered)


def _readings(held: Sequence[Any]) -> Iterator[tuple[str, NDArray[Any], bool]]:
    """Yield what present values of one input tell, in which words, and whether it has an order."""
    first = held[0]
    if isinstance(first, tuple) and first and isinstance(first[0], tuple):
        yield tr("The length of {}"), np.array([len(steps) for steps in held], float), True
        for channel in range(len(first[0])):
            means = [np.nanmean([step[channel] for step in steps] or [0]) for steps in held]
            yield tr("The mean of {}"), np.nan_to_num(np.array(means, float)), True
        return
    if isinstance(first, date):
        yield "{}", np.array([value.toordinal() for value in held], float), True
        return
    if isinstance(first, int | float) and not isinstance(first, bool):
        numbers = np.array(held, float)
        yield "{}", numbers, True
        if len(np.unique(numbers)) <= FEW_VALUES:
            yield "{}", _numbered(held), False
        return
    folded = [value.strip().casefold() if isinstance(value, str) else value for value in held]
    yield "{}", _numbered(folded), False
    if isinstance(first, str) and len(set(folded)) > FEW_VALUES:
        bags = [set(text.split()) for text in folded]
        common = Counter(word for bag in bags for word in bag).most_common(MOST_WORDS)
        for word, count in common:
            if FEWEST <= count < len(held):
                named = word.replace("{", "{{").replace("}", "}}")
                yield tr("The word '{named}' in {{}}", named=named), np.array([word in bag for bag in bags], int), False


def _numbered(values: Sequence[Any]) -> NDArray[np.int_]:
    classes: dict[Any, int] = {}
    return np.array([classes.setdefault(value, len(classes)) for value in values], int)


def _score(clue: _Clue, truth: NDArray[Any], known: NDArray[np.bool_], target: Field, tests: int) -> float:
    """Return how well a clue alone tells a truth where that is not plausible; else 0."""
    rows = known & clue.there
    values, wanted = clue.values[rows], truth[rows]
    if kind_of(target).is_amount:
        if len(wanted) < 2 * FEWEST or np.ptp(wanted) == 0:
            return 0.0
        told = values if clue.ordered else _by_class(values, wanted)
        score = abs(_correlation(_ranks(told), _ranks(wanted)))
        return score if score >= ALIKE else 0.0
    positive = wanted > 0.5
    fewer = int(min(positive.sum(), (~positive).sum()))
    if fewer < FEWEST or tests / math.comb(len(positive), fewer) > BY_CHANCE:
        return 0.0
    if clue.ordered:
        area = _area(positive, values)
        area = max(area, 1 - area)
    else:
        area = _area(positive, _by_class(values, positive.astype(float)))
    return area if area >= PLAUSIBLE else 0.0


def _by_class(values: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.float64]:
    """Return what the other half of the cases says of each case's class, so that rare ones tell nothing."""
    told = np.zeros(len(values))
    half = np.random.default_rng(1).permutation(len(values)) % 2 == 0
    size = int(values.max(initial=0)) + 1
    for mine in (half, ~half):
        other = ~mine
        mean = float(wanted[other].mean()) if other.any() else 0.0
        counts = np.bincount(values[other], minlength=size)
        sums = np.bincount(values[other], weights=wanted[other], minlength=size)
        told[mine] = ((sums + mean) / (counts + 1))[values[mine]]
    return told


def _area(positive: NDArray[np.bool_], scores: NDArray[Any]) -> float:
    return float(auc(positive, np.asarray(scores, float), np.ones((1, len(positive))))[0])


def _ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return ranks, equal values sharing their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place], float)


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
