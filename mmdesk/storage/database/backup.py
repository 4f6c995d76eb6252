"""Copies of the database: made while it is in use, checked before they count."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from mmdesk.core.errors import DiskFull, Situation
from mmdesk.storage.database import dialect
from mmdesk.words import tr

FOLDER = "backups"
DATABASE = "project.db"
_STAMP = "%Y-%m-%dT%H%M%S-%f"


class CanCopy(Protocol):
    """What can write a copy of its database while it is in use."""

    folder: Path

    def copy_into(self, target: Path) -> None:
        """Write a consistent copy to a new file."""


def backup_time(path: Path) -> datetime | None:
    """Return the UTC time in a backup's name, or None when it is no backup."""
    try:
        return datetime.strptime(path.stem.removesuffix("Z"), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def backups_of(folder: Path) -> list[Path]:
    """Return a project's backups, oldest first."""
    found = [path for path in (folder / FOLDER).glob("*.db") if backup_time(path)]
    return sorted(found, key=lambda path: path.name)


def fresh_name(folder: Path, now: datetime) -> Path:
    """Return a path for a new backup that no other has."""
    while (path := folder / FOLDER / f"{now.astimezone(UTC).strftime(_STAMP)}Z.db").exists():
        now += timedelta(microseconds=1)
    return path


def partial_name(path: Path) -> Path:
    """Return where a backup is written before it counts; swept when the project is opened."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def finish(partial: Path, path: Path) -> Path:
    """Check a copy, make it last on the disk, and give it its name.

    Raises:
        Situation: The copy is not sound; it is taken away.
    """
    if problems := dialect.full_check(partial):
        partial.unlink(missing_ok=True)
        what = tr("The backup that was just made is not sound.")
        raise Situation(what, tr("The project itself was not touched."), tr("Run the doctor on it."), problems[0])
    sync(partial)
    partial.replace(path)
    sync_folder(path.parent)
    return path


def copy_file(source: Path, folder: Path, now: datetime) -> Path:
    """Back up a database that nobody has open, such as before a migration."""
    path = fresh_name(folder, now)
    path.parent.mkdir(exist_ok=True)
    partial = partial_name(path)
    engine = dialect.open_engine(source, "rw")
    try:
        dialect.copy_into(engine, partial)
    except dialect.DriverError as problem:
        partial.unlink(missing_ok=True)
        if dialect.is_full(problem):
            what = tr("The disk is full, so no backup could be made.")
            raise DiskFull(what, tr("The project is untouched."), tr("Free some space.")) from problem
        raise
    finally:
        engine.dispose()
    return finish(partial, path)


def make(source: CanCopy, now: datetime) -> Path:
    """Back up a database that is in use; return the new backup.

    Raises:
        DiskFull: It did not fit; nothing is left of it.
        Situation: The copy is not sound.
    """
    path = fresh_name(source.folder, now)
    path.parent.mkdir(exist_ok=True)
    partial = partial_name(path)
    try:
        source.copy_into(partial)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return finish(partial, path)


def problems_of(path: Path) -> list[str]:
    """Return what is wrong with a backup; empty when it is sound."""
    return dialect.full_check(path)


def put_back(backup: Path, folder: Path) -> Path:
    """Put a backup in the place of a database that nobody has open.

    Returns:
        The folder where the replaced files are kept.
    """
    _settle(folder / DATABASE)
    stamp = datetime.now(UTC).strftime(_STAMP)
    aside = folder / FOLDER / f"replaced-{stamp}Z"
    aside.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{DATABASE}.part"
    shutil.copyfile(backup, partial)
    sync(partial)
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        if (folder / name).exists():
            shutil.copyfile(folder / name, aside / name)
            sync(aside / name)
    for name in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (folder / name).unlink(missing_ok=True)
    partial.replace(folder / DATABASE)
    sync_folder(folder)
    return aside


def _settle(path: Path) -> None:
    """Empty a database's write-ahead log, so that a crash in between leaves all of the old one."""
    if not path.exists():
        return
    engine = dialect.open_engine(path, "rw")
    try:
        dialect.empty_wal(engine)
    except dialect.DriverError:
        return  # it is damaged, which is why a backup is put in its place
    finally:
        engine.dispose()


def sync(path: Path) -> None:
    """Make a file last on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a folder's names last on the disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
