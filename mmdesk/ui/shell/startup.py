"""The first moments: what waits until the window is painted, and the watch on its pulse."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer

from mmdesk.core.job import JobContext
from mmdesk.support.trace import trace, tracing
from mmdesk.ui.kit.notices import Notice
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.ui.shell.main_window import MainWindow

BEAT_MS: Final = 5
STALL_MS: Final = 50
"""A gap between two beats longer than this is a stall."""

SETTLED_MS: Final = 3000
"""After this time what was loaded is there to stay."""


LIBRARIES: Final = ("numpy", "mmdesk.inference.runtime", "PIL.Image", "mmdesk.imaging.decode")
"""What showing a case with its images and its prediction needs, loaded after the first paint."""
WIDGETS: Final = (
    "mmdesk.ui.images.pane",
    "mmdesk.ui.panes.panes",
    "mmdesk.ui.reading.dock",
    "mmdesk.ui.marks.marking",
    "mmdesk.ui.reading.page",
)
"""Modules of the reading page, in an order in which each brings a part of them.

They are loaded on the main thread, a turn each: PySide6 makes its classes when they are
first asked for, and two threads must not do that at once.
"""


class Startup(QObject):
    """Tells when the window is painted with its first content, then has loaded what comes next.

    Garbage is not collected until all is loaded, for nearly nothing is garbage before.
    The libraries are loaded on a thread: the interpreter goes from thread to thread often enough
    (`app.run`) that the window stays alive meanwhile.

    Args:
        window: The window.
        expects_project: A project is being opened; its first cases belong to the first content.
        then: Called once when that is painted.
    """

    def __init__(self, window: MainWindow, *, expects_project: bool, then: Callable[[], object] = lambda: None) -> None:
        super().__init__(window)
        self._window = window
        self._then = then
        self._waits_for_rows = expects_project
        self._shown = False
        self._modules = list(WIDGETS)
        gc.disable()
        self.destroyed.connect(gc.enable)
        window.painted.connect(self._on_painted)
        window.bridge.warmed.connect(self._on_warm)
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
        self._load()

    def _load(self) -> None:
        bridge = self._window.bridge

        def work(_ctx: JobContext) -> None:
            for name in LIBRARIES:
                import_module(name)

        def failed(problem: BaseException) -> None:
            bridge.notices.raised(problem)
            bridge.set_warm()

        bridge.run("Loading", work, lambda _none: self._on_loaded(), lane="background", failed=failed)

    def _on_loaded(self) -> None:
        """Load the model beside the reading page, which is made in turns of its own."""
        self._load_parts()
        self._make_page()

    def _load_parts(self) -> None:
        """Load the kept first page's model: ONNX Runtime does that without the interpreter."""
        if (page := self._window.feed.kept) is not None:

            def work(_ctx: JobContext) -> None:
                from mmdesk.services.cases.first_page import load_parts

                load_parts(page)

            self._window.bridge.run(tr("Loading the model"), work, lane="background")

    def _make_page(self) -> None:
        """Load a part of the reading page, at last make it and let the first case come."""
        if self._modules:
            import_module(self._modules.pop(0))
            QTimer.singleShot(0, self._make_page)
            return
        self._window.make_page("reading")
        QTimer.singleShot(0, self._window.bridge.set_warm)

    def _on_warm(self) -> None:
        QTimer.singleShot(SETTLED_MS, self, _settle)


def _settle() -> None:
    """Collect garbage again, but never look through what the start has loaded.

    That alone halts every thread for 60 ms, and none of it is ever garbage.
    """
    gc.freeze()
    gc.enable()


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
