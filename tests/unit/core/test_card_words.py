"""A version's card in words."""

from __future__ import annotations

import json

import pytest

from mmdesk.core.versions.card import RESEARCH_USE, Card
from mmdesk.core.versions.card_words import card_text
from mmdesk.support.resources import resource

FIGURE = {"metric": "sick AUC", "key": "auc", "n": 92, "value": 0.89172, "low": 0.8043, "high": 0.9592}
FIGURE |= {"positives": 45, "target": "sick", "label": "", "words": ""}

ROW = {"metric": "sick AUC", "key": "auc", "cases": "all", "n": 92, "current": 0.858, "candidate": 0.8917}
ROW |= {"difference": 0.0337, "low": 0.0056, "high": 0.0667}


def text_of(card, standing=""):
    return card_text(Card.from_json(card), standing)


def test_a_trained_version_says_origin_figures_and_difference_with_intervals():
    text = text_of(
        {
            "name": "Eyes v2",
            "kind": "fine-tuned",
            "parent": "v1",
            "reader": "Ada",
            "created": "2026-05-03T10:00:00+00:00",
            "training": {"epochs": 14, "loss": [1.5440422, 1.2, 1.0541]},
            "evaluation": {"split": "test", "figures": [FIGURE, FIGURE]},
            "comparison": {"current": "v1", "candidate": "v2", "words": "Recommended.", "rows": [ROW]},
        },
        "v2, candidate.",
    )
    assert text.startswith("# Eyes v2\n\nv2, candidate.\n")
    assert RESEARCH_USE in text
    assert "Fine-tuned from v1 by Ada on 2026-05-03." in text
    assert "- Loss: 1.544 to 1.054" in text
    assert text.count("| sick AUC | 0.892 | 0.804 to 0.959 | 92 | 45 |") == 1
    assert "Against v1: Recommended." in text
    assert "| Figure | With v1 | With v2 | Difference | 95 % interval | Cases |" in text
    assert "| sick AUC | 0.858 | 0.892 | 0.034 | 0.006 to 0.067 | 92 |" in text


def test_a_figure_of_too_few_cases_says_so_instead():
    why = "too few positive cases"
    few = FIGURE | {"value": None, "low": None, "high": None, "n": 4, "positives": 1, "words": why}
    for section in ("evaluation", "scores"):
        assert f"| sick AUC | {why} |  | 4 | 1 |" in text_of({section: {"figures": [FIGURE, few]}})


def test_points_of_curves_and_ids_of_cases_are_left_out_and_hashes_shortened():
    text = text_of(
        {
            "evaluation": {"figures": [FIGURE], "charts": {"sick": {"roc": [[0.0, 0.0222]]}}},
            "comparison": {"current": "a", "candidate": "b", "rows": [], "lost": [53], "won": [77]},
            "labels": "a" * 64,
            "nothing": None,
            "compiled": True,
        }
    )
    assert not any(word in text for word in ("roc", "0.0222", "53", "77", "nothing", "None"))
    assert "- Labels: aaaaaaaaaaaa…" in text
    assert "- Compiled: yes" in text


@pytest.mark.parametrize("name", ["fundus-pair", "phantom-pair"])
def test_the_bundled_cards_are_written_from_their_facts(name):
    card = json.loads(resource("models", name, "card.json").read_text("utf-8"))
    assert resource("models", name, "card.md").read_text("utf-8") == text_of(card)


def test_a_model_made_elsewhere_without_figures_says_so_until_it_is_compared():
    brought = {"kind": "brought along", "evaluation_words": "Not judged yet: evaluate it first."}
    assert "It has no figures yet" in text_of(brought)
    compared = brought | {"comparison": {"current": "v1", "candidate": "v2", "rows": [ROW]}}
    for words in ("It has no figures yet", "Not judged yet"):
        assert words not in text_of(compared)


def test_what_cannot_be_read_is_said_and_the_rest_is_shown():
    text = text_of({"name": "Eyes v2", "comparison": "no comparison", "seconds": 4})
    assert "The part Comparison of this card cannot be read" in text
    assert "- Seconds: 4" in text
    assert "The card of this version cannot be read." in text_of([1, 2], "v2, candidate.")
