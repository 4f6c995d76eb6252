"""Timing events for benchmarks: one JSON object a line in the file `MMDESK_TRACE`."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

_FILE = os.environ.get("MMDESK_TRACE", "")


def process_age() -> float:
    """Return the seconds since this process started."""
    try:
        with Path("/proc/self/stat").open(encoding="utf-8") as stat:
            ticks = float(stat.read().rsplit(")", 1)[1].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError):
        return time.perf_counter() - _IMPORTED


_IMPORTED = time.perf_counter()
_START = time.perf_counter() - process_age()


def tracing() -> bool:
    """Tell whether anyone asked for a trace."""
    return bool(_FILE)


def trace(event: str, **facts: object) -> None:
    """Append an event with the time since the process started; nothing without a trace.

    Args:
        event: A name such as `window_shown`, `case_shown`, `stall`.
        facts: What else to say, as JSON values.
    """
    if _FILE:
        line = json.dumps({"event": event, "t": round(time.perf_counter() - _START, 5), **facts})
        with Path(_FILE).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
