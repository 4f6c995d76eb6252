"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

HOLES = """
import ctypes, psutil
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
def taken():
    place = libc.malloc(100_000)
    ctypes.memset(place, 1, 100_000)
    return place
places = [taken() for _ in range(1000)]
for place in places[:-1]:
    libc.free(place)
before = psutil.Process().memory_info().rss
from mmdesk.support.memory import give_back
give_back()
print(before - psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there the C library keeps it")
def test_holes_below_what_is_in_use_go_back():
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 80_000_000
