"""The steps that stand for lookup layers, without Keras."""

from __future__ import annotations

import numpy as np
import pytest

from mmdesk.core.errors import ModelProblem
from mmdesk.core.model.lookups.hashes import fingerprint, siphash
from mmdesk.core.model.lookups.plan import Lookup, Plan, Source, outside, step_from_json, step_to_json
from mmdesk.core.model.lookups.steps import (
    Binned,
    Buckets,
    Codes,
    Counted,
    Crossed,
    Fitted,
    Joined,
    Picked,
    Taken,
    Tokens,
)
from mmdesk.core.model.prepare import Preparation

COLOUR = Taken(end="colour")


def test_hashes_are_those_that_tensorflow_computes():
    assert fingerprint(b"") == 0x9AE16A3B2F90404F
    assert [fingerprint(word) % 1000 for word in (b"a", b"hello", b"x" * 20, b"y" * 40, b"z" * 100)] == [
        939,
        296,
        348,
        6,
        73,
    ]
    assert siphash(bytes(range(15)), (0x0706050403020100, 0x0F0E0D0C0B0A0908)) == 0xA129CA6149BE45E5


def test_codes_of_words_others_and_the_mask():
    codes = Codes(of=(COLOUR,), known=("red", "blue"), first=2, others_first=1, mask="", mask_code=0)
    assert codes.rows({"colour": [["blue", "", "teal", "red"]]}) == [[3, 0, 1, 2]]


def test_whole_numbers_outside_a_list_are_put_by_their_remainder():
    codes = Codes(of=(COLOUR,), known=(7, 9), first=3, others=3)
    assert codes.rows({"colour": [[9, 7, 5, -1]]}) == [[4, 3, 2, 2]]


def test_a_word_outside_a_list_without_others_is_marked_whatever_the_form():
    codes = Codes(of=(COLOUR,), known=("red",), first=0, others=0)
    raw = {"colour": [["red"], ["teal"]]}
    assert outside(Lookup(codes, (1,), "int32", "").array(raw)).tolist() == [False, True]
    hot = Counted(of=(codes,), depth=1, mode="one_hot")
    assert outside(Lookup(hot, (1,), "float32", "").array(raw)).tolist() == [False, True]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Tokens(of=(COLOUR,), lower="ascii", signs="drop"), ["chestpain", "no", "fÉver"]),
        (Tokens(of=(COLOUR,), lower="all", signs="blank"), ["chest", "pain", "no", "féver"]),
        (Tokens(of=(COLOUR,), split=""), ["Chest-pain;  NO\u00a0fÉver"]),
        (Tokens(of=(COLOUR,)), ["Chest-pain;", "NO\u00a0fÉver"]),
        (Tokens(of=(COLOUR,), ngrams=(1, 2)), ["Chest-pain;", "NO\u00a0fÉver", "Chest-pain; NO\u00a0fÉver"]),
    ],
)
def test_texts_become_words(step: Tokens, words: list[str]):
    text = "Chest-pain;  NO\u00a0fÉver"
    if step.signs != "keep":
        text = text.replace("\u00a0", " ")
    assert step.rows({"colour": [[text]]}) == [words]


def test_rows_are_cut_and_filled_at_the_side_that_is_said():
    rows = {"colour": [[1, 2, 3, 4], [5]]}
    assert Fitted(of=(COLOUR,), length=3).rows(rows) == [[1, 2, 3], [5, 0, 0]]
    assert Fitted(of=(COLOUR,), length=3, fill=9, before=True, cut_before=True).rows(rows) == [[2, 3, 4], [9, 9, 5]]


def test_a_plan_is_written_and_read_again():
    words = Codes(of=(Tokens(of=(COLOUR,), ngrams=(1, 2)),), known=("a", "b"), mask="", salt=(1, 2))
    both = Joined(of=(COLOUR, Picked(of=(Taken(end="b"),), columns=(1,))))
    cross = Crossed(of=(Buckets(of=(both,), bins=9, mask="x"), Binned(of=(Taken(end="n"),), bounds=(0.5, 2.0))), bins=5)
    for step in (words, Counted(of=(words,), depth=4, mode="count", weights=(0.5, 1.0, 2.0, 3.0)), cross):
        assert step_from_json(step_to_json(step)) == step
    plan = Plan({"colour": Source(("Colour",))}, {"x": Lookup(Fitted(of=(words,), length=4), (4,), "int32", "x")})
    assert Preparation.from_json(Preparation(plan=plan).to_json()).plan == plan


def test_a_preparation_with_an_unknown_step_is_refused_in_words():
    plan = Plan({}, {"x": Lookup(COLOUR, (1,), "int32", "x")})
    text = Preparation(plan=plan).to_json().replace('"taken"', '"run"')
    with pytest.raises(ModelProblem, match="cannot be read"):
        Preparation.from_json(text)


def test_counts_leave_out_the_mask():
    step = Counted(of=(COLOUR,), depth=3, mode="count")
    given = Lookup(step, (3,), "float32", "").array({"colour": [[0, 2, 2, np.iinfo(np.int64).max]]})
    assert given.tolist() == [[1.0, 0.0, 2.0]]
