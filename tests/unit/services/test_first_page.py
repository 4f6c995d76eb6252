"""The kept first page: true to the list, and shown only while nothing behind it has changed."""

from __future__ import annotations

import json
import os

import pytest

from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.job import SilentContext
from mmdesk.services.cases import first_page
from mmdesk.services.cases.reading import WorklistQuery, case_ids, rows, set_input, store_labels
from mmdesk.services.importing.from_table import new_project
from mmdesk.services.project import open_project

SCHEMA = Schema(
    name="Small table",
    case="ID",
    group="ID",
    fields=(
        Field("age", "input", "number", ("Age",), label="Age", min=0, max=120),
        Field("sick", "target", "flag", ("Sick",), label="Sick"),
    ),
)


@pytest.fixture
def folder(tmp_path):
    """A project of six cases whose first page was kept by Ann."""
    table = tmp_path / "cases.csv"
    table.write_text("ID,Age,Sick\n" + "".join(f"c{n},{20 + n},\n" for n in range(6)), encoding="utf-8")
    new_project(tmp_path / "small.mmdesk", table, schema=SCHEMA, ctx=SilentContext())
    leave(tmp_path / "small.mmdesk")
    return tmp_path / "small.mmdesk"


def leave(folder, reader="Ann", change=None):
    project = open_project(folder)
    project.set_reader(reader)
    if change:
        change(project, case_ids(project, WorklistQuery(), reader))
    first_page.close_project(project, reader)


def test_the_page_is_what_the_database_says(folder):
    page = first_page.kept_page(folder, "Ann")
    project = open_project(folder)
    try:
        ids = case_ids(project, WorklistQuery(), "Ann")
        assert page.ids == ids
        assert page.rows == rows(project, ids, "Ann")
        assert (page.name, page.rows[0].hidden) == ("Small table", True)
        assert [name for name, _ in page.columns] == [
            "status",
            "case",
            "age",
            "label",
            "reference",
            "model",
            "why",
        ]
    finally:
        project.close()
    assert first_page.kept_page(folder, "Ann") == page, "opening and closing changes nothing"


def test_a_change_that_no_window_kept_a_page_for_makes_it_void(folder):
    project = open_project(folder)
    store_labels(project, case_ids(project, WorklistQuery(), "Ann")[0], {"sick": True}, "Ann")
    assert first_page.kept_page(folder, "Ann") is None, "it waits in the write-ahead log"
    project.close()
    assert first_page.kept_page(folder, "Ann") is None


def test_closing_keeps_what_was_changed(folder):
    leave(folder, change=lambda project, ids: set_input(project, ids[0], "age", 99.0, "Ann"))
    assert first_page.kept_page(folder, "Ann").rows[0].cells == {"age": "99"}


def test_another_reader_does_not_see_the_first_ones_labels(folder):
    leave(folder, change=lambda project, ids: store_labels(project, ids[0], {"sick": True}, "Ann"))
    assert first_page.kept_page(folder, "Ann").rows[0].label != ""
    assert first_page.kept_page(folder, "Ben") is None
    leave(folder, "Ben")
    assert first_page.kept_page(folder, "Ben").rows[0].label == ""


def test_another_rule_about_the_own_read_makes_it_void(folder, tmp_path, monkeypatch):
    leave(folder, change=lambda project, _ids: project.set_own_read_first(False, "Ann"))
    assert first_page.kept_page(folder, "Ann").rows[0].hidden is False
    rule = tmp_path / "policy.toml"
    rule.write_text("own_read_first = true\n", encoding="utf-8")
    monkeypatch.setenv("MMDESK_POLICY", str(rule))
    first_page.policy.cache_clear()
    try:
        assert first_page.kept_page(folder, "Ann") is None
    finally:
        monkeypatch.undo()
        first_page.policy.cache_clear()


@pytest.mark.parametrize("name", ["project.db", "project.toml"])
def test_a_touched_file_makes_it_void(folder, name):
    facts = (folder / name).stat()
    os.utime(folder / name, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    assert first_page.kept_page(folder, "Ann") is None


@pytest.mark.parametrize("damage", ["", "[]", "null", '{"made_from": 1}', "cut", "no status"])
def test_a_damaged_page_is_none(folder, damage):
    file = folder / first_page.FILE
    text = file.read_text(encoding="utf-8")
    kept = json.loads(text)
    kept["rows"][0]["status"] = "no such"
    file.write_text({"cut": text[:-9], "no status": json.dumps(kept)}.get(damage, damage), encoding="utf-8")
    assert first_page.kept_page(folder, "Ann") is None


def test_who_only_looks_keeps_nothing(folder):
    (folder / first_page.FILE).unlink()
    project = open_project(folder, look=True)
    first_page.close_project(project, "Ann")
    assert not (folder / first_page.FILE).exists()


@pytest.mark.parametrize("ids", [[], [4], [1, 2, 3], [1, 3, 4, 9], [3, 2, 1]])
def test_ids_are_kept_as_runs(ids):
    assert first_page._each(first_page._runs(ids)) == ids


def test_the_unread_cases_are_kept_too(folder):
    leave(folder, change=lambda project, ids: store_labels(project, ids[0], {"sick": True}, "Ann"))
    page = first_page.kept_page(folder, "Ann")
    assert page.unread == page.ids[1:]


def test_the_model_is_loaded_once_for_the_window_and_its_first_prediction(tmp_path, monkeypatch):
    from mmdesk.inference import session
    from mmdesk.services.demo.demo import make_demo
    from mmdesk.services.models.prediction import Predictor

    folder = make_demo(tmp_path, count=2)
    leave(folder)
    first_page.load_parts(first_page.kept_page(folder, "Ann"))
    monkeypatch.setattr(session, "OnnxSession", None)
    project = open_project(folder)
    predictor = Predictor(project)
    try:
        predictor.warm()
    finally:
        predictor.close()
        project.close()
