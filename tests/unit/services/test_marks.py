"""Marks of cases: who may draw, change and see them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmdesk.core.cases.marks import Mark
from mmdesk.core.errors import FieldProblem, LookOnly, Situation
from mmdesk.services.cases.reading import open_case, set_input, store_labels, undo
from mmdesk.services.marks.edit import add_mark, change_mark, remove_mark
from mmdesk.services.project import open_project
from tests.unit.storage_projects import BOTH, make_project, picture


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


def point(case=1, field="left", **more):
    return Mark(case, field, "point", ((5.0, 6.0),), **more)


def test_another_readers_marks_are_hidden_until_the_own_label_is_stored(project):
    mark, _ = add_mark(project, point(), "Ben")
    assert open_case(project, 1, "Ben").marks == (mark,)
    assert open_case(project, 1, "Ann").marks == ()
    assert open_case(project, 1, "Ann").marks == ()
    own, _ = add_mark(project, point(), "Ann")
    assert open_case(project, 1, "Ann").marks == (own,)
    store_labels(project, 1, BOTH, "Ann")
    assert {seen.reader for seen in open_case(project, 1, "Ann").marks} == {"Ann", "Ben"}
    undo(project, "Ann")
    assert open_case(project, 1, "Ann").marks == (own,)


def test_without_the_rule_every_mark_is_seen(project):
    add_mark(project, point(), "Ben")
    project.set_own_read_first(False, "Ann")
    assert [mark.reader for mark in open_case(project, 1, "Ann").marks] == ["Ben"]


def test_only_who_drew_it_changes_or_removes_a_mark(project):
    mark, _ = add_mark(project, point(), "Ben")
    for attempt in (
        lambda: change_mark(project, replace(mark, points=((1, 1),)), "Ann"),
        lambda: remove_mark(project, mark.id, "Ann"),
    ):
        with pytest.raises(FieldProblem, match="another reader's"):
            attempt()
    assert open_case(project, 1, "Ben").marks == (mark,)


def test_a_mark_lies_on_the_file_it_was_drawn_on(project):
    mark, _ = add_mark(project, point(), "Ann")
    set_input(project, 1, "left", replace(picture("new"), sha256="cd" * 32), "Ann")
    assert open_case(project, 1, "Ann").marks == ()
    undo(project, "Ann")
    assert open_case(project, 1, "Ann").marks == (mark,)


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (point(field="age"), "no image 'age'"),
        (point(case=3, field="right"), "has no image there"),
        (point(target="age"), "no target 'age'"),
        (point(option="A"), "no target ''"),
        (point(target="findings", option="Z"), "no option 'Z'"),
        (replace(point(), shape="star"), "no mark 'star'"),
    ],
)
def test_what_does_not_fit_is_refused(project, mark, words):
    with pytest.raises(FieldProblem, match=words):
        add_mark(project, mark, "Ann")
    assert project.store.marks() == {}


def test_a_mark_has_one_reader_one_name_and_one_image(project):
    with pytest.raises(Situation, match="No reader"):
        add_mark(project, point(), " ")
    with pytest.raises(KeyError):
        add_mark(project, point(case=99), "Ann")
    mark, _ = add_mark(project, point(id="mine"), "Ann")
    assert mark.id == "mine"
    with pytest.raises(FieldProblem, match="stored already"):
        add_mark(project, point(id="mine"), "Ann")
    with pytest.raises(FieldProblem, match="stays on its image"):
        change_mark(project, replace(mark, field="right"), "Ann")
    with pytest.raises(FieldProblem, match="not there any more"):
        remove_mark(project, "other", "Ann")


def test_nothing_is_drawn_where_nothing_can_change(project):
    look = open_project(project.folder, look=True)
    with pytest.raises(LookOnly):
        add_mark(look, point(), "Ann")
    look.close()
