"""Marks on the panes: drawn, chosen, moved, hidden, removed, undone; never lost, never shown too early."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from mmdesk.core.cases.marks import SHAPES, Mark
from mmdesk.services.cases.image_files import take_new
from mmdesk.services.cases.reading import WorklistQuery, case_ids, open_case
from mmdesk.services.marks.edit import add_mark
from mmdesk.services.project import open_project
from mmdesk.ui.kit.actions import BY_NAME
from mmdesk.ui.marks.mark_paint import CHOSEN, OTHER, OWN
from mmdesk.ui.marks.mark_tools import TOOLS
from mmdesk.ui.marks.marking import choices
from mmdesk.ui.marks.marks_layer import ground_of
from tests.gui.marks_parts import SIZE, Hand, near, settle, stored
from tests.gui.reading_parts import SCHEMA, SEVERAL, Desk, make_project

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints")]


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, make_project(tmp_path, size=SIZE))
    made.open()
    yield made
    made.close()


def colours(pane):
    """Return how many pixels within the pane's gutter nearly have each colour of a mark."""
    image = pane.grab(pane.inner()).toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    seen = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)
    wanted = {"own": OWN, "other": OTHER, "chosen": CHOSEN}
    return {name: int((np.abs(seen - colour.toTuple()[:3]).max(axis=2) < 30).sum()) for name, colour in wanted.items()}


DRAWN = {
    "point": lambda hand: hand.click((50, 60)),
    "ruler": lambda hand: hand.drag((50, 60), (100, 100), (150, 160)),
    "angle": lambda hand: hand.click((50, 60), (150, 60), (150, 160)),
    "line": lambda hand: (hand.click((50, 60), (150, 60)), hand.click_twice((150, 160))),
    "box": lambda hand: hand.drag((50, 60), (100, 100), (150, 160)),
    "ellipse": lambda hand: hand.drag((50, 60), (100, 100), (150, 160)),
    "polygon": lambda hand: hand.click((50, 60), (150, 60), (150, 160), (50, 60)),
    "freehand": lambda hand: hand.drag((50, 60), (150, 60), (150, 160), (52, 66)),
}
ENDS = {
    "point": [(50, 60)],
    "angle": [(50, 60), (150, 60), (150, 160)],
    "line": [(50, 60), (150, 60), (150, 160)],
    "polygon": [(50, 60), (150, 60), (150, 160)],
    "freehand": [(50, 60), (150, 60), (150, 160), (52, 66)],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_tool_draws_its_mark_where_the_mouse_was(desk, shape):
    desk.keys.trigger(f"mark_{shape}")
    hand = Hand(desk, 1)
    DRAWN[shape](hand)
    settle(desk, 1)
    (mark,) = stored(desk)
    assert (mark.shape, mark.field, mark.reader) == (shape, "right", "Reader 1")
    assert list(mark.points) == near(ENDS.get(shape, [(50, 60), (150, 160)]))
    assert desk.page.marking.layer.chosen == mark.id
    assert colours(hand.pane)["chosen"] > 5
    desk.press("Ctrl+Z")
    settle(desk, 0)
    assert any(words.startswith("Undone:") and "Right eye" in words for words in desk.said)


def test_a_key_walks_through_all_tools_and_lays_them_down(desk):
    seen = []
    for _ in range(len(TOOLS) + 1):
        desk.press("D")
        seen.append(desk.page.marking.tools.tool)
    assert seen == [*TOOLS, ""]


def test_two_clicks_draw_what_one_drag_draws(desk):
    desk.keys.trigger("mark_box")
    Hand(desk).click((50, 60), (150, 160))
    settle(desk, 1)
    assert list(stored(desk)[0].points) == near([(50, 60), (150, 160)])


def test_a_slip_of_the_hand_is_no_mark(desk):
    desk.keys.trigger("mark_box")
    hand = Hand(desk)
    hand.click((50, 60), (50, 60))
    desk.keys.trigger("mark_freehand")
    hand.click((50, 60))
    assert not desk.page.marking.tools.drawing
    assert stored(desk) == []


def test_enter_ends_a_polygon_and_stores_no_label(desk):
    desk.keys.trigger("mark_polygon")
    desk.press("1")
    Hand(desk).click((50, 60), (150, 60), (150, 160))
    desk.press("Enter")
    settle(desk, 1)
    assert desk.stored() == {}
    desk.press("Enter")
    desk.wait(lambda: desk.stored() == {"findings": ("Normal",)})


def test_the_last_point_is_taken_back_and_escape_leaves_it_all_out(desk):
    desk.keys.trigger("mark_polygon")
    hand = Hand(desk)
    hand.click((50, 60), (150, 60), (150, 160), (10, 10))
    desk.press("Ctrl+Z")
    desk.press("Del")
    hand.click((60, 160))
    desk.press("Enter")
    settle(desk, 1)
    assert list(stored(desk)[0].points) == near([(50, 60), (150, 60), (60, 160)])
    hand.click((250, 260), (300, 300))
    marking = desk.page.marking
    assert (marking.leave(), marking.tools.drawing, marking.tools.tool) == (True, False, "polygon")
    assert (marking.leave(), marking.tools.tool) == (True, "")
    assert not marking.leave()
    assert len(stored(desk)) == 1


def test_a_mark_is_moved_and_its_corners_too(desk):
    desk.keys.trigger("mark_box")
    hand = Hand(desk)
    hand.drag((50, 60), (150, 160))
    settle(desk, 1)
    desk.page.marking.tools.set_tool("")
    hand.drag((100, 60), (110, 80), (120, 90))
    desk.wait(lambda: list(stored(desk)[0].points) == near([(70, 90), (170, 190)]))
    settle(desk, 1)
    hand.drag((70, 90), (40, 50), (30, 40))
    desk.wait(lambda: list(stored(desk)[0].points) == near([(170, 190), (30, 40)]))
    settle(desk, 1)
    desk.press("Ctrl+Z", "Ctrl+Z")
    desk.wait(lambda: list(stored(desk)[0].points) == near([(50, 60), (150, 160)]))


def test_without_a_tool_the_image_is_moved_beside_marks(desk):
    hand = Hand(desk)
    desk.page.panes.zoom(4.0)
    before = hand.pane.view.x
    hand.drag((200, 200), (210, 200), (230, 200))
    assert hand.pane.view.x != before
    assert stored(desk) == []


def test_points_are_put_into_a_line_and_taken_out(desk):
    desk.keys.trigger("mark_line")
    hand = Hand(desk)
    hand.click((50, 60), (150, 60))
    desk.press("Enter")
    settle(desk, 1)
    desk.page.marking.tools.set_tool("")
    hand.click_twice((100, 60))
    desk.wait(lambda: len(stored(desk)[0].points) == 3)
    settle(desk, 1)
    hand.drag((100, 60), (100, 100))
    desk.wait(lambda: list(stored(desk)[0].points) == near([(50, 60), (100, 100), (150, 60)]))
    settle(desk, 1)
    desk.press("Del")
    desk.wait(lambda: len(stored(desk)[0].points) == 2)
    settle(desk, 1)
    desk.press("Del")
    settle(desk, 0)


def test_keys_choose_move_and_aim_a_mark_and_each_rest_is_one_change(desk):
    desk.keys.trigger("mark_point")
    Hand(desk).click((50, 60))
    settle(desk, 1)
    desk.press("D", "Esc")
    desk.page.marking.leave()
    desk.page.marking.leave()
    desk.press("Shift+N", "Right", "Right", "Down", "Shift+D", "Shift+D")
    desk.wait(lambda: stored(desk)[0].target != "")
    (mark,) = stored(desk)
    assert list(mark.points) == near([(52, 61)])
    assert (mark.target, mark.option) == ("findings", "Cataract")
    assert len(desk.bridge.session.project.store.journal(99, desk.ids[0])) == 2
    desk.press("Ctrl+Z")
    desk.wait(lambda: list(stored(desk)[0].points) == near([(50, 60)]))


def test_new_marks_are_of_the_target_that_was_chosen_before(desk):
    desk.press("Shift+D")
    assert "New marks are for Normal." in desk.said
    desk.keys.trigger("mark_point")
    Hand(desk).click((50, 60))
    settle(desk, 1)
    assert (stored(desk)[0].target, stored(desk)[0].option) == ("findings", "Normal")


def test_a_mark_may_speak_of_every_target():
    assert choices(SCHEMA) == (
        ("", ""),
        ("findings", "Normal"),
        ("findings", "Cataract"),
        ("findings", "Myopia"),
    )
    assert choices(SEVERAL)[1:3] == (("refer", ""), ("grade", "none"))


def test_a_tap_hides_marks_and_a_hold_peeks(desk):
    desk.keys.trigger("mark_box")
    hand = Hand(desk)
    hand.drag((50, 60), (150, 160))
    settle(desk, 1)
    desk.page.marking.leave()
    desk.page.marking.leave()
    marking = desk.page.marking
    assert colours(hand.pane)["own"] > 50
    marking.hide(True)
    assert colours(hand.pane)["own"] == 0
    marking._pressed_at -= 1
    marking.hide(False)
    assert colours(hand.pane)["own"] > 50
    desk.press("H")
    assert colours(hand.pane)["own"] == 0
    hand.click((50, 110))
    assert marking.layer.chosen == ""
    marking.hide(True)
    assert colours(hand.pane)["own"] > 50
    marking._pressed_at -= 1
    marking.hide(False)
    desk.press("D")
    assert marking.layer.visible


def test_another_readers_mark_appears_with_the_own_label_and_cannot_be_changed(qtbot, tmp_path):
    project = make_project(tmp_path, size=SIZE)
    box = Mark(1, "left", "box", ((50.0, 60.0), (150.0, 160.0)))
    add_mark(project, box, "Reader 2")
    desk = Desk(qtbot, project)
    desk.open()
    hand = Hand(desk)
    assert desk.page.marking.layer.marks == ()
    assert colours(hand.pane)["other"] == 0
    desk.press("1", "Enter")
    desk.wait(lambda: len(desk.page.marking.layer.marks) == 1)
    assert colours(hand.pane)["other"] > 50
    hand.drag((50, 110), (80, 140))
    assert stored(desk)[0].points == box.points
    desk.press("Del")
    assert any("another reader's" in words for words in desk.said)
    assert len(stored(desk)) == 1
    desk.close()


def test_marks_belong_to_their_case_and_a_drawing_ends_with_it(desk):
    desk.keys.trigger("mark_polygon")
    hand = Hand(desk)
    hand.click((50, 60), (150, 60), (150, 160), (50, 60))
    settle(desk, 1)
    hand.click((200, 200), (210, 250))
    desk.press("J")
    desk.wait_painted(1)
    assert not desk.page.marking.tools.drawing
    assert desk.page.marking.layer.marks == ()
    assert "The mark that was not finished is left out." in desk.said
    desk.press("Ctrl+Z")
    desk.wait_painted(0)
    desk.wait(lambda: stored(desk) == [])
    desk.press("Ctrl+Y")
    settle(desk, 1)


def test_a_moved_mark_is_stored_before_the_case_is_left(desk):
    desk.keys.trigger("mark_point")
    Hand(desk).click((50, 60))
    settle(desk, 1)
    desk.press("Right", "J")
    desk.wait(lambda: list(stored(desk)[0].points) == near([(51, 60)]))


def test_marks_come_back_when_the_project_is_opened_again(desk, qtbot):
    desk.keys.trigger("mark_ellipse")
    Hand(desk).drag((50, 60), (150, 160))
    settle(desk, 1)
    folder = desk.bridge.session.project.folder
    desk.close()
    again = open_project(folder, look=True)
    other = Desk(qtbot, again)
    other.open()
    hand = Hand(other)
    assert colours(hand.pane)["own"] > 50
    other.keys.trigger("mark_box")
    assert other.page.marking.tools.tool == ""
    assert again.look_only in other.said
    hand.drag((100, 60), (110, 90))
    assert len(open_case(again, 1, "Reader 1").marks) == 1
    other.close()


def test_what_cannot_be_stored_is_not_shown_as_if_it_were(desk, monkeypatch):
    def refuse(*_args):
        from mmdesk.core.errors import DiskFull

        raise DiskFull("The disk is full.", "This mark is not stored.", "Free some space.")

    monkeypatch.setattr("mmdesk.services.marks.edit.add_mark", refuse)
    desk.keys.trigger("mark_point")
    Hand(desk).click((50, 60))
    desk.wait(lambda: any("The disk is full." in words for words in desk.said))
    assert desk.page.marking.layer.marks == ()


def test_marks_follow_a_turned_and_zoomed_picture(desk):
    desk.keys.trigger("mark_point")
    hand = Hand(desk)
    hand.click((50, 60))
    settle(desk, 1)
    desk.page.marking.tools.set_tool("")
    desk.press("Esc")
    desk.page.marking.layer.choose("")
    desk.page.panes.zoom(1.5)
    for name in ("rotate", "mirror"):
        if desk.keys.why_not(name) is not None:
            desk.keys.trigger(name)
    hand.click((50, 60))
    assert desk.page.marking.layer.chosen == stored(desk)[0].id


def test_the_figures_say_when_the_size_of_a_pixel_is_not_known(desk):
    desk.keys.trigger("mark_ruler")
    hand = Hand(desk)
    hand.drag((50, 60), (150, 60))
    settle(desk, 1)
    mark = stored(desk)[0]
    words = desk.page.marking.tools._words(mark, ground_of(hand.pane), chosen=True)
    assert words == "100 px, pixel size not known"


def test_every_action_on_marks_is_bound(desk):
    names = [name for name in BY_NAME if "mark" in name and name not in ("mark_missing",)]
    assert len(names) >= 13
    assert all(desk.keys.why_not(name) is not None for name in names)


def test_clicks_beside_the_picture_draw_nothing(desk):
    desk.keys.trigger("mark_point")
    hand = Hand(desk)
    corner = QPoint(5, hand.pane.height() // 2)
    ground = ground_of(hand.pane)
    at = ground.on_picture(QPointF(corner))
    if at[0] < -20 or at[1] < -20:
        hand.click(at)
        assert stored(desk) == []
    hand.click((-3, 200))
    settle(desk, 1)
    assert stored(desk)[0].points[0][0] == 0.0


def test_marks_are_exported_to_where_the_reader_says(desk, tmp_path, monkeypatch):
    desk.keys.trigger("mark_box")
    Hand(desk).drag((50, 60), (150, 160))
    settle(desk, 1)
    out = tmp_path / "marks.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(out), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path / "sr"))
    desk.keys.trigger("export_marks")
    desk.wait(lambda: "Exported: 1 mark on 1 image. For research use only." in desk.said)
    assert len(json.loads(out.read_text())["annotations"]) == 1
    desk.keys.trigger("export_marks_sr")
    desk.wait(lambda: any("it is no DICOM file" in words for words in desk.said))


def test_nothing_is_drawn_on_mixed_pictures(desk):
    hand = Hand(desk)
    desk.page.panes.set_mode("fade")
    desk.keys.trigger("mark_point")
    assert desk.page.marking.tools.tool == ""
    assert any("side by side" in words for words in desk.said)
    desk.page.panes.set_mode("side by side")
    desk.keys.trigger("mark_point")
    hand.click((50, 60))
    settle(desk, 1)


def test_a_screen_reader_is_told_of_marks_in_sight(desk):
    desk.keys.trigger("mark_ruler")
    hand = Hand(desk)
    hand.drag((50, 60), (150, 160))
    settle(desk, 1)
    assert hand.pane.accessibleDescription() == "Marks: ruler"
    assert desk.page.panes.panes[1].accessibleDescription() == ""
    desk.press("H")
    assert hand.pane.accessibleDescription() == ""


def test_a_mark_lies_on_the_frame_it_was_drawn_on(qtbot, tmp_path):
    project = make_project(tmp_path, size=SIZE)
    pages = [Image.new("RGB", (SIZE, SIZE), (shade, shade, shade)) for shade in (20, 60, 90)]
    path = project.folder / "images" / "1l.png"
    pages[0].save(path, "TIFF", save_all=True, append_images=pages[1:])
    take_new(project, case_ids(project, WorklistQuery(), "Ann")[0], "left", "Ann")
    desk = Desk(qtbot, project)
    desk.open()
    hand = Hand(desk)
    desk.keys.trigger("frame_on")
    desk.wait(lambda: (ground := ground_of(hand.pane)) is not None and ground.frame == 1)
    desk.keys.trigger("mark_box")
    hand.drag((50, 60), (150, 160))
    settle(desk, 1)
    assert stored(desk)[0].frame == 1
    assert colours(hand.pane)["chosen"] > 50
    desk.page.marking.tools.set_tool("")
    desk.keys.trigger("frame_on")
    desk.wait(lambda: (ground := ground_of(hand.pane)) is not None and ground.frame == 2)
    assert colours(hand.pane)["chosen"] < 50
    desk.close()
