"""The fixed tables brought to this program's version.

Each version is a module of `mmdesk.storage.database.migrations` in Alembic's form. Alembic is
imported only when there is something to migrate.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from sqlalchemy import Column, Connection, MetaData, String, Table

from mmdesk.core.errors import ProjectTooNew
from mmdesk.storage.database import dialect, tables
from mmdesk.words import tr

REVISIONS: Sequence[str] = (
    "mmdesk.storage.database.migrations.r0001_first",
    "mmdesk.storage.database.migrations.r0002_marks",
    "mmdesk.storage.database.migrations.r0003_drafts",
    "mmdesk.storage.database.migrations.r0004_grades",
    "mmdesk.storage.database.migrations.r0005_seals",
    "mmdesk.storage.database.migrations.r0006_readers",
)
"""Modules of the revisions in their order; the n-th makes schema version n."""

_alembic_version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def make_tables(connection: Connection) -> None:
    """Create the tables of the newest version in an empty database, without Alembic."""
    tables.metadata.create_all(connection)
    dialect.protect_journal(connection, "journal")
    _alembic_version.create(connection)
    connection.execute(_alembic_version.insert().values(version_num=f"{tables.SCHEMA_VERSION:04d}"))
    dialect.mark(connection, tables.SCHEMA_VERSION)


def needs_migration(version: int) -> bool:
    """Tell whether a database of this version is older than the program.

    Raises:
        ProjectTooNew: It is newer.
    """
    if version > tables.SCHEMA_VERSION:
        raise ProjectTooNew(
            tr("This project was made by a newer mmdesk."),
            do=tr("Install that version or a later one."),
            details=tr(
                "schema version {version}, this program knows {schema_version}",
                version=version,
                schema_version=tables.SCHEMA_VERSION,
            ),
        )
    return version < tables.SCHEMA_VERSION


def migrate(connection: Connection, version: int) -> None:
    """Run the revisions that a database lacks, within the connection's transaction.

    Args:
        connection: In a writing transaction; all of it is stored or nothing.
        version: The database's version.
    """
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"render_as_batch": True})
    with Operations.context(context):
        for name in REVISIONS[version:]:
            module = import_module(name)
            module.upgrade()
            connection.execute(_alembic_version.delete())
            connection.execute(_alembic_version.insert().values(version_num=module.revision))
    dialect.mark(connection, len(REVISIONS))
