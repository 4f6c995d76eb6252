"""The time, always in UTC; screens show it in local time."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """Return the time as ISO 8601 in UTC with microseconds, so that texts sort by time."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def local_time(at: str) -> str:
    """Return the local hour, minute and second of a stored UTC time."""
    return datetime.fromisoformat(at).astimezone().strftime("%H:%M:%S")
