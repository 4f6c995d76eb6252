"""Whether damage is behind what was raised: told apart from our own bugs by looking at the project."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sqlalchemy import exc

from mmdesk.core.disk import is_full
from mmdesk.core.errors import ModelProblem, Situation
from mmdesk.core.fields.schema import Schema
from mmdesk.storage.cases.case_table import CaseTable, field_numbers
from mmdesk.storage.database import backup, dialect
from mmdesk.storage.integrity.checks import DECODING, check_all, check_files
from mmdesk.words import tr


def behind(problem: BaseException, folder: Path, schema: Schema) -> Situation | None:
    """Return the project's damage in words where that explains what was raised; None where it is sound.

    Args:
        problem: What was raised while the project was used; no situation.
        folder: The project's folder; nothing in it is changed.
        schema: Its fields.
    """
    if is_full(problem):
        return None
    if found := _look(folder, schema):
        kind = type(getattr(problem, "orig", None) or problem).__name__
        return backup.damaged(folder, f"{kind}; {found[0]}")
    return _files(folder)


def _look(folder: Path, schema: Schema) -> list[str]:
    """Return what is wrong with the database, on a connection of its own that cannot write."""
    path = folder / backup.DATABASE
    try:
        engine = dialect.open_engine(path, "ro")
        try:
            with engine.connect() as connection, connection.begin():
                if found := dialect.check_file(connection):
                    return found
                table = CaseTable(schema, field_numbers(connection))
                return check_all(connection, folder, schema, table)
        finally:
            engine.dispose()
    except (exc.SQLAlchemyError, dialect.DriverError) as problem:
        cause = getattr(problem, "orig", None) or problem
        return [] if dialect.in_words(exc.DBAPIError(None, None, cause), "") else [str(cause)]
    except DECODING as problem:
        return [type(problem).__name__]


def _files(folder: Path) -> Situation | None:
    """Return which file of a model was changed, in words."""
    engine = dialect.open_engine(folder / backup.DATABASE, "ro")
    found: list[str] = []
    unreadable = suppress(exc.SQLAlchemyError, dialect.DriverError, OSError, *DECODING)
    with unreadable, engine.connect() as connection, connection.begin():
        found = check_files(connection, folder)
    engine.dispose()
    if not found:
        return None
    return ModelProblem(
        found[0], do=tr("Copy the project's folder from a backup of the disk, or make another model current.")
    )
