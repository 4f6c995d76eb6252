"""Drives the real window's images in its own process and times them at the paint.

python -m tests.benchmarks.viewer_drive next|cold|window|pan|open|browse|predict PROJECT COUNT OUT.json
"""

from __future__ import annotations

import builtins
import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from mmdesk.ui.kit.keys import send_keys
from mmdesk.ui.shell.app import build

REST = 0.4
LONGEST = 120.0
EACH = 25
"""Cases browsed between two looks at the memory."""


class Driver:
    """Does one scenario in the window and tells what it measured, in ms and bytes."""

    def __init__(self, app: QApplication, window: Any, count: int) -> None:
        self.app, self.window, self.count = app, window, count
        self.reading = window.pages.reading
        self.panes = self.reading.panes
        self.process = psutil.Process()
        self.worked: list[float] = []
        self.painted: list[tuple[int, float]] = []
        self.reading.case_painted.connect(lambda case: self.painted.append((case, time.perf_counter())))
        self.until(lambda: bool(self.painted))
        self.rest(2.0)

    def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + LONGEST
        while not done():
            self.app.processEvents()
            time.sleep(0.0005)
            if time.monotonic() > end:
                raise TimeoutError

    def rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.002)

    def to_paint(self, act: Callable[[], object]) -> float:
        """Return milliseconds from an act to the complete paint of the case it leads to."""
        seen, start, worked = len(self.painted), time.perf_counter(), time.process_time()
        act()
        self.until(lambda: len(self.painted) > seen)
        self.worked.append((time.process_time() - worked) * 1000)
        return (self.painted[-1][1] - start) * 1000

    def frame(self, act: Callable[[], object]) -> float:
        """Return milliseconds from an act to the paint of every pane it changed, flushed.

        The processor time of the program is noted too: other programs do not stretch it.
        """
        start, worked = time.perf_counter(), time.process_time()
        act()
        self.app.processEvents()
        self.worked.append((time.process_time() - worked) * 1000)
        return (time.perf_counter() - start) * 1000

    def next(self) -> dict[str, Any]:
        """Next case, neighbours read ahead."""
        found = []
        for _ in range(self.count):
            found.append(self.to_paint(lambda: send_keys(self.window, "J")))
            self.rest(REST)
        return {"paints": found, "worked": self.worked}

    def predict(self) -> dict[str, Any]:
        """Next case while every case is predicted."""
        if not self.window.keys.trigger("predict_all"):
            raise RuntimeError(self.window.keys.why_not("predict_all"))
        self.rest(1.0)
        found = []
        while len(found) < self.count and any(job.shown for job in self.window.bridge.runner.jobs):
            found.append(self.to_paint(lambda: send_keys(self.window, "J")))
            self.rest(REST)
        return {"paints": found}

    def cold(self) -> dict[str, Any]:
        """Cases far from those that were read ahead; and the same files by Pillow alone."""
        from PIL import Image

        ids, found, plain = list(self.reading._ids), [], []
        for place in range(10, 10 + 5 * self.count, 5):
            self.rest(0.3)
            found.append(self.to_paint(lambda at=place: self.reading.open_case(ids[at])))  # type: ignore[misc]
            pane = self.panes.panes[0]
            paths = [pane.picture.source.path for pane in self.panes.panes]
            self.rest(1.0)
            start = time.perf_counter()
            for path in paths:
                image = Image.open(path)
                share = min(edge / full for edge, full in zip(pane.box(), image.size, strict=True))
                size = (round(image.width * share), round(image.height * share))
                image.draft(None, size)
                image.convert("RGB").resize(size, Image.Resampling.HAMMING)
            plain.append((time.perf_counter() - start) * 1000)
        return {"paints": found, "plain": plain}

    def drag_window(self) -> dict[str, Any]:
        """The window dragged with the right button, whole pictures and then enlarged ones."""
        found: dict[str, list[float]] = {}
        for name, keys in (("fitted", ()), ("enlarged", ("Z",))):
            send_keys(self.window, *keys)
            self.rest(2.0)
            self._drag(Qt.MouseButton.RightButton, found.setdefault(name, []))
            found[f"{name} worked"], self.worked = self.worked, []
            self.rest(1.0)
        return found

    def pan(self) -> dict[str, Any]:
        """Wheel and drag."""
        found: dict[str, list[float]] = {"zoom": [], "pan": []}
        pane = self.panes.panes[0]
        self.rest(0.5)
        for number in range(self.count):
            turn = 30 if number < self.count // 2 else -30
            found["zoom"].append(self.frame(lambda: self._wheel(pane, turn)))  # noqa: B023
        found["zoom worked"], self.worked = self.worked, []
        send_keys(self.window, "Z")
        self.rest(2.5)
        self._drag(Qt.MouseButton.LeftButton, found["pan"])
        found["pan worked"] = self.worked
        return found

    def open(self) -> dict[str, Any]:
        """A very large file, not read ahead: its first picture, memory, then moving about in it."""
        base = self.process.memory_info().rss
        most = base
        words: set[str] = set()
        seen, start = len(self.painted), time.perf_counter()
        self.reading.open_case(self.reading._ids[-1])
        while len(self.painted) == seen:
            self.app.processEvents()
            most = max(most, self.process.memory_info().rss)
            words |= {pane._waiting() for pane in self.panes.panes}
            time.sleep(0.002)
        first = (self.painted[-1][1] - start) * 1000
        waited = max((word for word in words if word), default="")
        send_keys(self.window, "Z")
        gaps: list[float] = []
        pane = self.panes.panes[0]
        for number in range(self.count):
            gaps.append(self.frame(lambda: self._move(pane, Qt.MouseButton.LeftButton, number)))  # noqa: B023
            most = max(most, self.process.memory_info().rss)
            time.sleep(0.005)
        self._release(pane, Qt.MouseButton.LeftButton)
        for _ in range(200):
            self.rest(0.02)
            most = max(most, self.process.memory_info().rss)
        sharp = not pane.picture.needs_more()
        return {
            "worked": self.worked,
            "first": first,
            "memory": most - base,
            "gaps": gaps,
            "waited": waited,
            "sharp": sharp,
        }

    def browse(self) -> dict[str, Any]:
        """Many cases in a row."""
        memory = []
        for number in range(self.count):
            self.to_paint(lambda: send_keys(self.window, "J"))
            if number % EACH == EACH - 1:
                memory.append(self.process.memory_info().rss)
        return {"memory": memory}

    # -- mouse --------------------------------------------------------------------------------

    def _drag(self, button: Qt.MouseButton, into: list[float]) -> None:
        pane = self.panes.panes[0]
        into.extend(self.frame(lambda: self._move(pane, button, n)) for n in range(self.count))  # noqa: B023
        self._release(pane, button)

    def _move(self, pane: Any, button: Qt.MouseButton, number: int) -> None:
        kind = QMouseEvent.Type.MouseButtonPress if number == 0 else QMouseEvent.Type.MouseMove
        place = 40 + number * 3 % 300
        self._mouse(pane, kind, QPointF(place, 60 + place // 2), button)

    def _release(self, pane: Any, button: Qt.MouseButton) -> None:
        self._mouse(pane, QMouseEvent.Type.MouseButtonRelease, QPointF(100, 100), button)

    def _mouse(self, pane: Any, kind: Any, at: QPointF, button: Qt.MouseButton) -> None:
        none = Qt.KeyboardModifier.NoModifier
        place = QPointF(pane.mapToGlobal(at.toPoint()))
        QApplication.sendEvent(pane, QMouseEvent(kind, at, place, button, button, none))

    def _wheel(self, pane: Any, turn: int) -> None:
        at = QPointF(pane.width() * 0.4, pane.height() * 0.4)
        none, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
        turned = QPoint(0, turn)
        event = QWheelEvent(at, at, QPoint(), turned, Qt.MouseButton.NoButton, none, phase, False)
        QApplication.sendEvent(pane, event)


def main(scenario: str, project: Path, count: int, out: Path) -> None:
    """Run one scenario and write what it measured."""
    if scenario == "predict":
        shutil.rmtree(project / "cache", ignore_errors=True)
    plain_import = builtins.__import__
    app = QApplication(["mmdesk"])
    builtins.__import__ = plain_import
    app.setStyle("Fusion")
    window = build(app, project)
    window.resize(1366, 768)
    driver = Driver(app, window, count)
    measured = driver.drag_window() if scenario == "window" else getattr(driver, scenario)()
    window.close()
    window.bridge.close()
    out.write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
