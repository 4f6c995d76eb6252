"""When a backup is due and which ones stay: all of two days, then fewer with age."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mmdesk.core.job import JobContext
from mmdesk.storage.database import backup as copies
from mmdesk.storage.store import Store

EVERY = timedelta(minutes=30)
KEEP_ALL = timedelta(days=2)
DAILY, WEEKLY, MONTHLY = 12, 10, 9

_Period = Callable[[datetime], Hashable]


def back_up(store: Store, now: datetime | None = None, ctx: JobContext | None = None) -> Path:
    """Make a backup now and thin the old ones.

    Args:
        store: The database; it may be in use.
        now: The time, for tests.
        ctx: Told about progress, asked whether to stop.

    Returns:
        The new backup.

    Raises:
        DiskFull: It did not fit; nothing is left of it.
        Situation: The copy is not sound.
        Cancelled: Nothing is left of it.
    """
    now = now or datetime.now(UTC)
    path = copies.make(store, now, ctx)
    thin(store.folder, now)
    return path


def time_left(folder: Path, now: datetime | None = None) -> timedelta:
    """Return how long it is until the newest backup is half an hour old; none for no backup.

    A backup whose name tells a later time than now says nothing of that, nor one that is cut short.
    """
    now = now or datetime.now(UTC)
    newest = copies.newest_whole(folder, now)
    at = copies.backup_time(newest) if newest else None
    return timedelta(0) if at is None else max(timedelta(0), EVERY - (now - at))


def is_due(store: Store, now: datetime | None = None) -> bool:
    """Tell whether something changed since the last backup and that is half an hour old."""
    if store.look_only:
        return False
    now = now or datetime.now(UTC)
    return not time_left(store.folder, now) and has_changed(store, now)


def has_changed(store: Store, now: datetime | None = None) -> bool:
    """Tell whether the journal has gone on since the newest backup."""
    newest = copies.newest_whole(store.folder, now or datetime.now(UTC))
    head = store.journal_head()
    return bool(head.seq) and (newest is None or copies.head_of(newest) != head)


def back_up_if_due(store: Store, now: datetime | None = None, ctx: JobContext | None = None) -> Path | None:
    """Make a backup if one is due; return it or None."""
    return back_up(store, now, ctx) if is_due(store, now) else None


def thin(folder: Path, now: datetime) -> list[Path]:
    """Delete the backups that the rule no longer keeps; return them."""
    existing = {path: at for path in copies.backups_of(folder) if (at := copies.backup_time(path))}
    kept = to_keep(existing.values(), now)
    gone = [path for path, at in existing.items() if at not in kept]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def to_keep(times: Iterable[datetime], now: datetime) -> set[datetime]:
    """Return which backups stay: all of two days, then 12 daily, 10 weekly, 9 monthly.

    Of a day, a week and a month the newest one stays. Times in the future, as after a clock
    was set back, stay too; the newest of all always does, and the newest that was made by now.

    Args:
        times: When the backups were made, UTC.
        now: The time.
    """
    newest_first = sorted(set(times), reverse=True)
    past = [at for at in newest_first if at <= now]
    kept = {at for at in newest_first if now - at <= KEEP_ALL} | set(newest_first[:1]) | set(past[:1])
    older = [at for at in newest_first if at not in kept]
    daily = _newest_of_each(older, lambda at: at.date(), DAILY)
    older = [at for at in older if not daily or at < min(daily)]
    weekly = _newest_of_each(older, lambda at: at.isocalendar()[:2], WEEKLY)
    older = [at for at in older if not weekly or at < min(weekly)]
    monthly = _newest_of_each(older, lambda at: (at.year, at.month), MONTHLY)
    return kept | daily | weekly | monthly


def _newest_of_each(times: list[datetime], period: _Period, count: int) -> set[datetime]:
    newest: dict[Hashable, datetime] = {}
    for at in times:
        newest.setdefault(period(at), at)
    return set(list(newest.values())[:count])
