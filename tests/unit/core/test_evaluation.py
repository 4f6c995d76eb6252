"""Versions scored against labels, alone and paired."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.judge.evaluation import Scored, compare, evaluate, questions, right_answers
from mmdesk.core.judge.plain_models import plain_models
from mmdesk.core.judge.verdict import CORRECTED, OLD

SCHEMA = Schema(
    "Eyes",
    "ID",
    "ID",
    (
        Field("findings", "target", "labels", options=("Cataract", "Rare")),
        Field("referable", "target", "flag", label="Refer"),
        Field("severity", "target", "grade", options=("0", "1", "2", "3")),
        Field("thickness", "target", "number", unit="um"),
    ),
)


def case_set(n=240, seed=0, noise=0.6):
    rng = np.random.default_rng(seed)
    grade = rng.integers(0, 4, n)
    truth = {
        "findings": np.stack([rng.random(n) < 0.4, np.arange(n) < 3], 1).astype(np.float32),
        "referable": (grade >= 2).astype(np.float32)[:, None],
        "severity": (np.arange(3) < grade[:, None]).astype(np.float32),
        "thickness": rng.normal(250, 30, (n, 1)).astype(np.float32),
    }
    known = {name: np.ones(n, bool) for name in truth}
    known["referable"][:20] = False

    def outputs(noise):
        def soft(values):
            return np.clip(values * 0.5 + 0.25 + rng.normal(0, noise, values.shape) / 2, 0.01, 0.99)

        return {
            **{name: soft(truth[name]) for name in ("findings", "referable", "severity")},
            "thickness": truth["thickness"] + rng.normal(0, noise * 30, (n, 1)),
        }

    return Scored(truth, known, [str(i // 2) for i in range(n)]), outputs(noise), outputs


def test_figures_come_primary_first_and_each_label_has_its_own():
    scored, outputs, _ = case_set()
    figures = evaluate(SCHEMA, scored, outputs, n=200)
    by_name = {figure.metric: figure for figure in figures}
    assert figures[0].metric == "macro AUC"
    auc = by_name["Cataract AUC"]
    assert (auc.target, auc.label, auc.n) == ("findings", "Cataract", 240)
    assert auc.positives == int(scored.truth["findings"][:, 0].sum())
    assert 0.5 < auc.low < auc.value < auc.high < 1
    assert by_name["Refer AUC"].n == 220
    assert figures[0].value == pytest.approx((auc.value + by_name["Refer AUC"].value) / 2)
    assert by_name["severity kappa"].value > 0.2
    assert 5 < by_name["thickness mean distance"].value < 30
    assert by_name["calibration ECE"].value > 0


def test_a_label_with_three_positives_gets_words_and_no_figure():
    scored, outputs, _ = case_set()
    rare = next(f for f in evaluate(SCHEMA, scored, outputs, n=50) if f.metric == "Rare AUC")
    assert (rare.value, rare.low, rare.positives) == (None, None, 3)
    assert rare.words.startswith("Rare has 3 positive cases here, too few for a figure.")


def test_a_better_version_is_found_better_on_each_subset():
    scored, worse, outputs = case_set(noise=1.2)
    better = outputs(0.3)
    old = np.arange(240) < 120
    rows = compare(SCHEMA, scored, worse, better, {OLD: old, CORRECTED: ~old}, n=300)
    assert [row.metric for row in rows[:3]] == [
        "macro AUC",
        "old cases macro AUC",
        "corrected cases macro AUC",
    ]
    assert [row.n for row in rows[:3]] == [240, 120, 120]
    for row in rows[:3]:
        assert row.low > 0
        assert row.difference == pytest.approx(row.candidate - row.current)
    kappa = next(row for row in rows if row.key == "kappa")
    distance = next(row for row in rows if row.key == "mae")
    assert kappa.low > 0
    assert distance.high < 0
    assert distance.gain > 0
    json.dumps([row.metric for row in rows])


def test_the_same_outputs_differ_by_nothing():
    scored, outputs, _ = case_set()
    none = np.zeros(240, bool)
    rows = compare(SCHEMA, scored, outputs, outputs, {OLD: none, CORRECTED: ~none}, n=50)
    assert {row.difference for row in rows if row.words == ""} == {0.0}
    assert rows[1].difference is None
    assert "too few" in rows[1].words


def test_without_binary_targets_the_grade_is_primary_then_the_number():
    scored, outputs, _ = case_set()
    grades = Schema("E", "ID", "ID", SCHEMA.fields[2:])
    assert evaluate(grades, scored, outputs, n=20)[0].metric == "severity kappa"
    numbers = Schema("E", "ID", "ID", SCHEMA.fields[3:])
    assert evaluate(numbers, scored, outputs, n=20)[0].metric == "thickness mean distance"


def test_right_answers_count_each_label_once():
    scored = case_set()[0]
    perfect = {**scored.truth, "thickness": scored.truth["thickness"] + 99}
    asked = questions(SCHEMA, scored)
    right = right_answers(asked, perfect, 240)
    assert set(right[:20]) == {3}  # the flag is not labelled there, the number never counts
    assert set(right[20:]) == {4}
    flipped = {**perfect, "findings": 1 - perfect["findings"]}
    assert set(right_answers(asked, flipped, 240)[20:]) == {2}


def blank_cells(schema, cases, scored):
    """Return the figure of what sees only which cells are blank; None where it sees nothing."""
    for one in plain_models(schema, cases, cases):
        if one.name == "which cells are blank":
            (question,) = questions(schema, scored)
            return evaluate(schema, scored, {"sick": one.answers(question, question)[:, None]}, n=200)[0]
    return None


def test_blank_cells_that_betray_the_label_are_found_out():
    fields = (Field("test", "input", "number"), Field("sick", "target", "flag"))
    schema = Schema("E", "ID", "ID", fields)
    rng = np.random.default_rng(0)
    sick = rng.random(300) < 0.4

    def judged(betrays):
        cases = [
            Case(i, str(i), str(i), "train", {"test": Missing(Reason.ABSENT) if gone else 1.0})
            for i, gone in enumerate(np.where(rng.random(300) < betrays, ~sick, rng.random(300) < 0.5))
        ]
        truth = {"sick": sick[:, None].astype(np.float32)}
        scored = Scored(truth, {"sick": np.ones(300, bool)}, [str(i) for i in range(300)])
        return blank_cells(schema, cases, scored)

    assert judged(0.8).value > 0.85
    assert judged(0.0).low < 0.56
    whole = [Case(0, "a", "a", "train", {"test": 1.0})] * 300
    scored = Scored({"sick": sick[:, None]}, {"sick": np.ones(300, bool)}, ["a"] * 300)
    assert blank_cells(schema, whole, scored) is None
