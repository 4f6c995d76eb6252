"""The database that mmdesk speaks: SQLite, and the only place that knows it is SQLite.

The driver is `pysqlite3`, which brings its own recent SQLite. Versions before 3.51.3 can
damage a database in WAL mode when two connections checkpoint at once, so they are refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    case,
    cast,
    create_engine,
    event,
    exc,
    func,
    literal,
    select,
)
from sqlalchemy import text as plain_sql
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import QueuePool
from sqlalchemy.schema import CreateTable

from mmdesk.core.disk import is_full
from mmdesk.core.errors import DiskFull, NotAProject, Situation
from mmdesk.core.fields.kind import Storage
from mmdesk.storage.database import seals
from mmdesk.storage.database.location import has_room
from mmdesk.support.files import make_empty
from mmdesk.words import tr

try:
    from pysqlite3 import dbapi2 as driver
except ImportError:  # a platform without a wheel of it
    from sqlite3 import dbapi2 as driver

DriverError: type[Exception] = driver.Error
Watch = Callable[[], object]
"""Called while a long statement runs; what it raises ends the statement."""
_WATCHED_STEPS = 20_000
OLDEST = (3, 51, 3)
APPLICATION = 0x6D6D6473
"""The four bytes `mmds` in the file's header."""
TABLE_OPTIONS: dict[str, Any] = {"sqlite_strict": True}
"""Options of the fixed tables: each column keeps to its type."""

_PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA mmap_size=0",
)
_WRITING_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA secure_delete=ON")
_CACHE_PRAGMAS = (
    "PRAGMA page_size=32768",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
)
_COLUMN_TYPES = {Storage.REAL: Float, Storage.WHOLE: Integer, Storage.TEXT: Text}


def check_driver() -> None:
    """Refuse a SQLite that can damage a database.

    Raises:
        Situation: The driver's SQLite is older than 3.51.3.
    """
    if driver.sqlite_version_info < OLDEST:
        raise Situation(
            tr("This computer's SQLite, {sqlite_version}, can damage a project.", sqlite_version=driver.sqlite_version),
            tr("Nothing was opened."),
            tr("Install the package pysqlite3, or use the mmdesk installer."),
        )


def sqlite_version() -> str:
    """Return the version of SQLite in use, for a report."""
    return str(driver.sqlite_version)


def open_engine(path: Path, mode: str = "rw") -> Engine:
    """Return an engine on a database file; connections are made when first used.

    Args:
        path: The file.
        mode: `rwc` makes it, `rw` reads and writes, `ro` reads, `immutable` reads a file
            on a disk that nobody can write.
    """
    check_driver()
    query = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    uri = f"{path.absolute().as_uri()}?{query}"
    writing = mode.startswith("rw")
    if mode == "rwc" and not path.exists():
        make_empty(path)  # the files beside it get its rights

    def connect() -> Any:
        connection = driver.connect(uri, uri=True, timeout=5, isolation_level=None, check_same_thread=False)
        connection.create_function("mmdesk_fold", 1, _fold, deterministic=True)
        connection.create_function(seals.FUNCTION, -1, seals.seal_of, deterministic=True)
        for pragma in (*_PRAGMAS, *(_WRITING_PRAGMAS if writing else ())):
            connection.execute(pragma).close()
        return connection

    engine = create_engine("sqlite://", module=driver, creator=connect, poolclass=QueuePool, hide_parameters=True)
    event.listen(engine, "begin", _begin)
    return engine


def on_closed(engine: Engine, call: Callable[[], object]) -> None:
    """Have something called when all connections of an engine were closed."""
    event.listen(engine, "engine_disposed", lambda _engine: call())


def open_cache(path: Path) -> Any:
    """Return a connection to a file that may be lost: one that need not survive a power cut.

    Its pages hold several rows of some kilobytes each, and nothing is wiped when it is deleted.

    Args:
        path: The file, made when it is not there.

    Raises:
        DriverError: It cannot be opened, or is no database.
    """
    check_driver()
    if not path.exists():
        make_empty(path)
    connection = driver.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _CACHE_PRAGMAS:
            connection.execute(pragma).close()
    except driver.Error:
        connection.close()
        raise
    return connection


def _fold(text: str | None) -> str | None:
    return None if text is None else str(text).casefold()


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("mmdesk_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def writing_connection(engine: Engine) -> Connection:
    """Return a connection whose transactions take the write lock when they begin."""
    return engine.connect().execution_options(mmdesk_write=True)


# ---------------------------------------------------------------------------------------
# the file itself


def mark(connection: Connection, version: int) -> None:
    """Write the program's mark and the schema version into the file's header."""
    connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION}")
    connection.exec_driver_sql(f"PRAGMA user_version={int(version)}")


def schema_version(connection: Connection) -> int:
    """Return the schema version of the file.

    Raises:
        NotAProject: The file belongs to another program.
    """
    if connection.exec_driver_sql("PRAGMA application_id").scalar_one() != APPLICATION:
        raise NotAProject(
            tr("The database of this folder was not made by mmdesk."),
            tr("It is untouched."),
            tr("Choose another folder."),
        )
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def check_file(connection: Connection) -> list[str]:
    """Return what the database finds wrong with its own file, indexes included; empty when sound."""
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
    return [words for words in found if words != "ok"]


def full_check(path: Path, watch: Watch | None = None) -> list[str]:
    """Return what a thorough check finds wrong with a database file; empty when sound.

    Args:
        path: The file; nobody writes it.
        watch: Called time and again; what it raises ends the check.
    """
    connection = driver.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        with _watched(connection, watch):
            return _full_check(connection)
    except driver.DatabaseError as problem:
        return [str(problem)]
    finally:
        connection.close()


def _full_check(connection: Any) -> list[str]:
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    found += [
        tr("row without its owner in {row}", row=row[0]) for row in connection.execute("PRAGMA foreign_key_check")
    ]
    return [words for words in found if words != "ok"]


def copy_into(engine: Engine, target: Path, watch: Watch | None = None) -> None:
    """Write a whole, consistent copy of the database to an empty file, while it is in use.

    Args:
        engine: The database.
        target: The file.
        watch: Called time and again; what it raises ends the copying.
    """
    raw = engine.raw_connection()
    try:
        with _watched(raw, watch):
            raw.execute(tr("VACUUM INTO ?"), (str(target),))
    except driver.DatabaseError as problem:
        raise exc.DBAPIError(tr("VACUUM INTO"), None, problem) from problem
    finally:
        raw.close()


@contextmanager
def _watched(connection: Any, watch: Watch | None) -> Iterator[None]:
    """Call `watch` while a long statement runs; what it raises ends the statement and is raised."""
    raised: list[BaseException] = []

    def call() -> int:
        try:
            if watch is not None:
                watch()
        except BaseException as problem:  # noqa: BLE001  (the database drops what a callback raises)
            raised.append(problem)
        return len(raised)

    connection.set_progress_handler(call if watch else None, _WATCHED_STEPS)
    try:
        yield
    except driver.DatabaseError:
        if raised:
            raise raised[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def is_whole(path: Path) -> bool:
    """Tell from its header alone whether a database file has the length that it should have."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
            size = file.seek(0, 2)
    except OSError:
        return False
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        return False
    page = int.from_bytes(header[16:18], "big")
    page = 65536 if page == 1 else page
    return size == page * int.from_bytes(header[28:32], "big")


def empty_wal(engine: Engine) -> None:
    """Move all that is in the write-ahead log into the database file."""
    raw = engine.raw_connection()
    try:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    finally:
        raw.close()


# ---------------------------------------------------------------------------------------
# statements that databases spell differently


def protect_journal(connection: Connection, table: str) -> None:
    """Make the database refuse to change or delete a row of the journal."""
    for words in _protection(table):
        connection.exec_driver_sql(words)


def is_journal_protected(connection: Connection, table: str) -> bool:
    """Tell whether what `protect_journal` made is still there, word for word."""
    query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
    found = {row[0] for row in connection.exec_driver_sql(query, (table,))}
    return found >= set(_protection(table))


def _protection(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def upsert(table: Table, keys: Sequence[str]) -> Any:
    """Return an insert that replaces the row of the same key."""
    statement = insert(table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=others)


def insert_new(table: Table) -> Any:
    """Return an insert that leaves an existing row of the same key as it is."""
    return insert(table).on_conflict_do_nothing()


def id_in(column: ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """Return the condition that an id is one of many, however many."""
    listed = func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(select(listed.c.value))


def probability(column: ColumnElement[str], target: str, option: str) -> ColumnElement[Any]:
    """Return the probability of an option in a prediction's stored answer."""
    return func.json_extract(column, f'$."{target}"."p"."{option}"')


def answer(column: ColumnElement[str], target: str) -> ColumnElement[Any]:
    """Return the value that a prediction's stored answer gives for a target."""
    return func.json_extract(column, f'$."{target}"."v"')


def contains(column: ColumnElement[Any], words: str) -> ColumnElement[bool]:
    """Return the condition that a column has words in it, in any letter case."""
    if words.isascii():
        return column.icontains(words, autoescape=True)
    return func.instr(func.mmdesk_fold(column), words.casefold()) > 0


def not_among(column: ColumnElement[Any], options: Sequence[str], *, several: bool) -> ColumnElement[bool]:
    """Return the condition that a stored value is, or has among several apart by `|`, no known option."""
    if not several:
        return and_(column.is_not(None), column.not_in(options))
    whole = literal("|") + column + literal("|")
    known: ColumnElement[int] = literal(0)
    for option in options:
        known = known + case((func.instr(whole, f"|{option}|") > 0, len(option) + 1), else_=0)
    return and_(column.is_not(None), column != "-", known != func.length(column) + 1)


def begins_with(column: ColumnElement[Any], letters: str) -> ColumnElement[bool]:
    """Return the condition that a column begins with letters, in any letter case."""
    if letters.isascii():
        return column.istartswith(letters, autoescape=True)
    return func.instr(func.mmdesk_fold(column), letters.casefold()) == 1


def natural(column: ColumnElement[str]) -> tuple[ColumnElement[Any], ...]:
    """Return what to sort names by, so that 9 stands before 10."""
    return (cast(column, Integer), func.lower(column))


def case_table(metadata: MetaData, columns: Sequence[tuple[str, Storage]]) -> Table:
    """Return the case table: fixed columns and those of the fields.

    Args:
        metadata: Where the table is registered.
        columns: Name and type of each further column.
    """
    return Table(
        "cases",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("grp", Text, nullable=False),
        Column("split", Text, nullable=False),
        Column("problem", Text, nullable=False),
        Column("digest", Text, nullable=False),
        seals.column("id", "problem", "digest"),
        *(Column(name, _COLUMN_TYPES[storage]) for name, storage in columns),
    )


def make_table(connection: Connection, table: Table) -> None:
    """Create the case table."""
    connection.execute(CreateTable(table, if_not_exists=True))


def add_column(connection: Connection, table: str, column: str, storage: Storage) -> None:
    """Add a field's column to the case table."""
    words = _COLUMN_TYPES[storage]().compile()
    connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column} {words}")


def index_column(connection: Connection, table: str, column: str) -> None:
    """Make sorting and filtering on a column quick; does nothing the second time."""
    connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS by_{column} ON {table} ({column}, id)")


def analyse(connection: Connection) -> None:
    """Let the database learn how its rows are spread, once many have come."""
    connection.execute(plain_sql("PRAGMA optimize=0x10002"))


# ---------------------------------------------------------------------------------------
# what the database says, in words


def is_damage(problem: BaseException) -> bool:
    """Tell whether the database says that its file is damaged."""
    words = str(problem)
    return "malformed" in words or "not a database" in words or "file is encrypted" in words


def in_words(problem: exc.DBAPIError | OSError, safe: str, folder: Path | None = None) -> Situation | None:
    """Return a database problem as the person's situation, or None when it is ours.

    Args:
        problem: What the database raised.
        safe: What is safe, one sentence.
        folder: Where the database lies: whether its disk is full is looked at when the database
            only says that the disk did not answer.
    """
    words = str(problem.orig) if isinstance(problem, exc.DBAPIError) else str(problem)
    silent = "disk I/O" in words
    if is_full(problem) or (silent and folder is not None and not has_room(folder)):
        return DiskFull(tr("The disk is full."), safe, tr("Free some space, then store again."), words)
    if silent:
        do = tr("Check that the disk is still connected, then try again.")
        return DiskFull(tr("The disk does not answer as it should."), safe, do, words)
    if "unable to open" in words:
        what = tr("The project's database is not where it was opened, or cannot be opened there.")
        do = tr("Put the folder back or connect its disk, then open the project again.")
        return Situation(what, safe, do, words)
    if "locked" in words or "busy" in words:
        what = tr("Another program keeps this project's database busy.")
        return Situation(what, safe, tr("Wait a moment, then try again."), words)
    if "readonly" in words:
        return Situation(
            tr("This project cannot be written."), safe, tr("Copy it to a folder where you may write."), words
        )
    return None
