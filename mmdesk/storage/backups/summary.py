"""What a project's database holds, and what was done in it since a backup."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, exc, func, select

from mmdesk.core.cases.case import NO_READERS
from mmdesk.core.errors import Situation
from mmdesk.storage.database import dialect, journal, migrate
from mmdesk.storage.database.tables import journal as log
from mmdesk.storage.database.tables import labels

_CASES = "SELECT count(*) FROM cases"
Done = tuple[str, str, int]
"""Action of the journal, reader, how many entries; of imports how many times."""


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """What a database holds.

    Attributes:
        cases: How many cases.
        labels: How many labels of readers; those that came with a table are not counted.
        since: What the project's journal tells of after this database, as the restore of it would
            undo it; by action and reader.
    """

    cases: int
    labels: int
    since: tuple[Done, ...] = ()


def holdings(database: Path, backups: list[Path]) -> tuple[BackupSummary | None, list[BackupSummary | Exception]]:
    """Look into a project's database and into its backups.

    Args:
        database: The project's database; it may be in use.
        backups: Copies of it at earlier times.

    Returns:
        What the database holds, None when it cannot be read; and for each backup what it holds,
        or why that cannot be told.
    """
    engine = dialect.open_engine(database, "ro")
    try:
        with engine.connect() as present, present.begin():
            return _holding(present), [_look(path, present) for path in backups]
    except (exc.DBAPIError, dialect.DriverError, OSError):
        return None, [_look(path, None) for path in backups]
    finally:
        engine.dispose()


def _look(path: Path, present: Connection | None) -> BackupSummary | Exception:
    engine = dialect.open_engine(path, "immutable")
    try:
        with engine.connect() as connection, connection.begin():
            migrate.needs_migration(dialect.schema_version(connection))
            return _holding(connection, present)
    except (exc.DBAPIError, dialect.DriverError, OSError, Situation) as why:
        return why
    finally:
        engine.dispose()


def _holding(connection: Connection, present: Connection | None = None) -> BackupSummary:
    cases = int(connection.exec_driver_sql(_CASES).scalar_one())
    query = select(func.count()).select_from(labels).where(labels.c.reader.not_in(NO_READERS))
    given = int(connection.execute(query).scalar_one())
    return BackupSummary(cases, given, _since(connection, present) if present is not None else ())


def _since(backup: Connection, present: Connection) -> tuple[Done, ...]:
    query = (
        select(log.c.action, log.c.reader, func.count(), func.count(log.c.at.distinct()))
        .where(log.c.seq > journal.last_shared(backup, present).seq)
        .group_by(log.c.action, log.c.reader)
        .order_by(log.c.reader, log.c.action)
    )
    return tuple(
        (action, reader, times if action == "import" else number)
        for action, reader, number, times in present.execute(query)
    )
