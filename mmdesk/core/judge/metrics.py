"""Figures of how good answers are, for many weightings of the cases at once; numpy only.

Every figure takes `weights` of shape (r, n): one row a replicate, how often each case counts
in it. One row of ones gives the plain figure; the rows of `core.bootstrap` give its interval.
A replicate in which a figure is not defined (no positive case drawn) is NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmdesk.words import tr

Floats = NDArray[np.float64]

FEWEST = 5
"""Cases that each class needs before a figure is given."""

BINS = 10
"""Bins of equal width of the calibration error."""


def auc(truth: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Return the area under the ROC curve (Fawcett 2006), ties counted half.

    It is the chance that a positive case scores above a negative one.

    Args:
        truth: (n,) true for positive cases.
        scores: (n,) higher means more probably positive.
        weights: (r, n).

    Returns:
        (r,), 0 to 1.
    """
    positive, negative = _by_score(truth, scores, weights)
    below = np.cumsum(negative, axis=1) - negative
    wins = (positive * (below + 0.5 * negative)).sum(1)
    return _ratio(wins, positive.sum(1) * negative.sum(1))


def average_precision(truth: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Return the mean precision over the recall steps of falling thresholds, not interpolated.

    Args:
        truth: (n,) true for positive cases.
        scores: (n,) higher means more probably positive.
        weights: (r, n).

    Returns:
        (r,), 0 to 1.
    """
    positive, negative = (part[:, ::-1] for part in _by_score(truth, scores, weights))
    found = np.cumsum(positive, axis=1)
    precision = _ratio(found, found + np.cumsum(negative, axis=1), empty=0.0)
    return _ratio((positive * precision).sum(1), positive.sum(1))


def sensitivity(truth: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Return the share of positive cases that score at least 0.5; shapes as in `auc`."""
    return _share(scores >= 0.5, truth, weights)


def specificity(truth: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Return the share of negative cases that score below 0.5; shapes as in `auc`."""
    return _share(scores < 0.5, ~np.asarray(truth, bool), weights)


def calibration_error(truth: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Return the expected calibration error over ten bins of equal width (Naeini et al. 2015).

    Args:
        truth: (n,) true for positive cases.
        scores: (n,) probabilities, 0 to 1.
        weights: (r, n).

    Returns:
        (r,), 0 (each probability is kept) to 1.
    """
    bins = np.clip((np.asarray(scores, float) * BINS).astype(int), 0, BINS - 1)
    gaps = np.zeros((len(bins), BINS))
    gaps[np.arange(len(bins)), bins] = np.asarray(truth, float) - scores
    return _ratio(np.abs(weights @ gaps).sum(1), weights.sum(1))


def brier(truth: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Return the mean square of probability minus outcome (Brier 1950); shapes as in `auc`."""
    return _mean((np.asarray(scores, float) - np.asarray(truth, float)) ** 2, weights)


def accuracy(truth: NDArray[np.int_], answers: NDArray[np.int_], weights: Floats) -> Floats:
    """Return the share of equal classes; truth and answers are (n,) class numbers."""
    return _mean((np.asarray(truth) == np.asarray(answers)).astype(float), weights)


def quadratic_kappa(truth: NDArray[np.int_], answers: NDArray[np.int_], weights: Floats) -> Floats:
    """Return Cohen's kappa of grades, disagreement growing with the square (Cohen 1968).

    Args:
        truth: (n,) grades from 0.
        answers: (n,) grades from 0.
        weights: (r, n).

    Returns:
        (r,), at most 1; 0 is what chance gives.
    """
    grades = int(max(np.max(truth, initial=0), np.max(answers, initial=0))) + 1
    steps = np.arange(grades, dtype=float)
    return _kappa(truth, answers, weights, (steps[:, None] - steps[None, :]) ** 2.0)


def mean_absolute_error(truth: Floats, answers: Floats, weights: Floats) -> Floats:
    """Return the mean distance of (n,) numbers, in their unit."""
    return _mean(np.abs(np.asarray(truth, float) - answers), weights)


def enough(truth: NDArray[np.bool_]) -> bool:
    """Tell whether there are enough positive and negative cases for a figure."""
    positives = int(np.sum(truth))
    return positives >= FEWEST and len(truth) - positives >= FEWEST


def too_few(title: str, positives: int, cases: int) -> str:
    """Return the words for a label that has too few cases of one class."""
    kind, count = ("positive", positives) if positives < FEWEST else ("negative", cases - positives)
    noun = "case" if count == 1 else "cases"
    return tr(
        "{title} has {count} {kind} {noun} here, too few for a figure. "
        "Other targets are shown. Label more, or choose another split.",
        title=title,
        count=count,
        kind=kind,
        noun=noun,
    )


def _by_score(truth: NDArray[np.bool_], scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weight of positive and of negative cases at each distinct score, rising."""
    order = np.argsort(scores, kind="stable")
    ranked = np.asarray(scores)[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if len(ranked) else np.array([], int)
    if not len(starts):
        empty = np.zeros((len(weights), 0))
        return empty, empty
    held = np.asarray(weights, float)[:, order]
    is_positive = np.asarray(truth, bool)[order]
    positive = np.add.reduceat(held * is_positive, starts, axis=1)
    return positive, np.add.reduceat(held, starts, axis=1) - positive


def _kappa(truth: NDArray[np.int_], answers: NDArray[np.int_], weights: Floats, cost: Floats) -> Floats:
    size = len(cost)
    cells = np.zeros((len(truth), size * size))
    cells[np.arange(len(truth)), np.asarray(truth, int) * size + np.asarray(answers, int)] = 1
    seen = (weights @ cells).reshape(-1, size, size)
    chance = seen.sum(2)[:, :, None] * seen.sum(1)[:, None, :]
    expected = _ratio((chance * cost).sum((1, 2)), seen.sum((1, 2)))
    return 1 - _ratio((seen * cost).sum((1, 2)), expected)


def _share(hits: NDArray[np.bool_], among: NDArray[np.bool_], weights: Floats) -> Floats:
    counted = np.asarray(among, float)
    return _ratio(weights @ (counted * hits), weights @ counted)


def _mean(values: Floats, weights: Floats) -> Floats:
    return _ratio(weights @ values, weights.sum(1))


def _ratio(part: Floats, whole: Floats, empty: float = np.nan) -> Floats:
    result: Floats = np.full(np.shape(whole), empty)
    np.divide(part, whole, out=result, where=np.asarray(whole) != 0)
    return result
