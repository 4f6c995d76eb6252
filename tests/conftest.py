"""Every test alone: its own home, no log warning, no thread and no window left behind.

A test that expects a log warning asks for `caplog` and checks it there.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from pathlib import Path

import mmdesk  # noqa: F401  (first of all: its switches must be set before the libraries are loaded)  # isort: skip
import pysqlite3  # noqa: F401  (before TensorFlow, whose own older SQLite would take its place)
import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
_THREAD_GRACE = 3.0

settings.register_profile("mmdesk", deadline=None, print_blob=True)
settings.load_profile("mmdesk")


def pytest_addoption(parser):
    parser.addoption("--headed", action="store_true", help="show the windows that the tests drive")


def pytest_configure(config):
    if not config.getoption("--headed"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.pop("MMDESK_TRACE", None)


def pytest_collection_modifyitems(items):
    for item in items:
        if "qtbot" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.gui)
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.shared)
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(autouse=True)
def private_home(monkeypatch, tmp_path_factory):
    """Settings, data and logs of this test go into a folder of its own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("MMDESK_HOME", str(home))
    monkeypatch.setattr("mmdesk.jobs.memory.PREWARM_BYTES", 1 << 60)  # no model process ahead of need
    return home


@pytest.fixture
def shared():
    """The folder of real cases beside the project."""
    folder = Path(os.environ.get("MMDESK_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("needs the real cases: set MMDESK_SHARED, or put them in ../shared")
    return folder


class _Collector(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []

    def emit(self, record):
        self.records.append(record)


@pytest.fixture(autouse=True)
def no_unexpected_log(request):
    """A warning in mmdesk's log is a failure, unless the test looks at the log itself."""
    collector = _Collector()
    log = logging.getLogger("mmdesk")
    log.addHandler(collector)
    yield
    log.removeHandler(collector)
    if collector.records and "caplog" not in request.fixturenames:
        lines = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in collector.records]
        pytest.fail("logged, and no one expected it:\n" + "\n".join(lines))


@pytest.fixture(autouse=True)
def no_thread_left():
    """Threads that a test starts end with it."""
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + _THREAD_GRACE
    left = [thread for thread in threading.enumerate() if thread not in before and not _foreign(thread)]
    for thread in left:
        thread.join(max(0.0, until - time.monotonic()))
    alive = [thread.name for thread in left if thread.is_alive()]
    if alive:
        pytest.fail(f"threads left running: {', '.join(alive)}")


def _foreign(thread):
    """Tell whether a thread is of a library's own pool, in C++, that once called Python."""
    return isinstance(thread, threading._DummyThread)


@pytest.fixture(autouse=True)
def no_window_left():
    """Windows that a test shows are closed with it."""
    yield
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return
    left = [widget for widget in widgets.QApplication.topLevelWidgets() if widget.isVisible()]
    for widget in left:
        widget.close()
    if left:
        pytest.fail(f"windows left open: {', '.join(type(widget).__name__ for widget in left)}")
