"""A held key answers once, whatever the window system makes of it; a double click presses once."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from tests.gui.reading_parts import SEVERAL, Desk, add_model, answer, make_project

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
TICKS = itertools.count(1_000_000, 10_000)
MOUSE_PRESS, MOUSE_DOUBLE = QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick
PRESS, RELEASE = QEvent.Type.KeyPress, QEvent.Type.KeyRelease


@pytest.fixture
def desk(qtbot, tmp_path):
    project = make_project(tmp_path, SEVERAL)
    add_model(project)
    project.store.save_predictions([answer(project, case) for case in range(1, 7)])
    made = Desk(qtbot, project)
    made.open()
    yield made
    made.close()


def send(desk, kind, key, at, text="", scan=0, *, repeat=False):
    event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, scan, 0, 0, text, repeat)
    event.setTimestamp(at)
    QCoreApplication.sendEvent(desk.window.windowHandle(), event)


def hold(desk, key, text="", scan=10, times=30, *, pairs=True, flagged=False, late=0):
    """Send what X servers send for a held key: a press, then pairs of one time each, then a release."""
    at = next(TICKS)
    send(desk, PRESS, key, at, text, scan)
    go_on_holding(desk, at, key, text, scan, times, pairs=pairs, flagged=flagged, late=late)
    send(desk, RELEASE, key, at + 600 + 40 * times, text, scan)


def go_on_holding(desk, at, key, text, scan, times=30, *, pairs=True, flagged=False, late=0):
    for turn in range(times):
        if pairs:
            send(desk, RELEASE, key, at + 500 + 40 * turn, text, scan, repeat=flagged)
        send(desk, PRESS, key, at + 500 + 40 * turn + late, text, scan, repeat=flagged)


def tap(desk, key, text="", scan=10):
    hold(desk, key, text, scan, times=0)


WAYS = pytest.mark.parametrize(
    "way",
    [{}, {"flagged": True}, {"pairs": False}, {"late": 3}],
    ids=["pairs of one time", "flagged", "presses without releases", "pairs a little apart"],
)


@WAYS
def test_a_held_digit_labels_one_case(desk, way):
    desk.preferences.set("store_mode", "next")
    for _target in range(2):
        tap(desk, Qt.Key.Key_M, "m", 58)
    hold(desk, Qt.Key.Key_M, "m", 58, **way)
    desk.wait(lambda: len(desk.stored()) == 3)
    desk.wait_painted(1)
    assert desk.page.dock.targets.draft.answers == {}


@WAYS
def test_a_held_digit_answers_one_target(desk, way):
    hold(desk, Qt.Key.Key_1, "1", **way)
    assert desk.page.dock.targets.draft.answers == {"refer": True}
    tap(desk, Qt.Key.Key_1, "1")
    assert desk.page.dock.targets.draft.answers == {"refer": True, "grade": 1}


@WAYS
def test_enter_that_is_held_stores_and_does_not_go_on(desk, way):
    for _target in range(3):
        tap(desk, Qt.Key.Key_M, "m", 58)
    at = next(TICKS)
    send(desk, PRESS, Qt.Key.Key_Return, at, "\r", 36)
    desk.wait(lambda: desk.page.view.complete)
    go_on_holding(desk, at, Qt.Key.Key_Return, "\r", 36, **way)
    assert desk.page.wanted == desk.ids[0]
    send(desk, RELEASE, Qt.Key.Key_Return, at + 5000, "\r", 36)
    tap(desk, Qt.Key.Key_Return, "\r", 36)
    assert desk.page.wanted == desk.ids[1]


def test_a_letter_key_that_is_held_is_not_the_letter_it_waits_for(desk):
    tap(desk, Qt.Key.Key_1, "1")
    hold(desk, Qt.Key.Key_L, "l", 46)
    tap(desk, Qt.Key.Key_S, "s", 39)
    assert desk.page.dock.targets.draft.answers == {"refer": True, "grade": 2}


def test_a_key_whose_release_went_elsewhere_acts_again(desk):
    send(desk, PRESS, Qt.Key.Key_1, next(TICKS), "1", 10)
    QCoreApplication.sendEvent(desk.window.windowHandle(), QEvent(QEvent.Type.FocusOut))
    tap(desk, Qt.Key.Key_1, "1")
    assert desk.page.dock.targets.draft.answers == {"refer": True, "grade": 1}


def test_a_hold_action_lasts_while_its_key_is_held(desk):
    told = []
    desk.keys.bind("hide_marks", told.append, page="reading")
    at = next(TICKS)
    send(desk, PRESS, Qt.Key.Key_H, at, "h", 43)
    for turn in range(5):
        send(desk, RELEASE, Qt.Key.Key_H, at + 500 + 40 * turn, "h", 43)
        send(desk, PRESS, Qt.Key.Key_H, at + 500 + 40 * turn, "h", 43)
    assert told == [True]
    send(desk, RELEASE, Qt.Key.Key_H, at + 900, "h", 43)
    desk.wait(lambda: told == [True, False])


def test_space_held_on_a_button_presses_it_once(desk):
    for _target in range(3):
        tap(desk, Qt.Key.Key_M, "m", 58)
    primary = desk.page.dock.targets.primary
    primary.setFocus()
    clicks = []
    primary.clicked.connect(lambda: clicks.append(1))
    hold(desk, Qt.Key.Key_Space, " ", 65)
    assert clicks == [1]


def click(widget, at, kind=MOUSE_PRESS):
    """Press and release the left button in a widget, at a time in milliseconds."""
    for what in (kind, QEvent.Type.MouseButtonRelease):
        middle = QPointF(widget.rect().center())
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        held = Qt.MouseButton.NoButton if what == QEvent.Type.MouseButtonRelease else left
        event = QMouseEvent(what, middle, widget.mapToGlobal(middle), left, held, none)
        event.setTimestamp(at)
        QCoreApplication.sendEvent(widget, event)


def test_a_double_click_on_store_stores_and_shows_the_model(desk):
    for _target in range(3):
        tap(desk, Qt.Key.Key_M, "m", 58)
    primary = desk.page.dock.targets.primary
    click(primary, 5000)
    desk.wait(lambda: desk.page.view.complete)
    click(primary, 5090, MOUSE_DOUBLE)
    click(primary, 5180)
    assert desk.page.wanted == desk.ids[0]
    assert desk.page.dock.targets.prediction is not None
    click(primary, 7000)
    assert desk.page.wanted == desk.ids[1]


def test_a_double_click_on_refer_refers(desk):
    button = desk.page.dock.targets.refer_button
    click(button, 5000)
    click(button, 5090, MOUSE_DOUBLE)
    desk.wait(lambda: desk.page.view.referred == "referred")


def test_enter_after_refer_goes_on(desk):
    tap(desk, Qt.Key.Key_R, "r", 27)
    tap(desk, Qt.Key.Key_Return, "\r", 36)
    desk.wait_painted(1)
    desk.press("K")
    desk.wait_painted(0)
    assert desk.page.view.referred == "referred"
    assert desk.page.dock.targets.primary.text().startswith("Next case")


def test_enter_after_refer_stores_what_was_answered(desk):
    tap(desk, Qt.Key.Key_1, "1")
    tap(desk, Qt.Key.Key_R, "r", 27)
    tap(desk, Qt.Key.Key_Return, "\r", 36)
    desk.wait_painted(1)
    assert desk.stored() == {"refer": True}


def test_enter_after_a_referral_was_taken_back_asks_for_answers(desk):
    tap(desk, Qt.Key.Key_R, "r", 27)
    tap(desk, Qt.Key.Key_R, "r", 27)
    tap(desk, Qt.Key.Key_Return, "\r", 36)
    desk.wait(lambda: "Still unread" in desk.page.dock.targets.line.words.text())
    assert desk.page.wanted == desk.ids[0]
