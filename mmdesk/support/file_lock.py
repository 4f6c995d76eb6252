"""A lock of the operating system on an open file; it ends with its process, however that dies."""

from __future__ import annotations

import os

_LOCKED_BYTE = 1 << 20


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this process; tell whether nobody else has it."""
    if os.name == "nt":
        return _try_lock_windows(descriptor)
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _try_lock_windows(descriptor: int) -> bool:
    import msvcrt

    try:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        return False
    return True
