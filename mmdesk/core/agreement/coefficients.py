"""How far readers agree, for many weightings of the cases at once; numpy only.

Ratings are (n, k): n cases, k readers, NaN where a reader gave none. Categories are whole numbers
from 0. Every coefficient takes `weights` of shape (r, n), how often each case counts in each
replicate (see `core.judge.bootstrap`), and returns (r,); NaN where it is not defined.

With one row of ones they are: Cohen 1960 and 1968, Fleiss 1971 with a varying number of readers as
Gwet 2014 has it, Gwet 2008 (AC1), Krippendorff 2011, Shrout and Fleiss 1979.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.judge.metrics import Floats

Coefficient = Callable[[Floats, int, Floats], Floats]
"""Ratings (n, k), number of categories, weights (r, n) to values (r,)."""


def identity_weights(q: int) -> Floats:
    """Return how far two categories agree where only the same ones do: (q, q)."""
    return np.eye(q)


def linear_weights(q: int) -> Floats:
    """Return how far two ordered categories agree, less by each step between them: (q, q)."""
    return 1 - _steps(q) / max(1, q - 1)


def quadratic_weights(q: int) -> Floats:
    """Return how far two ordered categories agree, less by the square of the steps between them: (q, q)."""
    return 1 - (_steps(q) / max(1, q - 1)) ** 2


def _steps(q: int) -> Floats:
    places = np.arange(q, dtype=np.float64)
    return np.abs(places[:, None] - places[None, :])


def confusion(ratings: Floats, q: int) -> NDArray[np.int64]:
    """Return how often the first reader said the one and the second the other: (q, q)."""
    both = ratings[~np.isnan(ratings).any(axis=1)].astype(int)
    table = np.bincount(both[:, 0] * q + both[:, 1], minlength=q * q)
    return table.reshape(q, q).astype(np.int64)


def percent(ratings: Floats, q: int, weights: Floats) -> Floats:
    """Return the share of pairs of readers that agree, averaged over the cases that several rated."""
    several, agreeing, _ = _agreeing(_counts(ratings, q), identity_weights(q))
    return _ratio(weights @ agreeing, weights @ several)


def cohen(ratings: Floats, q: int, weights: Floats, agree: Floats | None = None) -> Floats:
    """Return Cohen's kappa of two readers, weighted by `agree` (q, q) where that is given."""
    agree = identity_weights(q) if agree is None else agree
    both = ~np.isnan(ratings).any(axis=1)
    cells = np.zeros((len(ratings), q * q))
    pairs = ratings[both].astype(int)
    cells[np.flatnonzero(both), pairs[:, 0] * q + pairs[:, 1]] = 1
    tables = (weights @ cells).reshape(-1, q, q)
    total = tables.sum(axis=(1, 2))
    observed = _ratio((tables * agree).sum(axis=(1, 2)), total)
    chance = tables.sum(axis=2)[:, :, None] * tables.sum(axis=1)[:, None, :]
    return _beyond(observed, _ratio((chance * agree).sum(axis=(1, 2)), total**2))


def cohen_linear(ratings: Floats, q: int, weights: Floats) -> Floats:
    """Return Cohen's kappa with linear weights."""
    return cohen(ratings, q, weights, linear_weights(q))


def cohen_quadratic(ratings: Floats, q: int, weights: Floats) -> Floats:
    """Return Cohen's kappa with quadratic weights."""
    return cohen(ratings, q, weights, quadratic_weights(q))


def fleiss(ratings: Floats, q: int, weights: Floats) -> Floats:
    """Return Fleiss' kappa; readers may differ from case to case."""
    observed, shares = _observed(ratings, q, weights)
    return _beyond(observed, (shares**2).sum(axis=1))


def gwet_ac1(ratings: Floats, q: int, weights: Floats) -> Floats:
    """Return Gwet's AC1."""
    observed, shares = _observed(ratings, q, weights)
    return _beyond(observed, (shares * (1 - shares)).sum(axis=1) / max(1, q - 1))


def alpha_nominal(ratings: Floats, q: int, weights: Floats) -> Floats:
    """Return Krippendorff's alpha of categories without an order."""

    def distances(totals: Floats) -> Floats:
        return np.tile(1 - np.eye(q), (len(totals), 1, 1))

    return _alpha(ratings, q, weights, distances)


def alpha_ordinal(ratings: Floats, q: int, weights: Floats) -> Floats:
    """Return Krippendorff's alpha of ordered categories; steps count by how often they were said."""

    def distances(totals: Floats) -> Floats:
        ends = np.cumsum(totals, axis=1)
        middles = ends - totals / 2
        apart: Floats = middles[:, :, None] - middles[:, None, :]
        return apart * apart

    return _alpha(ratings, q, weights, distances)


def alpha_interval(ratings: Floats, q: int, weights: Floats) -> Floats:
    """Return Krippendorff's alpha of numbers."""
    given = ~np.isnan(ratings)
    count = given.sum(axis=1).astype(np.float64)
    several = count > 1
    middle = np.nanmean(ratings) if given.any() else 0.0  # far from 0, squares would lose digits
    values = np.where(given, ratings - middle, 0.0)
    sums, squares = values.sum(axis=1) * several, (values**2).sum(axis=1) * several
    within = np.where(several, 2 * (count * squares - sums**2) / np.maximum(1, count - 1), 0.0)
    n = weights @ (count * several)
    between = 2 * (n * (weights @ squares) - (weights @ sums) ** 2)
    return 1 - _ratio((n - 1) * (weights @ within), between)


def _alpha(ratings: Floats, q: int, weights: Floats, distances: Callable[[Floats], Floats]) -> Floats:
    counts = _counts(ratings, q)
    count = counts.sum(axis=1)
    several = count > 1
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(q)
    cells = pairs / np.maximum(1, count - 1)[:, None, None] * several[:, None, None]
    coincidences = (weights @ cells.reshape(len(cells), -1)).reshape(-1, q, q)
    totals = coincidences.sum(axis=2)
    far = distances(totals)
    observed = (coincidences * far).sum(axis=(1, 2))
    expected = (totals[:, :, None] * totals[:, None, :] * far).sum(axis=(1, 2))
    return 1 - _ratio((totals.sum(axis=1) - 1) * observed, expected)


def _counts(ratings: Floats, q: int) -> Floats:
    """Return how many readers gave each category to each case: (n, q)."""
    counts: Floats = (ratings[:, :, None] == np.arange(q)).sum(axis=1).astype(np.float64)
    return counts


def _agreeing(counts: Floats, agree: Floats) -> tuple[Floats, Floats, Floats]:
    """Return by case: several rated it, the share of their pairs that agree, how many rated it."""
    count = counts.sum(axis=1)
    several = (count > 1).astype(np.float64)
    alike = (counts * (counts @ agree - 1)).sum(axis=1)
    return several, several * alike / np.maximum(1, count * (count - 1)), count


def _observed(ratings: Floats, q: int, weights: Floats) -> tuple[Floats, Floats]:
    counts = _counts(ratings, q)
    several, agreeing, count = _agreeing(counts, identity_weights(q))
    rated = (count > 0).astype(np.float64)
    shares = counts / np.maximum(1, count)[:, None]
    return _ratio(weights @ agreeing, weights @ several), _ratio(weights @ shares, (weights @ rated)[:, None])


def icc(ratings: Floats, weights: Floats) -> dict[str, Floats]:
    """Return the intraclass correlations of numbers over the cases that all readers rated.

    Args:
        ratings: (n, k), k at least 2.
        weights: (r, n).

    Returns:
        By name: `icc11` (readers differ from case to case), `icc21` (the same readers, drawn from
        many: absolute agreement), `icc31` (these readers: consistency), and `icc1k`, `icc2k`,
        `icc3k` of the mean of the k readers.
    """
    whole = ~np.isnan(ratings).any(axis=1)
    k = ratings.shape[1]
    x, w = ratings[whole], weights[:, whole]
    x = x - (x.mean() if x.size else 0.0)  # figures do not change, squares keep their digits
    n = w.sum(axis=1)
    row = x.mean(axis=1)
    columns = _ratio(w @ x, n[:, None])
    grand = columns.mean(axis=1)
    total = w @ (x**2).sum(axis=1) - n * k * grand**2
    between = k * (w @ row**2 - n * grand**2)
    judges = n * ((columns - grand[:, None]) ** 2).sum(axis=1)
    bms = _ratio(between, n - 1)
    wms = _ratio(total - between, n * (k - 1))
    jms = judges / max(1, k - 1)
    ems = _ratio(total - between - judges, (n - 1) * (k - 1))
    return {
        "icc11": _ratio(bms - wms, bms + (k - 1) * wms),
        "icc21": _ratio(bms - ems, bms + (k - 1) * ems + k * _ratio(jms - ems, n)),
        "icc31": _ratio(bms - ems, bms + (k - 1) * ems),
        "icc1k": _ratio(bms - wms, bms),
        "icc2k": _ratio(bms - ems, bms + _ratio(jms - ems, n)),
        "icc3k": _ratio(bms - ems, bms),
    }


def _icc(name: str) -> Coefficient:
    def figure(ratings: Floats, q: int, weights: Floats) -> Floats:
        return icc(ratings, weights)[name]

    return figure


ICC: Final = {name: _icc(name) for name in ("icc11", "icc21", "icc31", "icc1k", "icc2k", "icc3k")}


def _beyond(observed: Floats, chance: Floats) -> Floats:
    return _ratio(observed - chance, 1 - chance)


def _ratio(above: Floats, below: Floats) -> Floats:
    below = np.broadcast_to(below, np.broadcast_shapes(np.shape(above), np.shape(below)))
    out = np.full(below.shape, np.nan)
    np.divide(above, below, out=out, where=np.abs(below) > 1e-12)
    return out
