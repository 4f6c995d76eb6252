"""Rows that are not as mmdesk wrote them, see `database.seals`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Table

from mmdesk.storage.database import seals, tables
from mmdesk.words import QT_TR_NOOP, tr

_SAID: Mapping[str, str] = {
    "fields": QT_TR_NOOP("The entry of the field {name} is not as mmdesk wrote it."),
    "settings": QT_TR_NOOP("The setting {key} is not as mmdesk wrote it."),
    "originals": QT_TR_NOOP("What the table said of {field} of case {case} is not as mmdesk wrote it."),
    "labels": QT_TR_NOOP("The label {target} of {reader} for case {case} is not as mmdesk wrote it."),
    "reads": QT_TR_NOOP("How far {reader} is with case {case} is not as mmdesk wrote it."),
    "predictions": QT_TR_NOOP("The answer of model {version} for case {case} is not as mmdesk wrote it."),
    "versions": QT_TR_NOOP("The entry or the card of model {id} is not as mmdesk wrote it."),
    "marks": QT_TR_NOOP("A mark of {reader} on {field} of case {case} is not as mmdesk wrote it."),
    "drafts": QT_TR_NOOP("An answer of {reader} for case {case} that is not stored yet is not as mmdesk wrote it."),
    "changes": QT_TR_NOOP("What {reader} can undo is not as mmdesk wrote it."),
    "assignments": QT_TR_NOOP("That {reader} is to read case {case} is not as mmdesk wrote it."),
    "returned": QT_TR_NOOP("What a packet of {reader} said of case {case} is not as mmdesk wrote it."),
    "cases": QT_TR_NOOP("What is wrong with case {name} is not as mmdesk wrote it."),
}


def check_rows(connection: Connection, cases: Table, names: Mapping[int, str]) -> Iterator[str]:
    """Say which rows carry a seal that is not that of their cells.

    Args:
        connection: Where to read.
        cases: The case table.
        names: Name of each case by id.
    """
    for table in (*(table for table in tables.metadata.sorted_tables if seals.SEAL in table.c), cases):
        for row in seals.broken(connection, table):
            case = names.get(row["case_id"], row["case_id"]) if "case_id" in row else ""
            yield tr(_SAID[table.name], **{**{str(key): cell for key, cell in row.items()}, "case": case})
