"""Single keys on keyboard layouts: by letter where there are Latin letters, else by place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent

from mmdesk.ui.bars.status_bar import StatusBar
from mmdesk.ui.kit import key_layouts
from mmdesk.ui.kit.key_layouts import is_latin, place_of
from tests.gui.reading_parts import SEVERAL, Desk, make_project

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
J, K, T, M, Q, W, L, N1, N2, N6, N7 = 44, 45, 28, 58, 24, 25, 46, 10, 11, 15, 16
"""Scan codes of the places where a US keyboard has these keys."""


@pytest.fixture(autouse=True)
def linux(monkeypatch):
    monkeypatch.setattr(key_layouts.sys, "platform", "linux")


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, make_project(tmp_path, SEVERAL))
    made.open()
    made.done = []
    for name in ("target_next", "target_back", "case_next", "case_back", "what_if", "window_next", "missing"):
        made.keys.bind(name, lambda n=name: made.done.append(n), page="reading")
    for name in ("frame_on", "frame_back", "play_slower", "key_sheet"):
        made.keys.bind(name, lambda n=name: made.done.append(n), page="reading")
    made.keys.bind("answer", made.done.append, page="reading")
    yield made
    made.close()


def press(desk, scan, text, modifiers=NONE):
    sign = text[:1].upper()
    key = ord(sign) if sign else 0
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, key, modifiers, scan, 0, 0, text)
        QCoreApplication.sendEvent(desk.window.windowHandle(), event)


LAYOUTS = {
    "Russian": {J: "о", K: "л", T: "е", M: "ь"},  # noqa: RUF001
    "Greek": {J: "ξ", K: "κ", T: "τ", M: "μ"},
    "Hebrew": {J: "ח", K: "ל", T: "א", M: "צ"},
    "Arabic": {J: "ت", K: "ن", T: "ف", M: "ة"},
    "Georgian": {J: "ჯ", K: "კ", T: "ტ", M: "მ"},
    "Thai": {J: "่", K: "า", T: "ะ", M: "ท"},
    "US": {J: "j", K: "k", T: "t", M: "m"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_letters_act_on_every_layout(desk, layout):
    for scan, text in LAYOUTS[layout].items():
        press(desk, scan, text)
    press(desk, T, LAYOUTS[layout][T].upper(), SHIFT)
    assert desk.done == ["case_next", "case_back", "target_next", "missing", "target_back"]


def test_signs_stand_for_letters_once_the_layout_is_known(desk):
    press(desk, Q, "/")
    press(desk, W, "'")
    assert desk.done == []
    press(desk, J, "ח")
    press(desk, Q, "/")
    press(desk, W, "'")
    assert desk.done == ["case_next", "what_if", "window_next"]
    press(desk, 59, "ת")
    press(desk, 60, "ץ")
    press(desk, 61, ".")
    assert desk.done[3:] == ["frame_back", "frame_on", "frame_on"]


def test_a_key_with_two_letters_acts_by_its_place(desk):
    done = []
    desk.keys.bind("blink", lambda: done.append("blink"), page="reading")
    press(desk, 56, "لا")
    assert done == ["blink"]


def test_latin_layouts_act_by_letter(desk):
    press(desk, 54, "j")  # Dvorak: where a US keyboard has C
    press(desk, J, "h")
    assert desk.done == ["case_next"]
    press(desk, Q, "'")
    press(desk, 47, "m")  # AZERTY: where a US keyboard has the semicolon
    press(desk, M, ",")
    assert desk.done[1:] == ["missing", "frame_back"]


def test_the_number_row_answers_on_every_layout(desk):
    press(desk, N1, "&")
    press(desk, N2, "é")
    press(desk, N6, "-")
    press(desk, N7, "è")
    press(desk, N2, "2", SHIFT)
    press(desk, N1, "\u0661")
    press(desk, N2, "۲")
    assert desk.done == [1, 2, 6, 7, 2, 1, 2]


def test_the_status_bar_says_how_keys_act(desk):
    bar = StatusBar(desk.bridge, desk.keys)
    assert bar.typing.text() == "Label keys on"
    press(desk, J, "о")  # noqa: RUF001
    assert bar.typing.text() == "Label keys on, by their place"
    press(desk, J, "j")
    assert bar.typing.text() == "Label keys on"
    press(desk, 0, "о")  # noqa: RUF001
    assert bar.typing.text() == "Label keys need a Latin keyboard layout"
    assert any("Switch to a Latin layout" in words for words in desk.said)
    assert desk.done == ["case_next", "case_next"]
    bar.deleteLater()


def test_an_answer_is_found_by_the_letter_or_its_place(desk):
    targets = desk.page.dock.targets
    targets.activate(1)
    press(desk, L, "д")
    press(desk, 39, "ы")
    assert targets.draft.answers == {"grade": 2}


@pytest.mark.parametrize(
    ("platform", "code", "place"),
    [("linux", 44, "J"), ("win32", 36, "J"), ("win32", 2, "1"), ("darwin", 38, "J")],
)
def test_places_are_known_on_each_system(monkeypatch, platform, code, place):
    monkeypatch.setattr(key_layouts.sys, "platform", platform)
    event = QKeyEvent(QEvent.Type.KeyPress, 0, NONE, code, code, 0, "")
    assert place_of(event) == place


def test_what_shows_a_latin_layout():
    assert [is_latin(text) for text in ("j", "ß", "\u0131", "й", "1", "?", "", "ِ")] == [
        True, True, True, False, None, None, None, False,
    ]  # fmt: skip
