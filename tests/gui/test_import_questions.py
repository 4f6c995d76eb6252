"""The import page asks where a table stands in its file and what its cells do not tell."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from mmdesk.services.project import open_project
from tests.gui.window_parts import desk, project

__all__ = ["desk", "project"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def page(desk):
    desk.window.show_page("importing")
    return desk.window.pages.importing


def test_sheet_and_header_are_shown_and_can_be_chosen(page, tmp_path, qtbot):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, first in (("Notes", "remark"), ("Cases", "case")):
            sheet = book.add_worksheet(name)
            rows = [["Study list"], [first, "age", "label"], *([f"c{n}", 40 + n, n % 2] for n in range(9))]
            for number, row in enumerate(rows if name == "Cases" else rows[:2]):
                sheet.write_row(number, 0, row)
    page.take_table(path)
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    questions = page.questions
    assert (questions.sheet.currentText(), questions.header.value()) == ("Cases", 2)
    assert "row 1 above it is left out" in page.assumed.text()
    questions.header.setValue(3)
    questions.header.editingFinished.emit()
    qtbot.waitUntil(lambda: page._job is None and "c0" in page._look.examples)
    questions.header.setValue(2)
    questions.header.editingFinished.emit()
    qtbot.waitUntil(lambda: page._job is None and "case" in page._look.examples)
    questions.sheet.setCurrentText("Notes")
    questions.sheet.activated.emit(0)
    qtbot.waitUntil(page.problem.isVisible)
    assert "No row of t.xlsx can be used" in page.problem.text()
    assert "quotes" not in page.problem.text()


def test_a_decimal_sign_that_nothing_proves_has_to_be_chosen(page, desk, tmp_path, qtbot):
    rows = "".join(f"c{n};1.{200 + n};{n % 2}\n" for n in range(9))
    (tmp_path / "t.csv").write_text("case;platelets;label\n" + rows, encoding="utf-8")
    page.take_table(tmp_path / "t.csv")
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    assert page.questions.decimal.isVisible()
    assert page.questions.decimal.buttons[","].text() == "read as 1200"
    page.go_on()
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    assert not page.main.isEnabled()
    page.questions.decimal.buttons[","].click()
    qtbot.waitUntil(lambda: page._job is None and page.main.isEnabled())
    with qtbot.waitSignal(page.imported) as made:
        page.go_on()
    cases = open_project(Path(made.args[0])).store.cases()
    assert cases[0].inputs["platelets"] == 1200.0


def test_a_column_used_otherwise_keeps_its_unit_and_its_classes(page, tmp_path, qtbot):
    rows = "".join(f"c{n},{[18, 52, 63][n % 3]:03}Y,{['Mild', 'None'][n % 2]}\n" for n in range(12))
    (tmp_path / "t.csv").write_text("case,age,severity\n" + rows, encoding="utf-8")
    page.take_table(tmp_path / "t.csv")
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    page._use("age", "number note")
    page._use("severity", "grade target")
    fields = {field.columns[0]: field for field in page._schema}
    assert (fields["age"].role, fields["age"].unit) == ("note", "years")
    assert "None" not in fields["severity"].missing
    page._use("severity", "choice target")
    page._check()
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    assert "'None' is a class of 'severity'" in page.check.warnings.text()
