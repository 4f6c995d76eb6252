"""When a backup is due and which ones stay: all of two days, then fewer with age."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mmdesk.storage.database import backup as copies
from mmdesk.storage.store import Store

EVERY = timedelta(minutes=30)
KEEP_ALL = timedelta(days=2)
DAILY, WEEKLY, MONTHLY = 12, 10, 9

_Period = Callable[[datetime], Hashable]


def back_up(store: Store, now: datetime | None = None) -> Path:
    """Make a backup now and thin the old ones.

    Args:
        store: The database; it may be in use.
        now: The time, for tests.

    Returns:
        The new backup.

    Raises:
        DiskFull: It did not fit; nothing is left of it.
        Situation: The copy is not sound.
    """
    now = now or datetime.now(UTC)
    path = copies.make(store, now)
    thin(store.folder, now)
    return path


def is_due(store: Store, now: datetime | None = None) -> bool:
    """Tell whether something changed since the last backup and that is half an hour old."""
    if store.look_only:
        return False
    last = store.journal(1)
    existing = copies.backups_of(store.folder)
    newest = copies.backup_time(existing[-1]) if existing else None
    if not last or newest is None:
        return bool(last)
    now = now or datetime.now(UTC)
    return datetime.fromisoformat(last[0].at) > newest and now - newest >= EVERY


def back_up_if_due(store: Store, now: datetime | None = None) -> Path | None:
    """Make a backup if one is due; return it or None."""
    return back_up(store, now) if is_due(store, now) else None


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
    was set back, stay too; and the newest of all always does.

    Args:
        times: When the backups were made, UTC.
        now: The time.
    """
    newest_first = sorted(set(times), reverse=True)
    kept = {at for at in newest_first if now - at <= KEEP_ALL} | set(newest_first[:1])
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
