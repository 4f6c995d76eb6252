"""Curves agree with scikit-learn; bands hold the curve; groups and plain models are what they say."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.judge import curves, metrics
from mmdesk.core.judge.bootstrap import draws
from mmdesk.core.judge.evaluation import Scored
from mmdesk.core.judge.plain_models import plain_models
from mmdesk.core.judge.report import choice_tables, report, say_not_beaten
from mmdesk.core.judge.subgroups import subgroups

EXACT = {"rtol": 0, "atol": 1e-9}
SCHEMA = Schema(
    "S",
    "ID",
    "ID",
    (
        Field("age", "input", "number"),
        Field("sex", "input", "choice", options=("f", "m")),
        Field("site", "note", "text"),
        Field("secret", "note", "text", show="never"),
        Field("sick", "target", "flag", label="Sick"),
        Field("cause", "target", "choice", options=("a", "b", "c")),
        Field("dose", "target", "number"),
        Field("stage", "target", "grade", options=("none", "some", "much")),
    ),
)


@pytest.fixture(params=range(3))
def drawn(request):
    rng = np.random.default_rng(request.param)
    truth = rng.random(200) < 0.3
    scores = np.clip(truth * 0.3 + rng.random(200) * 0.7, 0, 1)
    return truth, np.round(scores, 1) if request.param % 2 else scores


def test_roc_agrees_with_scikit_learn(drawn):
    found = curves.roc(*drawn)
    x, y, thresholds = sk.roc_curve(*drawn, drop_intermediate=False)
    assert np.allclose(found.x, x, **EXACT)
    assert np.allclose(found.y, y, **EXACT)
    assert np.array_equal(found.thresholds, thresholds)


def test_precision_and_recall_agree_with_scikit_learn(drawn):
    found = curves.precision_recall(*drawn)
    precision, recall, thresholds = sk.precision_recall_curve(*drawn)
    assert np.allclose(found.y[::-1], precision[:-1], **EXACT)
    assert np.allclose(found.x[::-1], recall[:-1], **EXACT)
    assert np.array_equal(found.thresholds[::-1], thresholds)


def test_brier_and_bins_agree_with_scikit_learn(drawn):
    truth, scores = drawn
    weights = np.random.default_rng(5).multinomial(200, np.full(200, 1 / 200), 4).astype(float)
    wanted = [sk.brier_score_loss(truth, scores, sample_weight=row) for row in weights]
    assert np.allclose(metrics.brier(truth, scores, weights), wanted, **EXACT)
    continuous = np.random.default_rng(6).random(200)
    bins = curves.calibration_bin(continuous)
    shares, means = calibration_curve(truth, continuous, n_bins=10)
    assert np.allclose([truth[bins == index].mean() for index in np.unique(bins)], shares, **EXACT)
    assert np.allclose([continuous[bins == index].mean() for index in np.unique(bins)], means, **EXACT)


def test_bands_hold_the_curve(drawn):
    weights = draws(range(200), 400)
    low, high = curves.roc_band(*drawn, weights)
    found = curves.roc(*drawn)
    middle = np.interp(curves.GRID, found.x, found.y)
    assert ((low <= middle + 0.05) & (middle - 0.05 <= high)).all()
    low, high = curves.precision_recall_band(*drawn, weights)
    assert (low <= high).all()


def test_wilson_agrees_with_known_values():
    assert curves.wilson(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)


def test_the_surest_answers_are_counted_first():
    coverage, risk, sure = curves.risk_coverage(np.array([0.1, 0.8, 0.94, 0.2]), np.array([0, 1, 0, 0]))
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0.0, 0.5, 1 / 3, 0.25])
    assert sure.tolist() == [0.94, 0.8, 0.2, 0.1]


def test_limits_of_agreement():
    bias, low, high = curves.limits_of_agreement(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 5.0]))
    assert (bias, high - low) == (1.0, pytest.approx(2 * 1.959964))


def case_set(count=300, seed=0):
    rng = np.random.default_rng(seed)
    cases, truth = [], {"sick": [], "cause": [], "dose": [], "stage": []}
    for number in range(count):
        age, sex = float(rng.integers(20, 90)), "fm"[rng.integers(2)]
        known = age if rng.random() > 0.1 else Missing(Reason.ABSENT)
        notes = {"site": "AB"[number % 2], "secret": "xy"[number % 2]}
        cases.append(Case(number, str(number), str(number), "test", {"age": known, "sex": sex}, notes))
        truth["sick"].append([age + 10 * rng.normal() > 60])
        truth["cause"].append(np.eye(3)[rng.integers(3)])
        truth["dose"].append([2 * age + rng.normal()])
        truth["stage"].append([age > 40, age > 65])
    arrays = {name: np.asarray(rows, np.float32) for name, rows in truth.items()}
    return cases, Scored(arrays, {name: np.ones(count, bool) for name in arrays}, [case.group for case in cases])


def test_a_report_says_what_beats_what():
    cases, scored = case_set()
    train, learnt = case_set(seed=1)
    rng = np.random.default_rng(2)
    blind = {name: rng.random(rows.shape) for name, rows in scored.truth.items()}
    good = {name: np.clip(rows + 0.2 * rng.normal(size=rows.shape), 0, None) for name, rows in scored.truth.items()}
    parts = {
        "train": learnt,
        "plain_models": list(plain_models(SCHEMA, train, cases)),
        "groups": list(subgroups(SCHEMA, cases)),
    }
    ids = [case.id + 1000 for case in cases]
    told = {one["key"]: one for one in report(SCHEMA, scored, good, ids, beside=blind, **parts)}
    assert set(told) == {"sick", "cause/a", "cause/b", "cause/c", "dose", "stage"}
    sick = told["sick"]
    reached = {one["name"]: one for one in sick["baselines"]}
    assert set(reached) == {
        "the most frequent answer", "age alone", "sex alone", "the fields alone", "which cells are blank",
    }  # fmt: skip
    assert reached["the most frequent answer"]["value"] == 0.5
    assert reached["age alone"]["value"] > 0.9 > reached["sex alone"]["high"]
    assert all(one["beaten"] for one in reached.values())
    assert say_not_beaten(sick) == ""
    assert sick["ids"][0] == 1000
    assert sum(one["n"] for one in sick["calibration"]) == 300
    assert {one["field"] for one in sick["groups"]} == {"age", "sex", "site"}, "a hidden note makes no groups"
    assert sum(one["n"] for one in sick["groups"] if one["field"] == "site") == 300
    figures = {one["key"]: one for one in sick["beside"]["figures"]}
    assert figures["auc"]["difference"]["low"] > 0.3
    dose = {one["name"]: one for one in told["dose"]["baselines"]}
    assert dose["age alone"]["value"] < dose["the most frequent answer"]["value"]
    worse = {one["key"]: one for one in report(SCHEMA, scored, blind, ids, **parts)}
    assert "age alone" in say_not_beaten(worse["sick"])
    assert "AUC" in say_not_beaten(worse["sick"])
    table = choice_tables(SCHEMA, scored, good, ids)
    assert table["cause"]["truth"] == table["cause"]["answers"]
    assert set(table) == {"cause"}


def test_a_threshold_moves_sensitivity_and_not_the_area():
    _, scored = case_set()
    outputs = {name: np.random.default_rng(3).random(rows.shape) for name, rows in scored.truth.items()}

    def told(thresholds):
        made = report(SCHEMA, scored, outputs, range(300), train=scored, thresholds=thresholds)
        return {one["key"]: one["value"] for one in made[0]["figures"]}

    half, low = told({}), told({"sick": 0.2})
    assert low["auc"] == half["auc"]
    truth = scored.truth["sick"][:, 0] > 0.5
    assert low["sensitivity"] == sk.recall_score(truth, outputs["sick"][:, 0] >= 0.2)
    assert low["sensitivity"] > half["sensitivity"]


def test_a_field_with_one_value_makes_no_groups_and_dates_do_no_harm():
    schema = Schema(
        "S", "ID", "ID", (Field("day", "note", "date"), Field("sex", "input", "choice", options=("f", "m")))
    )
    cases = [Case(n, str(n), str(n), "test", {"sex": "f"}, {"day": date(2020, 1, 1 + n % 20)}) for n in range(40)]
    assert list(subgroups(schema, cases)) == []
