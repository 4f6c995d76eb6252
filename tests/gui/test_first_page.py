"""A start with the kept first page: painted before the database is loaded, then confirmed by it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from mmdesk.services.cases.first_page import FILE, close_project, kept_page
from mmdesk.services.cases.reading import WorklistQuery, case_ids, store_labels
from mmdesk.services.project import open_project
from tests.gui.window_parts import desk, make_project, project

__all__ = ["desk", "project"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
READER = "Reader 1"


def keep(folder):
    opened = open_project(folder)
    close_project(opened, READER)
    return kept_page(folder, READER)


def start(desk, folder, page):
    desk.actions.projects.open_first(str(folder), page)


def open_it(desk):
    desk.actions.projects.release()
    desk.actions.projects._on_warm()


def test_the_list_is_there_before_the_project_is_open(desk, project):
    start(desk, project, keep(project))
    assert desk.bridge.session is None
    assert desk.window.pages.name == "worklist"
    model = desk.window.feed.model
    assert len(desk.window.feed.ids) == 12
    assert model.data(model.index(0, 1)) == "c001"
    assert desk.window.windowTitle() == "Small eyes - mmdesk"


def test_what_needs_the_project_waits_for_it(desk, project):
    start(desk, project, keep(project))
    page = desk.window.pages.worklist
    page.open_current()
    page.line.setText("is:read")
    page._search_now()
    assert not page.refer_button.isEnabled()
    assert desk.window.pages.name == "worklist"
    assert [notice.kind for notice in desk.notices.kept if notice.kind != "info"] == []


def test_the_list_stays_when_the_database_confirms_it(desk, project):
    start(desk, project, keep(project))
    resets = []
    desk.window.feed.model.modelReset.connect(lambda: resets.append(1))
    open_it(desk)
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case is not None, timeout=10_000)
    assert resets == []
    assert desk.keys.painted_case == desk.window.feed.ids[0]
    assert desk.window.feed.kept is None


def test_the_database_has_the_last_word(desk, project):
    page = keep(project)
    opened = open_project(project)
    ids = case_ids(opened, WorklistQuery(), READER)
    store_labels(opened, ids[1], {"sick": True}, READER)
    opened.close()
    start(desk, project, page)
    model = desk.window.feed.model
    assert model._rows.get(ids[1]).label == ""
    open_it(desk)
    desk.qtbot.waitUntil(lambda: model._rows.get(ids[1]) is not None and model._rows.get(ids[1]).label != "")


def test_a_project_that_does_not_open_leaves_no_list(desk, project):
    page = keep(project)
    start(desk, project, page)
    (project / "project.db").write_bytes(b"damaged")
    open_it(desk)
    desk.qtbot.waitUntil(lambda: desk.window.pages.name == "start", timeout=10_000)
    assert desk.window.feed.ids == []
    assert desk.notices.kept[-1].kind == "problem"


def test_closing_the_window_keeps_the_first_page(desk, project):
    desk.open(project)
    desk.close()
    assert kept_page(project, READER) is not None


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_program_told_to_end_closes_and_starts_faster_next_time(tmp_path):
    folder = make_project(tmp_path)
    loaded = run_until(folder, tmp_path / "1.jsonl", "case_shown")
    assert (folder / FILE).exists()
    assert not (folder / "project.db-wal").exists(), "the database was closed"
    assert "sqlalchemy" in loaded
    assert "sqlalchemy" not in run_until(folder, tmp_path / "2.jsonl", "case_shown")


def run_until(folder, trace, event):
    """Start the program, tell it to end at an event; return what was loaded when it was painted."""
    script = (
        "import json, sys\n"
        "from mmdesk.ui.shell import startup\n"
        "told = startup.trace\n"
        "def trace(event, **facts):\n"
        "    if event == 'window_shown':\n"
        "        facts['loaded'] = sorted(sys.modules)\n"
        "    told(event, **facts)\n"
        "startup.trace = trace\n"
        "import mmdesk.__main__ as door\n"
        f"sys.exit(door.main(['open', {str(folder)!r}]))\n"
    )
    environment = {
        **os.environ,
        "MMDESK_TRACE": str(trace),
        "MMDESK_HOME": str(trace.parent / "home"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    program = subprocess.Popen([sys.executable, "-c", script], env=environment)
    until = time.monotonic() + 60
    while event not in (trace.read_text(encoding="utf-8") if trace.exists() else ""):
        assert program.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 0
    events = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    return next(event["loaded"] for event in events if event["event"] == "window_shown")
