"""Which reading of a model made elsewhere fits the labels: figures, a baseline, other orders of classes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.fields.arrays import grade_probabilities
from mmdesk.core.fields.kind import Judged
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.reading import Reading, classes_of
from mmdesk.words import tr

Arrays = Mapping[str, NDArray[Any]]
FEWEST = 10
"""Labelled cases below which nothing is said of other readings."""
_CLOSER = 0.05
"""How much closer answers have to be to be worth a word."""
_ALL_ORDERS = 7
"""Classes up to which every order is tried."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A reading held against the labels.

    Attributes:
        reading: What was tried.
        figures: By target the share of right answers, or a number's mean distance from the label.
        right: (n, targets), 1 right, 0 wrong, NaN without label; of several labels the share that is
            right; a number is right where it is nearer to the label than the middle label is.
        close: (n, targets), how close the answers are, larger for closer: logarithm of the probability
            given to the label, or less a number's distance from it by the usual distance of labels.
        losses: By target the mean logarithm of the probability given to the label, turned positive.
    """

    reading: Reading
    figures: Mapping[str, float]
    right: NDArray[np.float64]
    close: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    losses: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probe:
    """What labelled cases say of a model made elsewhere.

    Attributes:
        cases: How many were predicted.
        rows: One a reading, the given one first: `options`, `figures` by target.
        baseline: By target what the most frequent answer, or the middle number, reaches.
        numbers: Targets that are numbers, of which less is better.
        better: Options that fit clearly better than what was given; empty when none do.
        gained: Cases more that are right with those.
        instead: What those answer otherwise, in words.
        reading: The reading that fits better, as JSON values; None when none does.
    """

    cases: int
    rows: tuple[Mapping[str, Any], ...] = ()
    baseline: Mapping[str, float] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    better: str = ""
    gained: int = 0
    instead: str = ""
    reading: Mapping[str, Any] | None = None

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Probe:
        """Return what a job's result or a card holds."""
        return cls(**{**raw, "rows": tuple(raw["rows"]), "numbers": tuple(raw["numbers"])})

    def table(self) -> list[tuple[str, ...]]:
        """Return rows of words: what was tried, then a figure a target; the baseline last."""
        told = [(row["options"] or tr("as given"), row["figures"]) for row in self.rows]
        told.append((tr("most frequent answer"), self.baseline))
        return [(words, *(self._figure(name, value) for name, value in some.items())) for words, some in told]

    def say(self) -> str:
        """Return in words how the given reading does, and which would do better."""
        if not self.rows:
            return tr("No labelled case could be predicted, so nothing is known of how it reads its inputs.")
        given = self.rows[0]["figures"]
        parts = [
            tr(
                "{name} {figure} (the most frequent answer: {figure_2})",
                name=name,
                figure=self._figure(name, value),
                figure_2=self._figure(name, self.baseline[name]),
            )
            for name, value in given.items()
        ]
        said = tr("On {cases:,} labelled cases: {parts}.", cases=self.cases, parts="; ".join(parts))
        if self.better:
            best = self.rows[1]["figures"]
            gains = "; ".join(
                tr(
                    "{name} {figure} instead of {figure_2}",
                    name=name,
                    figure=self._figure(name, best[name]) + self._loss(1, name, best, given),
                    figure_2=self._figure(name, value) + self._loss(0, name, best, given),
                )
                for name, value in given.items()
            )
            said += tr(
                " {better} fits the labels better: with {instead}, {gains}. "
                "Nothing was taken by itself: take it if it is how the model was trained.",
                better=self.better,
                instead=self.instead or self.better,
                gains=gains,
            )
        return said

    def _loss(self, row: int, name: str, best: Mapping[str, float], given: Mapping[str, float]) -> str:
        """Say how probable the labels were held, where as many answers are right."""
        loss = self.rows[row].get("loss", {}).get(name)
        same = abs(best[name] - given[name]) < 0.005 and name not in self.numbers
        return tr(" at a log loss of {loss:.3g}", loss=loss) if same and loss is not None else ""

    def _figure(self, name: str, value: float) -> str:
        return tr("off by {value:.3g}", value=value) if name in self.numbers else f"{100 * value:.0f} % right"


def hold(
    reading: Reading,
    outputs: Arrays,
    schema: Schema,
    truth: Arrays,
    known: Arrays,
) -> Tried:
    """Hold outputs, in the project's form, against the labels.

    Args:
        reading: What they were made with.
        outputs: By target, n rows.
        schema: The project's fields.
        truth: Labels as `prepare_targets` gives them.
        known: By target, (n,) true where it is labelled.
    """
    figures, columns, losses, closes = {}, [], {}, []
    for target in _targets(schema, outputs):
        there = np.asarray(known[target.name], bool)
        given, wanted = outputs[target.name], truth[target.name]
        right = np.full(len(there), np.nan)
        if kind_of(target).is_amount:
            away = np.abs(given[:, 0] - wanted[:, 0])
            usual = np.abs(wanted[:, 0] - np.median(wanted[there, 0]))
            right[there] = (away < usual)[there]
            figures[target.name] = float(away[there].mean())
            close = -away / max(float(usual[there].mean()), 1e-12)
        else:
            right[there] = _right(target, given, wanted)[there]
            figures[target.name] = float(right[there].mean())
            close = _likelihood(target, given, wanted)
            losses[target.name] = -float(close[there].mean())
        columns.append(right)
        closes.append(np.where(there, close, np.nan))
    return Tried(reading, figures, np.stack(columns, 1), np.stack(closes, 1), losses)


def baseline(outputs: Arrays, schema: Schema, truth: Arrays, known: Arrays) -> dict[str, float]:
    """Return by target what always the most frequent answer, or the middle number, reaches."""
    found = {}
    for target in _targets(schema, outputs):
        wanted = truth[target.name][np.asarray(known[target.name], bool)]
        if kind_of(target).is_amount:
            found[target.name] = float(np.abs(wanted - np.median(wanted)).mean())
        elif kind_of(target).several:
            found[target.name] = float(np.maximum(wanted.mean(0), 1 - wanted.mean(0)).mean())
        else:
            counts = np.unique(_answer(target, wanted), return_counts=True)[1]
            found[target.name] = float(counts.max() / counts.sum())
    return found


def reordered(
    tried: Tried, outputs: Arrays, schema: Schema, truth: Arrays, known: Arrays, ends: Mapping[str, str]
) -> Tried | None:
    """Return the same with the order of classes that the labels suggest; None when that is the given one.

    The mean answer to each true class is held against every assignment of outputs to classes.

    Args:
        tried: The reading as it was tried.
        outputs: Its outputs.
        schema: The project's fields.
        truth: As in `hold`.
        known: As in `hold`.
        ends: By target the model's output.
    """
    changed: dict[str, NDArray[Any]] = dict(outputs)
    reading = tried.reading
    for target in _targets(schema, outputs):
        classes = classes_of(target)
        answers = _chances(target, outputs[target.name])
        if len(classes) < 2 or answers.shape[1] != len(classes):
            continue
        there = np.asarray(known[target.name], bool)
        told = _chances(target, truth[target.name])[there]
        mean = told.T @ answers[there] / np.maximum(told.sum(0), 1)[:, None]
        if kind_of(target).several:
            mean = mean - (1 - told).T @ answers[there] / np.maximum((1 - told).sum(0), 1)[:, None]
        to = _assigned(mean)
        if list(to) == list(range(len(classes))):
            continue
        placed = np.empty_like(answers)
        placed[:, to] = answers
        changed[target.name] = _back(target, placed)
        end = ends[target.name]
        given = reading.outputs[end].order or classes
        order = tuple(classes[to[classes.index(name)]] for name in given)
        reading = reading.plus(end, "order", () if order == classes else order)
    if reading == tried.reading:
        return None
    return hold(reading, changed, schema, truth, known)


def clearly_better(given: Tried, others: Sequence[Tried]) -> tuple[Tried | None, int]:
    """Return the reading that gets clearly more right than the given one, and how many more.

    Clearly: the answers that only it gets right outnumber those that only the given one gets right by
    more than chance does, at two standard deviations. Of those that get as much right it is the one whose
    answers are closer to the labels; of those that are as close, the first.
    """
    best, most, nearest = None, 0, 0.0
    for other in others:
        won = int(np.nansum((other.right > given.right) & ~np.isnan(given.right)))
        lost = int(np.nansum((other.right < given.right) & ~np.isnan(given.right)))
        near = float(np.nanmean(other.close)) if other.close.size else 0.0
        more = won - lost > most or (best is not None and won - lost == most and near > nearest + 1e-4)
        if more and won - lost > 2 * np.sqrt(won + lost):
            best, most, nearest = other, won - lost, near
    return (best, most) if best else (_closer(given, others), 0)


def _closer(given: Tried, others: Sequence[Tried]) -> Tried | None:
    """Return the reading that gets as much right and whose answers are clearly closer to the labels."""
    best, most = None, _CLOSER
    for other in others:
        if other.close.shape != given.close.shape or np.nansum(other.right) < np.nansum(given.right):
            continue
        gain = np.nanmean(other.close - given.close, axis=1)
        mean, error = float(gain.mean()), float(gain.std() / np.sqrt(len(gain)))
        if mean > most and mean > 3 * error:
            best, most = other, mean
    return best


def _targets(schema: Schema, outputs: Arrays) -> list[Field]:
    return [one for one in schema.targets if one.name in outputs]


def _right(target: Field, given: NDArray[Any], wanted: NDArray[Any]) -> NDArray[Any]:
    if kind_of(target).several:
        return np.asarray(((given > 0.5) == (wanted > 0.5)).mean(1))
    return np.asarray(_answer(target, given) == _answer(target, wanted))


def _likelihood(target: Field, given: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.float64]:
    """Return the logarithm of the probability that was given to each label; no less than that of 1 %."""
    if kind_of(target).several:
        held = np.where(wanted > 0.5, given, 1 - given)
        return np.asarray(np.log(np.clip(held, 0.01, 1)).mean(1))
    held = (_chances(target, given) * (_chances(target, wanted) > 0.5)).sum(1)
    return np.asarray(np.log(np.clip(held, 0.01, 1)))


def _answer(target: Field, outputs: NDArray[Any]) -> NDArray[np.int_]:
    return np.asarray(np.argmax(_chances(target, outputs), axis=1))


def _chances(target: Field, outputs: NDArray[Any]) -> NDArray[np.float64]:
    """Return a column a class."""
    kind = kind_of(target)
    if kind.two_valued:
        return np.concatenate([1 - outputs, outputs], axis=1)
    if kind.judged is Judged.GRADE:
        return grade_probabilities(outputs)
    return np.asarray(outputs, np.float64)


def _back(target: Field, chances: NDArray[Any]) -> NDArray[Any]:
    """Return the form of outputs again."""
    kind = kind_of(target)
    if kind.two_valued:
        return chances[:, 1:]
    if kind.judged is Judged.GRADE:
        return np.asarray(1 - np.cumsum(chances, axis=1)[:, :-1])
    return chances


def _assigned(mean: NDArray[Any]) -> tuple[int, ...]:
    """Return for each output (column) the class (row) such that the means add up to most."""
    count = len(mean)
    columns = np.arange(count)
    if count <= _ALL_ORDERS:
        orders = itertools.permutations(range(count))
        return max(orders, key=lambda some: float(mean[list(some), columns].sum()))
    rows = list(range(count))
    swapped = True
    while swapped:
        swapped = False
        for one, other in itertools.combinations(range(count), 2):
            now = mean[rows[one], one] + mean[rows[other], other]
            if mean[rows[other], one] + mean[rows[one], other] > now + 1e-9:
                rows[one], rows[other], swapped = rows[other], rows[one], True
    return tuple(rows)
