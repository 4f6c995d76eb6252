"""The start page and the import assistant: into a case in one step, nothing dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from mmdesk.core.fields.schema import Field, Schema
from mmdesk.services.project import open_project
from mmdesk.ui.importing.free_folder import free_folder
from mmdesk.ui.importing.import_columns import BOTH, UNUSED, lacks, plan_of, use_of, with_use
from mmdesk.ui.kit.keys import send_keys
from mmdesk.ui.start.page import when
from tests.corpus.zoo import ZOO
from tests.gui.window_parts import SCHEMA, desk, make_table, project

__all__ = ["desk", "project"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_empty_start_page_says_so_and_offers_two_ways(desk):
    page = desk.window.pages.start
    assert page.empty.isVisible()
    assert page.new.property("kind") == "primary"


def test_recent_projects_open_by_their_number(desk, project):
    desk.preferences.add_recent(str(project), name="Small eyes", unread=12)
    desk.window.pages.start.refresh()
    send_keys(desk.window, "1")
    desk.qtbot.waitUntil(lambda: desk.bridge.session is not None)
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case is not None)


def test_a_project_that_is_gone_says_so_in_its_row_and_can_be_forgotten(desk, tmp_path):
    desk.preferences.add_recent(str(tmp_path / "gone.mmdesk"), name="Chest pilot")
    page = desk.window.pages.start
    page.refresh()
    line = page._rows[0]
    desk.qtbot.waitUntil(line._words.isVisible)
    assert line._words.text().startswith("The folder of Chest pilot is not where it was.")
    desk.qtbot.mouseClick(line._forget, Qt.MouseButton.LeftButton)
    assert desk.preferences.recent == []
    assert page.empty.isVisible()


def drop(page, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    page.dropEvent(
        QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def test_what_is_dropped_decides_what_happens(desk, project, tmp_path, qtbot):
    page = desk.window.pages.start
    with qtbot.waitSignal(page.table_dropped) as dropped:
        drop(page, tmp_path / "cases.csv")
    assert dropped.args == [str(tmp_path / "cases.csv")]
    disc = tmp_path / "discs" / "one"
    disc.mkdir(parents=True)
    (disc / "IM0").write_bytes(ZOO["ct.dcm"]())
    with qtbot.waitSignal(page.table_dropped) as dropped:
        drop(page, disc)
    assert dropped.args == [str(disc)]
    other = tmp_path / "picture.gif"
    other.write_bytes(b"GIF89a")
    drop(page, other)
    qtbot.waitUntil(lambda: page.warning.text().startswith("picture.gif is no table"))
    with qtbot.waitSignal(desk.bridge.project_opened):
        drop(page, project)
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case is not None)
    assert page.warning.text() == ""


def test_what_the_program_is_started_with_is_told_on_the_page_where_it_is_nothing(desk, tmp_path):
    page = desk.window.pages.start
    page.take_path(tmp_path / "gone.mmdesk")
    assert page.warning.text().startswith(f"{tmp_path / 'gone.mmdesk'} is not there. Nothing was changed.")
    desk.actions.projects.open_folder(str(tmp_path))
    desk.qtbot.waitUntil(lambda: "is not there" not in page.warning.text())
    assert page.warning.isVisible()
    assert "Nothing was changed." in page.warning.text()


def test_a_table_becomes_a_project_and_its_first_case_is_shown(desk, tmp_path):
    table = make_table(tmp_path, 5)
    desk.actions.projects.begin_from(str(table))
    page = desk.window.pages.importing
    desk.qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    columns = {
        page.columns.item(place, 0).text(): page.columns.cellWidget(place, 1)
        for place in range(page.columns.rowCount())
    }
    assert columns["ID"].currentText() == BOTH
    assert columns["Left"].currentText() == "image input"
    assert columns["Age"].currentText() == "number input"
    assert all(page.columns.item(place, 2).text() for place in range(page.columns.rowCount()))
    columns["Sick"].textActivated.emit("flag target")
    page.name.setText("Five eyes")
    send_keys(desk.window, "Enter")
    desk.qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    assert page.main.text() == "Import 5 cases"
    page.go_back()
    assert columns["Sick"].currentText() == "flag target"
    page.go_on()
    desk.qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    page.go_on()
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case is not None, timeout=10_000)
    assert desk.bridge.session.schema.name == "Five eyes"
    assert (tmp_path / "Five eyes.mmdesk" / "project.db").exists()


def test_a_table_that_cannot_be_used_is_said_on_the_page(desk, tmp_path):
    table = tmp_path / "empty.csv"
    table.write_text("a,b\n", encoding="utf-8")
    desk.actions.projects.begin_from(str(table))
    page = desk.window.pages.importing
    desk.qtbot.waitUntil(page.problem.isVisible)
    assert "Nothing is written yet." in page.problem.text()


def test_more_cases_are_added_to_the_open_project(desk, project, tmp_path):
    desk.open(project)
    make_table(tmp_path, 15)
    desk.window.show_page("importing")
    page = desk.window.pages.importing
    page.take_more(tmp_path / "cases.csv")
    desk.qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    with desk.qtbot.waitSignal(desk.window.feed.ids_changed):
        page.go_on()
    assert len(desk.window.feed.ids) == 15


def test_import_from_a_bad_table_leaves_no_project_behind(desk, tmp_path):
    table = make_table(tmp_path, 3)
    desk.actions.projects.begin_from(str(table))
    page = desk.window.pages.importing
    desk.qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    page._use("Sick", "flag target")
    page.go_on()
    desk.qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    table.unlink()
    page.go_on()
    desk.qtbot.waitUntil(page.problem.isVisible)
    assert list(tmp_path.glob("*.mmdesk")) == []


def test_use_of_each_column_can_be_changed_and_put_back():
    schema = SCHEMA
    assert use_of(schema, "ID") == BOTH
    assert use_of(schema, " Age ") == "number input"
    assert use_of(schema, "Other") == UNUSED
    without = with_use(schema, "Age", UNUSED)
    assert [field.name for field in without.inputs] == ["left"]
    assert use_of(with_use(without, "Age", "number input"), "Age") == "number input"
    noted = with_use(schema, "Age", "number note")
    assert [field.name for field in noted.notes] == ["age"]
    later = with_use(noted, "Age", "number note, after the own read")
    assert (later.notes[0].show, use_of(later, "Age")) == ("after", "number note, after the own read")
    assert [line for line in plan_of(later) if "after" in line] == [
        "Notes, shown after the reader's own read and never to the model: Age."
    ]
    grouped = with_use(schema, "Patient", "group")
    assert (grouped.case, grouped.group) == ("ID", "Patient")


def test_columns_of_findings_make_one_target():
    schema = Schema("x", "ID", "ID", (Field("left", "input", "image", ("L",)),))
    schema = with_use(with_use(schema, "Cataract", "labels target"), "Myopia", "labels target")
    assert [(field.kind, field.columns) for field in schema.targets] == [("labels", ("Cataract", "Myopia"))]
    schema = with_use(schema, "Cataract", UNUSED)
    assert schema.targets[0].columns == ("Myopia",)


@pytest.mark.parametrize(("roles", "words"), [((), "input"), (("input",), "target"), (("input", "target"), "")])
def test_what_a_schema_still_lacks_is_said(roles, words):
    fields = tuple(Field(role, role, "flag", (role,)) for role in roles)
    said = lacks(Schema("x", "ID", "ID", fields))
    assert words in said if words else said == ""


def test_a_new_project_never_takes_a_folder_that_is_there(tmp_path):
    assert free_folder(tmp_path, "a/b").name == "a-b.mmdesk"
    (tmp_path / "a-b.mmdesk").mkdir()
    assert free_folder(tmp_path, "a/b").name == "a-b 2.mmdesk"


def test_when_is_said_as_a_person_does():
    from mmdesk.support.clock import utc_now

    assert when(utc_now()).startswith("today ")
    assert when("2020-05-03T12:00:00+00:00") == "3 May 2020"
    assert when("never") == ""


def test_opening_twice_uses_the_project_once(desk, project):
    desk.open(project)
    with desk.qtbot.waitSignal(desk.bridge.project_opened):
        desk.actions.projects.open_folder(str(project))
    assert desk.bridge.session.look_only == ""
    again = open_project(project)
    assert again.look_only
    again.close()
