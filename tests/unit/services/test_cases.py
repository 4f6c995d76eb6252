"""Reading: own read first hides the model, statuses follow from labels, the worklist finds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmdesk.core.cases.case import REFERENCE, Status
from mmdesk.core.errors import FieldProblem, Situation
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.cases import reading as cases
from mmdesk.services.cases.reading import WorklistQuery, case_ids, counts, open_case, rows, store_labels
from mmdesk.services.project import open_project
from tests.unit.storage_projects import BOTH, add_model, answer, make_project, picture


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


@pytest.fixture
def modelled(project):
    add_model(project, [1, 2, 3, 4, 5, 6])
    return project


def status(project, case, reader="Ann"):
    (row,) = rows(project, [case], reader)
    assert open_case(project, case, reader).status == row.status
    return row.status


def test_before_the_own_read_nothing_tells_of_the_model(modelled):
    store_labels(modelled, 2, BOTH, "Ben")
    for case in (1, 2):
        view, (row,) = open_case(modelled, case, "Ann"), rows(modelled, [case], "Ann")
        assert (view.hidden, view.prediction, view.others) == (True, None, {})
        assert (row.status, row.model, row.why) == (Status.UNREAD, "", "")
        assert "A" not in str(view.labels)


def test_a_half_stored_read_stays_blind(modelled):
    store_labels(modelled, 1, {"grade": 1}, "Ann")
    view = open_case(modelled, 1, "Ann")
    assert (view.hidden, view.complete, view.status) == (True, False, Status.UNREAD)
    assert view.labels["grade"].value == 1


def test_after_the_own_read_all_is_shown(modelled):
    store_labels(modelled, 1, BOTH, "Ben")
    store_labels(modelled, 1, BOTH, "Ann")
    view, (row,) = open_case(modelled, 1, "Ann"), rows(modelled, [1], "Ann")
    assert not view.hidden
    assert view.prediction is not None
    assert view.prediction.targets["findings"].value == ("A",)
    assert [label.reader for label in view.others["grade"]] == [REFERENCE, "Ben"]
    assert (row.label, row.model) == ("Findings A, Grade mild", "Findings A, Grade mild")


def test_the_tables_labels_are_shown_after_the_own_read(modelled):
    view, (row,) = open_case(modelled, 1, "Ann"), rows(modelled, [1], "Ann")
    assert (view.reference, row.reference, row.hidden) == ({}, "", True)
    store_labels(modelled, 1, BOTH, "Ann")
    view, (row,) = open_case(modelled, 1, "Ann"), rows(modelled, [1], "Ann")
    assert view.reference == {"findings": ("A",), "grade": 1}
    assert (row.reference, row.hidden) == ("Findings A, Grade mild", False)


def test_a_referral_is_no_read(modelled):
    for case in range(1, 7):
        cases.refer(modelled, case, "Ann", "not sure")
    assert counts(modelled, "Ann").unread == 0
    for query in (
        WorklistQuery("p(A):>0.5"),
        WorklistQuery("reference:mild"),
        WorklistQuery("", "reference"),
    ):
        with pytest.raises(Situation, match="would tell"):
            case_ids(modelled, query, "Ann")


def test_without_own_read_first_all_is_shown_at_once(modelled):
    modelled.set_own_read_first(False, "Ann")
    assert open_case(modelled, 1, "Ann").prediction is not None
    assert rows(modelled, [1], "Ann")[0].model


def test_statuses_follow_from_labels(modelled):
    assert status(modelled, 3) == Status.PROBLEM
    store_labels(modelled, 1, BOTH, "Ann")
    store_labels(modelled, 2, {**BOTH, "grade": 2}, "Ann")
    store_labels(modelled, 4, {"findings": Missing(Reason.READER), "grade": 1}, "Ann")
    cases.refer(modelled, 5, "Ann", "odd")
    assert [status(modelled, case) for case in (1, 2, 4, 5, 6)] == [
        Status.READ,
        Status.CORRECTED,
        Status.READ,
        Status.REFERRED,
        Status.UNREAD,
    ]
    assert counts(modelled, "Ann") == cases.Counts(total=6, unread=2, read=3, corrected=1, referred=1, problem=1)
    cases.unrefer(modelled, 5, "Ann")
    assert status(modelled, 5) == Status.UNREAD
    store_labels(modelled, 2, {"grade": 1}, "Ann")
    assert status(modelled, 2) == Status.READ
    cases.undo(modelled, "Ann")
    assert status(modelled, 2) == Status.CORRECTED


def test_conflict_is_shown_only_to_who_has_read(modelled):
    store_labels(modelled, 1, BOTH, "Ann")
    assert status(modelled, 1, "Ann") == Status.READ
    store_labels(modelled, 1, {**BOTH, "grade": 0}, "Ben")
    assert status(modelled, 1, "Ann") == Status.CONFLICT
    assert status(modelled, 1, "Ben") == Status.CONFLICT
    assert status(modelled, 1, "Cid") == Status.UNREAD
    store_labels(modelled, 1, {"grade": 1}, "Ben")
    assert status(modelled, 1, "Ann") == Status.READ


def test_a_reference_label_makes_no_conflict(project):
    store_labels(project, 1, {"findings": ("B",), "grade": 0}, "Ann")
    assert status(project, 1) == Status.READ


def test_an_answer_that_comes_after_the_read_corrects_it_once(project):
    store_labels(project, 1, {**BOTH, "grade": 2}, "Ann")
    assert status(project, 1) == Status.READ
    add_model(project, [1])
    assert status(project, 1) == Status.CORRECTED
    project.store.add_version(VersionRow("v2", "next", "current"))
    project.store.save_predictions([answer(1, grade=2, version="v2")])
    assert status(project, 1) == Status.CORRECTED, "the read was beside v1"


def test_a_stale_answer_corrects_nothing(modelled):
    cases.set_input(modelled, 1, "age", 77.0, "Ann")
    assert modelled.store.predictions("v1")[1].stale
    assert not modelled.store.predictions("v1")[2].stale
    store_labels(modelled, 1, {**BOTH, "grade": 2}, "Ann")
    assert status(modelled, 1) == Status.READ
    assert rows(modelled, [1], "Ann")[0].model.endswith("(to be computed again)")


def test_a_note_makes_no_answer_stale(modelled):
    change = cases.set_input(modelled, 1, "keywords", "new", "Ann")
    assert not change.predictions
    assert not modelled.store.predictions("v1")[1].stale


def test_an_edit_keeps_what_the_table_said(project):
    change = cases.set_input(project, 1, "age", 63.0, "Ann")
    assert change.cases == {1}
    assert change.fields == {"age"}
    assert change.saved_at
    assert change.words == "Stored: age 63, in case c1."
    cases.set_input(project, 1, "age", Missing(Reason.READER), "Ann")
    view = open_case(project, 1, "Ann")
    assert view.case.inputs["age"] == Missing(Reason.READER)
    assert view.originals == {"age": 21.0}


def test_a_value_out_of_range_counts_once_confirmed(project):
    assert project.store.case(4).inputs["age"] == Missing(Reason.OUT_OF_RANGE, "150")
    cases.confirm_value(project, 4, "age", "Ann")
    assert project.store.case(4).inputs["age"] == 150.0
    with pytest.raises(FieldProblem, match="no value to confirm"):
        cases.confirm_value(project, 4, "age", "Ann")
    cases.undo(project, "Ann")
    assert project.store.case(4).inputs["age"] == Missing(Reason.OUT_OF_RANGE, "150")


@pytest.mark.parametrize(
    ("field", "value"),
    [("age", 200.0), ("age", "old"), ("sex", "X"), ("left", "x.jpg"), ("findings", ("A",)), ("agee", 1.0)],
)
def test_a_value_that_does_not_fit_changes_nothing(project, field, value):
    before = project.store.journal_head()
    with pytest.raises(FieldProblem):
        cases.set_input(project, 1, field, value, "Ann")
    assert project.store.journal_head() == before


def test_one_wrong_label_stores_none(project):
    for values in ({"grade": 1, "findings": ("Z",)}, {"grade": 1, "age": 3.0}, {"grade": 9}):
        with pytest.raises(FieldProblem):
            store_labels(project, 1, values, "Ann")
    assert open_case(project, 1, "Ann").labels == {}
    with pytest.raises(Situation, match="No reader"):
        store_labels(project, 1, BOTH, " ")
    with pytest.raises(KeyError):
        store_labels(project, 99, BOTH, "Ann")


def test_an_image_may_be_replaced(project):
    cases.set_input(project, 3, "right", picture("new"), "Ann")
    assert project.store.case(3).inputs["right"] == picture("new")
    assert open_case(project, 3, "Ann").originals == {"right": Missing(Reason.NO_FILE, "3r.jpg")}


def test_the_same_label_again_is_no_change(project):
    store_labels(project, 1, BOTH, "Ann")
    head = project.store.journal_head()
    change = store_labels(project, 1, BOTH, "Ann")
    assert (change.cases, change.words) == (frozenset(), "")
    assert change.saved_at
    assert project.store.journal_head() == head


def test_labels_taken_back_are_unread(project):
    store_labels(project, 1, BOTH, "Ann")
    store_labels(project, 1, {"findings": None, "grade": None}, "Ann")
    assert open_case(project, 1, "Ann").labels == {}
    assert status(project, 1) == Status.UNREAD


SEARCHES = [
    ("", [1, 2, 3, 4, 5, 6]),
    ("age:[22,25]", [2, 3, 5]),
    ("age:missing", [4]),
    ("-age:[22,25]", [1, 4, 6]),
    ("sex:M", [1, 3, 5]),
    ("smoker:no", [1, 3, 5]),
    ("seen:>2020-01-05", [5, 6]),
    ("is:missing", [3, 4, 6]),
    ("-is:missing", [1, 2, 5]),
    ("is:problem", [3]),
    ("is:read", [1, 2]),
    ("is:unread", [3, 4, 5, 6]),
    ("is:corrected", [2]),
    ("is:referred", []),
    ("findings:A", [1]),
    ("findings:missing", [2]),
    ("grade:>0", [1, 2]),
    ("-grade:mild", [2, 3, 4, 5, 6]),
    ("case:c3", [3]),
    ("group:g1", [2, 3]),
    ("GRÖSSE", [1]),
    ("\u65e5\u672c", [1]),
    ("words -case:c2", [3, 4, 5, 6]),
    ("left:4l", [4]),
    ("100%", []),
    ("_", []),
]


@pytest.mark.parametrize(("search", "found"), SEARCHES)
def test_the_search_finds(modelled, search, found):
    store_labels(modelled, 1, BOTH, "Ann")
    store_labels(modelled, 2, {"findings": Missing(Reason.READER), "grade": 2}, "Ann")
    assert case_ids(modelled, WorklistQuery(search), "Ann") == found


def test_a_split_is_found(project):
    for split in ("train", "validation", "test"):
        wanted = [case.id for case in project.store.cases(split=split)]
        assert case_ids(project, WorklistQuery(f"split:{split}"), "Ann") == wanted


@pytest.mark.parametrize(
    ("sort", "descending", "found"),
    [
        ("position", True, [6, 5, 4, 3, 2, 1]),
        ("age", False, [1, 2, 3, 5, 6, 4]),
        ("age", True, [6, 5, 3, 2, 1, 4]),
        ("sex", False, [2, 4, 6, 1, 3, 5]),
        ("case", True, [6, 5, 4, 3, 2, 1]),
        ("status", False, [4, 5, 6, 1, 2, 3]),
        ("grade", True, [2, 1, 3, 4, 5, 6]),
        ("label", False, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_the_order_puts_missing_last(modelled, sort, descending, found):
    store_labels(modelled, 1, BOTH, "Ann")
    store_labels(modelled, 2, {"findings": ("B",), "grade": 2}, "Ann")
    assert case_ids(modelled, WorklistQuery("", sort, descending), "Ann") == found


def test_names_with_numbers_are_ordered_as_numbers(tmp_path):
    project = make_project(tmp_path, 0)
    from mmdesk.storage.store import NewCase

    project.store.add_cases([NewCase(name) for name in ("10", "9", "b", "a")])
    assert case_ids(project, WorklistQuery("", "case"), "Ann") == [4, 3, 2, 1]
    project.close()


def test_the_models_order_is_refused_while_blind(modelled):
    for query in (WorklistQuery("", "model"), WorklistQuery("", "p(B)"), WorklistQuery("p(A):>0.5")):
        with pytest.raises(Situation, match="what the model says"):
            case_ids(modelled, query, "Ann")
    for case in range(1, 7):
        store_labels(modelled, case, BOTH, "Ann")
    assert len(case_ids(modelled, WorklistQuery("p(A):>0.5", "p(A C)"), "Ann")) == 6
    assert case_ids(modelled, WorklistQuery("p(A C):>0.22", "p(A C)", True), "Ann") == [6, 5]
    assert len(case_ids(modelled, WorklistQuery("", "model"), "Ann")) == 6


def test_an_order_that_nobody_knows_is_said(project):
    with pytest.raises(Situation, match="'agee'"):
        case_ids(project, WorklistQuery("", "agee"), "Ann")


def test_a_row_says_what_is_there(project):
    row, other = rows(project, [3, 4], "Ann")
    assert (row.name, row.status, row.why) == ("c3", Status.PROBLEM, "the right image is not there")
    assert row.cells["left"] == "ok"
    assert row.cells["right"] == "file not found: 3r.jpg"
    assert row.cells["age"] == "23"
    assert other.cells["age"] == "out of range, not used until confirmed: 150"
    assert other.why == "age missing"
    assert [made.id for made in rows(project, [5, 1], "Ann")] == [5, 1]


def test_all_survives_a_restart(modelled):
    store_labels(modelled, 2, {**BOTH, "grade": 2}, "Ann", why="sure")
    cases.refer(modelled, 3, "Ann", "odd")
    before = [open_case(modelled, case, "Ann") for case in range(1, 7)]
    folder = modelled.folder
    modelled.close()
    again = open_project(folder)
    assert [open_case(again, case, "Ann") for case in range(1, 7)] == before
    assert counts(again, "Ann").corrected == 1
    again.close()


def test_a_number_is_corrected_outside_its_interval(tmp_path):
    from mmdesk.core.cases.case import Prediction, TargetPrediction
    from mmdesk.core.fields.schema import Field, Schema
    from mmdesk.services.project import create_project
    from mmdesk.storage.store import NewCase

    schema = Schema("Ages", "ID", "ID", (Field("x", "input", "number"), Field("y", "target", "number")))
    project = create_project(tmp_path / "ages.mmdesk", schema)
    project.store.add_cases([NewCase("a"), NewCase("b")])
    project.store.add_version(VersionRow("v1", "one", "current"))
    said = {"y": TargetPrediction(50.0, {}, 45.0, 55.0)}
    project.store.save_predictions([Prediction(1, "v1", said), Prediction(2, "v1", said)])
    assert replace(project.store.predictions("v1")[1], at="") == Prediction(1, "v1", said)
    store_labels(project, 1, {"y": 54.0}, "Ann")
    store_labels(project, 2, {"y": 56.0}, "Ann")
    assert [row.status for row in rows(project, [1, 2], "Ann")] == [Status.READ, Status.CORRECTED]
    project.close()
