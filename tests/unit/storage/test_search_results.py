"""What SQL finds for a search is what a plain filter over the cases finds, whatever the conditions and how joined."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.fields.search import parse_search
from mmdesk.core.fields.search_tree import Group, Search, print_search
from mmdesk.core.fields.values import Missing
from mmdesk.services.cases.reading import WorklistQuery, case_ids, set_inputs, store_labels
from tests.unit.storage_projects import SCHEMA, add_model, make_project

COUNT = 14
LINES = (
    *(
        "c1",
        "words",
        "日本",
        "g3",
        "split:train",
        "split:test",
        "case:C1",
        "group:g2",
        "age:27",
        "age:[24,30]",
        "age:>29",
    ),
    *("age:<=25", "age:missing", "right:missing", "sex:F", "smoker:no", "seen:>2020-01-05", "seen:2020-01-04"),
    *("findings:A", "findings:-", "grade:mild", "grade:[mild,severe]", "reference:A", "reference.grade:>none"),
    *("is:read", "is:unread", "is:reference", "is:missing", "is:problem", "p(A):>0.5", "p(A C):[0.2,0.4]", "reader:Bo"),
    *("changed:today", "changed:<2020-01-01", "changed:age", "changed:smoker"),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp("search"), COUNT)
    project.set_own_read_first(False, "R")
    add_model(project, [1, 2, 3, 4, 6, 9], findings=("A",))
    for number in (1, 2, 5, 8):
        store_labels(project, number, {"findings": ("A",) if number % 2 else (), "grade": number % 3}, "R")
    store_labels(project, 5, {"findings": ("B",), "grade": 2}, "Bo")
    store_labels(project, 6, {"findings": ("B",), "grade": 2}, "Bo")
    set_inputs(project, [2, 9], "age", 27.0, "R")
    yield project
    project.close()


def plain(project, node, case):
    """Tell whether a case meets a condition, from the case as Python has it."""
    if isinstance(node, Group):
        met = (any if node.either else all)(plain(project, part, case) for part in node.parts)
    else:
        met = _meets(project, node, case)
    return met != node.negated


def _meets(project, term, case):
    given_ = project.store.labels([case.id]).get(case.id, {})
    answer = project.store.predictions("v1", [case.id]).get(case.id)
    mine = {name: one.value for name, all_ in given_.items() for one in all_ if one.reader == (term.reader or "R")}
    whose = {one.reader for all_ in given_.values() for one in all_}
    texts = [case.name, case.group, str(case.notes["keywords"])]
    rules = {
        "text": lambda: any(term.value.casefold() in text.casefold() for text in texts),
        "is": lambda: {
            "read": {"findings", "grade"} <= mine.keys(),
            "unread": not {"findings", "grade"} <= mine.keys(),
            "reference": "reference" in whose,
            "missing": any(isinstance(value, Missing) for value in case.inputs.values()),
            "problem": bool(case.problem),
        }[term.value],
        "split": lambda: case.split == term.value,
        "case": lambda: term.value.casefold() in case.name.casefold(),
        "group": lambda: case.group == term.value,
        "probability": lambda: (
            answer is not None
            and not answer.stale
            and _within(answer.targets[term.name].probabilities[term.option], term)
        ),
        "reader": lambda: term.value in whose,
        "changed": lambda: case.id in (1, 2, 5, 8, 9) and term.low is not None,
        "edited": lambda: term.name in project.store.originals(case.id),
    }
    if term.kind in rules:
        return rules[term.kind]()
    value = mine.get(term.name) if term.name in ("findings", "grade") else case.inputs[term.name]
    if term.kind == "missing":
        return value is None or isinstance(value, Missing)
    return value is not None and not isinstance(value, Missing | ImageRef) and _fits(value, term)


def _fits(value, term):
    value = value.isoformat() if isinstance(value, date) else value
    if term.kind == "contains":
        return term.value in value
    if term.name == "grade":
        places = SCHEMA.field("grade").options
        low, high, one = (None if end is None else places.index(end) for end in (term.low, term.high, term.value))
        return _inside(value, low, high, term.strict) if term.kind == "between" else value == one
    if term.kind == "between":
        return _within(value, term)
    if term.name == "findings":
        return value == ()
    return value == term.value


def _within(value, term):
    return _inside(value, term.low, term.high, term.strict)


def _inside(value, low, high, strict):
    above = low is None or (value > low if strict else value >= low)
    return above and (high is None or (value < high if strict else value <= high))


LEAVES = st.tuples(st.sampled_from(LINES), st.booleans()).map(lambda two: f"-{two[0]}" if two[1] else two[0])
JOINED = st.recursive(
    LEAVES,
    lambda inner: (
        st.tuples(st.sampled_from([" ", " and ", " or "]), st.lists(inner, min_size=2, max_size=3)).map(
            lambda two: f"({two[0].join(two[1])})"
        )
        | inner.map(lambda line: f"not ({line})")
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("line", LINES)
def test_each_condition_finds_some_cases_and_not_others(project, line):
    found = case_ids(project, WorklistQuery(line), "R")
    assert found == [case.id for case in project.store.cases() if plain(project, parse_search(line, SCHEMA).tree, case)]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=JOINED)
def test_what_is_found_is_what_a_plain_filter_finds(project, line):
    tree = parse_search(line, SCHEMA).tree
    found = case_ids(project, WorklistQuery(print_search(Search(tree), SCHEMA)), "R")
    assert found == [case.id for case in project.store.cases() if plain(project, tree, case)]


def test_nobodys_labels_are_looked_for_before_the_own_read(tmp_path):
    with_own_first = make_project(tmp_path, 4)
    for number in (1, 2):
        store_labels(with_own_first, number, {"findings": ("A",), "grade": 1}, "Bo")
    assert case_ids(with_own_first, WorklistQuery("reader:Bo"), "R") == []
    assert case_ids(with_own_first, WorklistQuery("not reader:Bo"), "R") == [1, 2, 3, 4]
    assert case_ids(with_own_first, WorklistQuery("changed:today"), "R") == []
    store_labels(with_own_first, 2, {"findings": (), "grade": 0}, "R")
    assert case_ids(with_own_first, WorklistQuery("reader:bo"), "R") == [2]
    with_own_first.close()
