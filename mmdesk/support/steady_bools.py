"""Keeps Python's single objects alive where a library gives their references away.

With PySide6 6.12 each `Signal.emit` returns `True` without counting the reference, and
other calls do the same with `None`. Below Python 3.12, where these objects are counted like
any other, the interpreter ends with "deallocating True or False" after some thousand signals.
"""

from __future__ import annotations

import ctypes
import sys

_SPARE = 1 << 40
"""References added: more than signals are ever sent."""


def keep_bools() -> None:
    """Add references to `True`, `False` and `None` once; nothing from Python 3.12 on."""
    if sys.version_info < (3, 12) and sys.getrefcount(True) < _SPARE:
        for value in (True, False, None):
            ctypes.c_ssize_t.from_address(id(value)).value += _SPARE
