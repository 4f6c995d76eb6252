"""Numbers read back as they are written, in every locale that Qt knows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale, Qt

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.kinds_number import read_number
from mmdesk.core.fields.schema import Field
from mmdesk.ui.record.field_editors import LineEditor, local_style

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LOCALES = QLocale.matchingLocales(QLocale.Language.AnyLanguage, QLocale.Script.AnyScript, QLocale.Country.AnyCountry)
NUMBER = Field("thick", "target", "number", label="Thickness")
STEPS = Field("pulse", "input", "sequence", label="Pulse")
VALUES = (0.0, 82.7, -82.7, 0.125, 1.234, -1.234, 1234.5, 1234567.0, -1234567.5, 1e10, 2.5e-7, -1.5e22)


@pytest.fixture
def locale():
    """Set the locale of the program, and put it back."""
    before = QLocale()
    yield lambda wanted: QLocale.setDefault(QLocale(wanted))
    QLocale.setDefault(before)


def test_there_are_locales_of_every_kind():
    assert len(LOCALES) > 400
    assert {one.decimalPoint() for one in LOCALES} == {".", ",", "\u066b"}


def test_what_the_program_writes_it_reads_back(locale):
    wrong = []
    for one in LOCALES:
        locale(one)
        name = one.bcp47Name()
        style = local_style()
        for value in VALUES:
            text = kind_of(NUMBER).show(value, NUMBER, style)
            if kind_of(NUMBER).parse(text, NUMBER, style) != value:
                wrong.append((name, text))
        steps = tuple((value, -value) for value in VALUES)
        text = kind_of(STEPS).show(steps, STEPS, style)
        if kind_of(STEPS).parse(text, STEPS, style) != steps:
            wrong.append((name, text))
    assert wrong == []


def test_what_the_system_writes_it_reads_too(locale):
    wrong = []
    for one in LOCALES:
        locale(one)
        name = one.bcp47Name()
        style = local_style()
        for value in (82.7, -82.7, 0.125, -1234567.5, 1234567.0):
            text = QLocale().toString(value, "f", 3)
            if read_number(text, style) != value:
                wrong.append((name, text, read_number(text, style)))
        text = QLocale().toString(-2.5e12, "e", 1)
        if read_number(text, style) != -2.5e12:
            wrong.append((name, text, read_number(text, style)))
    assert wrong == []


def test_a_digit_changed_in_arabic_is_stored(locale, qtbot):
    locale("ar_EG")
    editor = LineEditor(NUMBER)
    qtbot.addWidget(editor)
    editor.show()
    editor.show_value(82.7)
    assert editor.line.text() == "82\u066b7"
    editor.line.setFocus()
    qtbot.keyClick(editor.line, Qt.Key.Key_End)
    qtbot.keyClick(editor.line, Qt.Key.Key_Backspace)
    qtbot.keyClicks(editor.line, "8")
    with qtbot.waitSignal(editor.committed) as told:
        qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert told.args == [82.8]
