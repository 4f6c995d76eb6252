"""Every card that any program wrote is read, and one that is damaged is kept and named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdesk.core.judge.verdict import OPEN, Comparison, FigureRow
from mmdesk.core.versions.card import Card, scores_of
from mmdesk.core.versions.card_words import card_text
from mmdesk.services.models.comparing import versions
from mmdesk.services.project import open_project
from mmdesk.support.resources import resource
from tests.unit.storage.test_old_projects import OLD

ROW = FigureRow("Sick AUC", "auc", "all", 300, 40, 0.861, 0.874, 0.013, 0.002, 0.024, target="sick")
FEW = FigureRow("Myopia sensitivity", "sensitivity", "all", 6, 3, words="too few cases for a figure")
COMPARISON = Comparison("v2", "v1", (ROW, FEW), "recommended", "Recommended.", "abc", {"test_old": 3}, (1,), (2,))
FIGURES = {"figures": [{"metric": "Sick AUC", "key": "auc", "n": 300, "value": 0.861}]}
PARTS = ("title", "name", "use", "kind", "parent", "created", "evaluation", "comparison", "scores")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from([*PARTS, "training", "notes", "compiled", "metrics"])
INSIDE = st.sampled_from(["figures", "rows", "lost", "notes", "words", "current", "counts", "loss", "value"])


def test_a_card_comes_back_as_it_was_written():
    card = Card.from_json(
        {
            "name": "Eyes v2",
            "kind": "trained",
            "evaluation": {"split": "test", **FIGURES},
            "comparison": COMPARISON.as_json(),
            "scores": scores_of(COMPARISON).to_json(),
            "notes": ["One."],
            "compiled": True,
        }
    )
    assert card.comparison == COMPARISON
    assert card.evaluation is not None
    assert card.evaluation.figures[0].value == 0.861
    assert (card.notes, card.compiled, card.damaged) == (("One.",), True, {})
    assert Card.from_text(card.to_text()) == card


def test_how_the_current_version_did_is_kept_with_the_reason_where_there_is_no_figure():
    scores = scores_of(COMPARISON)
    assert [(one.metric, one.value, one.words) for one in scores.figures] == [
        ("Sick AUC", 0.861, ""),
        ("Myopia sensitivity", None, "too few cases for a figure"),
    ]
    assert scores.facts == {"labels": "abc", "beside": "v2"}


@pytest.mark.parametrize(
    "figures",
    [
        FIGURES["figures"],
        {"Sick AUC": 0.861},
        {"Sick AUC": {"key": "auc", "n": 300, "value": 0.861, "low": None, "high": None}},
    ],
    ids=["rows", "numbers by name", "figures by name"],
)
@pytest.mark.parametrize("part", ["scores", "evaluation"])
def test_figures_are_read_in_each_shape_they_ever_had(part, figures):
    card = Card.from_json({part: {"labels": "abc", "beside": "v2", "figures": figures}})
    assert card.damaged == {}
    assert getattr(card, part).figures[0].value == 0.861
    assert "| Sick AUC | 0.861 |" in card_text(card)


def test_a_later_programs_keys_are_passed_over_and_a_missing_verdict_is_open():
    raw = COMPARISON.as_json() | {"mood": "good"}
    raw["rows"][0]["colour"] = "red"
    del raw["verdict"]
    found = Card.from_json({"comparison": raw}).comparison
    assert found is not None
    assert (found.verdict, found.rows) == (OPEN, (ROW, FEW))


@pytest.mark.parametrize(
    ("part", "raw"),
    [
        ("comparison", "no comparison"),
        ("comparison", {"candidate": "v2", "rows": [{"metric": "x"}]}),
        ("comparison", COMPARISON.as_json() | {"rows": {"Sick AUC": 0.8}}),
        ("comparison", COMPARISON.as_json() | {"words": 3}),
        ("comparison", COMPARISON.as_json() | {"counts": [1]}),
        ("evaluation", [1]),
        ("evaluation", {"figures": [{"metric": "x", "value": "high"}]}),
        ("scores", {"figures": 3}),
        ("name", {"first": "x"}),
    ],
)
def test_a_damaged_part_is_kept_and_named_and_the_rest_is_read(part, raw):
    card = Card.from_json({"kind": "trained", part: raw})
    assert card.damaged == {part: raw}
    assert card.to_json() == {"kind": "trained", part: raw}
    assert f"The part {part.capitalize()} of this card cannot be read" in card_text(card)


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "3", "[" * 100_000])
def test_a_card_that_is_no_card_is_unreadable_and_says_so(text):
    card = Card.from_text(text)
    assert card.unreadable
    assert "The card of this version cannot be read." in card_text(card)
    assert Card.from_text(card.to_text()).unreadable


@given(st.dictionaries(KEYS, JSON | st.dictionaries(INSIDE, JSON, max_size=4), max_size=5) | JSON)
def test_whatever_a_card_holds_it_has_words(raw):
    card = Card.from_json(raw)
    assert card_text(card).startswith("# ")
    card_text(Card.from_json(card.to_json()))


@pytest.mark.parametrize("name", ["fundus-pair", "phantom-pair"])
def test_the_bundled_cards_are_read_whole(name):
    raw = json.loads(resource("models", name, "card.json").read_text("utf-8"))
    card = Card.from_json(raw)
    assert card.damaged == {}
    assert card.to_json() == raw
    assert "metrics" in card.facts


@pytest.mark.parametrize("name", sorted(path.name for path in Path(OLD).iterdir()))
def test_the_cards_of_old_projects_are_read(tmp_path, name):
    shutil.copytree(OLD / name, tmp_path / name)
    project = open_project(tmp_path / name)
    cards = [row.card for row in versions(project)]
    project.close()
    assert [card.facts for card in cards] == [{"auc": 0.8}]
    assert "- AUC: 0.8" in card_text(cards[0])
