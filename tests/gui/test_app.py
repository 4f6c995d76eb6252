"""The window as a whole: opening, resuming, pages, notices, memory, what is imported when."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QTextFormat

from mmdesk.core.errors import Situation
from mmdesk.services.cases.reading import WorklistQuery, case_ids, store_labels
from mmdesk.services.project import open_project
from mmdesk.support.clock import local_moment
from mmdesk.support.resources import resource
from mmdesk.ui.kit.actions import ACTIONS
from mmdesk.ui.kit.keys import send_keys
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.kit.pages import PAGES
from mmdesk.ui.kit.preferences import Preferences
from mmdesk.ui.shell import startup
from tests.gui.window_parts import desk, make_project, project

__all__ = ["desk", "project"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LARGER = QTextFormat.Property.FontSizeAdjustment


def test_opening_a_project_leads_to_its_first_unread_case(desk, project):
    desk.open(project)
    assert desk.window.pages.name == "reading"
    assert desk.keys.painted_case == desk.window.feed.ids[0]
    assert desk.window.top_bar.left.text() == "12 left"
    assert desk.window.top_bar.mode.text() == "OWN READ FIRST"
    assert desk.preferences.recent[0]["name"] == "Small eyes"


def test_reading_resumes_at_the_case_that_was_on_the_screen(desk, project):
    desk.open(project)
    third = desk.window.feed.ids[2]
    desk.window.open_case(third)
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case == third)
    desk.bridge.close_project()
    desk.qtbot.waitUntil(lambda: desk.window.pages.name == "start")
    desk.keys.case_opening()
    desk.open(project)
    assert desk.keys.painted_case == third


def test_cases_read_elsewhere_are_passed_over(desk, project):
    opened = open_project(project)
    first = case_ids(opened, WorklistQuery(), "Reader 1")[0]
    store_labels(opened, first, {"sick": True}, "Reader 1")
    opened.close()
    desk.open(project)
    assert desk.keys.painted_case == desk.window.feed.ids[1]
    assert desk.window.top_bar.left.text() == "11 left"


def test_label_by_keyboard_is_stored_and_undone(desk, project):
    desk.open(project)
    case = desk.keys.painted_case
    with desk.qtbot.waitSignal(desk.bridge.changed, check_params_cb=lambda change: bool(change.saved_at)):
        send_keys(desk.window, "1", "Enter")
    store = desk.bridge.session.project.store
    assert store.labels([case])[case]["sick"][0].value is True
    assert desk.window.status.saved.text().startswith("Saved ")
    desk.qtbot.waitUntil(lambda: desk.window.top_bar.left.text() == "11 left")
    with desk.qtbot.waitSignal(desk.bridge.changed, check_params_cb=lambda change: bool(change.saved_at)):
        send_keys(desk.window, "Ctrl+Z")
    assert not any(labels for labels in store.labels([case]).get(case, {}).values())


def test_undo_goes_to_the_case_where_the_change_was(desk, project):
    desk.open(project)
    first, second = desk.window.feed.ids[:2]
    with desk.qtbot.waitSignal(desk.bridge.changed, check_params_cb=lambda change: bool(change.saved_at)):
        send_keys(desk.window, "1", "Enter")
    desk.window.open_case(second)
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case == second)
    send_keys(desk.window, "Ctrl+Z")
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case == first)
    assert any(words.startswith("Undone") for words in desk.words)


def test_a_folder_that_is_no_project_is_said_in_words(desk, tmp_path):
    desk.preferences.add_recent(str(tmp_path), name="Chest pilot")
    desk.window.pages.start.refresh()
    with desk.qtbot.waitSignal(desk.notices.noticed):
        desk.actions.projects.open_folder(str(tmp_path))
    notice = desk.notices.kept[-1]
    assert notice.kind == "problem"
    assert desk.window.pages.name == "start"


def test_second_window_only_looks(desk, project):
    holder = open_project(project)
    try:
        desk.actions.projects.open_folder(str(project))
        desk.qtbot.waitUntil(lambda: desk.bridge.session is not None)
        assert desk.bridge.session.look_only
        assert desk.bridge.session.look_only in desk.words
        assert desk.keys.why_not("undo") == desk.bridge.session.look_only
        desk.qtbot.waitUntil(lambda: desk.keys.painted_case is not None)
    finally:
        desk.bridge.close_project()
        desk.qtbot.waitUntil(lambda: not desk.bridge.runner.jobs)
        holder.close()


def test_changing_the_reader_is_in_sight_and_changes_what_is_left(desk, project):
    desk.open(project)
    with desk.qtbot.waitSignal(desk.bridge.changed, check_params_cb=lambda change: bool(change.saved_at)):
        send_keys(desk.window, "1", "Enter")
    with desk.qtbot.waitSignal(desk.window.feed.counted, check_params_cb=lambda counts: counts.unread == 12):
        desk.bridge.set_reader("Reader 2")
    assert desk.window.top_bar.reader.text() == "Reader 2"


def test_pages_need_a_project_and_back_leads_back(desk, project):
    send_keys(desk.window, "Ctrl+3")
    assert desk.window.pages.name == "start"
    assert "No project is open" in desk.words[-1]
    desk.open(project)
    send_keys(desk.window, "Ctrl+3")
    assert desk.window.pages.name == "worklist"
    send_keys(desk.window, "Ctrl+5", "Alt+Left")
    assert desk.window.pages.name == "worklist"
    send_keys(desk.window, "Alt+Right")
    assert desk.window.pages.name == "settings"


def test_small_window_hides_menu_and_strip_a_wide_one_shows_them(desk, project):
    desk.open(project)
    window = desk.window
    assert not window.menuBar().isVisible()
    assert not window.strip.isVisible()
    send_keys(window, "F9")
    assert window.strip.isVisible()
    assert window.strip.parent() is window.centralWidget()
    width = window.pages.width()
    send_keys(window, "Esc")
    assert not window.strip.isVisible()
    assert window.pages.width() == width
    window.resize(1920, 1000)
    assert window.menuBar().isVisible()
    assert window.strip.isVisible()
    desk.qtbot.waitUntil(lambda: window.pages.geometry().left() > window.strip.geometry().right())


def test_strip_opens_the_case_that_is_pressed(desk, project):
    desk.open(project)
    desk.window.strip.chosen.emit(4)
    fifth = desk.window.feed.ids[4]
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case == fifth)
    assert desk.window.strip.place.text() == "5 of 12"


def test_enter_in_the_strip_opens_its_case_stores_nothing_and_uncovers_the_images(desk, project):
    desk.open(project)
    send_keys(desk.window, "1", "F9", "Down", "Down", "Enter")
    third = desk.window.feed.ids[2]
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case == third)
    assert not desk.window.strip.isVisible()
    assert desk.bridge.session.project.store.labels() == {}
    assert desk.window.focusWidget() is desk.window.pages.reading.dock.targets


def test_a_search_that_is_not_understood_keeps_the_caret(desk, project):
    desk.open(project)
    send_keys(desk.window, "Ctrl+F", "x", ":", "1", "Enter")
    page = desk.window.pages.worklist
    desk.qtbot.waitUntil(page.problem.isVisible)
    assert desk.window.focusWidget() is page.line
    page.line.setText("age:22")
    send_keys(desk.window, "Enter")
    desk.qtbot.waitUntil(lambda: len(desk.window.feed.ids) == 1)
    assert desk.window.focusWidget() is page.table


def test_esc_empties_a_search_line_then_leaves(desk, project):
    desk.open(project)
    send_keys(desk.window, "Ctrl+,")
    page = desk.window.pages.page("settings")
    page.line.setText("zzz")
    desk.qtbot.keyClick(page.line, Qt.Key.Key_Escape)
    assert page.line.text() == ""
    desk.qtbot.keyClick(page.line, Qt.Key.Key_Escape)
    assert desk.window.pages.name == "reading"
    send_keys(desk.window, "Ctrl+F")
    page = desk.window.pages.worklist
    page.line.setText("age:22")
    page._search()
    desk.qtbot.waitUntil(lambda: len(desk.window.feed.ids) == 1)
    desk.qtbot.keyClick(page.line, Qt.Key.Key_Escape)
    desk.qtbot.waitUntil(lambda: len(desk.window.feed.ids) == 12)
    assert desk.window.focusWidget() is page.table


def test_coming_back_to_the_reading_page_gives_the_keyboard_to_the_targets(desk, project):
    desk.open(project)
    send_keys(desk.window, "Ctrl+4", "Ctrl+2")
    assert desk.window.focusWidget() is desk.window.pages.reading.dock.targets


def test_palette_finds_by_synonym_runs_and_says_why_not(desk):
    from mmdesk.ui.bars.palette import Palette

    palette = Palette(desk.keys, desk.preferences, desk.window)
    desk.qtbot.addWidget(palette)
    palette.search("revert")
    item = palette.list.item(0)
    assert item.text().startswith("Undo")
    assert "No project is open" in item.text()
    assert not item.flags() & Qt.ItemFlag.ItemIsEnabled
    palette.search("preferences")
    palette.run_current()
    assert desk.window.pages.name == "settings"
    assert desk.preferences.recall("recent_actions") == ["settings"]


def test_help_opens_on_the_page_and_shows_the_readers_own_keys(desk, project):
    desk.open(project)
    desk.preferences.set_keys("take_one", ["Y"])
    send_keys(desk.window, "F1")
    panel = desk.window._help
    assert panel.isVisible()
    assert "Y takes the model's answer" in panel.page.toPlainText()
    panel.search("zebra")
    assert panel.page.toPlainText() == "No help on that. Try one word."
    send_keys(desk.window, "F1")
    assert not panel.isVisible()


def test_all_help_pages_name_only_actions_that_exist(desk):
    from mmdesk.ui.help.page import topic_text, topics

    for name in topics():
        text = topic_text(name, desk.keys)
        assert "{key:" not in text
        assert "no key" not in text, name


def test_pictures_of_the_help_are_there_in_both_themes_and_fit_the_page(desk):
    from mmdesk.ui.help.page import topic_text, topics
    from mmdesk.ui.kit import theme

    for choice in theme.THEMES:
        desk.preferences.set("theme", choice)
        named = [re.findall(r"!\[.+\]\((.+)\)", topic_text(name, desk.keys)) for name in topics()]
        pictures = [path for paths in named for path in paths]
        assert pictures
        for path in pictures:
            assert choice in path
            assert resource("help", path).stat().st_size < 50_000, path
    send_keys(desk.window, "F1")
    page = desk.window._help.page
    assert all(QImage(str(resource("help", path))).width() <= page.viewport().width() for path in pictures)


def test_a_topic_looks_alike_whatever_was_read_before(desk):
    send_keys(desk.window, "F1")
    panel = desk.window._help
    first = looks(panel.page)
    panel.search("roll back")
    assert looks(panel.page) != first
    panel.search("")
    assert looks(panel.page) == first


def looks(page):
    """Return each paragraph's words and how much larger than usual they begin."""
    found = []
    block = page.document().begin()
    while block.isValid():
        begin = block.begin()
        size = None if begin.atEnd() else begin.fragment().charFormat().property(LARGER)
        found.append((block.text(), size))
        block = block.next()
    return found


def test_a_reopened_project_says_when_its_last_change_was_saved(desk, project):
    opened = open_project(project)
    store_labels(opened, case_ids(opened, WorklistQuery(), "Ann")[0], {"sick": True}, "Ann")
    at = opened.store.last_stored
    opened.close()
    desk.open(project)
    assert desk.bridge.saved_at == at
    assert desk.window.status.saved.text() == f"Saved {local_moment(at)}"
    send_keys(desk.window, "Ctrl+S")
    assert desk.words[-1] == f"Already saved, {local_moment(at)}."


def test_undo_says_which_key_does_it_again(desk, project):
    desk.open(project)
    send_keys(desk.window, "1", "Enter")
    desk.qtbot.waitUntil(lambda: any(words.startswith("Stored") for words in desk.words))
    send_keys(desk.window, "Ctrl+Z")
    desk.qtbot.waitUntil(lambda: desk.words[-1].startswith("Undone"))
    assert desk.words[-1] == "Undone: Sick yes, in case c001. Redo Ctrl+Shift+Z."
    send_keys(desk.window, "Ctrl+Shift+Z")
    desk.qtbot.waitUntil(lambda: desk.words[-1] == "Redone: Sick yes, in case c001.")


def test_every_declared_action_does_something_once_its_page_is_made(desk):
    for name in PAGES:
        desk.window.make_page(name)
    bound = {name for name, _page in desk.keys._bound}
    assert {action.name for action in ACTIONS if not action.native} - bound == set()


def test_exceptions_of_threads_and_jobs_reach_the_notification_centre(desk, caplog):
    thread = threading.Thread(target=lambda: 1 / 0)
    hook = threading.excepthook
    threading.excepthook = desk.notices._on_thread_exception
    try:
        with desk.qtbot.waitSignal(desk.notices.noticed):
            thread.start()
    finally:
        thread.join()
        threading.excepthook = hook
    assert desk.notices.kept[-1].kind == "bug"
    assert "ZeroDivisionError" in desk.notices.kept[-1].details

    def work(_ctx):
        raise Situation("The disk is full.", "All is safe.", "Free some space.")

    with desk.qtbot.waitSignal(desk.notices.noticed):
        desk.bridge.run("Trying", work)
    assert desk.notices.kept[-1].words == "The disk is full. All is safe. Free some space."


def test_results_of_a_project_that_was_closed_are_dropped(desk, project):
    desk.open(project)
    may_go = threading.Event()
    got = []
    desk.bridge.run("Waiting", lambda _ctx: may_go.wait(10), got.append, lane="background")
    desk.bridge.close_project()
    may_go.set()
    desk.qtbot.waitUntil(lambda: not desk.bridge.runner.jobs)
    assert got == []


def test_shown_jobs_stand_in_the_status_bar_and_can_be_cancelled(desk):
    began = threading.Event()
    ended = []

    def work(ctx):
        from mmdesk.core.job import Progress

        ctx.progress(Progress(21, 50, "Importing"))
        began.set()
        while True:
            ctx.check_cancelled()

    bar = desk.window.status.jobs
    job = desk.bridge.run("Importing", work, lane="background", shown=True, cancelled=lambda: ended.append(1))
    desk.qtbot.waitUntil(lambda: bar.running == [job] and "21 of 50" in bar._lines[job.id].words.text())
    assert bar.count.text() == "1 job"
    desk.qtbot.mouseClick(bar._lines[job.id].cancel, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: ended == [1])
    desk.qtbot.waitUntil(lambda: bar.running == [])
    assert bar.count.text() == ""


def test_what_the_window_remembers_is_there_again(qtbot, private_home):
    first = Preferences()
    first.set("theme", "light")
    first.remember("strip", True)
    again = Preferences()
    assert again.get("theme") == "light"
    assert again.recall("strip") is True


def test_a_damaged_settings_file_is_kept_aside_and_defaults_are_used(qtbot, private_home):
    Preferences().set("theme", "light")
    path = private_home / "config" / "settings.json"
    path.write_text("{ not json", encoding="utf-8")
    assert Preferences().get("theme") == "system"
    kept = list(path.parent.glob("settings.unreadable-*.json"))
    assert [file.read_text(encoding="utf-8") for file in kept] == ["{ not json"]


def test_a_value_no_setting_takes_is_refused_and_ignored_in_the_file(qtbot, private_home):
    preferences = Preferences()
    with pytest.raises(ValueError, match="does not take"):
        preferences.set("text_size", 12)
    path = private_home / "config" / "settings.json"
    path.write_text(json.dumps({"text_size": "huge"}), encoding="utf-8")
    assert Preferences().get("text_size") == 100


def test_settings_page_changes_theme_and_the_rule_of_the_project(desk, project):
    desk.open(project)
    desk.window.show_page("settings")
    page = desk.window.pages.page("settings")
    rows = {row.setting.name: row for _, _, row in page._rows if hasattr(row, "setting")}
    light = next(button for value, button in rows["theme"]._buttons if value == "light")
    light.click()
    assert desk.preferences.get("theme") == "light"
    at_once = next(button for value, button in rows["own_read_first"]._buttons if value is False)
    with desk.qtbot.waitSignal(desk.bridge.changed):
        at_once.click()
    assert desk.bridge.session.project.own_read_first is False
    assert desk.window.top_bar.mode.text() == "MODEL SHOWN"
    page.search("zebra")
    assert page.empty.isVisible()


START = """
import json, sys
from pathlib import Path
from mmdesk.ui.shell import app

HEAVY = {"numpy", "PIL", "onnxruntime", "polars", "pyqtgraph", "typer", "alembic", "rich", "tensorflow"}
build = app.build

def watched(application, project):
    from mmdesk.ui.shell.startup import Startup
    original = Startup._on_painted

    def on_painted(self):
        was, heavy = self._shown, sorted(HEAVY & set(sys.modules))
        original(self)
        if self._shown and not was:
            ids = len(self._window.feed.ids)
            plain = __import__("builtins").__import__.__name__
            print(json.dumps({"heavy": heavy, "ids": ids, "import": plain}), flush=True)
            self._window.close()

    Startup._on_painted = on_painted
    return build(application, project)

app.build = watched
sys.exit(app.run(sys.argv[1]))
"""


def test_nothing_heavy_is_imported_before_the_window_is_painted(tmp_path, private_home):
    folder = make_project(tmp_path)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "MMDESK_HOME": str(private_home)}
    done = subprocess.run(
        [sys.executable, "-c", START, str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said == {"heavy": [], "ids": 12, "import": "__import__"}


def test_bugs_before_a_window_exists_are_kept(qtbot, caplog):
    notices = Notices()
    notices.raised(RuntimeError("early"))
    assert notices.kept[-1].kind == "bug"
    assert "early" in notices.kept[-1].details


def test_garbage_is_collected_again_once_the_start_has_settled(desk, monkeypatch):
    monkeypatch.setattr(startup, "SETTLED_MS", 0)
    frozen = gc.get_freeze_count()
    begun = startup.Startup(desk.window, expects_project=False)
    try:
        assert not gc.isenabled()
        begun._on_warm()
        desk.qtbot.waitUntil(gc.isenabled)
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
        begun.deleteLater()


def test_a_window_that_goes_before_it_settled_leaves_collecting_on(desk):
    begun = startup.Startup(desk.window, expects_project=False)
    begun.deleteLater()
    desk.qtbot.waitUntil(gc.isenabled)
