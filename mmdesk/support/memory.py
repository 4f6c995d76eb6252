"""Memory that was freed and that the C library keeps for later."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Return freed memory to the system, where the C library would rather keep it (glibc).

    Pictures made by several threads and freed by another leave holes: 200 to 300 MB after some
    hundred cases. It takes up to 10 ms; call it on a thread of its own.
    """
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)
