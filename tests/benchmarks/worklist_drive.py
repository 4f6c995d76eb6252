"""Uses the worklist of a large project in the real window and feels its pulse.

python -m tests.benchmarks.worklist_drive PROJECT OUT.json
"""

# ruff: noqa: E402
from __future__ import annotations

import builtins
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_plain_import = builtins.__import__

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mmdesk.ui.shell.app import build

BEAT_MS = 1
REST_MS = 3000
"""For each step, after which it is over."""


class Driver(QObject):
    """Does one thing after the other in the worklist and takes the longest gap between heartbeats in each.

    Attributes:
        longest: Milliseconds by step.
    """

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self.window = window
        self.longest: dict[str, float] = {}
        self._beats: list[float] = []
        self._heart = QTimer(self, interval=BEAT_MS)
        self._heart.setTimerType(Qt.TimerType.PreciseTimer)
        self._heart.timeout.connect(lambda: self._beats.append(time.perf_counter()))
        self._steps = self._all()
        window.bridge.project_opened.connect(lambda _session: QTimer.singleShot(8000, self._next))

    def _all(self) -> Iterator[tuple[str, Callable[[], object]]]:
        self.window.show_page("worklist")
        page = self.window.pages.worklist
        table = page.table
        yield "", lambda: None
        yield "idle", lambda: None
        yield "a letter typed", lambda: QTest.keyClicks(table, "k")
        yield "six letters typed", lambda: QTest.keyClicks(table, "k00999")
        yield "Ctrl+A", lambda: QTest.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        yield "scrolled through", lambda: self._scroll(table.verticalScrollBar())
        yield "filtered", lambda: self.window.feed.find("age:[20,70]")
        yield "all again", lambda: self.window.feed.find("")
        yield "sorted", lambda: self.window.feed.order("age", True)

    def _scroll(self, bar: Any) -> None:
        for place in range(60):
            QTimer.singleShot(place * 16, lambda p=place: bar.setValue(bar.maximum() * p // 60))

    def _next(self) -> None:
        name, step = next(self._steps, ("", None))
        if step is None:
            self._heart.stop()
            QApplication.quit()
            return
        self._beats = []
        self._heart.start()
        QTimer.singleShot(200, step)
        QTimer.singleShot(REST_MS, lambda: self._over(name))

    def _over(self, name: str) -> None:
        beats = [*self._beats, time.perf_counter()]
        if name:
            self.longest[name] = max((b - a) * 1000 for a, b in itertools.pairwise(beats))
        self._next()


def main(project: Path, out: Path) -> None:
    """Go through all steps and write the longest gap of each, in ms."""
    app = QApplication(["mmdesk"])
    builtins.__import__ = _plain_import
    app.setStyle("Fusion")
    window = build(app, project)
    window.resize(1366, 768)
    driver = Driver(window)
    app.exec()
    window.bridge.close()
    out.write_text(json.dumps(driver.longest), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
