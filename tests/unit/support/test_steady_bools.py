"""Signals do not use up the references of True."""

from __future__ import annotations

import subprocess
import sys

SENDER = """
from mmdesk.support.steady_bools import keep_bools
from PySide6.QtCore import QObject, Signal
class Sender(QObject):
    sent = Signal(int)
keep_bools()
sender = Sender()
for number in range(30000):
    sender.sent.emit(number)
print("alive")
"""


def test_thirty_thousand_signals_leave_the_interpreter_alive():
    done = subprocess.run(
        [sys.executable, "-c", SENDER], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "alive", done.stderr
    assert done.returncode == 0
