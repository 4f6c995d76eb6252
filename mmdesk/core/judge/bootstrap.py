"""Intervals of figures by drawing cases again, whole groups at a time; numpy only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.judge.metrics import Floats

Metric = Callable[[Any, Any, Floats], Floats]
"""A figure of `core.metrics`: truth (n,), answers (n,), weights (r, n) to values (r,)."""

REPLICATES = 2000
LEVEL = 0.95
_BLOCK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its 95 % interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


def draws(groups: Sequence[object], n: int = REPLICATES, seed: int = 1) -> Floats:
    """Return how often each case counts in each replicate of a bootstrap.

    Whole groups (patients) are drawn with replacement, so cases of one patient stay together
    (Efron and Tibshirani 1993, chapter 8).

    Args:
        groups: Group of each of m cases.
        n: Replicates.
        seed: The same seed gives the same draws.

    Returns:
        (n, m) whole numbers.
    """
    _, places = np.unique(np.asarray([str(group) for group in groups]), return_inverse=True)
    count = int(places.max()) + 1 if len(places) else 0
    if not count:
        return np.zeros((n, 0))
    drawn = np.random.default_rng(seed).integers(0, count, (n, count))
    cells = drawn + np.arange(n)[:, None] * count
    times = np.bincount(cells.ravel(), minlength=n * count).reshape(n, count)
    return times[:, places].astype(np.float64)


def replicated(metric: Metric, truth: NDArray[Any], answers: NDArray[Any], weights: Floats) -> Floats:
    """Return a figure's value in each replicate, in blocks that fit the memory: (r,)."""
    step = max(1, _BLOCK_CELLS // max(1, weights.shape[1]))
    blocks = [metric(truth, answers, weights[start : start + step]) for start in range(0, len(weights), step)]
    return np.concatenate(blocks) if blocks else np.zeros(0)


def plain(metric: Metric, truth: NDArray[Any], answers: NDArray[Any]) -> float:
    """Return a figure on the cases as they are."""
    return float(metric(truth, answers, np.ones((1, len(truth))))[0])


def interval_of(value: float, replicates: Floats) -> Interval:
    """Return a figure with the percentile interval of its replicates; those not defined are left out."""
    known = replicates[~np.isnan(replicates)]
    if not len(known):
        return Interval(value, np.nan, np.nan)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))
