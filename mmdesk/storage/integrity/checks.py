"""All checks of a project's database, none of which ends in an exception whatever the file holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import Connection, exc, select

from mmdesk.core.disk import is_full
from mmdesk.core.fields.schema import Schema
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.cases.marks import check_marks
from mmdesk.storage.database import dialect, journal, shape, tables
from mmdesk.storage.integrity import contents, journalled
from mmdesk.storage.integrity.rows import check_rows
from mmdesk.words import QT_TR_NOOP, tr

DECODING = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a damaged value may raise: it is no JSON, no text, no number, no option."""

Check = Callable[[], Iterable[str]]


def check_all(connection: Connection, folder: Path, schema: Schema, cases: CaseTable) -> list[str]:
    """Return in words what is not as mmdesk wrote it; empty when all is well.

    Args:
        connection: Where to read.
        folder: The project's folder.
        schema: Its fields.
        cases: Where the case table keeps them.
    """
    names: dict[int, str] = {}

    def know_names() -> Iterable[str]:
        names.update({row.id: row.name for row in connection.execute(select(cases.table.c.id, cases.table.c.name))})
        return ()

    checks: dict[str, Check] = {
        QT_TR_NOOP("The tables of the database"): lambda: _tables(connection, cases),
        QT_TR_NOOP("The names of the cases"): know_names,
        QT_TR_NOOP("The journal"): lambda: journal.check(connection, folder),
        QT_TR_NOOP("The protection of the journal"): lambda: _protection(connection),
        QT_TR_NOOP("The rows of the database"): lambda: check_rows(connection, cases.table, names),
        QT_TR_NOOP("The labels"): lambda: contents.check_labels(connection, schema, names),
        QT_TR_NOOP("The times of the labels"): lambda: journalled.check_label_facts(connection, names),
        QT_TR_NOOP("The edited values"): lambda: contents.check_inputs(connection, cases, names),
        QT_TR_NOOP("The marks"): lambda: check_marks(connection, names),
        QT_TR_NOOP("The referrals"): lambda: journalled.check_referrals(connection, names),
        QT_TR_NOOP("The settings"): lambda: journalled.check_settings(connection),
        QT_TR_NOOP("The models"): lambda: journalled.check_versions(connection),
        QT_TR_NOOP("The imported cases"): lambda: contents.check_imports(connection, schema, cases),
    }
    return [words for name, check in checks.items() for words in _safely(name, check)]


def check_files(connection: Connection, folder: Path) -> list[str]:
    """Return in words which files of models are not as they were made."""
    return _safely(QT_TR_NOOP("The files of the models"), lambda: journalled.check_files(connection, folder))


def _safely(name: str, check: Check) -> list[str]:
    found = []
    try:
        for words in check():
            found.append(words)  # noqa: PERF402  (what was found before something cannot be read stays)
    except (*DECODING, OSError, exc.SQLAlchemyError, dialect.DriverError) as problem:
        if isinstance(problem, exc.DBAPIError) and is_full(problem):
            raise
        kind = type(getattr(problem, "orig", None) or problem).__name__
        found.append(tr("{name} cannot be read: they are damaged ({kind}).", name=tr(name), kind=kind))
    return found


def _tables(connection: Connection, cases: CaseTable) -> Iterable[str]:
    for name in shape.misshapen(connection, [*tables.metadata.sorted_tables, cases.table]):
        yield tr("The table {name} of the database is not as it was made.", name=name)


def _protection(connection: Connection) -> Iterable[str]:
    if not dialect.is_journal_protected(connection, "journal"):
        yield tr("The database's protection of the journal was taken away or changed.")
