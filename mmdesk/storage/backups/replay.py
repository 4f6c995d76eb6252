"""A damaged database made again: the newest good backup, and what the journal's mirror tells of since."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, exc, select

from mmdesk.core.errors import Situation
from mmdesk.core.fields.schema import Schema
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import VersionRow
from mmdesk.storage import records
from mmdesk.storage.backups.restore import change_copy, copied, keep_present, only_writer, replace_database, tell
from mmdesk.storage.cases import reader_status as reads
from mmdesk.storage.cases.case_table import CaseTable, sync_fields
from mmdesk.storage.cases.edits import CLOSED, Editor
from mmdesk.storage.database import backup as copies
from mmdesk.storage.database import dialect, migrate, mirror
from mmdesk.storage.database.journal import Entry, Head
from mmdesk.storage.database.tables import changes
from mmdesk.storage.database.tables import journal as log
from mmdesk.words import tr

_EDITS = ("label", "input", "refer", "mark")
_TOLD_ONLY = ("code", "display", "project", "reader", "restore", "clock", "files")
"""Entries that changed no value."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a damaged database can be made again from.

    Attributes:
        backup: The backup.
        head: The last entry of its journal.
        rows: The entries that followed it.
    """

    backup: Path
    head: Head
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was done.

    Attributes:
        backup: The backup that it began from.
        replayed: How many entries of the journal were done again.
        left_out: How many of each action could not be, such as imports.
    """

    backup: Path
    replayed: int
    left_out: Counter[str]


def find(folder: Path) -> Found | None:
    """Return the newest good backup that the mirror goes on from, with what followed; None for none.

    Where the mirror goes on from none of them, it is the newest good one alone.
    """
    known = mirror.view(folder)
    alone: Found | None = None
    for path in copies.backups_of(folder)[::-1]:
        if not dialect.is_whole(path) or copies.problems_of(path):
            continue
        head = copies.head_of(path)
        if head is None:
            continue
        if known.get(head.seq) == head.hash:
            return Found(path, head, tuple(mirror.read(folder, head)))
        alone = alone or Found(path, head, ())
    return alone


def rebuild(folder: Path, schema: Schema, schema_file: str) -> Rebuilt:
    """Make a project's database again; the damaged files are kept beside the backups.

    Raises:
        Situation: There is no good backup, or the project is open.
    """
    with only_writer(folder):
        found = find(folder)
        if found is None:
            what = tr("There is no good backup of this project.")
            raise Situation(what, tr("It is untouched."), tr("Keep a copy of the folder and ask for help."))
        keep_present(folder)
        left_out: Counter[str] = Counter()
        with copied(folder, found.backup) as partial:

            def change(connection: Connection) -> None:
                left_out.update(_replay(connection, folder, schema, found.rows))
                day = datetime.now(UTC).date().isoformat()
                why = tr("made again on {day} from a backup and the journal's mirror", day=day)
                tell(connection, found.backup, why)

            head = change_copy(partial, change)
            last = found.rows[-1] if found.rows else None
            shared = Head(last["seq"], last["hash"]) if last else found.head
            replace_database(folder, partial, shared, head, schema_file, "")
    return Rebuilt(found.backup, len(found.rows), left_out)


def _replay(connection: Connection, folder: Path, schema: Schema, rows: tuple[dict[str, Any], ...]) -> Counter[str]:
    version = dialect.schema_version(connection)
    if migrate.needs_migration(version):
        migrate.migrate(connection, version)
    cases = sync_fields(connection, schema)
    there = set(connection.execute(select(cases.table.c.id)).scalars())
    left_out: Counter[str] = Counter()
    touched: set[int] = set()
    for row in rows:
        entry = Entry(*row.values())
        if entry.change is not None:
            kept = {"id": entry.change, "reader": entry.reader, "action": entry.action, "at": entry.at, "state": CLOSED}
            connection.execute(dialect.insert_new(changes), [kept])
        connection.execute(log.insert(), [row])
        if not _done_again(connection, folder, schema, cases, entry, there):
            left_out[entry.action] += 1
        elif entry.case is not None:
            touched.add(entry.case)
    if touched:
        reads.refresh(connection, schema, sorted(touched), rows[-1]["at"])
    return left_out


def _done_again(
    connection: Connection, folder: Path, schema: Schema, cases: CaseTable, entry: Entry, there: set[int]
) -> bool:
    """Do what an entry tells of; tell whether that could be done."""
    if entry.action in _TOLD_ONLY:
        return True
    try:
        if entry.action == "setting":
            records.write_setting(connection, entry.field, json.loads(entry.new or "null"))
            return True
        if entry.action == "version":
            return _version_again(connection, folder, entry)
        if entry.action not in _EDITS or entry.case not in there:
            return False
        editor = Editor(connection, schema, cases, entry.reader, entry.at, entry.version)
        with connection.begin_nested():
            editor.apply(editor.told(entry))
    except (KeyError, ValueError, exc.DBAPIError):
        return False  # such as a field that the schema does not have any more
    return True


def _version_again(connection: Connection, folder: Path, entry: Entry) -> bool:
    state = str(json.loads(entry.new or '""'))
    try:
        records.set_state(connection, entry.field, state)
    except KeyError:
        file = folder / "models" / entry.field / "card.json"
        if not file.is_file():
            return False
        card = Card.from_text(file.read_text(encoding="utf-8", errors="replace"))
        row = VersionRow(
            entry.field, card.name or entry.field, state, card.parent, card.created, f"models/{entry.field}", card
        )
        records.add_version(connection, row, entry.at)
    return True
