"""A child with the program's own window: it presses keys, says what the screen shows, and waits.

python answer_and_wait.py PROJECT KEY...
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys, send_keys
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.kit.preferences import Preferences
from mmdesk.ui.shell.main_window import MainWindow
from mmdesk.ui.shell.startup import Startup
from mmdesk.ui.shell.window_actions import WindowActions
from mmdesk.ui.targets.draft import KEPT


class Bench:
    """Presses the keys once a case is painted, and prints the answer once it is said to be kept."""

    def __init__(self, window: MainWindow, keys: list[str]) -> None:
        self._window, self._pressed, self._answer = window, keys, ""
        self._look = QTimer(interval=1)
        self._look.timeout.connect(self._step)
        self._look.start()

    def _step(self) -> None:
        if self._window.keys.painted_case is None:
            return
        targets = self._window.pages.reading.dock.targets
        if self._pressed:
            send_keys(self._window, *self._pressed)
            self._pressed, self._answer = [], repr(targets.draft.value("sick"))
        draft = targets.draft
        if not draft.waiting and (not draft.dirty or targets.draft_words.text() == KEPT):
            print(self._answer, flush=True)
            self._look.stop()


def main(folder: str, *pressed: str) -> None:
    """Answer the first case; print the answer the moment it is said to be kept."""
    app = QApplication([])
    bridge = Bridge(Preferences(), Notices())
    bridge.set_reader("Ann")
    keys = Keys(bridge.preferences, bridge.notices)
    keys.guard_ms = 0
    window = MainWindow(bridge, keys)
    actions = WindowActions(window)
    startup = Startup(window, expects_project=False)
    window.show()
    window.activateWindow()
    keys.watch(window)
    actions.projects.open_folder(folder)
    kept = [startup, Bench(window, list(pressed))]
    app.exec()
    kept.clear()


if __name__ == "__main__":
    main(*sys.argv[1:])
