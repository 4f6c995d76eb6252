"""The time, always in UTC; screens show it in local time."""

from __future__ import annotations

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
