"""The window's start where there is no display, or where nothing of its own can be written."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

ENV = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
linux = pytest.mark.skipif(sys.platform != "linux", reason="displays are named so on Linux")


def window(tmp_path: Path, **more: str) -> subprocess.Popen[str]:
    env = {**ENV, "MMDESK_HOME": str(tmp_path / "home"), **more}
    return subprocess.Popen([sys.executable, "-m", "mmdesk"], env=env, stderr=subprocess.PIPE, text=True)


@linux
@pytest.mark.parametrize("where", [{"DISPLAY": ":9876"}, {"DISPLAY": "no such:"}, {"QT_QPA_PLATFORM": "none-such"}])
def test_a_display_that_cannot_be_opened_is_one_sentence(where: dict[str, str], tmp_path: Path) -> None:
    without = {"QT_QPA_PLATFORM": ""} if "DISPLAY" in where else {}
    begun = window(tmp_path, **without, **where)
    _, said = begun.communicate(timeout=60)
    assert begun.returncode == 1, said
    assert said.startswith("The window cannot open on this display: ")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("taken", ["log", "log/mmdesk.log/x", "config", "data", ""])
def test_the_window_opens_where_nothing_of_its_own_can_be_written(taken: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / taken).parent.mkdir(parents=True, exist_ok=True)
    (home / taken).touch() if taken else home.touch()
    trace = tmp_path / "trace"
    begun = window(tmp_path, QT_QPA_PLATFORM="offscreen", MMDESK_TRACE=str(trace))
    try:
        until = time.monotonic() + 60
        while begun.poll() is None and time.monotonic() < until:
            if trace.exists() and "window_made" in trace.read_text():
                break
            select.select([], [], [], 0.05)
        assert begun.poll() is None, begun.stderr and begun.stderr.read()
        assert "window_made" in trace.read_text()
        begun.terminate()
        _, said = begun.communicate(timeout=60)
        assert begun.returncode == 0, said
        assert "Traceback" not in said
    finally:
        begun.kill()
        begun.communicate()
