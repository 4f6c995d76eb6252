"""The dispatcher: one declaration per action, typing first, held keys once, painted cases only."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QPushButton, QVBoxLayout, QWidget

from mmdesk.ui.kit.actions import ACTIONS, BY_NAME, EVERYWHERE
from mmdesk.ui.kit.keys import Keys, send_keys
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.kit.preferences import Preferences

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Bench(QWidget):
    """A window with one field, one list, one button and the dispatcher."""

    def __init__(self, qtbot):
        super().__init__()
        self.notices = Notices()
        self.preferences = Preferences()
        self.keys = Keys(self.preferences, self.notices)
        self.keys.page = "reading"
        self.field = QLineEdit()
        self.list = QListWidget()
        self.list.addItems(["jam", "kiwi", "lime"])
        self.button = QPushButton("Press")
        layout = QVBoxLayout(self)
        for widget in (self.field, self.list, self.button):
            layout.addWidget(widget)
        qtbot.addWidget(self)
        self.show()
        self.activateWindow()
        qtbot.waitUntil(self.isActiveWindow)
        self.keys.watch(self)
        self.button.setFocus()
        self.done: list[object] = []

    def note(self, what):
        return lambda *facts: self.done.append((what, *facts))


@pytest.fixture
def bench(qtbot):
    made = Bench(qtbot)
    yield made
    made.close()


def press(bench, key, text="", modifiers=Qt.KeyboardModifier.NoModifier, *, repeat=False, scan=0):
    event = QKeyEvent(QEvent.Type.KeyPress, key, modifiers, scan, 0, 0, text, repeat)
    QCoreApplication.sendEvent(bench.windowHandle(), event)


def test_names_are_unique_and_no_two_actions_share_a_key():
    assert len(BY_NAME) == len(ACTIONS)
    for page in {action.scope for action in ACTIONS} - {EVERYWHERE}:
        keys = [key for action in ACTIONS if action.scope in (EVERYWHERE, page) for key in action.keys]
        assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_keys_that_are_unbound_on_purpose():
    used = {key for action in ACTIONS for key in action.keys}
    assert not used & {"Space", "Backspace", "Ctrl+B", "Ctrl+G", "Ctrl+H", "Ctrl+K", "-"}


def test_single_key_acts_on_its_page_only(bench):
    bench.keys.bind("case_next", bench.note("next"), page="reading")
    send_keys(bench, "J")
    bench.keys.page = "worklist"
    send_keys(bench, "J")
    assert bench.done == [("next",)]


def test_typing_keeps_single_keys_for_the_field(bench):
    bench.keys.bind("case_next", bench.note("next"), page="reading")
    bench.keys.bind("help", bench.note("help"))
    bench.field.setFocus()
    assert bench.keys.typing
    send_keys(bench, "J", "F1")
    assert bench.field.text() == "j"
    assert bench.done == [("help",)]


@pytest.mark.parametrize("page", ["start", "worklist", "reading", "settings"])
def test_the_question_mark_shows_the_keys_on_every_page(bench, page):
    bench.keys.bind("key_sheet", bench.note("sheet"))
    bench.keys.page = page
    press(bench, Qt.Key.Key_Question, "?", Qt.KeyboardModifier.ShiftModifier, scan=61)
    assert bench.done == [("sheet",)]


def test_the_question_mark_is_a_fields_own_and_off_with_the_single_keys(bench):
    bench.keys.bind("key_sheet", bench.note("sheet"))
    bench.field.setFocus()
    press(bench, Qt.Key.Key_Question, "?", Qt.KeyboardModifier.ShiftModifier, scan=61)
    assert bench.field.text() == "?"
    bench.button.setFocus()
    bench.preferences.set("reading_keys", False)
    press(bench, Qt.Key.Key_Question, "?", Qt.KeyboardModifier.ShiftModifier, scan=61)
    assert bench.done == []


def test_undo_belongs_to_the_field_while_it_has_some(bench):
    bench.keys.bind("undo", bench.note("undo"))
    bench.field.setFocus()
    send_keys(bench, "Ctrl+Z")
    assert bench.done == [("undo",)]
    send_keys(bench, "J")
    send_keys(bench, "Ctrl+Z")
    assert bench.field.text() == ""
    assert bench.done == [("undo",)]


def test_digit_goes_to_the_answer_with_its_value(bench):
    bench.keys.guard_ms = 0
    bench.keys.bind("answer", bench.note("answer"), page="reading")
    bench.keys.case_painted(7)
    press(bench, Qt.Key.Key_5, "5", Qt.KeyboardModifier.KeypadModifier)
    press(bench, Qt.Key.Key_1, "1", Qt.KeyboardModifier.ShiftModifier)
    send_keys(bench, "0")
    assert bench.done == [("answer", 5), ("answer", 1), ("answer", 0)]


@pytest.mark.skipif("sys.platform != 'linux'")
def test_place_in_the_number_row_counts_where_no_digit_is_produced(bench):
    bench.keys.guard_ms = 0
    bench.keys.bind("answer", bench.note("answer"), page="reading")
    bench.keys.case_painted(7)
    press(bench, Qt.Key.Key_Ampersand, "&", scan=10)
    assert bench.done == [("answer", 1)]


def test_a_held_key_labels_once(bench):
    bench.keys.guard_ms = 0
    bench.keys.bind("answer", bench.note("answer"), page="reading")
    bench.keys.bind("pan", bench.note("pan"), page="reading")
    bench.keys.case_painted(7)
    press(bench, Qt.Key.Key_2, "2")
    for _ in range(5):
        press(bench, Qt.Key.Key_2, "2", repeat=True)
        press(bench, Qt.Key.Key_Left, repeat=True)
    assert bench.done == [("answer", 2), *[("pan", "Left")] * 5]


def test_label_key_before_the_paint_or_just_after_is_refused_in_words(bench, qtbot):
    bench.keys.bind("answer", bench.note("answer"), page="reading")
    bench.keys.case_opening()
    send_keys(bench, "1")
    bench.keys.guard_ms = 60_000
    bench.keys.case_painted(3)
    send_keys(bench, "1")
    assert bench.done == []
    assert [notice.words.split(".")[1] for notice in bench.notices.kept] == [" Nothing was labelled"] * 2
    bench.keys.guard_ms = 0
    send_keys(bench, "1")
    assert bench.done == [("answer", 1)]


def test_painting_the_same_case_again_does_not_start_the_guard_anew(bench):
    bench.keys.case_painted(3)
    first = bench.keys._painted_at
    bench.keys.case_painted(3)
    assert bench.keys._painted_at == first
    bench.keys.case_painted(4)
    assert bench.keys._painted_at > first


def test_hold_action_ends_with_the_key(bench):
    bench.keys.bind("link_panes", bench.note("link"), page="reading")
    send_keys(bench, "S")
    assert bench.done == [("link", True), ("link", False)]


def test_a_list_keeps_its_arrows_but_not_its_letters(bench):
    bench.keys.bind("pan", bench.note("pan"), page="reading")
    bench.keys.bind("case_back", bench.note("back"), page="reading")
    bench.list.setFocus()
    bench.list.setCurrentRow(0)
    send_keys(bench, "Down", "K")
    assert bench.list.currentRow() == 1
    assert bench.done == [("back",)]


def test_disabled_action_says_why(bench):
    bench.keys.guard_ms = 0
    bench.keys.case_painted(3)
    bench.keys.bind("take_one", bench.note("take"), lambda: "Hidden until you store your label.", page="reading")
    send_keys(bench, "A")
    assert bench.done == []
    assert bench.notices.kept[-1].words == "Hidden until you store your label."
    assert not bench.keys.trigger("take_one")


def test_remapped_key_replaces_the_declared_one(bench):
    bench.keys.bind("case_next", bench.note("next"), page="reading")
    bench.preferences.set_keys("case_next", ["Y"])
    send_keys(bench, "J", "Y")
    assert bench.done == [("next",)]
    assert bench.keys.hint("case_next") == "Y"
    assert Preferences().key_choices == {"case_next": ["Y"]}


def test_one_switch_turns_single_keys_off(bench):
    bench.keys.bind("case_next", bench.note("next"), page="reading")
    bench.keys.bind("help", bench.note("help"))
    bench.preferences.set("reading_keys", False)
    send_keys(bench, "J", "F1")
    assert bench.done == [("help",)]


def test_captured_key_goes_to_the_one_who_asked(bench):
    bench.keys.bind("case_next", bench.note("next"), page="reading")
    bench.keys.capture(bench.note("letter"))
    send_keys(bench, "J", "J")
    assert bench.done == [("letter", "j"), ("next",)]


def test_space_presses_the_focused_button(bench):
    bench.button.clicked.connect(lambda: bench.done.append("pressed"))
    press(bench, Qt.Key.Key_Space, " ")
    event = QKeyEvent(QEvent.Type.KeyRelease, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ")
    QCoreApplication.sendEvent(bench.windowHandle(), event)
    assert bench.done == ["pressed"]
