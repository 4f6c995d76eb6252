"""The images' keys on the reading page, the arrangement kept with the project, the display with the label."""

from __future__ import annotations

import json

import pytest
from PySide6.QtGui import QGuiApplication

from mmdesk.core.cases.display import SIDE_BY_SIDE
from mmdesk.services.cases.display import hanging_of
from mmdesk.ui.panes import viewing
from tests.gui.reading_parts import Desk, make_project

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support")


@pytest.fixture
def one(qtbot, tmp_path):
    desk = Desk(qtbot, make_project(tmp_path, count=3))
    desk.open()
    yield desk
    desk.close()


def test_keys_change_mode_shades_and_turn(one):
    panes = one.page.panes
    one.press("V")
    assert panes.mode == "blink"
    one.press("Shift+V")
    assert panes.mode == SIDE_BY_SIDE
    one.press("B", "B")
    assert panes.mode == SIDE_BY_SIDE
    one.press("C", "I", "O")
    first = panes.panes[0].picture
    assert (first.tone.channel, first.tone.invert, first.turn.quarters) == ("red-free", True, 1)
    one.press("F")
    assert first.tone.plain
    assert first.turn.plain


def test_the_case_is_painted_in_a_mode_and_labels_can_be_given(one):
    one.press("V", "V")
    assert one.page.panes.mode == "swipe"
    one.press("J")
    one.wait_painted(1)
    assert one.page.panes.mode == "swipe"


def test_an_arrangement_is_kept_for_the_project_and_taken_back(one):
    project = one.bridge.session.project
    one.press("Shift+X", "X")
    one.keys.trigger("keep_hanging")
    one.wait(lambda: hanging_of(project).panes != ())
    kept = hanging_of(project)
    assert [hang.field for hang in kept.panes] == ["right", "left"]
    assert kept.panes[0].turn.mirrored
    one.wait(lambda: one.page.panes.hanging == kept)
    one.press("J")
    one.wait_painted(1)
    assert one.page.panes.panes[0].marks() == "mirrored, order changed"
    one.bridge.take_project(project)
    one.wait(lambda: one.page.panes.hanging == kept)
    one.keys.page = "reading"
    one.open()
    assert one.page.panes.panes[0].content.field == "right"
    one.keys.trigger("forget_hanging")
    one.wait(lambda: one.page.panes.panes[0].content.field == "left")
    assert project.store.setting("hanging") is None


def test_the_display_is_journalled_with_the_label_and_undo_leaves_it(one):
    one.press("I", "2", "Enter")
    store = one.bridge.session.project.store
    one.wait(lambda: bool(one.stored()))
    entry = next(entry for entry in store.journal(9, one.ids[0]) if entry.action == "display")
    told = json.loads(entry.new)
    assert told["mode"] == SIDE_BY_SIDE
    assert told["surround"] == "dark"
    assert told["images"]["left"]["invert"] is True
    assert store.check_journal() == []
    one.press("Ctrl+Z")
    one.wait(lambda: not one.stored())
    assert store.check_journal() == []


def test_aligning_says_when_it_finds_nothing_and_shows_what_it_finds(one, monkeypatch):
    one.press("Shift+O")
    assert one.page.panes.mode == "difference"
    one.wait(lambda: viewing.NOT_ALIGNED in one.said or one.page.panes.compare.alignment is not None)
    one.page.panes.compare.set_alignment(None)
    from mmdesk.imaging.align import Rigid

    monkeypatch.setattr("mmdesk.imaging.align.find_rigid", lambda *_squares: Rigid(2.0, 0.1, 0.0, 0.2, 0.9))
    one.press("Shift+O")
    one.wait(lambda: one.page.panes.compare.alignment is not None)
    assert "turned 2.0°" in one.page.panes.compare.say()
    one.press("Shift+O")
    assert one.page.panes.compare.alignment is None


def test_true_size_says_why_it_cannot_be(one):
    one.press("Shift+Z")
    assert "spacing" in one.said[-1]


def test_the_bar_follows_the_panes(one):
    bar = one.page.findChildren(type(one.page.panes._bar))[0]
    one.press("V", "I", "U")
    bar.refresh()
    assert bar.mode.text() == "Blink"
    assert bar.buttons["invert"].isChecked()
    assert bar.buttons["magnifier"].isChecked()
    assert not bar.window_names.isVisible()
    assert bar.channel.isVisible()
    one.press("Shift+C")
    assert bar._tone.isVisible()
    bar._tone.sliders["contrast"].setValue(50)
    assert one.page.panes.panes[0].picture.tone.contrast == pytest.approx(2.0)
    assert one.page.panes.panes[1].picture.tone.contrast == pytest.approx(2.0)
    bar._tone.close()


def test_the_memory_for_images_follows_its_setting(one):
    one.bridge.preferences.set("image_memory", 200)
    assert one.page.pictures._bound == 200 * viewing.MEGABYTE


def test_the_bar_stays_away_from_a_monitor_for_images_alone(one, monkeypatch):
    monkeypatch.setattr(one.page.elsewhere, "_other", QGuiApplication.primaryScreen)
    bar = one.page.panes._bar
    assert bar.isVisible()
    one.press("Shift+F11")
    one.wait(lambda: one.page.elsewhere.window is not None and one.page.elsewhere.window.isVisible())
    assert not bar.isVisible()
    one.page.elsewhere.bring_back()
    one.wait(bar.isVisible)
