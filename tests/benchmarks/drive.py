"""Drives the real window in its own process, feels its pulse and times its paints.

python -m tests.benchmarks.drive idle|start|predict|finetune|browse PROJECT OUT.json
"""

# ruff: noqa: E402
from __future__ import annotations

import builtins
import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

_plain_import = builtins.__import__
"""Python's own, as `mmdesk.ui.shell.app.run` puts it back after PySide6 has put a slower one in its place."""

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mmdesk.core.job import JobState
from mmdesk.ui.shell.app import build

BEAT_MS = 5
IDLE_MS = 6000
REST_MS = 500
STEPS = 60
LONG = {"predict": ("predict_all", "Predicting every case"), "finetune": ("finetune", "Fine-tuning")}
"""By scenario the action that begins the work and the name of the job that does it."""


class Driver(QObject):
    """Does one scenario in the window and quits.

    Attributes:
        beats: Times of the heartbeats since the scenario began, in seconds.
        paints: Milliseconds from a key press to the paint of the next case.
        problem: Why the scenario came to nothing; empty when it was done.
    """

    def __init__(self, window: Any, scenario: str) -> None:
        super().__init__(window)
        self.window, self.scenario = window, scenario
        self.beats: list[float] = []
        self.paints: list[float] = []
        self.problem = ""
        self._pressed = 0.0
        self._ran = False
        self._heart = QTimer(self, interval=BEAT_MS)
        self._heart.setTimerType(Qt.TimerType.PreciseTimer)
        self._heart.timeout.connect(lambda: self.beats.append(time.perf_counter()))
        if scenario == "start":
            self._heart.start()
        window.page_made.connect(self._on_page)
        window.bridge.job_changed.connect(self._on_job)

    def _on_page(self, name: str) -> None:
        if name == "reading":
            self.window.pages.reading.case_painted.connect(self._on_case)

    def _on_case(self, _case: int) -> None:
        if self._pressed:
            self.paints.append((time.perf_counter() - self._pressed) * 1000)
            self._pressed = 0.0
            self._again()
        elif not self._ran:
            self._ran = True
            QTimer.singleShot(2500, self._begin)

    def _begin(self) -> None:
        if self.scenario == "start":
            self._finish()
            return
        if self.scenario == "browse":
            self._again()
            return
        self._heart.start()
        if self.scenario == "idle":
            QTimer.singleShot(IDLE_MS, self._finish)
        else:
            action, _job = LONG[self.scenario]
            if not self.window.keys.trigger(action):
                self.problem = self.window.keys.why_not(action)
                self._finish()

    def _again(self) -> None:
        QTimer.singleShot(REST_MS, self._press if len(self.paints) < STEPS else self._finish)

    def _press(self) -> None:
        self._pressed = time.perf_counter()
        QTest.keyClick(self.window.windowHandle(), Qt.Key.Key_J)

    def _on_job(self, job: Any) -> None:
        if self.scenario in LONG and job.name == LONG[self.scenario][1] and job.ended:
            if job.state is not JobState.DONE:
                self.problem = f"{job.name}: {job.state}, {job.problem}"
            QTimer.singleShot(REST_MS, self._finish)

    def _finish(self) -> None:
        self._heart.stop()
        QApplication.quit()


def main(scenario: str, project: Path, out: Path) -> None:
    """Run one scenario and write the gaps between heartbeats and the times of paints, in ms."""
    app = QApplication(["mmdesk"])
    builtins.__import__ = _plain_import
    app.setStyle("Fusion")
    window = build(app, project)
    window.resize(1366, 768)
    driver = Driver(window, scenario)
    app.exec()
    beats = driver.beats
    gaps = [(after - before) * 1000 for before, after in itertools.pairwise(beats)]
    window.bridge.close()
    if driver.problem:
        sys.exit(driver.problem)
    out.write_text(json.dumps({"gaps": gaps, "paints": driver.paints}), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
