"""What may be seen of a case: its notes, and what an import said of its cells."""

from __future__ import annotations

import pytest

from mmdesk.core.cases.blinding import shown_case
from mmdesk.core.cases.case import Case
from mmdesk.core.fields.schema import Field, Schema

SCHEMA = Schema(
    "x",
    "ID",
    "Person",
    (
        Field("left", "input", "image", ("Left",), label="Left eye"),
        Field("age", "input", "number", ("Age",)),
        Field("grade", "target", "grade", ("G",), label="Grade", options=("a", "b")),
        Field("free", "note", "text", ("Free",)),
        Field("later", "note", "text", ("Later",), show="after"),
        Field("never", "note", "text", ("Never",), show="never"),
    ),
)
NOTES = {"free": "f", "later": "l", "never": "n"}


def problem_of(words: str, *, hidden: bool) -> str:
    case = Case(1, "c", "c", "test", {}, NOTES, words)
    return shown_case(case, SCHEMA, hidden=hidden).problem


@pytest.mark.parametrize(("hidden", "names"), [(True, ["free"]), (False, ["free", "later"])])
def test_notes_are_shown_when_the_schema_says(hidden, names):
    case = shown_case(Case(1, "c", "c", "test", {}, NOTES), SCHEMA, hidden=hidden)
    assert sorted(case.notes) == names


def test_words_about_a_cell_do_not_tell_what_is_in_it():
    words = "G: 'severe' is not one of a or b; Age: 'x' is not a number; Later: its rows differ: l | m"
    assert problem_of(words, hidden=False) == words
    assert problem_of(words, hidden=True) == (
        "G: hidden until your own read is stored; Age: 'x' is not a number; Later: hidden until your own read is stored"
    )
    assert problem_of("Never: its rows differ: n | m", hidden=False) == "Never: not shown"


def test_what_follows_a_hidden_part_without_a_column_is_hidden_too():
    words = "Age: 'x' is not a number; G: 'severe; worse' is not one of a or b; Person: rows differ"
    assert problem_of(words, hidden=True) == (
        "Age: 'x' is not a number; G: hidden until your own read is stored; Person: rows differ"
    )


def test_words_without_a_column_stay():
    assert problem_of("the row has 3 of 4 cells; the left eye is damaged", hidden=True) == (
        "the row has 3 of 4 cells; the left eye is damaged"
    )
    assert problem_of("", hidden=True) == ""
