"""The first moments: what waits until the window is painted, and the watch on its pulse."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer

from mmdesk.support.trace import trace, tracing
from mmdesk.ui.notices import Notice

if TYPE_CHECKING:
    from mmdesk.ui.main_window import MainWindow

BEAT_MS: Final = 5
STALL_MS: Final = 50
"""A gap between two beats longer than this is a stall."""


class Startup(QObject):
    """Tells when the window is painted with its first content, then imports what comes next.

    numpy and ONNX Runtime come first and on the main thread: an import on another thread
    would hold the interpreter and stall the window all the same.

    Args:
        window: The window.
        expects_project: A project is being opened; its first cases belong to the first content.
        then: Called once when that is painted.
    """

    def __init__(
        self, window: MainWindow, *, expects_project: bool, then: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__(window)
        self._window = window
        self._then = then
        self._waits_for_rows = expects_project
        self._shown = False
        self._imports: list[Callable[[], object]] = [_numpy, _onnxruntime, _pillow]
        window.painted.connect(self._on_painted)
        window.feed.model.page_read.connect(self._on_rows)
        window.bridge.notices.noticed.connect(self._on_notice)
        self._pulse = Pulse(self) if tracing() else None

    def _on_rows(self, _first: int, _number: int) -> None:
        self._ready()

    def _on_notice(self, notice: Notice) -> None:
        """A project that cannot be opened must not keep the imports waiting."""
        if notice.kind != "info":
            self._ready()

    def _ready(self) -> None:
        if self._waits_for_rows:
            self._waits_for_rows = False
            self._window.update()

    def _on_painted(self) -> None:
        if self._shown or self._waits_for_rows:
            return
        self._shown = True
        model = self._window.feed.model
        trace("window_shown", cases=len(model.ids))
        self._then()
        QTimer.singleShot(0, self._import_next)

    def _import_next(self) -> None:
        if self._imports:
            self._imports.pop(0)()
            if len(self._imports) == 1:
                self._window.bridge.set_warm()
            QTimer.singleShot(0, self._import_next)


class Pulse(QObject):
    """A heartbeat of the main thread that traces every stall."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._last = time.perf_counter()
        timer = QTimer(self, interval=BEAT_MS)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._beat)
        timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        gap = (now - self._last) * 1000
        self._last = now
        if gap > STALL_MS:
            trace("stall", ms=round(gap, 1))


def _numpy() -> None:
    import numpy  # noqa: F401


def _onnxruntime() -> None:
    import onnxruntime  # noqa: F401


def _pillow() -> None:
    import PIL.Image  # noqa: F401
