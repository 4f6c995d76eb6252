"""Marks in the database: journal, undo across cases and restarts, damage seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from mmdesk.core.cases.marks import Mark
from mmdesk.services.cases.reading import open_case, redo, store_labels, undo
from mmdesk.services.marks.edit import add_mark, change_mark, remove_mark
from mmdesk.services.project import open_project
from mmdesk.storage.cases.edits import Edit
from mmdesk.storage.cases.marks import from_text, key_of, to_text
from tests.unit.storage_projects import BOTH, make_project


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


def box(case=1, **more):
    return Mark(case, "left", "box", ((10.0, 20.0), (30.5, 40.25)), **more)


def drawn(project, case=1):
    return project.store.marks([case]).get(case, [])


def test_a_mark_is_kept_with_all_that_it_says(project):
    said = box(frame=2, target="findings", option="A C", note="Größe 日本")
    mark, change = add_mark(project, said, "Ann")
    assert drawn(project) == [mark]
    assert replace(mark, id="", image="", reader="", at="") == said
    assert (mark.reader, mark.image, len(mark.id)) == ("Ann", "ab" * 32, 16)
    assert (change.cases, change.marks, change.fields) == (frozenset({1}), True, frozenset())
    assert change.words == "Stored: box on Left eye, in case c1."


def test_the_journal_tells_of_every_step(project):
    mark, _ = add_mark(project, box(), "Ann")
    moved, change = change_mark(project, replace(mark, points=((1, 2), (3, 4))), "Ann")
    assert change.words == "Stored: box on Left eye changed, in case c1."
    remove_mark(project, mark.id, "Ann")
    entries = project.store.journal(3)
    assert [(entry.action, entry.field, entry.case) for entry in entries] == [("mark", key_of(mark), 1)] * 3
    gone, changed, made = entries
    assert (made.old, made.new) == (None, to_text(mark))
    assert (changed.old, changed.new) == (made.new, to_text(moved))
    assert (gone.old, gone.new) == (changed.new, None)
    assert project.store.check_journal() == []


def test_a_mark_comes_back_from_the_journal_text():
    mark = box(id="f0", image="ab", frame=1, note="here", target="grade", reader="Ann")
    assert from_text(to_text(mark), 1, key_of(mark), "Ann") == mark


def test_undo_goes_back_across_cases_kinds_and_restarts(project):
    first, _ = add_mark(project, box(1), "Ann")
    store_labels(project, 2, BOTH, "Ann")
    second, _ = add_mark(project, box(3), "Ann")
    moved, _ = change_mark(project, replace(second, points=((5, 6), (7, 8))), "Ann")
    remove_mark(project, second.id, "Ann")
    folder = project.folder
    project.close()
    project = open_project(folder)
    assert undo(project, "Ann").words == "Undone: box on Left eye removed, in case c3."
    assert [mark.points for mark in drawn(project, 3)] == [moved.points]
    undo(project, "Ann")
    assert [(mark.points, mark.id) for mark in drawn(project, 3)] == [(second.points, second.id)]
    undo(project, "Ann")
    assert drawn(project, 3) == []
    assert "Findings" in undo(project, "Ann").words
    assert undo(project, "Ann").cases == {1}
    assert drawn(project) == []
    assert undo(project, "Ann") is None
    for _ in range(4):
        redo(project, "Ann")
    assert [mark.id for mark in drawn(project)] == [first.id]
    assert [mark.points for mark in drawn(project, 3)] == [moved.points]
    redo(project, "Ann")
    assert drawn(project, 3) == []
    assert project.store.check_journal() == []
    project.close()


def test_equal_marks_are_no_change(project):
    mark, _ = add_mark(project, box(), "Ann")
    before = project.store.journal_head()
    change_mark(project, mark, "Ann")
    assert project.store.journal_head() == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE marks SET points='[[1.0,1.0],[2.0,2.0]]'",
        "UPDATE marks SET reader='Ben'",
        "DELETE FROM marks",
        (
            "INSERT INTO marks SELECT 'x', case_id, field, image, frame, target, option, reader, shape,"
            " points, note, at, seal FROM marks"
        ),
    ],
)
def test_a_mark_changed_behind_the_journal_is_seen(project, change):
    add_mark(project, box(), "Ann")
    with project.store.write() as writing:
        writing.connection.exec_driver_sql(change)
    problems = project.store.check_journal()
    assert problems
    assert all(words.startswith("A mark of") and "case c1" in words for words in problems)


def test_another_readers_name_for_a_mark_cannot_be_taken(project):
    mark, _ = add_mark(project, box(), "Ann")
    with pytest.raises(IntegrityError):
        project.store.change("Ben", [Edit("mark", 1, key_of(mark), mark)])
    assert drawn(project) == [mark]


def test_the_page_of_a_case_has_its_marks(project):
    mark, _ = add_mark(project, box(), "Ann")
    assert open_case(project, 1, "Ann").marks == (mark,)
    assert open_case(project, 2, "Ann").marks == ()
