"""A version says when it is judged on cases that it learnt from."""

from __future__ import annotations

from mmdesk.core.versions.card import Card
from mmdesk.core.versions.card_words import card_text
from mmdesk.core.versions.learnt import LEARNT_FROM, digests, from_text, learnt_notes, say_learnt, to_text
from tests.unit.core.test_standing import AGAINST_V1, FIGURE, stand


def test_digests_go_through_a_file_and_tell_no_name():
    learnt = digests(["Meier 1", "Größe"])
    text = to_text(learnt)
    assert from_text(text) == learnt
    assert "Meier" not in text
    assert from_text("{") == from_text("3") == frozenset()


def test_only_versions_that_learnt_from_the_cases_are_named():
    versions = {"v1": digests(["a", "b", "c"]), "v2": digests(["x"]), "v3": frozenset()}
    assert learnt_notes(versions, ["b", "c", "d"]) == [
        "v1 learnt from 2 of these 3 test cases: its figures on them look better than it is."
    ]
    assert say_learnt("v1", 0) == ""


def test_card_and_standing_say_it():
    card = Card.from_json({"kind": "trained", LEARNT_FROM: 3})
    said = say_learnt("v2", 3)
    assert say_learnt("It", 3) in card_text(card, "v2, current.")
    assert card_text(card, f"v2, candidate. {said}").count("learnt from 3 cases") == 1
    assert "Learnt from test cases" not in card_text(card)
    assert stand({"comparison": AGAINST_V1, LEARNT_FROM: 3}, "v1").doubt == said
    assert stand({"comparison": AGAINST_V1, LEARNT_FROM: 0}, "v1").doubt == ""
    assert stand({"evaluation": {"figures": [FIGURE]}, LEARNT_FROM: 3}, "").doubt == said
