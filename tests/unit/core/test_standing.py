"""A comparison stands only beside the version that it was made against."""

from __future__ import annotations

from mmdesk.core.judge.verdict import Comparison, FigureRow
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.standing import standing_of
from mmdesk.core.versions.version import VersionRow

ROW = FigureRow("Sick AUC", "auc", "all", 300, 40, 0.861, 0.874, 0.013, 0.002, 0.024, target="sick")
AGAINST_V1 = Comparison("v2", "v1", (ROW,), "recommended", "Recommended.").as_json()
FIGURE = {"metric": "sick AUC", "value": 0.861, "low": 0.82, "high": 0.9, "n": 300}


def stand(card, current):
    return standing_of(VersionRow("v2", "v2", "candidate", card=Card.from_json(card)), current)


def test_a_comparison_with_the_current_version_stands():
    found = stand({"comparison": AGAINST_V1}, "v1")
    assert (found.doubt, found.again, found.comparison.words) == ("", False, "Recommended.")


def test_a_comparison_with_another_version_is_out_of_date():
    found = stand({"comparison": AGAINST_V1}, "v3")
    assert found.again
    assert found.doubt == ("The comparison of v2 is out of date: it was made against v1, and v3 is current now.")


def test_none_and_a_damaged_one_are_to_be_made():
    none, damaged = stand({}, "v1"), stand({"comparison": 3}, "v1")
    assert none.again
    assert "was not made yet" in none.doubt
    assert damaged.again
    assert "cannot be read" in damaged.doubt
    assert "cannot be read" in stand("no card", "v1").doubt


def test_a_comparison_without_figures_is_doubted_and_not_made_again():
    few = FigureRow("Sick AUC", "auc", "all", 3, 1, words="too few")
    found = stand({"comparison": Comparison("v2", "v1", (few,)).as_json()}, "v1")
    assert "has no figures" in found.doubt
    assert not found.again


def test_a_first_version_has_nothing_to_be_compared_with_and_says_its_figure():
    found = stand({"evaluation": {"figures": [FIGURE]}}, "")
    assert (found.doubt, found.again, found.comparison.rows) == ("", False, ())
    assert found.comparison.words == (
        "There is no version to compare it with. Sick AUC 0.861 (0.820 to 0.900) on 300 test cases."
    )


def test_a_first_version_without_figures_says_so():
    assert stand({}, "").doubt == "v2 has no figures: nothing says how good it is."


def test_the_current_version_needs_no_comparison():
    assert not stand({"comparison": AGAINST_V1}, "v2").again


def test_a_comparison_by_other_test_labels_is_out_of_date():
    made = Comparison("v2", "v1", (ROW,), "recommended", "Recommended.", judged="aa").as_json()
    assert stand({"comparison": made, "test_labels": "aa"}, "v1").doubt == ""
    found = stand({"comparison": made, "test_labels": "bb"}, "v1")
    assert found.again
    assert found.doubt == (
        "The comparison of v2 with v1 is out of date: labels of test cases changed since it was made."
    )
    assert stand({"comparison": AGAINST_V1, "test_labels": "bb"}, "v1").doubt == "", "an earlier program did not say"
