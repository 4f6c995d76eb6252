"""How much memory this computer can spare."""

from __future__ import annotations

import os
from pathlib import Path

PREWARM_BYTES = 2 << 30
"""Free memory below which the model process is not started ahead of need (it takes 0.6 GB)."""


def available_bytes() -> int | None:
    """Return the memory that can be had without swapping, or None where it cannot be told."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return None


def may_prewarm() -> bool:
    """Tell whether the model process may be started ahead of need."""
    available = available_bytes()
    return available is not None and available >= PREWARM_BYTES
