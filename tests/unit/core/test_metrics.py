"""Figures agree with scikit-learn, weighted too; intervals cover and pair."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from mmdesk.core.judge import metrics
from mmdesk.core.judge.bootstrap import draws, interval_of, plain, replicated


@pytest.fixture(params=range(4))
def drawn(request):
    rng = np.random.default_rng(request.param)
    n = 150
    truth = rng.random(n) < 0.3
    scores = np.clip(truth * 0.3 + rng.random(n) * 0.7, 0, 1)
    if request.param % 2:
        scores = np.round(scores, 1)  # many ties
    weights = rng.multinomial(n, np.full(n, 1 / n), size=5).astype(float)
    return truth, scores, weights


def each(reference, truth, answers, weights):
    return [reference(truth, answers, sample_weight=row) for row in weights]


def test_auc_agrees_with_scikit_learn(drawn):
    assert np.allclose(metrics.auc(*drawn), each(sk.roc_auc_score, *drawn))
    assert plain(metrics.auc, *drawn[:2]) == pytest.approx(sk.roc_auc_score(*drawn[:2]))


def test_average_precision_agrees_with_scikit_learn(drawn):
    assert np.allclose(metrics.average_precision(*drawn), each(sk.average_precision_score, *drawn))


def test_sensitivity_and_specificity_agree_with_scikit_learn(drawn):
    truth, scores, weights = drawn
    for metric, positive in ((metrics.sensitivity, True), (metrics.specificity, False)):
        wanted = [sk.recall_score(truth, scores >= 0.5, pos_label=positive, sample_weight=row) for row in weights]
        assert np.allclose(metric(truth, scores, weights), wanted)


def test_kappa_and_accuracy_agree_with_scikit_learn(drawn):
    rng = np.random.default_rng(9)
    truth, weights = rng.integers(0, 5, 150), drawn[2]
    answers = np.clip(truth + rng.integers(-1, 2, 150), 0, 4)
    wanted = [sk.cohen_kappa_score(truth, answers, weights="quadratic", sample_weight=row) for row in weights]
    assert np.allclose(metrics.quadratic_kappa(truth, answers, weights), wanted)
    assert np.allclose(metrics.accuracy(truth, answers, weights), each(sk.accuracy_score, truth, answers, weights))


def test_mean_absolute_error_agrees_with_scikit_learn(drawn):
    rng = np.random.default_rng(3)
    truth, answers = rng.normal(size=150), rng.normal(size=150)
    assert np.allclose(
        metrics.mean_absolute_error(truth, answers, drawn[2]),
        each(sk.mean_absolute_error, truth, answers, drawn[2]),
    )


def test_calibration_error_is_the_gap_of_each_bin():
    truth = np.array([1, 1, 0, 0, 1], bool)
    scores = np.array([0.95, 0.95, 0.95, 0.15, 1.0])
    # bin 0.9-1.0: 3 of 4 true, mean probability 0.9625; bin 0.1-0.2: none of 1, 0.15
    wanted = (4 * abs(0.75 - 0.9625) + 1 * 0.15) / 5
    assert plain(metrics.calibration_error, truth, scores) == pytest.approx(wanted)
    twice = metrics.calibration_error(truth, scores, np.array([[2.0] * 5]))
    assert twice[0] == pytest.approx(wanted)


def test_a_figure_without_a_class_is_nan_not_a_number():
    truth, scores = np.zeros(4, bool), np.linspace(0, 1, 4)
    for metric in (metrics.auc, metrics.average_precision, metrics.sensitivity):
        assert np.isnan(plain(metric, truth, scores))
    assert np.isnan(plain(metrics.auc, np.zeros(0, bool), np.zeros(0)))


def test_the_floor_of_five_cases_has_words():
    assert not metrics.enough(np.array([True] * 4 + [False] * 50))
    assert not metrics.enough(np.array([True] * 50 + [False] * 4))
    assert metrics.enough(np.array([True] * 5 + [False] * 5))
    assert metrics.too_few("Glaucoma", 4, 300) == (
        "Glaucoma has 4 positive cases here, too few for a figure. "
        "Other targets are shown. Label more, or choose another split."
    )
    assert "1 negative case here" in metrics.too_few("Glaucoma", 49, 50)


def test_draws_keep_groups_together_and_repeat_with_the_seed():
    groups = ["a", "a", "b", "c", "c", "c"]
    weights = draws(groups, 500, seed=7)
    assert np.array_equal(weights[:, 0], weights[:, 1])
    assert np.array_equal(weights[:, 3], weights[:, 5])
    assert np.all(weights[:, [0, 2, 3]].sum(1) == 3)
    assert np.array_equal(weights, draws(groups, 500, seed=7))
    assert not np.array_equal(weights, draws(groups, 500, seed=8))


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        errors = rng.exponential(size=120)
        drawn = replicated(metrics.mean_absolute_error, errors, np.zeros(120), draws(range(120), 300, trial))
        interval = interval_of(errors.mean(), drawn)
        hits += interval.low <= 1 <= interval.high
    assert 175 <= hits <= 199
