"""A search printed and read again is the same tree; and, or, not and brackets mean what they say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdesk.core.fields.search import DEEPEST, parse_search
from mmdesk.core.fields.search_tree import Group, Search, SearchProblem, Term, print_search
from tests.unit.storage_projects import SCHEMA

DAYS = st.dates().map(lambda day: day.isoformat())
AGES = st.floats(0, 120).map(float)
WORDS = st.text(min_size=1, max_size=8).filter(lambda words: bool(words.strip()))
"""Any words, also quotes, brackets and what joins conditions."""


def between(name, values, kind="between", option=""):
    ends = st.tuples(st.none() | values, st.none() | values)
    closed = ends.map(lambda low_high: Term(kind, name, low=low_high[0], high=low_high[1], option=option))
    open_ends = st.tuples(values, st.booleans()).map(
        lambda end: Term(
            kind, name, low=end[0] if end[1] else None, high=None if end[1] else end[0], option=option, strict=True
        )
    )
    return closed | open_ends


TERMS = st.one_of(
    (WORDS | st.sampled_from(["and", "OR", "not", "(", 'a"b', '"', "age:3", "-x", "p(B)>1"])).map(
        lambda words: Term("text", value=words)
    ),
    st.sampled_from(["unread", "read", "reference", "missing"]).map(lambda state: Term("is", value=state)),
    st.sampled_from(["train", "test"]).map(lambda split: Term("split", value=split)),
    st.tuples(st.sampled_from(["case", "group", "reader"]), WORDS).map(lambda two: Term(two[0], value=two[1])),
    AGES.map(lambda age: Term("equal", "age", age)),
    between("age", AGES),
    between("seen", DAYS),
    between("", DAYS, "changed"),
    between("grade", st.sampled_from(["none", "mild", "severe"])),
    between("findings", st.floats(0, 1), "probability", "A C"),
    st.sampled_from(["A", "B", "A C"]).map(lambda option: Term("contains", "findings", option)),
    st.sampled_from(["A", "A C"]).map(lambda option: Term("contains", "findings", option, reader="reference")),
    st.sampled_from(["A|B", "-"]).map(lambda options: Term("equal", "findings", options)),
    st.sampled_from([0, 1]).map(lambda yes: Term("equal", "smoker", yes)),
    st.sampled_from(["age", "left", "findings"]).map(lambda name: Term("missing", name)),
    st.sampled_from(["age", "keywords"]).map(lambda name: Term("edited", name)),
    st.text("ab ()\"':-", min_size=1, max_size=6).map(lambda words: Term("contains", "keywords", words)),
)


def turned(term_and_sign):
    node, negated = term_and_sign
    fields = {name: getattr(node, name) for name in node.__slots__}
    return type(node)(**{**fields, "negated": negated})


LEAVES = st.tuples(TERMS, st.booleans()).map(turned)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(Group, st.lists(inner, min_size=2, max_size=3).map(tuple), st.booleans(), st.booleans()),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_what_is_printed_is_read_as_the_same_tree(tree):
    line = print_search(Search(tree), SCHEMA)
    assert parse_search(line, SCHEMA).tree == tree, line


A, B, C = (Term("text", value=letter) for letter in "abc")
NOT_A = Term("text", value="a", negated=True)


@pytest.mark.parametrize(
    ("line", "tree"),
    [
        ("a b", Group((A, B))),
        ("a and b", Group((A, B))),
        ("a AND b Or c", Group((Group((A, B)), C), either=True)),
        ("a (b or c)", Group((A, Group((B, C), either=True)))),
        ("not a", NOT_A),
        ("not not a", A),
        ("not -a", A),
        ("not (a or b)", Group((A, B), either=True, negated=True)),
        ("-(a b)", Group((A, B), negated=True)),
        ("((a))", A),
        ('"or"', Term("text", value="or")),
        ("f(x)", Term("text", value="f(x)")),
        ("(case:f(x))", Term("case", value="f(x)")),
        ('"say ""aah"""', Term("text", value='say "aah"')),
    ],
)
def test_conditions_are_joined(line, tree):
    assert parse_search(line, SCHEMA).tree == tree


@pytest.mark.parametrize("line", ["a or", "a and", "a (", "(a", "a or (", "a -(", "a not", "a or age:"])
def test_a_line_that_is_still_typed_means_what_is_there(line):
    assert parse_search(line, SCHEMA).tree == A


@pytest.mark.parametrize(
    ("line", "word", "start", "do"),
    [
        ("a)", ")", 1, "write ( before"),
        ("or a", "or", 0, 'or "or" in quotes'),
        ("a or or b", "or", 5, 'or "or" in quotes'),
        ("a and or b", "or", 6, 'or "or" in quotes'),
        ("a ()", ")", 3, "before it"),
        ("b or sex:(F or M)", "sex:", 5, "Write (sex:… or sex:…)."),
        ("age:3 or (x agee:4)", "agee", 12, "Did you mean age?"),
        ("X or sex:X", "X", 9, "Change that word."),
        ("changed:soon", "soon", 8, "changed:today"),
        ("reader:Ane", "reader:Ane", 0, "Did you mean reader:Anne?"),
        ("(" * (DEEPEST + 1) + "a", "(", DEEPEST, "Leave some out."),
    ],
)
def test_what_is_wrong_is_said_with_its_place(line, word, start, do):
    with pytest.raises(SearchProblem) as told:
        parse_search(line, SCHEMA, readers=["Anne", "Bo"])
    assert (told.value.word, told.value.start) == (word, start)
    assert do in told.value.do
