"""Curves and bins behind the plots of an evaluation, with bands by bootstrap; numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.judge.bootstrap import LEVEL
from mmdesk.core.judge.metrics import BINS, Floats

GRID = np.linspace(0, 1, 101)
"""Where the band of a curve is worked out."""


@dataclass(frozen=True, slots=True)
class Points:
    """A curve over falling thresholds.

    Attributes:
        x: (k,) of the plot: 1 - specificity of a ROC curve, recall of the other.
        y: (k,) sensitivity, or precision.
        thresholds: (k,) a case is called positive from here on.
    """

    x: Floats
    y: Floats
    thresholds: Floats


def roc(truth: NDArray[np.bool_], scores: Floats) -> Points:
    """Return the ROC curve from (0, 0) to (1, 1), a point for each distinct score (Fawcett 2006)."""
    found, alarms, thresholds = _counts(truth, scores, np.ones((1, len(truth))))
    x, y = (np.r_[0.0, counts[0]] / max(1.0, counts[0, -1]) for counts in (alarms, found))
    return Points(x, y, np.r_[np.inf, thresholds])


def precision_recall(truth: NDArray[np.bool_], scores: Floats) -> Points:
    """Return precision over recall, a point for each distinct score."""
    found, alarms, thresholds = _counts(truth, scores, np.ones((1, len(truth))))
    recall = found[0] / max(1.0, found[0, -1])
    return Points(recall, found[0] / np.maximum(1e-300, found[0] + alarms[0]), thresholds)


def roc_band(truth: NDArray[np.bool_], scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return where the ROC curve lies in 95 % of the replicates, at each point of `GRID`."""
    found, alarms, _ = _counts(truth, scores, weights)
    rows = [
        np.interp(GRID, np.r_[0.0, x] / x[-1], np.r_[0.0, y] / y[-1])
        for x, y in zip(alarms, found, strict=True)
        if x[-1] > 0 and y[-1] > 0
    ]
    return _band(rows)


def precision_recall_band(truth: NDArray[np.bool_], scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return where the precision lies in 95 % of the replicates, at each recall of `GRID`."""
    found, alarms, _ = _counts(truth, scores, weights)
    rows = []
    for x, y in zip(alarms, found, strict=True):
        if y[-1] > 0:
            reached = np.searchsorted(y, np.maximum(GRID * y[-1] - 1e-12, 1e-12))
            reached = np.minimum(reached, len(y) - 1)
            rows.append(y[reached] / np.maximum(1e-300, y[reached] + x[reached]))
    return _band(rows)


def calibration_bin(scores: Floats) -> NDArray[np.int_]:
    """Return in which of the bins of equal width each probability lies."""
    return np.asarray(np.clip((np.asarray(scores, float) * BINS).astype(int), 0, BINS - 1))


def wilson(positives: int, cases: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if not cases:
        return 0.0, 1.0
    share, size = positives / cases, z**2 / cases
    middle = (share + size / 2) / (1 + size)
    half = z / (1 + size) * float(np.sqrt(share * (1 - share) / cases + size / (4 * cases)))
    return max(0.0, middle - half), min(1.0, middle + half)


def risk_coverage(sureness: Floats, wrong: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what is wrong when only the surest cases are answered (El-Yaniv and Wiener 2010).

    Args:
        sureness: (n,) higher is surer.
        wrong: (n,) the loss of each case: 1 for a wrong answer, a distance for a number.

    Returns:
        Coverage (share answered), risk (mean loss of those), and the sureness from which on cases
        are answered, (k,) each, a point for each distinct sureness, coverage rising.
    """
    order = np.argsort(-np.asarray(sureness, float), kind="stable")
    ranked, loss = np.asarray(sureness, float)[order], np.asarray(wrong, float)[order]
    ends = _ends(ranked)
    counts = ends + 1.0
    return counts / max(1, len(loss)), np.cumsum(loss)[ends] / counts, ranked[ends]


def limits_of_agreement(truth: Floats, answers: Floats) -> tuple[float, float, float]:
    """Return bias and the lower and upper limit of agreement (Bland and Altman 1986)."""
    apart = np.asarray(answers, float) - truth
    bias, spread = float(apart.mean()), float(apart.std(ddof=1)) if len(apart) > 1 else 0.0
    return bias, bias - 1.959964 * spread, bias + 1.959964 * spread


def _counts(truth: NDArray[np.bool_], scores: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return weights of positive and negative cases called positive, at each distinct score, falling."""
    order = np.argsort(-np.asarray(scores, float), kind="stable")
    ranked, positive = np.asarray(scores, float)[order], np.asarray(truth, bool)[order]
    ends = _ends(ranked)
    held = np.asarray(weights, float)[:, order]
    found = np.cumsum(held * positive, axis=1)[:, ends]
    return found, np.cumsum(held * ~positive, axis=1)[:, ends], ranked[ends]


def _ends(ranked: Floats) -> NDArray[np.int_]:
    return np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True]) if len(ranked) else np.array([], int)


def _band(rows: list[Floats]) -> tuple[Floats, Floats]:
    if not rows:
        return np.zeros(0), np.zeros(0)
    low, high = np.quantile(np.stack(rows), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high
