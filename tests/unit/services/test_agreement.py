"""Agreement on what may be seen, and decisions by a third person who is not told who said what."""

from __future__ import annotations

import json

import pytest

from mmdesk.core.cases.case import ADJUDICATED
from mmdesk.core.errors import Situation
from mmdesk.core.job import SilentContext
from mmdesk.services.cases.reading import store_labels, undo
from mmdesk.services.readers.adjudication import adjudicate, disagreements, said_of
from mmdesk.services.readers.agreement import as_facts, report_of
from mmdesk.services.readers.second_reading import Rule, Until, assign, set_rules
from tests.unit.storage_projects import make_project

ANN = [0, 0, 1, 1, 2, 2]
BEN = [0, 1, 1, 1, 2, 0]


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    for reader in ("Ann", "Ben"):
        assign(made, reader)
    for case, (one, other) in enumerate(zip(ANN, BEN, strict=True), 1):
        store_labels(made, case, {"findings": ("A",), "grade": one}, "Ann")
        if case < 6:
            store_labels(made, case, {"findings": ("A",) if case % 2 else ("B",), "grade": other}, "Ben")
    yield made
    made.close()


def on(report, target, option=""):
    return next(a for a in report.agreements if (a.question.target, a.question.option) == (target, option))


def test_each_target_and_each_option_is_compared(project):
    report = report_of(project, ctx=SilentContext())
    assert (report.readers, report.cases, report.hidden) == (("Ann", "Ben"), 5, 0)
    assert len(report.agreements) == 4
    grade = on(report, "grade")
    (pair,) = grade.pairs
    assert (pair.one, pair.other, pair.cases) == ("Ann", "Ben", 5)
    assert {cell: len(ids) for cell, ids in pair.cells.items()} == {(0, 0): 1, (0, 1): 1, (1, 1): 2, (2, 2): 1}
    assert pair.cells[0, 1] == (2,)
    figures = {figure.name: figure for figure in pair.figures}
    assert figures["cohen"].value == pytest.approx(0.6875)
    assert figures["cohen"].low <= figures["cohen"].value <= figures["cohen"].high
    assert figures["cohen_quadratic"].value > figures["cohen"].value
    facts = as_facts(report)
    found = next(target for target in facts["targets"] if target["target"] == "grade")
    assert found["pairs"][0]["table"] == [[1, 1, 0], [0, 2, 0], [0, 0, 1]]
    assert [period["cases"] for period in found["over_time"]] == [5]
    assert on(report, "findings", "B").pairs[0].cells[0, 1] == (2, 4)
    json.dumps(facts)


def test_a_blind_reader_is_told_only_of_what_may_be_seen(project):
    set_rules(project, until=Until.BOTH, who="Lead")
    assert report_of(project, ctx=SilentContext(), reader="Ann").cases == 5
    assert report_of(project, ctx=SilentContext(), reader="Ann").hidden == 0
    store_labels(project, 6, {"grade": 0}, "Ben")
    report = report_of(project, ctx=SilentContext(), reader="Ann")
    assert (report.cases, report.hidden) == (6, 1)
    assert 6 not in on(report, "grade").question.cases
    assert "hidden" in report.say_hidden()
    assert 6 in on(report_of(project, ctx=SilentContext()), "grade").question.cases
    set_rules(project, until=Until.ADJUDICATION, who="Lead")
    report = report_of(project, ctx=SilentContext(), reader="Ann")
    assert (report.hidden, report.agreements) == (6, ())


def test_a_third_person_decides_and_the_decision_counts(project):
    with pytest.raises(Situation, match="Nobody is named"):
        disagreements(project, "Lead")
    set_rules(project, adjudicator="Lead", rule=Rule.AGREEMENT, who="Lead")
    with pytest.raises(Situation, match="Lead decides"):
        disagreements(project, "Ann")
    store_labels(project, 6, {"grade": 0}, "Ben")
    left = disagreements(project, "Lead")
    assert {(item.name, item.target) for item in left} == {("c2", "grade"), ("c2", "findings"), ("c4", "findings")}
    told = str([said_of(project.schema, item) for item in left]) + repr(left)
    assert "Ann" not in told
    assert "Ben" not in told
    assert project.truths()[2].values.get("grade") is None
    change = adjudicate(project, 2, "grade", 2, "Lead", "the later image shows it")
    assert change.words == "Decided: Grade severe, in case c2."
    assert project.truths()[2].values["grade"] == 2
    assert ("c2", "grade") not in {(item.name, item.target) for item in disagreements(project, "Lead")}
    entry = project.store.journal(1)[0]
    assert (entry.action, entry.reader, entry.why) == ("adjudicate", "Lead", "the later image shows it")
    assert project.store.check_journal() == []
    undo(project, "Lead")
    assert project.truths()[2].values.get("grade") is None
    assert len(disagreements(project, "Lead")) == 3


def test_who_read_a_case_does_not_decide_it(project):
    set_rules(project, adjudicator="Lead", who="Lead")
    store_labels(project, 2, {"grade": 1}, "Lead")
    with pytest.raises(Situation, match="yourself"):
        adjudicate(project, 2, "grade", 1, "Lead")


def test_the_order_of_the_answers_tells_nothing_of_who_gave_them(project):
    """Over many cases the first answer is not always that of the same reader."""
    set_rules(project, adjudicator="Lead", who="Lead")
    for case in range(1, 7):
        store_labels(project, case, {"findings": ("A",), "grade": 0}, "Ann")
        store_labels(project, case, {"findings": ("A",), "grade": 1}, "Ben")
    firsts = {item.answers[0] for item in disagreements(project, "Lead")}
    assert firsts == {0, 1}
    assert ADJUDICATED not in repr(disagreements(project, "Lead"))
