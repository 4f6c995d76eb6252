"""The search line is understood, or refused in words that say which word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdesk.core.errors import Situation
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.search import parse_search
from mmdesk.core.fields.search_tree import Term
from tests.unit.storage_projects import SCHEMA


@pytest.mark.parametrize(
    ("line", "term"),
    [
        ("cataract", Term("text", value="cataract")),
        ('"left eye"', Term("text", value="left eye")),
        ('"12:30"', Term("text", value="12:30")),
        ("age:63", Term("equal", "age", 63.0)),
        ("AGE:1,5", Term("equal", "age", 1.5)),
        ("age:[40,60]", Term("between", "age", low=40.0, high=60.0)),
        ("age:[1,5;60]", Term("between", "age", low=1.5, high=60.0)),
        ("age:[40,]", Term("between", "age", low=40.0)),
        ("age:>40", Term("between", "age", low=40.0, strict=True)),
        ("age:<=40", Term("between", "age", high=40.0)),
        ("age:>200", Term("between", "age", low=200.0, strict=True)),
        ("age:missing", Term("missing", "age")),
        ("-sex:f", Term("equal", "sex", "F", negated=True)),
        ("smoker:yes", Term("equal", "smoker", 1)),
        ("seen:>2020-01-05", Term("between", "seen", low="2020-01-05", strict=True)),
        ("findings:b", Term("contains", "findings", "B")),
        ('findings:"A C"', Term("contains", "findings", "A C")),
        ("findings:A|B", Term("equal", "findings", "A|B")),
        ("findings:-", Term("equal", "findings", "-")),
        ("grade:severe", Term("equal", "grade", "severe")),
        ('keywords:"two words"', Term("contains", "keywords", "two words")),
        ("Left_eye:x.jpg", Term("contains", "left", "x.jpg")),
        ("is:Unread", Term("is", value="unread")),
        ("split:test", Term("split", value="test")),
        ("case:1043", Term("case", value="1043")),
        ("p(B):>0.5", Term("probability", "findings", low=0.5, option="B", strict=True)),
        ("p(A C):[0.4,0.6]", Term("probability", "findings", low=0.4, high=0.6, option="A C")),
        ("p(grade.mild):<0,5", Term("probability", "grade", high=0.5, option="mild", strict=True)),
    ],
)
def test_a_term_is_understood(line, term):
    assert parse_search(line, SCHEMA).terms == (term,)


def test_terms_stand_together():
    search = parse_search('  is:unread age:[40, 60]  "two words" -split:test ', SCHEMA)
    assert [term.kind for term in search.terms] == ["is", "between", "text", "split"]
    assert search.fields == ("age",)


@pytest.mark.parametrize("line", ["", "  ", "age:", "is:", '"', 'age:"'])
def test_a_line_that_is_still_typed_is_no_problem(line):
    assert parse_search(line, SCHEMA).terms == ()


@pytest.mark.parametrize(
    ("line", "what", "do"),
    [
        ("agee:3", "does not know 'agee'", "Did you mean age?"),
        ("agee:", "does not know 'agee'", "Did you mean age?"),
        ("is:unred", "does not know 'is:unred'", "Did you mean is:unread?"),
        ("split:tset", "does not know 'split:tset'", "Did you mean split:test?"),
        ("qqqq:1", "does not know 'qqqq'", "It knows left, right, age"),
        ("age:old", "a number from 0 to 120 years for age, not 'old'", "Change that word."),
        ("sex:X", "one of F or M for sex, not 'X'", "Change that word."),
        ("findings:Z", "for findings, not 'Z'", "Change that word."),
        ("p(Z):>0.5", "does not know 'p(Z)'", "p("),
        ("p(B):often", "a probability from 0 to 1", "p(B):>0.5"),
    ],
)
def test_what_is_not_known_is_said(line, what, do):
    with pytest.raises(Situation) as told:
        parse_search(line, SCHEMA)
    assert what in told.value.what
    assert told.value.safe == "Your list is unchanged."
    assert do in told.value.do


def test_the_models_word_is_refused_while_blind():
    with pytest.raises(Situation, match="what the model says"):
        parse_search("p(B):>0.5", SCHEMA, blind=True)
    assert parse_search("is:unread", SCHEMA, blind=True).terms


NOTED = replace(
    SCHEMA,
    fields=(
        *SCHEMA.fields[:-1],
        replace(SCHEMA.field("keywords"), show="after"),
        Field("code", "note", "text", show="never"),
    ),
)


def test_the_tables_labels_are_looked_for_by_their_name():
    found = parse_search("reference:B -reference.findings:A is:reference", SCHEMA).terms
    assert [(term.kind, term.name, term.value, term.reader, term.negated) for term in found] == [
        ("contains", "findings", "B", "reference", False),
        ("contains", "findings", "A", "reference", True),
        ("is", "", "reference", "", False),
    ]
    with pytest.raises(Situation, match=r"does not know 'reference\.age'"):
        parse_search("reference.age:3", SCHEMA)


def test_a_reference_that_fits_two_targets_is_asked_about():
    two = replace(SCHEMA, fields=(*SCHEMA.fields, Field("other", "target", "labels", options=("B", "C"))))
    with pytest.raises(Situation) as told:
        parse_search("reference:B", two)
    assert told.value.do == "Write reference.findings:B or reference.other:B."
    assert parse_search("reference:C", two).terms[0].name == "other"


@pytest.mark.parametrize("line", ["reference:B", "is:reference", "-is:reference", "keywords:x", "keywords:missing"])
def test_what_the_own_read_comes_before_is_refused_while_blind(line):
    assert parse_search(line, NOTED).terms
    with pytest.raises(Situation, match="because it would tell what"):
        parse_search(line, NOTED, blind=True)


def test_a_note_that_is_never_shown_is_refused_always():
    with pytest.raises(Situation, match="The note code is not shown here"):
        parse_search("code:x", NOTED)


WORDS = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from([*'age:is[],"-p()<> 4.', "age:", "findings:", "A", "p(B):", "[4,", "-"])).map("".join),
)


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_no_line_breaks_it(line):
    try:
        terms = parse_search(line, SCHEMA).terms
    except Situation:
        return  # refused in words; anything else would fail the test
    assert all(term.kind for term in terms)
