"""A view of the files for a process that runs code by others: Python's own to read, one folder to write.

Linux only, by Landlock, which a process lays on itself without any rights and cannot take off.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""Numbers of Landlock's calls, the same on every kind of processor."""
_VERSION, _BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 1, 1 << 2, 1 << 3
_REMOVE_FOLDER, _REMOVE_FILE, _MAKE_FOLDER, _MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_TRUNCATE = 1 << 14
_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many kinds of access each version of Landlock knows, from the version that brought the last."""
_READING = _READ_FILE | _READ_FOLDER
_WRITING = _READING | _WRITE_FILE | _REMOVE_FOLDER | _REMOVE_FILE | _MAKE_FOLDER | _MAKE_FILE | _TRUNCATE
_OF_A_FILE = _WRITE_FILE | _READ_FILE | _TRUNCATE
_NETWORK, _NETWORK_SINCE = 0b11, 4
_SCOPES, _SCOPES_SINCE = 0b11, 6
_NO_NEW_PRIVILEGES = 38
_libc = ctypes.CDLL(None, use_errno=True)


def restrict_files(readable: Iterable[Path], writable: Path) -> bool:
    """Let this process, from here on, reach only some files; tell whether that holds.

    Called while there is one thread: it holds for that and for all that it starts.

    Args:
        readable: Files and folders that may be read; those that are not there are left out.
        writable: The one folder that may be written.
    """
    version = int(_libc.syscall(_CREATE, None, 0, _VERSION))
    if version < 1:
        return False
    known = (1 << max(count for since, count in _RIGHTS.items() if since <= version)) - 1
    attributes = struct.pack(
        "QQQ",
        known,
        _NETWORK if version >= _NETWORK_SINCE else 0,
        _SCOPES if version >= _SCOPES_SINCE else 0,
    )
    size = 24 if version >= _SCOPES_SINCE else 16 if version >= _NETWORK_SINCE else 8
    rules = int(_libc.syscall(_CREATE, attributes[:size], size, 0))
    if rules < 0:
        return False
    try:
        for path in readable:
            _allow(rules, path, _READING & known)
        _allow(rules, writable, _WRITING & known)
        _libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return int(_libc.syscall(_RESTRICT, rules, 0)) == 0
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        opened = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    except OSError:
        return
    try:
        kept = rights if path.is_dir() else rights & _OF_A_FILE
        _libc.syscall(_ADD, rules, _BENEATH, struct.pack("=Qi", kept, opened), 0)
    finally:
        os.close(opened)
