"""Opens the real window on a project, reads a case, waits for the model's answer, and closes it.

python tests/e2e/read_one_case.py PROJECT READER
"""

from __future__ import annotations

import sys

from mmdesk.__main__ import main
from mmdesk.ui.shell import app

build = app.build


def built(application, project):
    """Build the window as ever, then use it; each step waits for what the one before led to."""
    from PySide6.QtCore import QTimer

    from mmdesk.ui.kit.keys import send_keys

    window = build(application, project)
    window.keys.guard_ms = 0
    window.bridge.set_reader(sys.argv[2])

    def answer():
        targets = window.pages.reading.dock.targets
        for name, value in {"referable": True, "severity": 1, "thickness": 250.0}.items():
            targets.draft.set(name, value)
        send_keys(window, "Enter")

    steps = [
        (lambda: window.keys.painted_case, answer),
        (lambda: window.pages.reading.view.labels, lambda: None),
        (lambda: window.pages.reading.dock.targets.prediction, window.close),
    ]

    def look():
        if steps and steps[0][0]():
            done, act = steps.pop(0)
            print(done(), flush=True)
            act()

    timer = QTimer(window, interval=50)
    timer.timeout.connect(look)
    timer.start()
    return window


app.build = built
sys.exit(main(["open", sys.argv[1]]))
