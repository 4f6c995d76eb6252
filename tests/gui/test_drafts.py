"""Answers that are not stored: kept with each key, back after everything, marked, taken back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from mmdesk.core.errors import DiskFull
from mmdesk.services.cases.drafts import drafts_of
from mmdesk.services.cases.reading import open_case, refer
from mmdesk.services.project import open_project
from mmdesk.ui.worklist.worklist_feed import WorklistFeed
from tests.gui.reading_parts import SEVERAL, Desk, make_project

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def desk(qtbot, tmp_path):
    project = make_project(tmp_path, SEVERAL)
    made = Desk(qtbot, project)
    made.bridge.set_reader("Ann")
    made.open()
    yield made
    made.close()


def kept(desk, place=0, reader="Ann"):
    return drafts_of(desk.bridge.session.project, reader).get(desk.ids[place], {})


def mark(desk):
    return desk.page.dock.targets.draft_words.text()


def targets(desk):
    return desk.page.dock.targets


def test_each_answer_is_on_disk_and_marked(desk):
    assert mark(desk) == ""
    desk.press("1")
    desk.wait(lambda: mark(desk) == "Draft, not stored")
    assert kept(desk) == {"refer": True}
    desk.press("2")
    desk.wait(lambda: kept(desk) == {"refer": True, "grade": 2})
    assert desk.stored() == {}


def test_a_typed_number_is_kept(desk):
    desk.press("1", "2", "4")
    line = QApplication.focusWidget()
    desk.qtbot.keyClicks(line, "2")
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    desk.wait(lambda: kept(desk) == {"refer": True, "grade": 2, "thick": 42.0})


def test_a_number_is_kept_with_each_key(desk):
    desk.press("1", "2", "4")
    line = QApplication.focusWidget()
    desk.qtbot.keyClicks(line, "2")
    desk.wait(lambda: kept(desk).get("thick") == 42.0)
    desk.qtbot.keyClicks(line, "7")  # 427 is out of range
    desk.wait(lambda: kept(desk).get("thick") is None)
    desk.qtbot.keyClick(line, Qt.Key.Key_Backspace)
    desk.wait(lambda: kept(desk).get("thick") == 42.0)
    desk.qtbot.keyClick(line, Qt.Key.Key_Escape)
    desk.wait(lambda: kept(desk).get("thick") is None)
    assert (line.text(), targets(desk).draft.value("thick")) == ("", None)


def test_a_typed_number_is_one_step_of_undo(desk):
    desk.press("1", "T", "4")
    line = QApplication.focusWidget()
    desk.qtbot.keyClicks(line, "2")
    desk.qtbot.keyClicks(line, ".5")
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    desk.wait(lambda: kept(desk).get("thick") == 42.5)
    desk.press("Ctrl+Z")
    desk.wait(lambda: kept(desk) == {"refer": True})


def test_what_stands_in_a_field_is_kept_when_the_window_closes(desk, qtbot):
    desk.press("1", "2", "4")
    desk.qtbot.keyClicks(QApplication.focusWidget(), "2")
    folder = desk.bridge.session.project.folder
    desk.page.finish()
    desk.close()
    project = open_project(folder)
    assert drafts_of(project, "Ann") == {1: {"refer": True, "grade": 2, "thick": 42.0}}
    project.close()


def test_storing_takes_the_draft_away(desk):
    desk.press("1", "2", "M")
    desk.wait(lambda: len(kept(desk)) == 3)
    desk.press("Enter")
    desk.wait(lambda: len(desk.stored()) == 3)
    desk.wait(lambda: mark(desk) == "")
    assert kept(desk) == {}


def test_a_draft_is_back_in_another_window(desk, qtbot):
    desk.press("1")
    desk.press("2")
    folder = desk.bridge.session.project.folder
    desk.close()
    again = Desk(qtbot, open_project(folder))
    again.bridge.set_reader("Ann")
    again.open()
    assert again.page.dock.targets.draft.answers == {"refer": True, "grade": 2}
    assert mark(again) == "Draft, not stored"
    assert again.page.dock.targets.draft.target.name == "thick"
    again.close()


def test_each_reader_has_drafts_of_their_own(desk):
    desk.press("1")
    desk.wait(lambda: kept(desk) == {"refer": True})
    desk.bridge.set_reader("Eve")
    desk.wait(lambda: desk.page.view is not None and targets(desk).draft.answers == {})
    assert mark(desk) == ""
    desk.wait_painted(0)
    desk.press("0")
    desk.wait(lambda: kept(desk, reader="Eve") == {"refer": False})
    desk.bridge.set_reader("Ann")
    desk.wait(lambda: targets(desk).draft.answers == {"refer": True})


def test_undo_takes_draft_answers_back_first(desk):
    desk.press("1", "2", "M", "Enter")
    desk.wait(lambda: len(desk.stored()) == 3)
    desk.open(1)
    desk.press("0", "1")
    desk.wait(lambda: kept(desk, 1) == {"refer": False, "grade": 1})
    desk.press("Ctrl+Z")
    desk.wait(lambda: targets(desk).draft.answers == {"refer": False})
    assert targets(desk).draft.target.name == "grade"
    desk.press("Ctrl+Z")
    desk.wait(lambda: targets(desk).draft.answers == {})
    assert (mark(desk), kept(desk, 1)) == ("", {})
    assert len(desk.stored()) == 3
    desk.press("Ctrl+Z")
    desk.wait(lambda: desk.stored() == {} and desk.page.case_id == desk.ids[0])
    desk.press("Ctrl+Shift+Z", "Ctrl+Shift+Z")
    desk.wait(lambda: kept(desk, 1) == {"refer": False})
    desk.wait(lambda: desk.page.case_id == desk.ids[1])
    assert targets(desk).draft.answers == {"refer": False}


def test_undo_opens_the_case_of_the_draft(desk):
    desk.press("1")
    desk.wait(lambda: kept(desk) == {"refer": True})
    desk.open(2)
    desk.press("Ctrl+Z")
    desk.wait_painted(0)
    assert targets(desk).draft.answers == {}
    assert any("a draft in case c1" in words for words in desk.said)


def test_a_key_pressed_while_undo_is_on_its_way_wins(desk):
    desk.press("1")
    desk.wait(lambda: kept(desk) == {"refer": True})
    desk.press("Ctrl+Z", "Shift+T", "0")
    desk.wait(lambda: kept(desk) == {"refer": False})
    desk.wait(lambda: not targets(desk).draft.waiting)
    assert targets(desk).draft.value("refer") is False


def test_undo_with_nothing_to_undo_leaves_nothing_behind(desk):
    desk.press("Ctrl+Z")
    desk.wait(lambda: "There is nothing to undo." in desk.said)
    desk.bridge.change("Referring", lambda now: refer(now.project, desk.ids[3], now.reader))
    desk.wait(lambda: open_case(desk.bridge.session.project, desk.ids[3], "Ann").referred != "")
    desk.wait(lambda: any("referred" in words for words in desk.said))
    assert desk.page.wanted == desk.ids[0]


def test_the_worklist_marks_the_case(desk):
    feed = WorklistFeed(desk.bridge)
    feed.model.set_schema(SEVERAL)
    feed.again()
    desk.wait(lambda: feed.model._rows.get(desk.ids[0]) is not None)
    index = feed.model.index(0, 1)
    assert feed.model.data(index, Qt.ItemDataRole.DecorationRole) is None
    desk.press("1")
    desk.wait(lambda: feed.model.data(index, Qt.ItemDataRole.DecorationRole) is not None)
    assert feed.model.data(index, Qt.ItemDataRole.AccessibleTextRole) == "c1, draft, not stored"
    why = feed.model.index(0, feed.model.columnCount() - 1)
    assert feed.model.data(why) == "draft, not stored"
    desk.press("Ctrl+Z")
    desk.wait(lambda: feed.model.data(index, Qt.ItemDataRole.DecorationRole) is None)


def test_a_full_disk_is_said_and_the_answer_stays_on_the_screen(desk, monkeypatch):
    def full(*_args, **_more):
        raise DiskFull("The disk is full.", "x", "Free some space, then store again.")

    monkeypatch.setattr("mmdesk.services.cases.drafts.keep_draft", full)
    desk.press("1")
    desk.wait(lambda: mark(desk) == "Draft, not kept")
    assert "The disk is full. The draft is not kept. Free some space, then store again." in desk.said
    monkeypatch.undo()
    desk.press("2")
    desk.wait(lambda: mark(desk) == "Draft, not stored")
    assert kept(desk) == {"refer": True, "grade": 2}


def test_a_project_to_look_at_keeps_no_answer_and_says_so(desk, qtbot):
    desk.press("1")
    desk.wait(lambda: kept(desk) == {"refer": True})
    folder = desk.bridge.session.project.folder
    desk.close()
    look = Desk(qtbot, open_project(folder, look=True))
    look.bridge.set_reader("Ann")
    look.open()
    assert targets(look).draft.answers == {"refer": True}
    look.press("0")
    look.wait(lambda: any("nothing can change" in words for words in look.said))
    assert mark(look) == "Draft, not stored. Answers are not kept here"
    assert targets(look).draft.answers == {"refer": True}
    look.close()
