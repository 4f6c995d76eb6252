"""Coefficients of agreement against published examples, and against exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mmdesk.core.agreement import coefficients as at
from mmdesk.core.judge.bootstrap import draws

NONE = np.nan
DIAGNOSES = [  # Fleiss 1971, thirty patients and six raters, as R's irr has them (`diagnoses`)
    [4, 4, 4, 4, 4, 4], [2, 2, 2, 5, 5, 5], [2, 3, 3, 3, 3, 5], [5, 5, 5, 5, 5, 5], [2, 2, 2, 4, 4, 4],
    [1, 1, 3, 3, 3, 3], [3, 3, 3, 3, 5, 5], [1, 1, 3, 3, 3, 4], [1, 1, 4, 4, 4, 4], [5, 5, 5, 5, 5, 5],
    [1, 4, 4, 4, 4, 4], [1, 2, 4, 4, 4, 4], [2, 2, 2, 3, 3, 3], [1, 4, 4, 4, 4, 4], [2, 2, 4, 4, 4, 5],
    [3, 3, 3, 3, 3, 5], [1, 1, 1, 4, 5, 5], [1, 1, 1, 1, 1, 2], [2, 2, 4, 4, 4, 4], [1, 3, 3, 5, 5, 5],
    [5, 5, 5, 5, 5, 5], [2, 4, 4, 4, 4, 4], [2, 2, 4, 5, 5, 5], [1, 1, 4, 4, 4, 4], [1, 4, 4, 4, 4, 5],
    [2, 2, 2, 2, 2, 4], [1, 1, 1, 1, 5, 5], [2, 2, 4, 4, 4, 4], [1, 3, 3, 3, 3, 3], [5, 5, 5, 5, 5, 5],
]  # fmt: skip
FOUR = [  # Krippendorff 2011, four observers of twelve units; Gwet's `cac.raw4raters` in R's irrCAC
    [1, 1, NONE, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [NONE, 5, 5, 5], [NONE, NONE, 1, 1], [NONE, NONE, 3, NONE],
]  # fmt: skip
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]  # Shrout and Fleiss 1979
GUESSES = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
           [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]  # fmt: skip


def once(figure, ratings, q=5):
    ratings = np.asarray(ratings, float)
    return float(figure(ratings, q, np.ones((1, len(ratings))))[0])


def rated(counts):
    """Return ratings of as many readers as each row counts."""
    return np.asarray([[k for k, n in enumerate(row) for _ in range(n)] for row in counts], float)


def close(value):
    return pytest.approx(value, abs=1e-9, rel=0)


def test_fleiss_of_1971():
    ratings = np.asarray(DIAGNOSES) - 1
    assert round(once(at.fleiss, ratings), 3) == 0.430
    n, m = 30, 6
    counts = [[list(row).count(k) for k in range(5)] for row in ratings.tolist()]
    agree = sum(Fraction(sum(c * c for c in row) - m, m * (m - 1)) for row in counts) / n
    chance = sum(Fraction(sum(row[k] for row in counts), n * m) ** 2 for k in range(5))
    assert once(at.fleiss, ratings) == close(float((agree - chance) / (1 - chance)))


def test_fleiss_with_fourteen_raters():
    assert once(at.fleiss, rated(GUESSES)) == close(0.20993070442195522)


def test_gwet_and_fleiss_with_gaps():
    four = np.asarray(FOUR) - 1
    assert round(once(at.gwet_ac1, four), 5) == 0.77544
    assert round(once(at.fleiss, four), 5) == 0.76117
    assert once(at.gwet_ac1, four) == close(31825 / 41041)
    assert once(at.fleiss, four) == close(7343 / 9647)
    assert round(once(at.percent, four), 5) == 0.81818


def test_krippendorff_of_2011():
    four = np.asarray(FOUR) - 1
    assert once(at.alpha_nominal, four) == close(113 / 152)
    assert round(once(at.alpha_ordinal, four), 3) == 0.815
    assert round(once(at.alpha_interval, four), 3) == 0.849
    assert once(at.alpha_ordinal, four) == close(float(exact_alpha(FOUR, ordinal)))
    assert once(at.alpha_interval, four) == close(float(exact_alpha(FOUR, interval)))
    assert once(at.alpha_interval, four * 1e-3 + 1e6) == pytest.approx(once(at.alpha_interval, four), abs=1e-6)


def ordinal(one, other, totals):
    low, high = sorted((one, other))
    return (sum(totals[g] for g in totals if low <= g <= high) - Fraction(totals[low] + totals[high], 2)) ** 2


def interval(one, other, _totals):
    return Fraction(one - other) ** 2


def exact_alpha(rows, distance):
    """Return alpha as a fraction, from the pairs of values of each unit."""
    units = [[int(value) for value in row if not np.isnan(value)] for row in rows]
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    totals = {value: values.count(value) for value in sorted(set(values))}
    seen = sum(
        Fraction(1, len(unit) - 1) * distance(a, b, totals)
        for unit in units
        for i, a in enumerate(unit)
        for j, b in enumerate(unit)
        if i != j
    )
    every = sum(totals[a] * totals[b] * distance(a, b, totals) for a in totals for b in totals)
    return 1 - (len(values) - 1) * seen / every


def test_intraclass_correlations_of_shrout_and_fleiss():
    table = {name: once(figure, JUDGES) for name, figure in at.ICC.items()}
    published = {"icc11": 0.17, "icc21": 0.29, "icc31": 0.71, "icc1k": 0.44, "icc2k": 0.62, "icc3k": 0.91}
    assert {name: round(value, 2) for name, value in table.items()} == published
    n, k = 6, 4
    x = [[Fraction(value) for value in row] for row in JUDGES]
    grand = sum(map(sum, x)) / (n * k)
    rows = [sum(row) / k for row in x]
    columns = [sum(row[j] for row in x) / n for j in range(k)]
    bms = k * sum((row - grand) ** 2 for row in rows) / (n - 1)
    wms = sum((x[i][j] - rows[i]) ** 2 for i in range(n) for j in range(k)) / (n * (k - 1))
    jms = n * sum((column - grand) ** 2 for column in columns) / (k - 1)
    ems = (n * (k - 1) * wms - (k - 1) * jms) / ((n - 1) * (k - 1))
    exact = {
        "icc11": (bms - wms) / (bms + (k - 1) * wms),
        "icc21": (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n),
        "icc31": (bms - ems) / (bms + (k - 1) * ems),
        "icc1k": (bms - wms) / bms,
        "icc2k": (bms - ems) / (bms + (jms - ems) / n),
        "icc3k": (bms - ems) / bms,
    }
    assert {name: close(float(value)) for name, value in exact.items()} == table


@pytest.mark.parametrize("kind", [None, "linear", "quadratic"])
def test_cohen_as_scikit_learn_has_it(kind):
    rng = np.random.default_rng(3)
    one = rng.integers(0, 4, 200)
    other = np.where(rng.random(200) < 0.6, one, rng.integers(0, 4, 200))
    figure = {None: at.cohen, "linear": at.cohen_linear, "quadratic": at.cohen_quadratic}[kind]
    found = once(figure, np.stack([one, other], axis=1), 4)
    assert found == close(cohen_kappa_score(one, other, weights=kind))
    assert at.confusion(np.stack([one, other], axis=1).astype(float), 4).sum() == 200


def test_cohen_of_a_table_of_four():
    table = [(0, 0)] * 20 + [(0, 1)] * 5 + [(1, 0)] * 10 + [(1, 1)] * 15
    assert once(at.cohen, table, 2) == close(0.4)


FIGURES = [at.percent, at.cohen, at.cohen_linear, at.cohen_quadratic, at.fleiss, at.gwet_ac1]
FIGURES += [at.alpha_nominal, at.alpha_ordinal, at.alpha_interval, *at.ICC.values()]


@pytest.mark.parametrize("figure", FIGURES)
def test_a_replicate_is_the_figure_of_the_cases_drawn(figure):
    """A weight of two is the case twice, whatever the coefficient."""
    rng = np.random.default_rng(1)
    ratings = rng.integers(0, 3, (40, 2)).astype(float)
    ratings[rng.random((40, 2)) < 0.1] = np.nan
    weights = draws([f"g{number // 2}" for number in range(40)], 5, 7)
    found = figure(ratings, 3, weights)
    for row, value in zip(weights.astype(int), found, strict=True):
        assert value == close(once(figure, np.repeat(ratings, row, axis=0), 3))


@pytest.mark.parametrize("figure", FIGURES[1:])
def test_what_is_not_defined_is_not_a_number(figure):
    same = np.ones((5, 2))
    assert np.isnan(once(figure, same, 3)) or once(figure, same, 3) == 1
    assert np.isnan(figure(same, 3, np.zeros((1, 5)))).all()
