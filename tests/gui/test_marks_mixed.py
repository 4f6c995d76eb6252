"""Marks on mixed images, and notes on marks."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from mmdesk.imaging.align import Rigid
from mmdesk.ui.marks.mark_note import MarkNote, ask_note
from tests.gui.marks_parts import SIZE, Hand, settle, stored
from tests.gui.reading_parts import Desk, make_project

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints")]


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, make_project(tmp_path, size=SIZE))
    made.open()
    yield made
    made.close()


def marked_pair(desk):
    """Draw a point on the left image and another, elsewhere, on the right one."""
    desk.keys.trigger("mark_point")
    Hand(desk, 0).click((50, 60))
    settle(desk, 1)
    Hand(desk, 1).click((150, 160))
    settle(desk, 2)
    while desk.page.marking.leave():
        pass


def places_of(desk):
    """Return where both points lie on the panes as they stand now."""
    panes = desk.page.panes.panes
    points = ((50, 60), (150, 160))
    return [pane.from_file(*at).toTuple() for pane, at in zip(panes, points, strict=True)]


def marks_at(desk, places):
    """Tell at which places of the mixed picture something of a mark's colour is to be seen."""
    compare = desk.page.panes.compare
    image = compare.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    seen = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)
    blue = (seen[:, :, 2] - seen[:, :, 0]) > 40
    return [bool(blue[int(y) - 12 : int(y) + 12, int(x) - 12 : int(x) + 12].any()) for x, y in places]


def test_marks_lie_where_they_belong_on_mixed_pictures(desk):
    marked_pair(desk)
    panes = desk.page.panes
    panes.set_mode("blink")
    panes.compare.flip_by_hand()
    places = places_of(desk)
    panes.compare.second_shown = False
    assert marks_at(desk, places) == [True, False]
    panes.compare.second_shown = True
    assert marks_at(desk, places) == [False, True]
    panes.set_mode("fade")
    assert marks_at(desk, places) == [True, True]
    panes.compare.amounts["fade"] = 0.0
    assert marks_at(desk, places) == [True, False]
    panes.set_mode("swipe")
    panes.compare.amounts["swipe"] = 1.0
    assert marks_at(desk, places) == [False, True]
    panes.compare.amounts["swipe"] = 0.0
    assert marks_at(desk, places) == [True, False]


@pytest.mark.parametrize("mode", ["difference", "checkerboard"])
def test_marks_that_a_mode_does_not_show_are_named(desk, mode, monkeypatch):
    panes = desk.page.panes
    panes.set_mode(mode)
    assert panes.compare._marks_left_out() == ""
    panes.set_mode("side by side")
    marked_pair(desk)
    panes.set_mode(mode)
    said = []
    monkeypatch.setattr(
        "mmdesk.ui.images.pane_paint.plate",
        lambda _p, _c, texts, **_more: said.append(" ".join(text for text, _ in texts)),
    )
    assert marks_at(desk, places_of(desk)) == [False, False]
    assert any("Marks are not shown in this mode" in words for words in said)
    desk.press("H")
    assert panes.compare._marks_left_out() == ""


def test_the_marks_of_an_aligned_picture_move_with_it(desk):
    marked_pair(desk)
    panes = desk.page.panes
    panes.set_mode("blink")
    panes.compare.flip_by_hand()
    panes.compare.second_shown = True
    second = panes.panes[1]
    place = second.from_file(150, 160).toTuple()
    _, _, width, height = second.view.rect()
    by = -0.2 * max(width, height) / second.devicePixelRatioF()
    assert marks_at(desk, [place, (place[0] + by, place[1])]) == [True, False]
    panes.compare.set_alignment(Rigid(0.0, -0.2, 0.0, 0.1, 0.9), panes.compare.standing())
    assert marks_at(desk, [place, (place[0] + by, place[1])]) == [False, True]


def test_a_note_is_written_on_a_mark_undone_and_exported(desk, tmp_path, monkeypatch):
    asked = []

    def answer(_parent, shape, note):
        asked.append((shape, note))
        return "soft border"

    monkeypatch.setattr("mmdesk.ui.marks.mark_note.ask_note", answer)
    desk.press("Shift+E")
    assert any("No mark is chosen" in words for words in desk.said)
    desk.keys.trigger("mark_point")
    Hand(desk).click((50, 60))
    settle(desk, 1)
    desk.press("Shift+E")
    desk.wait(lambda: stored(desk)[0].note == "soft border")
    desk.wait(lambda: desk.page.view.marks[0].note == "soft border")
    assert asked == [("point", "")]
    out = tmp_path / "marks.json"
    monkeypatch.setattr("mmdesk.ui.marks.marking.QFileDialog.getSaveFileName", lambda *_all: (str(out), ""))
    desk.keys.trigger("export_marks")
    desk.wait(out.exists)
    assert json.loads(out.read_text())["annotations"][0]["attributes"]["note"] == "soft border"
    desk.press("Ctrl+Z")
    desk.wait(lambda: stored(desk)[0].note == "")


@pytest.mark.parametrize(("accepts", "said"), [(True, "two words"), (False, None)])
def test_the_dialog_gives_one_line_or_nothing(qtbot, monkeypatch, accepts, said):
    def run(dialog):
        assert dialog.line.text() == "before"
        dialog.line.setText("  two   words ")
        return accepts

    monkeypatch.setattr(MarkNote, "exec", run)
    parent = QWidget()
    qtbot.addWidget(parent)
    assert ask_note(parent, "box", "before") == said
