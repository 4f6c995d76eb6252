"""How far a thread stands back where the processor is short."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import Final

A_LITTLE: Final = 3
"""For what the person waits for, but not with a hand on the mouse: decoding the images on screen."""
FAR: Final = 10
"""For what runs beside the reading: predicting every case, importing, exporting."""
_BELOW_NORMAL: Final = -1
_LOWEST: Final = -2


def stand_back(steps: int) -> None:
    """Let other threads of this program, the window's above all, run before the calling one.

    For good: a thread cannot take its place back without an administrator's rights. Threads that
    it starts stand back as well. On macOS, or where the system does not allow it, nothing changes.

    Args:
        steps: As `nice` counts, 0 (not at all) to 19; Windows knows two steps of its own.
    """
    if not steps:
        return
    if sys.platform == "linux":
        me = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, me, max(steps, os.getpriority(os.PRIO_PROCESS, me)))
    elif sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), _BELOW_NORMAL if steps < FAR else _LOWEST)
