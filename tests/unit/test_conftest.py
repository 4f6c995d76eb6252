"""What every test is held to: each rule of `conftest.py` fails a test that breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"


@pytest.fixture
def outcome(pytester):
    """Run a test file of its own under our conftest; give its passed, failed and errors."""
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nqt_api = pyside6\nmarkers =\n    gui: x\n    e2e: x\n    shared: x\n")

    def run(source, *options):
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)

    return run


def test_a_log_warning_fails(outcome):
    result = outcome("import logging\ndef test_it(): logging.getLogger('mmdesk.x').warning('odd')")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*no one expected it*", "*odd*"])


def test_a_log_warning_that_the_test_looks_at_passes(outcome):
    source = "import logging\ndef test_it(caplog): logging.getLogger('mmdesk.x').warning('odd')"
    outcome(source).assert_outcomes(passed=1)


def test_a_thread_left_fails(outcome):
    source = (
        "import threading\n"
        "def test_it():\n"
        "    stop = threading.Event()\n"
        "    threading.Thread(target=stop.wait, args=(30,), name='forgotten', daemon=True).start()\n"
    )
    result = outcome(source)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*threads left running: forgotten*"])


def test_a_window_left_fails_and_one_given_to_qtbot_does_not(outcome):
    source = (
        "from PySide6.QtWidgets import QWidget\n"
        "kept = []\n"
        "def test_left(qtbot):\n"
        "    kept.append(QWidget()); kept[0].show()\n"
        "def test_given(qtbot):\n"
        "    widget = QWidget(); qtbot.addWidget(widget); widget.show()\n"
    )
    result = outcome(source)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*windows left open: QWidget*"])


def test_driving_windows_is_marked_and_off_screen(outcome):
    source = (
        "import os\ndef test_plain(): pass\ndef test_window(qtbot, qapp): assert qapp.platformName() == 'offscreen'\n"
    )
    outcome(source, "-m", "gui").assert_outcomes(passed=1, deselected=1)


def test_each_test_has_a_home_of_its_own(outcome):
    source = (
        "import os, pathlib\n"
        "homes = []\n"
        "def test_one(): homes.append(os.environ['MMDESK_HOME'])\n"
        "def test_two():\n"
        "    assert os.environ['MMDESK_HOME'] not in homes\n"
        "    assert list(pathlib.Path(os.environ['MMDESK_HOME']).iterdir()) == []\n"
    )
    outcome(source).assert_outcomes(passed=2)


def test_real_cases_that_are_not_there_skip_with_a_reason(outcome, monkeypatch, tmp_path):
    monkeypatch.setenv("MMDESK_SHARED", str(tmp_path))
    result = outcome("def test_it(shared): pass", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*needs the real cases*"])
