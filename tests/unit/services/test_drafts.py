"""Answers that are not stored: kept per reader and case, taken back in their turn, never a label."""

from __future__ import annotations

import csv

import pytest

from mmdesk.core.changes import DraftAnswer
from mmdesk.core.errors import FieldProblem, LookOnly
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.services.cases.drafts import drafts_of, keep_draft
from mmdesk.services.cases.reading import counts, open_case, redo, rows, store_labels, undo
from mmdesk.services.exporting.table import export_project
from mmdesk.services.project import open_project
from tests.unit.storage_projects import BOTH, make_project


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


def test_a_draft_is_back_in_another_session_for_its_reader_and_case_alone(project):
    keep_draft(project, 2, {"findings": ("A",)}, "Ann")
    keep_draft(project, 2, {"grade": Missing(Reason.READER)}, "Ann")
    keep_draft(project, 2, {"findings": ("B",)}, "Eve")
    project.close()
    again = open_project(project.folder)
    assert open_case(again, 2, "Ann").draft == {"findings": ("A",), "grade": Missing(Reason.READER)}
    assert open_case(again, 2, "Eve").draft == {"findings": ("B",)}
    assert open_case(again, 1, "Ann").draft == {}
    again.close()


def test_a_draft_is_no_label(project, tmp_path):
    journal = project.store.journal_head()
    before = counts(project, "Ann")
    keep_draft(project, 2, BOTH, "Ann")
    assert counts(project, "Ann") == before
    assert not [label for given in project.store.labels([2])[2].values() for label in given if label.reader == "Ann"]
    assert project.store.journal_head() == journal
    assert project.store.check_journal() == []
    export_project(project, tmp_path / "out.csv", ctx=SilentContext())
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert not [cell for row in csv.reader(file) for cell in row if "Ann" in cell]


def test_the_worklist_marks_what_differs_from_the_label(project):
    store_labels(project, 1, BOTH, "Ann")
    keep_draft(project, 1, {"grade": BOTH["grade"]}, "Ann")
    keep_draft(project, 2, {"grade": 2}, "Ann")
    assert [row.draft for row in rows(project, [1, 2, 3], "Ann")] == [False, True, False]
    assert [row.draft for row in rows(project, [1, 2, 3], "Eve")] == [False, False, False]


def test_a_stored_label_takes_the_place_of_its_draft_only(project):
    keep_draft(project, 2, BOTH, "Ann")
    keep_draft(project, 2, {"grade": 2}, "Eve")
    store_labels(project, 2, {"grade": 1}, "Ann")
    assert drafts_of(project, "Ann") == {2: {"findings": ("A",)}}
    assert drafts_of(project, "Eve") == {2: {"grade": 2}}


def test_undo_takes_drafts_and_changes_back_newest_first(project):
    keep_draft(project, 1, {"grade": 0}, "Ann")
    store_labels(project, 3, BOTH, "Ann")
    keep_draft(project, 2, {"grade": 1}, "Ann")
    keep_draft(project, 2, {"grade": 2}, "Ann")
    said = [undo(project, "Ann") for _ in range(4)]
    assert [change.words for change in said] == [
        "Undone: Grade severe, a draft in case c2.",
        "Undone: Grade mild, a draft in case c2.",
        "Undone: Findings A, Grade mild, in case c3.",
        "Undone: Grade none, a draft in case c1.",
    ]
    assert said[0].draft == DraftAnswer(2, "grade", 1, drafted=True)
    assert said[1].draft == DraftAnswer(2, "grade", None, drafted=False)
    assert undo(project, "Ann") is None
    assert [redo(project, "Ann").words.partition(",")[0] for _ in range(4)] == [
        "Redone: Grade none",
        "Redone: Findings A",
        "Redone: Grade mild",
        "Redone: Grade severe",
    ]
    assert redo(project, "Ann") is None
    assert drafts_of(project, "Ann") == {1: {"grade": 0}, 2: {"grade": 2}}


def test_undo_knows_the_order_after_a_restart(project):
    store_labels(project, 3, BOTH, "Ann")
    keep_draft(project, 2, {"grade": 1}, "Ann")
    project.close()
    again = open_project(project.folder)
    again.set_reader("Ann")
    assert undo(again, "Ann").draft is not None
    assert undo(again, "Ann").cases == {3}
    again.close()


def test_a_new_answer_ends_redo(project):
    keep_draft(project, 1, {"grade": 0}, "Ann")
    undo(project, "Ann")
    keep_draft(project, 2, {"grade": 1}, "Ann")
    assert redo(project, "Ann") is None
    undo(project, "Ann")
    store_labels(project, 3, BOTH, "Ann")
    assert redo(project, "Ann") is None


def test_another_readers_draft_is_not_taken_back(project):
    keep_draft(project, 1, {"grade": 0}, "Ann")
    assert undo(project, "Eve") is None
    assert drafts_of(project, "Ann") == {1: {"grade": 0}}


def test_a_draft_that_cannot_be_kept_says_so(project):
    with pytest.raises(FieldProblem):
        keep_draft(project, 1, {"grade": 7}, "Ann")
    look = open_project(project.folder, look=True)
    with pytest.raises(LookOnly):
        keep_draft(look, 1, {"grade": 1}, "Ann")
    look.close()
    assert drafts_of(project, "Ann") == {}
