"""A project's database made and opened: who may write, which version, is it sound."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, exc

from mmdesk.core.errors import NotAProject, Situation
from mmdesk.core.fields.schema import Schema
from mmdesk.storage.cases.case_table import CaseTable, field_numbers, fits, sync_fields
from mmdesk.storage.database import backup, dialect, journal, migrate, tables
from mmdesk.storage.database import location as places
from mmdesk.storage.database.lock import WriterLock, words_of
from mmdesk.storage.store import Store
from mmdesk.support.files import sync, sync_folder
from mmdesk.words import QT_TR_NOOP, tr

_ON_SHARE = QT_TR_NOOP(
    "This project lies on a network share, where a database can be damaged. "
    "You can look, nothing can change. Copy it to a disk of this computer to edit."
)
_ASKED = QT_TR_NOOP("This project was opened to look only. You can look, nothing can change. Open it again to edit.")
_READ_ONLY = QT_TR_NOOP(
    "This project lies where nothing can be written. "
    "You can look, nothing can change. Copy it to another folder to edit."
)
_FULL = QT_TR_NOOP(
    "The disk of this project is full. You can look, nothing can change. Free some space, then open it again to edit."
)


@dataclass(slots=True)
class Opened:
    """An open database.

    Attributes:
        store: What it holds.
        lock: The right to write, held or not.
        warnings: What to warn a person of, each in three sentences.
    """

    store: Store
    lock: WriterLock
    warnings: list[str] = field(default_factory=list)

    def close(self) -> None:
        """Close the database and give the lock back."""
        try:
            self.store.close()
        finally:
            self.lock.release()


def create(folder: Path, schema: Schema) -> Opened:
    """Make the database of a new project in an existing folder and open it.

    Raises:
        Situation: There is one already, or the folder lies on a network share.
        DiskFull: It did not fit.
    """
    path = folder / backup.DATABASE
    if path.exists():
        raise Situation(tr("There is a project in this folder already."), do=tr("Open it, or choose another folder."))
    if places.on_network(folder):
        what = tr("This folder lies on a network share, where a database can be damaged.")
        raise Situation(what, tr("Nothing was made."), tr("Choose a folder on a disk of this computer."))
    lock = WriterLock(folder)
    if not lock.acquire():
        raise Situation(words_of(lock.holder), tr("Nothing was made."), tr("Close that window first."))
    partial = folder / f".{backup.DATABASE}.part"
    partial.unlink(missing_ok=True)
    try:
        _make(partial, schema)
        partial.replace(path)
        sync_folder(folder)
    except (exc.DBAPIError, OSError) as problem:
        lock.release()
        partial.unlink(missing_ok=True)
        if words := dialect.in_words(problem, tr("Nothing was changed.")):
            raise words from problem
        raise
    except BaseException:
        lock.release()
        partial.unlink(missing_ok=True)
        raise
    return _open_for_writing(folder, schema, lock)


def _make(path: Path, schema: Schema) -> None:
    engine = dialect.open_engine(path, "rwc")
    try:
        with dialect.writing_connection(engine) as connection, connection.begin():
            migrate.make_tables(connection)
            sync_fields(connection, schema)
        dialect.empty_wal(engine)
    finally:
        engine.dispose()
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    sync(path)


def open_existing(folder: Path, schema: Schema, *, look: bool = False, wait: float = 0.0) -> Opened:
    """Open a project's database.

    Args:
        folder: The project's folder.
        schema: Its fields, as `project.toml` says now.
        look: Only look, without asking for the right to write.
        wait: Seconds to wait for whoever has that right.

    Raises:
        NotAProject: There is no database, or another program's.
        ProjectTooNew: A newer mmdesk made it.
        SchemaProblem: `project.toml` does not fit the database.
        Situation: It is damaged; the words name the newest backup.
    """
    path = folder / backup.DATABASE
    if not path.is_file():
        raise NotAProject(
            tr("The folder {name} holds no project database.", name=folder.name),
            do=tr("Choose the folder of a project."),
        )
    lock = WriterLock(folder)
    try:
        if look:
            return _look(folder, schema, lock)
        if places.on_network(folder):
            return _open_for_looking(folder, schema, lock, tr(_ON_SHARE))
        if not places.writable(folder):
            return _open_for_looking(folder, schema, lock, tr(_READ_ONLY))
        if not places.has_room(folder):
            return _open_for_looking(folder, schema, lock, tr(_FULL))
        if not lock.acquire(wait=wait):
            words = tr(
                "{words_of} You can look, nothing can change. Close that window to edit.",
                words_of=words_of(lock.holder),
            )
            return _open_for_looking(folder, schema, lock, words)
        return _open_for_writing(folder, schema, lock)
    except exc.DBAPIError as problem:
        lock.release()
        raise _in_words(folder, problem) from problem
    except dialect.DriverError as problem:
        lock.release()
        raise _in_words(folder, exc.DBAPIError(None, None, problem)) from problem
    except BaseException:
        lock.release()
        raise


class _Outdated(Situation):
    """The database has to be brought up to date before anyone can look."""


def _look(folder: Path, schema: Schema, lock: WriterLock) -> Opened:
    try:
        return _open_for_looking(folder, schema, lock, tr(_ASKED))
    except _Outdated:
        able = not places.on_network(folder) and places.writable(folder) and places.has_room(folder)
        if not able or not lock.acquire():
            raise
    _open_for_writing(folder, schema, lock).close()
    return _open_for_looking(folder, schema, lock, tr(_ASKED))


def _in_words(folder: Path, problem: exc.DBAPIError) -> BaseException:
    if dialect.is_damage(problem):
        return backup.damaged(folder, str(problem.orig))
    return dialect.in_words(problem, tr("Nothing was changed."), folder) or problem


def _open_for_writing(folder: Path, schema: Schema, lock: WriterLock) -> Opened:
    path = folder / backup.DATABASE
    _check_version(path, folder)
    engine = dialect.open_engine(path, "rw")
    try:
        with engine.connect() as connection, connection.begin():
            version = dialect.schema_version(connection)
            fitting = version == tables.SCHEMA_VERSION and fits(connection, schema)
        if migrate.needs_migration(version):
            backup.copy_file(path, folder, datetime.now(UTC))
            with dialect.writing_connection(engine) as connection, connection.begin():
                migrate.migrate(connection, version)
        cases = _read_table(engine, schema) if fitting else _fit(engine, schema)
        return _opened(Store(folder, schema, engine, cases), lock)
    except BaseException:
        engine.dispose()
        raise


def _check_version(path: Path, folder: Path) -> None:
    """Look at the header alone, so that a damaged or newer database stays untouched."""
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise backup.damaged(folder, "the file does not begin as a database does")


def _fit(engine: Engine, schema: Schema) -> CaseTable:
    with dialect.writing_connection(engine) as connection, connection.begin():
        return sync_fields(connection, schema)


def _read_table(engine: Engine, schema: Schema) -> CaseTable:
    with engine.connect() as connection, connection.begin():
        return CaseTable(schema, field_numbers(connection))


def _opened(store: Store, lock: WriterLock) -> Opened:
    warnings = places.warnings_of(store.folder)
    with store.reading() as connection:
        warnings += _ahead(store.folder)
        if journal.tail_is_cut(connection, store.folder):
            warnings.append(
                tr(
                    "The journal of this project is not as it was left. Nothing was changed now. "
                    "Run the doctor to see what differs."
                )
            )
    if not store.look_only:
        store.catch_up()
    return Opened(store, lock, warnings)


def _ahead(folder: Path) -> list[str]:
    """Say that backups have a time that is still to come."""
    found = backup.in_future(folder, datetime.now(UTC))
    if not found:
        return []
    return [
        tr(
            "The backup {name} has a time that is still to come, so this computer's clock was or is wrong. "
            "It stays, and does not count as the newest. Check the clock.",
            name=found[-1].name,
        )
    ]


def _open_for_looking(folder: Path, schema: Schema, lock: WriterLock, words: str) -> Opened:
    path = folder / backup.DATABASE
    _check_version(path, folder)
    for mode in ("ro", "immutable"):
        engine = dialect.open_engine(path, mode)
        try:
            with engine.connect() as connection, connection.begin():
                numbers = _numbers_to_look(connection, schema)
            return _opened(Store(folder, schema, engine, CaseTable(schema, numbers), words), lock)
        except exc.DBAPIError:
            engine.dispose()
            if mode == "immutable" or _unseen_changes(path):
                raise
        except BaseException:
            engine.dispose()
            raise
    raise AssertionError(mode)


def _numbers_to_look(connection: Connection, schema: Schema) -> dict[str, int]:
    if migrate.needs_migration(dialect.schema_version(connection)):
        what = tr("This project was made by an older mmdesk and cannot be brought up to date here.")
        raise _Outdated(what, tr("It is untouched."), tr("Open it once where it can be written."))
    if not fits(connection, schema):
        what = tr("project.toml names fields that the database does not have yet.")
        raise _Outdated(what, tr("It is untouched."), tr("Open it once where it can be written."))
    return field_numbers(connection)


def _unseen_changes(path: Path) -> bool:
    wal = path.with_name(f"{path.name}-wal")
    return wal.exists() and wal.stat().st_size > 0
