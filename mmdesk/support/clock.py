"""The time, always in UTC; screens show it in local time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def utc_now() -> str:
    """Return the time as ISO 8601 in UTC with microseconds, so that texts sort by time."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def local_time(at: str) -> str:
    """Return the local hour, minute and second of a stored UTC time."""
    return datetime.fromisoformat(at).astimezone().strftime("%H:%M:%S")


def local_day(at: str) -> str:
    """Return the local day of a stored UTC time, such as 2026-05-03."""
    return datetime.fromisoformat(at).astimezone().date().isoformat()


def local_moment(at: str) -> str:
    """Return the local time of a stored UTC time, with the day before it unless that is today."""
    day = local_day(at)
    return local_time(at) if day == local_day(utc_now()) else f"{day} {local_time(at)}"


class ClockWatch:
    """Sees the computer's clock being set while the program runs; sleep of the computer is none."""

    def __init__(self) -> None:
        self._ahead = _ahead()

    def jump(self) -> float:
        """Return by how many seconds the clock was set since the last call; negative for back."""
        before, self._ahead = self._ahead, _ahead()
        return self._ahead - before


def _ahead() -> float:
    """Return how far the clock is ahead of the time that the computer has run."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # unlike the monotonic one it goes on in sleep
    running = time.monotonic() if boot is None else time.clock_gettime(boot)
    return time.time() - running
