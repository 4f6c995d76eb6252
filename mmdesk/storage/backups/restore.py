"""A backup put in the place of a project's database, in one step that a crash cannot cut in two."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, exc

from mmdesk.core.errors import DiskFull, Situation
from mmdesk.storage import records
from mmdesk.storage.database import backup as copies
from mmdesk.storage.database import dialect, journal, migrate, mirror
from mmdesk.storage.database.lock import PATIENCE, WriterLock, words_of
from mmdesk.support.clock import utc_now
from mmdesk.support.files import copy_whole, make_empty, make_private, sync, sync_folder, write_whole
from mmdesk.words import tr

RESTORING = "restoring.json"
"""File beside the backups that says which schema belongs to the database just put in place."""
Change = Callable[[Connection], object]
_NAMES = (copies.DATABASE, f"{copies.DATABASE}-wal", f"{copies.DATABASE}-shm")


def put_in_place(folder: Path, backup: Path, schema_file: str) -> None:
    """Replace the database of a project that nobody has open; what it held is backed up first.

    The journal of the restored database gets an entry that tells of it; the file of heads
    is told that the later entries are gone on purpose. The schema that the backup was made
    with is written back too; the one that it replaces is kept.

    Args:
        folder: The project's folder.
        backup: A sound backup.
        schema_file: Name of the schema's file in the folder.

    Raises:
        Situation: The project is open.
        ProjectTooNew: A newer mmdesk made the backup.
        DiskFull: There is no room to keep what is replaced.
    """
    with only_writer(folder):
        text = _look_at(backup)
        keep_present(folder)
        shared = _shared(folder, backup)
        with copied(folder, backup) as partial:
            why = tr("restored on {isoformat} from a backup", isoformat=datetime.now(UTC).date().isoformat())
            head = change_copy(partial, lambda connection: tell(connection, backup, why))
            replace_database(folder, partial, shared, head, schema_file, text)


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the right to write while a database is replaced.

    Raises:
        Situation: Somebody else has it.
    """
    lock = WriterLock(folder)
    if not lock.acquire(wait=PATIENCE):
        raise Situation(words_of(lock.holder), tr("The project is untouched."), tr("Close that window first."))
    try:
        yield
    finally:
        lock.release()


def keep_present(folder: Path) -> None:
    """Back up the database as it stands, so that the restore can itself be taken back.

    Raises:
        DiskFull: It does not fit.
    """
    try:
        copies.copy_file(folder / copies.DATABASE, folder, datetime.now(UTC))
    except DiskFull:
        raise
    except (Situation, exc.DBAPIError, dialect.DriverError) as damage:
        # `replace_database` keeps a damaged file as it is
        logging.getLogger(__name__).info(tr("The database that is replaced is no backup: %s"), damage)


@contextmanager
def copied(folder: Path, backup: Path) -> Iterator[Path]:
    """Give a copy of a backup that can be changed before it takes the database's place."""
    partial = folder / f".{copies.DATABASE}.part"
    try:
        make_empty(partial)
        shutil.copyfile(backup, partial)
        yield partial
    finally:
        for path in (partial, *(partial.with_name(f"{partial.name}{ending}") for ending in ("-wal", "-shm"))):
            path.unlink(missing_ok=True)


def change_copy(partial: Path, change: Change) -> journal.Head:
    """Change a copy in one transaction and return its journal's head."""
    engine = dialect.open_engine(partial, "rw")
    try:
        with dialect.writing_connection(engine) as connection, connection.begin():
            change(connection)
            head = journal.head_of(connection)
        dialect.empty_wal(engine)
    finally:
        engine.dispose()
    sync(partial)
    return head


def replace_database(
    folder: Path, partial: Path, shared: journal.Head, head: journal.Head, schema_file: str, text: str
) -> None:
    """Put a database in place; its replaced files are kept.

    Whatever moment a crash comes at, the project is the old one or the new one: the file of heads
    is first told of the entry that both share, and the schema follows by `finish`.

    Args:
        folder: The project's folder.
        partial: The new database, whole.
        shared: The last entry that both journals share.
        head: The head of the new one.
        schema_file: Name of the schema's file.
        text: The schema that belongs to it; empty for the one that is there.
    """
    _settle(folder / copies.DATABASE)
    aside = folder / copies.FOLDER / f"replaced-{datetime.now(UTC):{copies.STAMP}}Z"
    make_private(aside)
    for name in (*_NAMES, schema_file):
        if (folder / name).exists():
            copy_whole(folder / name, aside / name)
    journal.mirror(folder, shared, utc_now(), "restored")
    write_whole(folder / copies.FOLDER / RESTORING, json.dumps({"hash": head.hash, "schema": text}))
    for name in _NAMES[1:]:
        (folder / name).unlink(missing_ok=True)
    partial.replace(folder / copies.DATABASE)
    sync_folder(folder)
    finish(folder, schema_file)


def finish(folder: Path, schema_file: str) -> None:
    """End a restore that a crash may have cut: write the schema if its database is in place.

    Only for who holds the right to write.
    """
    told = folder / copies.FOLDER / RESTORING
    if not told.exists():
        return
    said = json.loads(told.read_text(encoding="utf-8"))
    engine = dialect.open_engine(folder / copies.DATABASE, "rw")
    try:
        with engine.connect() as connection, connection.begin():
            if journal.holds(connection, said["hash"]):
                if said["schema"]:
                    write_whole(folder / schema_file, said["schema"])
                journal.mirror(folder, journal.head_of(connection), utc_now())
                mirror.catch_up(folder, connection)
    finally:
        engine.dispose()
    told.unlink()


def finish_cut(folder: Path, schema_file: str) -> None:
    """Do as `finish` does when a project is opened, unless a restore is going on right now."""
    if not (folder / copies.FOLDER / RESTORING).exists():
        return
    lock = WriterLock(folder)
    try:
        if lock.acquire():
            finish(folder, schema_file)
    except (OSError, ValueError, exc.DBAPIError, dialect.DriverError) as problem:
        # opening it says what is wrong with it
        logging.getLogger(__name__).info(tr("A restore could not be ended: %s"), problem)
    finally:
        lock.release()


def tell(connection: Connection, backup: Path, why: str) -> None:
    """Append the entry that tells of a restore."""
    told = {"at": utc_now(), "reader": "", "action": "restore", "new": json.dumps(backup.name), "why": why}
    journal.append(connection, journal.head_of(connection), [told])


def _settle(path: Path) -> None:
    """Empty a database's write-ahead log, so that a crash in between leaves all of the old one."""
    if not path.exists():
        return
    engine = dialect.open_engine(path, "rw")
    try:
        dialect.empty_wal(engine)
    except (dialect.DriverError, exc.DBAPIError):
        return  # it is damaged, which is why a backup is put in its place
    finally:
        engine.dispose()


def _shared(folder: Path, backup: Path) -> journal.Head:
    """Return the last entry that the journal to be replaced shares with the backup's."""
    present = dialect.open_engine(folder / copies.DATABASE, "rw")
    restored = dialect.open_engine(backup, "immutable")
    try:
        with present.connect() as one, one.begin(), restored.connect() as other, other.begin():
            return journal.last_shared(one, other)
    except (exc.DBAPIError, dialect.DriverError):
        return journal.Head()  # it is damaged: nothing of its journal can be expected any more
    finally:
        present.dispose()
        restored.dispose()


def _look_at(backup: Path) -> str:
    """Return the schema that a backup was made with; empty when it does not tell."""
    engine = dialect.open_engine(backup, "immutable")
    try:
        with engine.connect() as connection, connection.begin():
            migrate.needs_migration(dialect.schema_version(connection))
            return str(records.read_setting(connection, "schema") or "")
    finally:
        engine.dispose()
