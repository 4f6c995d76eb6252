"""A project of each version of the tables, made when it was new, opens with all it held."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mmdesk.core.cases.case import Status
from mmdesk.core.cases.marks import Mark
from mmdesk.core.fields.kinds import kind_of
from mmdesk.services.cases.drafts import drafts_of
from mmdesk.services.cases.reading import WorklistQuery, case_ids, counts, open_case, redo, rows
from mmdesk.services.marks.edit import add_mark
from mmdesk.services.project import open_project
from mmdesk.storage.database.tables import SCHEMA_VERSION
from tests.unit.storage_projects import SCHEMA, new_case

SINCE = {f"v{version}.mmdesk": version for version in range(1, SCHEMA_VERSION + 1)}
OLD = Path(__file__).resolve().parents[2] / "old_projects"


def test_each_version_has_its_old_project():
    assert {path.stem for path in OLD.iterdir()} == {f"v{n}" for n in range(1, SCHEMA_VERSION + 1)}


@pytest.mark.parametrize("name", sorted(path.name for path in OLD.iterdir()))
def test_an_old_project_opens_with_all_it_held(tmp_path, name):
    folder = tmp_path / name
    shutil.copytree(OLD / name, folder)
    project = open_project(folder)
    assert project.schema == SCHEMA
    assert project.store.check_database() == []
    assert project.store.check_journal() == []
    assert project.store.case(1).inputs == new_case(1).inputs
    assert [row.status for row in rows(project, [1, 2, 3, 4], "Ann")] == [
        Status.READ,
        Status.CORRECTED,
        Status.REFERRED,
        Status.UNREAD,
    ]
    view = open_case(project, 2, "Ann")
    assert (view.case.inputs["age"], view.originals["age"]) == (55.0, 22.0)
    assert view.labels["findings"].value == ("B",)
    assert counts(project, "Ann").read == 2
    assert redo(project, "Ann").words == "Redone: Grade none, in case c3."
    assert project.store.journal(1)[0].why == "redo"
    assert [(mark.shape, mark.points[2], mark.option, mark.note) for mark in open_case(project, 1, "Ann").marks] == (
        [("polygon", (20.0, 50.0), "A C", "Größe")] if SINCE[name] >= 2 else []
    )
    drafts = {4: {"findings": ("B",), "grade": 1}} if SINCE[name] >= 3 else {}
    assert (drafts_of(project, "Eve"), drafts_of(project, "Ann")) == (drafts, {})
    assert case_ids(project, WorklistQuery("is:assigned"), "Eve") == ([1, 4] if SINCE[name] >= 6 else [])
    assert add_mark(project, Mark(4, "left", "point", ((1, 1),)), "Ann")[1].cases == {4}
    assert project.store.check_journal() == []
    again = project.store.add_cases([new_case(number) for number in range(1, 5)])
    assert (again.added, again.updated) == ((), ())
    project.close()


@pytest.mark.parametrize("name", sorted(path.name for path in OLD.iterdir()))
def test_grades_of_an_old_project_keep_their_meaning_in_another_order(tmp_path, name):
    folder = tmp_path / name
    shutil.copytree(OLD / name, folder)
    text = (folder / "project.toml").read_text(encoding="utf-8")
    options = re.search(r'"none",\s*"mild",\s*"severe"', text).group()
    (folder / "project.toml").write_text(text.replace(options, '"severe", "none", "mild"'), encoding="utf-8")
    project = open_project(folder)
    grade = project.schema.field("grade")
    assert grade.options == ("severe", "none", "mild")

    def shown(case, reader):
        given = [label for label in project.store.labels([case])[case]["grade"] if label.reader == reader]
        return kind_of(grade).show(given[0].value, grade)

    assert [shown(case, "reference") for case in (1, 2, 3, 4)] == ["mild", "severe", "none", "mild"]
    assert shown(1, "Ann") == "mild"
    mild = [1] if SINCE[name] == 1 else [1, 2]
    assert project.store.predictions("v1")[1].targets["grade"].value == 2
    assert case_ids(project, WorklistQuery("grade:mild"), "Ann") == mild
    assert case_ids(project, WorklistQuery("grade:>severe"), "Ann") == mild
    assert case_ids(project, WorklistQuery("grade:<mild"), "Ann") == ([2] if SINCE[name] == 1 else [])
    if SINCE[name] >= 3:
        assert drafts_of(project, "Eve")[4]["grade"] == 2
    assert redo(project, "Ann").words == "Redone: Grade none, in case c3."
    assert shown(3, "Ann") == "none"
    assert project.store.check_journal() == []
    project.close()
