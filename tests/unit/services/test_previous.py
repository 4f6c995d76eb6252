"""Which reading was before a case: by date where there is one, else by the table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.services.cases.previous import previous_of
from mmdesk.services.cases.reading import open_case
from mmdesk.services.project import create_project
from mmdesk.storage.cases.imports import NewCase

TARGET = Field("sick", "target", "flag", ("Sick",))
SEEN = Field("seen", "note", "date", ("Seen",), label="Seen")
AGE = Field("age", "input", "number", ("Age",))
BORN = Field("born", "input", "date", ("Born",), label="Born")


def project_of(folder, fields, rows):
    project = create_project(folder / "p.mmdesk", Schema("P", "ID", "Patient", (AGE, *fields, TARGET)))
    cases = []
    for name, group, values in rows:
        notes = {n: v for n, v in values.items() if n == "seen"}
        inputs = {n: v for n, v in values.items() if n != "seen"}
        cases.append(NewCase(name, group=group, inputs=inputs, notes=notes))
    project.store.add_cases(cases, "importer", "t.csv")
    return project


def before(project, name):
    found = previous_of(project, project.store.case(project.store.case_id(name)))
    return (found.case.name, found.when) if found else None


def test_the_nearest_earlier_date_of_the_group_is_the_previous_reading(tmp_path):
    born = date(1950, 5, 5)
    rows = [
        ("a3", "A", {"seen": date(2021, 3, 1), "born": born}),
        ("a1", "A", {"seen": date(2019, 1, 1), "born": born}),
        ("b1", "B", {"seen": date(2020, 6, 1), "born": born}),
        ("a2", "A", {"seen": date(2020, 2, 2), "born": born}),
        ("a2b", "A", {"seen": date(2020, 2, 2), "born": born}),
        ("a?", "A", {"seen": Missing(Reason.ABSENT), "born": born}),
    ]
    project = project_of(tmp_path, (BORN, SEEN), rows)
    assert before(project, "a3")[0] in ("a2", "a2b")
    assert before(project, "a3")[1] == "Seen 2020-02-02"
    assert before(project, "a2") == before(project, "a2b") == ("a1", "Seen 2019-01-01")
    assert before(project, "a1") is None
    assert before(project, "b1") is None
    assert before(project, "a?") is None
    project.close()


def test_a_date_that_is_shown_after_the_own_read_decides_nothing(tmp_path):
    """The order of the readings would tell it, and the words would."""
    later = replace(SEEN, show="after")
    rows = [("a2", "A", {"seen": date(2020, 2, 2)}), ("a1", "A", {"seen": date(2019, 1, 1)})]
    project = project_of(tmp_path, (later,), rows)
    assert before(project, "a2") is None
    assert before(project, "a1") == ("a2", "earlier in the table")
    view = open_case(project, project.store.case_id("a1"), "Ann", previous=True)
    assert view.previous.case.notes == {}
    project.close()


def test_without_dates_the_table_decides(tmp_path):
    project = project_of(tmp_path, (), [("a1", "A", {}), ("b1", "B", {}), ("a2", "A", {}), ("a3", "A", {})])
    assert before(project, "a3") == ("a2", "earlier in the table")
    assert before(project, "a1") is None
    assert before(project, "b1") is None
    project.close()


@pytest.mark.parametrize("asked", [True, False])
def test_a_case_is_opened_with_it_when_asked(tmp_path, asked):
    project = project_of(tmp_path, (), [("a1", "A", {}), ("a2", "A", {})])
    view = open_case(project, project.store.case_id("a2"), "R", previous=asked)
    assert (view.previous is not None) == asked
    project.close()


def test_a_large_project_finds_it_by_an_index(tmp_path):
    project = project_of(tmp_path, (SEEN,), [("a1", "A", {"seen": date(2020, 1, 1)}), ("a2", "A", {})])
    previous_of(project, project.store.case(1))
    with project.store.reading() as connection:
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN SELECT id FROM cases WHERE grp = 'A'").all()
    assert any("by_grp" in str(row) for row in plan)
    project.close()
