"""What an import found wrong is gone once it is mended, and back when that is undone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmdesk.core.cases.case import Status
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.services.cases.reading import WorklistQuery, case_ids, counts, open_case, redo, set_input, undo
from mmdesk.services.project import create_project
from tests.unit.storage_projects import SCHEMA, new_case, picture

WORDS = "R: the file '1r.jpg' is empty; Age: '150' is not between 0 and 120"


def case(problem=WORDS):
    inputs = {
        **new_case(1).inputs,
        "right": Missing(Reason.UNREADABLE, "1r.jpg"),
        "age": Missing(Reason.OUT_OF_RANGE, "150"),
    }
    return replace(new_case(1), inputs=inputs, problem=problem)


@pytest.fixture
def project(tmp_path):
    made = create_project(tmp_path / "p.mmdesk", SCHEMA)
    made.store.add_cases([case()], "importer")
    yield made
    made.close()


def problem(project):
    view = open_case(project, 1, "Ann")
    return view.status, view.case.problem


def test_mending_every_field_clears_the_status(project):
    assert problem(project) == (Status.PROBLEM, WORDS)
    set_input(project, 1, "right", picture("1r"), "Ann")
    assert problem(project) == (Status.PROBLEM, "Age: '150' is not between 0 and 120")
    set_input(project, 1, "age", 50.0, "Ann")
    assert problem(project) == (Status.UNREAD, "")
    assert counts(project, "Ann").problem == 0
    assert case_ids(project, WorklistQuery("is:problem"), "Ann") == []
    assert project.store.check_journal() == []


def test_undo_brings_the_problem_back(project):
    set_input(project, 1, "right", picture("1r"), "Ann")
    set_input(project, 1, "age", 50.0, "Ann")
    undo(project, "Ann")
    assert problem(project)[1] == "Age: '150' is not between 0 and 120"
    undo(project, "Ann")
    assert problem(project) == (Status.PROBLEM, WORDS)
    redo(project, "Ann")
    assert problem(project)[1] == "Age: '150' is not between 0 and 120"


def test_the_same_table_again_changes_nothing(project):
    set_input(project, 1, "right", picture("1r"), "Ann")
    done = project.store.add_cases([case()], "importer")
    assert (done.added, done.updated) == ((), ())
    assert problem(project)[1] == "Age: '150' is not between 0 and 120"


def test_a_table_in_which_the_image_is_back_clears_it(project):
    set_input(project, 1, "age", 50.0, "Ann")
    good = replace(case("Age: '150' is not between 0 and 120"), inputs={**case().inputs, "right": picture("1r")})
    assert project.store.add_cases([good], "importer").updated == (1,)
    assert problem(project) == (Status.UNREAD, "")
    undo_free = replace(good, problem="", inputs={**good.inputs, "age": 30.0})
    project.store.add_cases([undo_free], "importer")
    assert problem(project) == (Status.UNREAD, "")
    assert open_case(project, 1, "Ann").case.inputs["age"] == 50.0
