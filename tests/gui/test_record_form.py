"""The record form: what each kind of field takes, missing as a state of its own, nothing left behind."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.ui.record.record_form import RecordForm
from tests.gui.reading_parts import SCHEMA

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

VALUES = {
    "age": 63.0,
    "sex": "F",
    "site": "B",
    "smoker": False,
    "story": "a story",
    "seen": date(2020, 2, 1),
    "pulse": ((1.0, 2.0), (3.5, 4.0)),
}


def case(**changed):
    inputs = {"left": Missing(Reason.ABSENT), "right": Missing(Reason.ABSENT), **VALUES, **changed}
    return Case(1, "c1", "c1", "train", inputs, {"keywords": "drusen"})


@pytest.fixture
def form(qtbot):
    widget = RecordForm()
    widget.set_schema(SCHEMA)
    qtbot.addWidget(widget)
    widget.resize(340, 600)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    widget.show_case(case(), again=False)
    widget.told = []
    widget.edited.connect(lambda name, value: widget.told.append((name, value)))
    yield widget
    widget.close()


def type_into(row, text):
    row.begin()
    line = row.editor.line
    line.selectAll()
    QTest.keyClicks(line, text)
    return line


def test_every_kind_shows_its_value(form):
    rows = form.rows
    assert rows["age"].editor.line.text() == "63"
    assert [b.isChecked() for b in rows["sex"].editor.buttons] == [True, False]
    assert rows["site"].editor.combo.currentText() == "B"
    assert [b.isChecked() for b in rows["smoker"].editor.buttons] == [True, False]
    assert rows["story"].editor.text.toPlainText() == "a story"
    assert rows["seen"].editor.line.text() == "2020-02-01"
    assert "2 steps" in rows["pulse"].editor.plot.accessibleName()
    assert form.notes["keywords"].words.text() == "drusen"


def test_enter_stores_and_gives_the_keyboard_back(form, qtbot):
    line = type_into(form.rows["age"], "64")
    with qtbot.waitSignal(form.left):
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert form.told == [("age", 64.0)]


def test_escape_restores(form, qtbot):
    line = type_into(form.rows["age"], "64")
    with qtbot.waitSignal(form.left):
        QTest.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == "63"
    assert form.told == []


def test_leaving_the_field_stores(form):
    type_into(form.rows["age"], "64")
    form.rows["seen"].begin()
    assert form.told == [("age", 64.0)]


def test_a_decimal_comma_is_a_decimal_comma(form, qtbot):
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German))
    try:
        german = RecordForm()
        german.set_schema(SCHEMA)
        qtbot.addWidget(german)
        told = []
        german.edited.connect(lambda name, value: told.append(value))
        german.show_case(case(age=1.5), again=False)
        assert german.rows["age"].editor.line.text() == "1,5"
        type_into(german.rows["age"], "2,5")
        QTest.keyClick(german.rows["age"].editor.line, Qt.Key.Key_Return)
        assert told == [2.5]
    finally:
        QLocale.setDefault(before)


@pytest.mark.parametrize(("text", "said"), [("150", "not between 0 and 120"), ("old", "is not a number")])
def test_what_does_not_fit_is_said_while_typing_and_not_stored(form, text, said):
    row = form.rows["age"]
    line = type_into(row, text)
    assert said in row.problem.text()
    assert row.problem.isVisible()
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.hasFocus()
    assert form.told == []
    form.rows["seen"].begin()
    assert line.text() == "63"
    assert form.told == []


def test_missing_is_neither_zero_nor_empty_nor_a_text(form):
    form.show_case(case(age=0.0, story=""), again=False)
    assert form.rows["age"].editor.isVisible()
    assert form.rows["age"].editor.line.text() == "0"
    assert form.rows["story"].editor.isVisible()
    form.show_case(case(age=Missing(Reason.TOKEN, "NA")), again=False)
    row = form.rows["age"]
    assert row.chip.isVisible()
    assert not row.editor.isVisible()
    assert row.toggle.isChecked()
    assert "marked in the table: NA" in row.chip.accessibleName()


def test_toggling_missing_and_back(form):
    row = form.rows["age"]
    row.toggle_missing()
    row.toggle_missing()
    assert form.told == [("age", Missing(Reason.READER)), ("age", 63.0)]
    assert row.editor.line.text() == "63"


def test_typing_over_a_missing_value(form):
    form.show_case(case(age=Missing(Reason.ABSENT)), again=False)
    row = form.rows["age"]
    row.chip.click()
    QTest.keyClicks(row.editor.line, "50")
    QTest.keyClick(row.editor.line, Qt.Key.Key_Return)
    assert form.told == [("age", 50.0)]
    assert not row.toggle.isChecked()


def test_escape_over_a_missing_value_leaves_it_missing(form):
    form.show_case(case(age=Missing(Reason.ABSENT)), again=False)
    row = form.rows["age"]
    row.chip.click()
    QTest.keyClick(row.editor.line, Qt.Key.Key_Escape)
    assert row.chip.isVisible()
    assert form.told == []


def test_emptying_a_number_marks_it_missing(form):
    row = form.rows["age"]
    row.begin()
    QTest.keyClick(row.editor.line, Qt.Key.Key_Backspace)
    QTest.keyClick(row.editor.line, Qt.Key.Key_Return)
    assert form.told == [("age", Missing(Reason.READER))]
    assert row.chip.isVisible()


def test_out_of_range_is_masked_until_confirmed(form, qtbot):
    form.show_case(case(age=Missing(Reason.OUT_OF_RANGE, "150")), again=False)
    row = form.rows["age"]
    assert row.chip._said == "150, not used"
    with qtbot.waitSignal(form.confirmed) as asked:
        row.use_it.click()
    assert asked.args == ["age"]
    form.show_case(case(age=150.0), again=True)
    assert row.editor.line.text() == "150"
    assert not row.use_it.isVisible()


def test_choices_and_flags_store_at_once(form):
    form.rows["sex"].editor.buttons[1].click()
    form.rows["smoker"].editor.buttons[1].click()
    form.rows["site"].editor.combo.activated.emit(3)
    assert form.told == [("sex", "M"), ("smoker", True), ("site", "D")]


def test_text_takes_enter_as_store_and_shift_enter_as_a_line(form):
    row = form.rows["story"]
    row.begin()
    area = row.editor.text
    area.selectAll()
    QTest.keyClicks(area, "one")
    QTest.keyClick(area, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(area, "two")
    QTest.keyClick(area, Qt.Key.Key_Return)
    assert form.told == [("story", "one\ntwo")]


def test_a_date_that_is_none_is_refused_in_words(form):
    line = type_into(form.rows["seen"], "2023-02-29")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert "'2023-02-29' is not a date" in form.rows["seen"].problem.text()
    assert form.told == []


def test_steps_of_a_sequence_are_edited_in_a_table(form):
    editor = form.rows["pulse"].editor
    editor.unfold.click()
    editor.table.item(1, 0).setText("9")
    assert form.told[-1] == ("pulse", ((1.0, 2.0), (9.0, 4.0)))
    editor.table.setCurrentCell(1, 0)
    editor._add.click()
    assert form.told[-1] == ("pulse", ((1.0, 2.0), (9.0, 4.0), (9.0, 4.0)))
    editor.table.setCurrentCell(0, 0)
    editor._remove.click()
    assert form.told[-1] == ("pulse", ((9.0, 4.0), (9.0, 4.0)))
    before = len(form.told)
    editor.table.item(0, 0).setText("two")
    assert "'two' is not a number" in form.rows["pulse"].problem.text()
    assert len(form.told) == before
    assert editor.table.item(0, 0).text() == "9"


def test_the_next_case_keeps_nothing_of_this_one(form):
    row = form.rows["age"]
    type_into(row, "999")
    form.rows["seen"].begin()
    form.show_case(case(age=Missing(Reason.ABSENT)), again=False)
    form.show_case(case(age=12.0), again=False)
    assert row.editor.line.text() == "12"
    assert not row.problem.isVisible()
    assert not row.toggle.isChecked()


def test_what_is_being_typed_stays_when_the_same_case_is_told_again(form):
    line = type_into(form.rows["age"], "7")
    form.show_case(case(sex="M"), again=True)
    assert line.text() == "7"


def test_every_control_has_an_accessible_name(form):
    for row in form.rows.values():
        assert row.toggle.accessibleName()
    assert form.rows["age"].editor.line.accessibleName() == "Age, a number from 0 to 120 years"
    assert form.rows["sex"].editor.buttons[0].accessibleName() == "Sex: F"
