"""Which scale suits a number: as it is, its logarithm, its square root, or a robust one; numpy only."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mmdesk.words import QT_TR_NOOP

PLAIN, LOG, ROOT, ROBUST = "", "log", "root", "robust"

FEWEST, FEWEST_VALUES = 20, 8
"""Numbers, and different ones, below which nothing can be said of their shape."""

SKEWED, MUCH_LESS = 1.0, 0.5
"""Skewness from which another scale is looked for, and to which share that scale must bring it."""

FAR, NORMAL_QUARTILES, MOST_FAR = 6.0, 1.349, 0.1
"""Spreads from the median from which a number is an outlier; spreads between the quartiles of a
normal distribution; share of outliers above which they are the shape and not the exception."""

WORDS: Final = {
    PLAIN: QT_TR_NOOP("as it is"),
    LOG: QT_TR_NOOP("logarithm, because it is skewed towards high values"),
    ROOT: QT_TR_NOOP("square root, because it is skewed towards high values"),
    ROBUST: QT_TR_NOOP("median and quartiles, because of outliers"),
}
"""What a scale is called, and why it was chosen."""

Numbers = NDArray[np.float64]


def suitable(numbers: Numbers, *, rules: tuple[str, ...] = (LOG, ROOT, ROBUST)) -> str:
    """Return the scale that suits some numbers.

    A number that is never negative and skewed towards high values is seen by its logarithm or
    its square root, whichever takes more of the skewness away, if either takes most of it.

    Args:
        numbers: (n,) those of the training split.
        rules: What may be chosen beside `PLAIN`.

    Returns:
        `PLAIN`, `LOG`, `ROOT` or `ROBUST`.
    """
    if len(numbers) < FEWEST or len(np.unique(numbers)) < FEWEST_VALUES:
        return PLAIN
    skewed, low = skewness(numbers), float(numbers.min())
    if skewed > SKEWED and low >= 0:
        possible = [rule for rule in rules if rule == ROOT or (rule == LOG and low > 0)]
        left = {rule: abs(skewness(transformed(numbers, rule))) for rule in possible}
        best = min(left, key=lambda rule: left[rule], default=PLAIN)
        if best and left[best] < MUCH_LESS * skewed:
            return best
    if ROBUST in rules and 0 < float(outliers(numbers).mean()) <= MOST_FAR:
        return ROBUST
    return PLAIN


def transformed(numbers: Numbers, rule: str, low: float = 0.0) -> Numbers:
    """Return numbers on a scale, before they are centred.

    Args:
        numbers: Any numbers.
        rule: The scale.
        low: For `LOG` the smallest number of the training split; what is below half of it counts
            as half of it, so that a zero which never occurred there has a place.
    """
    if rule == LOG:
        return np.asarray(np.log(np.maximum(numbers, low / 2 if low > 0 else np.finfo(np.float64).tiny)))
    if rule == ROOT:
        return np.asarray(np.sqrt(np.maximum(numbers, 0)))
    return numbers


def centre(numbers: Numbers, rule: str) -> tuple[float, float]:
    """Return middle and spread of numbers that are on their scale; the spread is positive."""
    if not len(numbers):
        return 0.0, 1.0
    if rule == ROBUST:
        middle, spread = robust_centre(numbers)
    else:
        middle, spread = float(numbers.mean()), float(numbers.std())
    return middle, spread if spread > 1e-12 else 1.0


def robust_centre(numbers: Numbers) -> tuple[float, float]:
    """Return the median, and the spread by the quartiles as if the numbers were normal."""
    low, middle, high = np.quantile(numbers, (0.25, 0.5, 0.75))
    return float(middle), float(high - low) / NORMAL_QUARTILES


def outliers(numbers: Numbers) -> NDArray[np.bool_]:
    """Return which of the numbers (n,) lie far out; none where most are alike."""
    middle, spread = robust_centre(numbers)
    return np.asarray(np.abs(numbers - middle) > FAR * spread) if spread > 0 else np.zeros(len(numbers), bool)


def skewness(numbers: Numbers) -> float:
    """Return the third standardised moment: 0 where the numbers lie evenly about their mean."""
    apart = numbers - numbers.mean()
    spread = float(np.sqrt((apart**2).mean()))
    return float((apart**3).mean() / spread**3) if spread > 1e-12 else 0.0
