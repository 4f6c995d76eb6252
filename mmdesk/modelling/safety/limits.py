"""A cap on memory while a file that nobody vouches for is looked at or loaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GATE_BYTES = 1 << 30
"""What the gate may take beside what the process has already."""
LEAST_LOADING = 4 << 30
"""What loading may take on any computer; more where there is more."""
LOADING_SHARE = 0.6


def loading_bytes() -> int:
    """Return how much memory loading a foreign model may take beside what the process has."""
    try:
        total = int(Path("/proc/meminfo").read_text("ascii").split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        total = 0
    return max(LEAST_LOADING, int(total * LOADING_SHARE))


@contextmanager
def memory_cap(extra: int) -> Iterator[None]:
    """Let this process take no more than so much memory beside what it has.

    Windows and macOS know no such limit; there the gate's own bounds on sizes stand alone.

    Args:
        extra: Bytes of address space.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    cap = pages * resource.getpagesize() + extra
    if hard != resource.RLIM_INFINITY:
        cap = min(cap, hard)
    resource.setrlimit(resource.RLIMIT_AS, (cap, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
