"""A backup put in the place of a project's database."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import exc

from mmdesk.core.errors import DiskFull, Situation
from mmdesk.storage import records
from mmdesk.storage.database import backup as copies
from mmdesk.storage.database import dialect, journal, migrate
from mmdesk.storage.database.lock import WriterLock, words_of
from mmdesk.support.clock import utc_now
from mmdesk.support.files import write_whole
from mmdesk.words import tr


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
    lock = WriterLock(folder)
    if not lock.acquire():
        raise Situation(words_of(lock.holder), tr("The project is untouched."), tr("Close that window first."))
    try:
        head, text = _look_at(backup)
        _keep_present(folder)
        shared = _shared(folder, backup)
        aside = copies.put_back(backup, folder)
        schema = folder / schema_file
        if text and (not schema.exists() or schema.read_text(encoding="utf-8-sig") != text):
            if schema.exists():
                schema.replace(aside / schema_file)
            write_whole(schema, text)
        journal.mirror(folder, shared, utc_now(), "restored")
        journal.mirror(folder, head, utc_now())
        _tell(folder, backup)
    finally:
        lock.release()


def _keep_present(folder: Path) -> None:
    """Back up the database as it stands, so that the restore can itself be taken back.

    Raises:
        DiskFull: It does not fit.
    """
    try:
        copies.copy_file(folder / copies.DATABASE, folder, datetime.now(UTC))
    except DiskFull:
        raise
    except (Situation, exc.DBAPIError, dialect.DriverError) as damage:
        # `put_back` keeps a damaged file as it is
        logging.getLogger(__name__).info(tr("The database that is replaced is no backup: %s"), damage)


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


def _look_at(backup: Path) -> tuple[journal.Head, str]:
    engine = dialect.open_engine(backup, "immutable")
    try:
        with engine.connect() as connection, connection.begin():
            migrate.needs_migration(dialect.schema_version(connection))
            return journal.head_of(connection), str(records.read_setting(connection, "schema") or "")
    finally:
        engine.dispose()


def _tell(folder: Path, backup: Path) -> None:
    engine = dialect.open_engine(folder / copies.DATABASE, "rw")
    at = utc_now()
    told = {"at": at, "reader": "", "action": "restore", "new": json.dumps(backup.name)}
    told["why"] = tr("restored on {isoformat} from a backup", isoformat=datetime.now(UTC).date().isoformat())
    try:
        with dialect.writing_connection(engine) as connection, connection.begin():
            head = journal.append(connection, journal.head_of(connection), [told])
        dialect.empty_wal(engine)
    finally:
        engine.dispose()
    journal.mirror(folder, head, at)
