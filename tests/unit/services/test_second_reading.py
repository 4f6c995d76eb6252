"""Cases are assigned to readers who do not see one another; the rules hold in the queries."""

from __future__ import annotations

import pytest

from mmdesk.core.cases.case import ADJUDICATED, Status
from mmdesk.core.cases.marks import Mark
from mmdesk.core.errors import Situation
from mmdesk.services.cases.reading import WorklistQuery, case_ids, counts, open_case, refer, rows, store_labels
from mmdesk.services.marks.edit import add_mark
from mmdesk.services.readers.names import rename_reader
from mmdesk.services.readers.second_reading import Rule, Until, assign, plan_of, set_rules, unassign
from tests.unit.storage_projects import make_project

YES, NO = {"findings": ("A C",), "grade": 1}, {"findings": ("B",), "grade": 2}


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


def names_seen(project, case, reader):
    return sorted({label.reader for given in open_case(project, case, reader).others.values() for label in given})


def test_a_share_is_drawn_by_its_seed_and_a_larger_one_holds_it(project):
    assert assign(project, "Ann")[0] == 6
    assert assign(project, "Ben", share=0.5, seed=3)[0] == 3
    ben = case_ids(project, WorklistQuery("is:assigned"), "Ben")
    assert len(ben) == 3
    assign(project, "Cat", share=0.5, seed=3)
    assert case_ids(project, WorklistQuery("is:assigned"), "Cat") == ben
    assign(project, "Dan", share=1 / 3, seed=3)
    assert set(case_ids(project, WorklistQuery("is:assigned"), "Dan")) < set(ben)
    assert assign(project, "Ben", share=0.5, seed=3)[0] == 0
    assert {share.reader: share.assigned for share in plan_of(project).shares} == {
        "Ann": 6,
        "Ben": 3,
        "Cat": 3,
        "Dan": 2,
    }
    store_labels(project, ben[0], YES, "Ben")
    assert unassign(project, "Ben")[0] == 2
    assert case_ids(project, WorklistQuery("is:assigned"), "Ben") == ben[:1]


def test_a_share_that_cannot_be_is_refused(project):
    for share in (0, -1, 1.5):
        with pytest.raises(Situation, match="share"):
            assign(project, "Ann", share=share)
    with pytest.raises(Situation, match="reference"):
        assign(project, "reference")
    with pytest.raises(Situation, match="no case"):
        assign(project, "Ann", read_by="Nobody")


@pytest.mark.parametrize(
    ("until", "after_one", "after_both", "after_decision"),
    [
        (Until.OWN, ["Ben", "reference"], ["Ben", "reference"], ["Ben", ADJUDICATED, "reference"]),
        (Until.BOTH, ["reference"], ["Ben", "reference"], ["Ben", ADJUDICATED, "reference"]),
        (Until.ADJUDICATION, ["reference"], ["reference"], ["Ben", ADJUDICATED, "reference"]),
    ],
)
def test_readers_see_one_another_when_the_rule_says(project, until, after_one, after_both, after_decision):
    from mmdesk.storage.store import Edit

    assign(project, "Ann")
    assign(project, "Ben")
    set_rules(project, until=until, who="Lead")
    store_labels(project, 2, NO, "Ben")  # what a reader has read of other cases tells nothing of this one
    add_mark(project, Mark(1, "left", "point", ((1, 1),)), "Ben")
    store_labels(project, 1, {"grade": 2}, "Ben")
    refer(project, 1, "Ben")
    assert names_seen(project, 1, "Ann") == []
    store_labels(project, 1, YES, "Ann")
    assert names_seen(project, 1, "Ann") == after_one
    assert len(open_case(project, 1, "Ann").marks) == ("Ben" in after_one)
    assert names_seen(project, 1, "Ben") == []
    store_labels(project, 1, NO, "Ben")
    assert names_seen(project, 1, "Ann") == after_both
    differ = Status.CONFLICT in {row.status for row in rows(project, [1], "Ann")}
    assert differ == ("Ben" in after_both)
    assert case_ids(project, WorklistQuery("is:conflict"), "Ann") == ([1] if differ else [])
    assert counts(project, "Ann").total == 6
    assert project.store.counts("Ann")["conflict"] == int(differ)
    project.store.change("Lead", [Edit("adjudicate", 1, "grade", 0)])
    assert names_seen(project, 1, "Ann") == after_decision
    assert project.store.check_journal() == []
    assert project.truths()[1].values["grade"] == 0


def test_the_adjudicator_is_a_third_person(project):
    assign(project, "Ann")
    with pytest.raises(Situation, match="Ann"):
        set_rules(project, adjudicator="Ann", who="Lead")
    set_rules(project, adjudicator="Lead", who="Lead")
    with pytest.raises(Situation, match="Lead"):
        assign(project, "Lead")


def test_the_consensus_rule_says_what_counts(project):
    for reader, grade in (("Ann", 1), ("Ben", 1), ("Cat", 2)):
        store_labels(project, 1, {"grade": grade}, reader)

    def counting():
        return project.truths()[1].values.get("grade")

    assert counting() == 2
    set_rules(project, rule=Rule.MAJORITY, who="Lead")
    assert counting() == 1
    set_rules(project, rule=Rule.AGREEMENT, who="Lead")
    assert counting() is None
    store_labels(project, 1, {"grade": 1}, "Cat")
    assert counting() == 1
    assert plan_of(project).rule is Rule.AGREEMENT


def test_a_new_name_takes_all_work_along_and_the_journal_keeps_both(project):
    assign(project, "Ann")
    store_labels(project, 1, YES, "Ann")
    store_labels(project, 2, {"grade": 1}, "Ann")
    store_labels(project, 2, {"grade": None}, "Ann")
    add_mark(project, Mark(1, "left", "point", ((1, 1),)), "Ann")
    refer(project, 3, "Ann", "unclear")
    done, _ = rename_reader(project, "Ann", "Dr Ann", who="Lead")
    assert (done.merged, done.clashes) == (False, ())
    view = open_case(project, 1, "Dr Ann")
    assert {name: label.value for name, label in view.labels.items()} == YES
    assert [mark.reader for mark in view.marks] == ["Dr Ann"]
    assert open_case(project, 3, "Dr Ann").referred == "unclear"
    assert plan_of(project).readers == ("Dr Ann",)
    assert case_ids(project, WorklistQuery("is:assigned"), "Dr Ann") == [1, 2, 3, 4, 5, 6]
    assert {entry.reader for entry in project.store.journal(50) if entry.action == "label"} == {"Ann"}
    assert [(entry.old, entry.new) for entry in project.store.journal(50) if entry.action == "rename"] == [
        ('"Ann"', '"Dr Ann"')
    ]
    assert project.store.check_journal() == []
    store_labels(project, 1, NO, "Dr Ann")
    assert project.store.check_journal() == []


def test_two_names_of_one_person_become_one_and_nothing_is_lost_in_silence(project):
    store_labels(project, 1, YES, "Ann")
    store_labels(project, 1, NO, "ann")
    store_labels(project, 2, YES, "ann")
    store_labels(project, 3, {"grade": 1}, "Ann")
    store_labels(project, 4, YES, "Ann")
    store_labels(project, 4, {"grade": None}, "ann")
    with pytest.raises(Situation, match="already"):
        rename_reader(project, "ann", "Ann", who="Lead")
    with pytest.raises(Situation, match="differently"):
        rename_reader(project, "ann", "Ann", who="Lead", merge=True)
    assert plan_of(project).readers == ("Ann", "ann")
    done, _ = rename_reader(project, "ann", "Ann", who="Lead", merge=True, later=True)
    assert set(done.clashes) == {("c1", "findings"), ("c1", "grade")}
    labels = {case: open_case(project, case, "Ann").labels for case in (1, 2, 3, 4)}
    assert {name: label.value for name, label in labels[1].items()} == NO
    assert {name: label.value for name, label in labels[2].items()} == YES
    assert labels[3]["grade"].value == 1
    assert {name: label.value for name, label in labels[4].items()} == YES
    assert counts(project, "Ann").read == 3
    assert project.store.check_journal() == []
    assert any('"Ann"' in (entry.new or "") and entry.action == "rename" for entry in project.store.journal(20))
