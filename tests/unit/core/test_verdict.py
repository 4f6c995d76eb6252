"""The gate's rules and words."""

from __future__ import annotations

import json

import pytest

from mmdesk.core.judge.verdict import (
    ALL,
    OPEN,
    RECOMMENDED,
    REFUSED,
    Comparison,
    FigureRow,
    Key,
    judge,
    labels_needed,
)


def row(metric, key, cases="all", *, d=None, low=None, high=None, n=300, **more):
    current = None if d is None else 0.8
    return FigureRow(metric, key, cases, n, 40, current, d and 0.8 + d, d, low, high, **more)


BETTER = row("macro AUC", "auc", d=0.013, low=0.002, high=0.024)
OLD = row("old cases AUC", "auc", "old", d=-0.002, low=-0.006, high=0.002)
ECE = row("calibration ECE", "ece", d=-0.003, low=-0.01, high=0.004)


def test_better_and_no_rule_broken_is_recommended():
    rows, verdict, words = judge([BETTER, OLD, ECE])
    assert verdict == RECOMMENDED
    assert words == "Recommended. Better by 0.013 AUC (0.002 to 0.024); no rule broken."
    assert [r.verdict for r in rows] == ["", "pass", "pass"]


def test_a_fall_in_sensitivity_is_not_recommended_however_good_the_rest():
    fall = row("Glaucoma sensitivity", "sensitivity", d=-0.07, low=-0.12, high=-0.02, target="f", label="Glaucoma")
    rows, verdict, words = judge([BETTER, fall, OLD, ECE])
    assert verdict == REFUSED
    assert words == "Not recommended. Glaucoma sensitivity falls by 0.07; the rule allows 0.05."
    assert [r.verdict for r in rows] == ["", "FAIL", "pass", "pass"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (row("old cases AUC", "auc", "old", d=-0.03), "Old cases AUC falls by 0.03; the rule allows 0.01."),
        (row("calibration ECE", "ece", d=0.03), "Calibration ECE rises by 0.03; the rule allows 0.02."),
        (row("Glaucoma sensitivity", "sensitivity", d=-0.0521), "falls by 0.052; the rule allows 0.05."),
    ],
)
def test_each_rule_can_be_broken(broken, said):
    _, verdict, words = judge([BETTER, broken])
    assert verdict == REFUSED
    assert said in words


def test_a_fall_as_large_as_allowed_passes():
    rows, verdict, _ = judge([BETTER, row("x sensitivity", "sensitivity", d=-0.05)])
    assert (rows[1].verdict, verdict) == ("pass", RECOMMENDED)


def test_an_interval_around_zero_cannot_tell_and_says_how_many_labels_would():
    unsure = row("macro AUC", "auc", d=0.0035, low=-0.004, high=0.011, n=120)
    _, verdict, words = judge([unsure])
    assert verdict == OPEN
    assert words == (
        "Cannot tell yet. The difference may be nothing (-0.004 to 0.011). About 150 more labels would help."
    )


def test_more_labels_shrink_the_interval_by_the_root_of_their_number():
    assert labels_needed(row("m", "auc", d=0.01, low=-0.01, high=0.03, n=100)) == 300
    assert labels_needed(row("m", "auc", d=0.0, low=-0.001, high=0.001, n=100)) == 0


def test_clearly_worse_is_not_recommended():
    _, verdict, words = judge([row("macro AUC", "auc", d=-0.02, low=-0.03, high=-0.01)])
    assert verdict == REFUSED
    assert words == "Not recommended. Worse by 0.020 AUC (0.010 to 0.030)."


def test_a_distance_is_better_when_it_falls():
    less = row("Thickness mean distance", "mae", d=-4.0, low=-6.0, high=-2.0, scale=30.0)
    assert judge([less])[1] == RECOMMENDED
    old = row("old cases mean distance", "mae", "old", d=0.5, scale=30.0)
    rows, verdict, words = judge([less, old])
    assert rows[1].rule == "may rise by 0.3 at most"
    assert verdict == REFUSED
    assert "Old cases mean distance rises by 0.50; the rule allows 0.3." in words


def test_too_few_cases_cannot_tell_but_a_broken_rule_still_counts():
    none = row("macro AUC", "auc", words="No label has 5 positive and 5 negative test cases.")
    assert judge([none])[1:] == (OPEN, "Cannot tell yet. No label has 5 positive and 5 negative test cases.")
    assert judge([none, row("calibration ECE", "ece", d=0.1)])[1] == REFUSED


def test_a_comparison_survives_json():
    rows, verdict, words = judge([BETTER, OLD])
    made = Comparison("v2", "v1", rows, verdict, words, "abc", {"test": 3}, (1, 2), (3,), ("A note.",))
    assert Comparison.from_json(json.loads(json.dumps(made.as_json()))) == made
    assert made.recommended


def _leading(metric, key, low, high, scale=1.0):
    return FigureRow(
        metric, key, ALL, n=200, current=0.5, candidate=0.6, difference=(low + high) / 2,
        low=low, high=high, target=metric, scale=scale,
    )  # fmt: skip


def test_a_target_of_another_kind_can_recommend_and_refuse():
    unsure = _leading("Refer AUC", Key.AUC, -0.02, 0.03)
    better = _leading("Severity kappa", Key.KAPPA, 0.05, 0.2)
    worse = _leading("Thickness mean distance", Key.DISTANCE, 1.0, 3.0, scale=20.0)
    _, verdict, words = judge([unsure, better])
    assert verdict == RECOMMENDED
    assert words == "Recommended. Severity kappa is better by 0.125 (0.050 to 0.200); no rule broken."
    _, verdict, words = judge([unsure, better, worse])
    assert verdict == REFUSED
    assert words == "Not recommended. Thickness mean distance is worse by 2.000 (1.000 to 3.000)."
    assert judge([unsure])[1] == OPEN
