"""Copies of the database: made while it is in use, checked before they count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import exc

from mmdesk.core.disk import is_full
from mmdesk.core.errors import DiskFull, NotAProject, Situation
from mmdesk.core.job import JobContext, Progress
from mmdesk.storage.database import dialect, journal
from mmdesk.support.files import make_private, whole
from mmdesk.words import tr

FOLDER = "backups"
DATABASE = "project.db"
STAMP = "%Y-%m-%dT%H%M%S-%f"
_TOLERANCE = timedelta(minutes=1)
_Copy = Callable[[Path, dialect.Watch | None], None]


class CanCopy(Protocol):
    """What can write a copy of its database while it is in use."""

    folder: Path

    def copy_into(self, target: Path, watch: dialect.Watch | None = None) -> None:
        """Write a consistent copy to an empty file."""


def backup_time(path: Path) -> datetime | None:
    """Return the UTC time in a backup's name, or None when it is no backup."""
    try:
        return datetime.strptime(path.stem.removesuffix("Z"), STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def backups_of(folder: Path) -> list[Path]:
    """Return a project's backups, oldest first."""
    found = [path for path in (folder / FOLDER).glob("*.db") if backup_time(path)]
    return sorted(found, key=lambda path: path.name)


def in_future(folder: Path, now: datetime) -> list[Path]:
    """Return the backups whose names tell a time that is still to come, as after a clock was set back."""
    return [path for path in backups_of(folder) if (at := backup_time(path)) and at > now + _TOLERANCE]


def newest_whole(folder: Path, now: datetime) -> Path | None:
    """Return the newest backup that was made by now and has the length that it should have."""
    ahead = set(in_future(folder, now))
    return next((path for path in backups_of(folder)[::-1] if path not in ahead and dialect.is_whole(path)), None)


def fresh_name(folder: Path, now: datetime) -> Path:
    """Return a path for a new backup that no other has."""
    while (path := folder / FOLDER / f"{now.astimezone(UTC).strftime(STAMP)}Z.db").exists():
        now += timedelta(microseconds=1)
    return path


def copy_file(source: Path, folder: Path, now: datetime) -> Path:
    """Back up a database that nobody has open, such as before a migration."""
    engine = dialect.open_engine(source, "rw")
    try:
        return _made(folder, now, lambda target, watch: dialect.copy_into(engine, target, watch), None)
    except (dialect.DriverError, exc.DBAPIError) as problem:
        if is_full(problem):
            what = tr("The disk is full, so no backup could be made.")
            raise DiskFull(what, tr("The project is untouched."), tr("Free some space.")) from problem
        raise
    finally:
        engine.dispose()


def make(source: CanCopy, now: datetime, ctx: JobContext | None = None) -> Path:
    """Back up a database that is in use; return the new backup.

    Raises:
        DiskFull: It did not fit; nothing is left of it.
        Situation: The copy is not sound, or cannot be written.
        Cancelled: Nothing is left of it.
    """
    try:
        return _made(source.folder, now, source.copy_into, ctx)
    except OSError as problem:
        if words := dialect.in_words(problem, tr("Everything so far is stored; no backup was made.")):
            raise words from problem
        what = tr("No backup could be made.")
        safe = tr("Everything so far is stored.")
        raise Situation(what, safe, tr("See whether the project's folder can be written."), str(problem)) from problem


def _made(folder: Path, now: datetime, copy: _Copy, ctx: JobContext | None) -> Path:
    """Write a copy, check it, make it last on the disk, and only then give it its name."""
    path = fresh_name(folder, now)
    make_private(path.parent)
    size = (folder / DATABASE).stat().st_size
    with whole(path) as partial:
        copy(partial, _watch(ctx, partial, size, tr("Making a backup")))
        if problems := problems_of(partial, _watch(ctx, partial, 0, tr("Checking the backup"))):
            what = tr("The backup that was just made is not sound.")
            raise Situation(what, tr("The project itself was not touched."), tr("Run the doctor on it."), problems[0])
    return path


def _watch(ctx: JobContext | None, partial: Path, size: int, words: str) -> dialect.Watch | None:
    if ctx is None:
        return None

    def watch() -> None:
        ctx.check_cancelled()
        done = partial.stat().st_size if size else 0
        ctx.progress(Progress(min(done, size) >> 10, size >> 10, words))

    return watch


def head_of(path: Path) -> journal.Head | None:
    """Return the last entry of a backup's journal; None when it cannot be read."""
    engine = dialect.open_engine(path, "immutable")
    try:
        with engine.connect() as connection, connection.begin():
            return journal.head_of(connection)
    except (exc.DBAPIError, dialect.DriverError):
        return None
    finally:
        engine.dispose()


def problems_of(path: Path, watch: dialect.Watch | None = None) -> list[str]:
    """Return what is wrong with a backup; empty when it is sound."""
    found = dialect.full_check(path, watch)
    if found:
        return found
    engine = dialect.open_engine(path, "immutable")
    try:
        with engine.connect() as connection, connection.begin():
            dialect.schema_version(connection)
            if not journal.head_of(connection).seq:
                return [tr("its journal is empty")]
    except (NotAProject, exc.DBAPIError, dialect.DriverError) as problem:
        return [str(problem)]
    finally:
        engine.dispose()
    return []


def damaged(folder: Path, details: str) -> Situation:
    """Return what to say of a damaged database, naming the newest backup."""
    newest = next(iter(reversed(backups_of(folder))), None)
    at = backup_time(newest) if newest else None
    if newest is not None and at is not None:
        local = at.astimezone().strftime("%Y-%m-%d %H:%M")
        do = tr(
            "In the File menu, restore the backup of {local} ({name}); the damaged file is kept.",
            local=local,
            name=newest.name,
        )
    else:
        do = tr("There is no backup of it. Keep a copy of the folder and ask for help.")
    return Situation(tr("The database of this project is damaged."), tr("It is untouched."), do, details)
