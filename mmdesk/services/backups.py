"""Backups of a project: made by themselves, thinned with age, put back when asked.

A backup is a consistent copy of the database, checked before it counts. One is made half an
hour after the last when something changed, and before every migration and import. All of
the last two days are kept, then one a day, one a week, one a month.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mmdesk.core.errors import NotAProject, Situation
from mmdesk.services.project import SCHEMA_FILE, Project, folder_of
from mmdesk.storage import backup as copies
from mmdesk.storage.restore import put_in_place

EVERY = timedelta(minutes=30)
KEEP_ALL = timedelta(days=2)
DAILY, WEEKLY, MONTHLY = 12, 10, 9

_Period = Callable[[datetime], Hashable]


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup.

    Attributes:
        path: The file.
        at: UTC time when it was made.
        size: Bytes.
    """

    path: Path
    at: datetime
    size: int


def backups_of(folder: Path) -> list[Backup]:
    """Return a project's backups, newest first."""
    found = [
        Backup(path, at, path.stat().st_size)
        for path in copies.backups_of(folder)
        if (at := copies.backup_time(path))
    ]
    return found[::-1]


def back_up(project: Project, now: datetime | None = None) -> Path:
    """Make a backup now and thin the old ones.

    Args:
        project: The project; it may be in use.
        now: The time, for tests.

    Returns:
        The new backup.

    Raises:
        DiskFull: It did not fit; nothing is left of it.
        Situation: The copy is not sound.
    """
    now = now or datetime.now(UTC)
    path = copies.make(project.store, now)
    thin(project.folder, now)
    return path


def is_due(project: Project, now: datetime | None = None) -> bool:
    """Tell whether something changed since the last backup and that is half an hour old."""
    if project.look_only:
        return False
    last = project.store.journal(1)
    existing = copies.backups_of(project.folder)
    newest = copies.backup_time(existing[-1]) if existing else None
    if not last or newest is None:
        return bool(last)
    now = now or datetime.now(UTC)
    return datetime.fromisoformat(last[0].at) > newest and now - newest >= EVERY


def back_up_if_due(project: Project, now: datetime | None = None) -> Path | None:
    """Make a backup if one is due; return it or None."""
    return back_up(project, now) if is_due(project, now) else None


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


def restore(folder: Path, backup: Path) -> None:
    """Put a backup in the place of a project's database; the project must be closed.

    The database that is replaced is kept in `backups/replaced-...`, and the journal tells
    of the restore. Image files and models are not part of a backup and stay as they are.

    Args:
        folder: The project's folder.
        backup: One of its backups.

    Raises:
        NotAProject: The folder or the backup is not one of mmdesk.
        ProjectTooNew: A newer mmdesk made the backup.
        Situation: The project is open, or the backup is not sound; nothing was changed.
    """
    folder = folder_of(folder)
    if not backup.is_file():
        what = f"The backup {backup.name} is not there."
        raise NotAProject(what, "The project is untouched.", "Choose another backup.")
    problems = copies.problems_of(backup)
    if problems:
        what = f"The backup {backup.name} is not sound."
        raise Situation(what, "The project is untouched.", "Choose an older backup.", problems[0])
    put_in_place(folder, backup, SCHEMA_FILE)
