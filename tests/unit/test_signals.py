"""The installed PySide6 counts the references that it gives: some releases give those of True away."""

from __future__ import annotations

import subprocess
import sys

SENDER = """
import sys
from PySide6.QtCore import QObject, Signal
class Sender(QObject):
    sent = Signal(int)
sender = Sender()
before = sys.getrefcount(True)
for number in range(1000):
    sender.sent.emit(number)
print(abs(sys.getrefcount(True) - before))
"""


def test_a_thousand_signals_leave_the_references_of_true_as_they_were():
    done = subprocess.run([sys.executable, "-c", SENDER], capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) < 100
