"""The journal: an append-only log of every change, each entry bound to the one before.

An entry's hash is SHA-256 over the previous hash and the entry's canonical JSON. The
database refuses to change or delete an entry; the head is also appended to a file beside
the database, so that a cut-off tail is seen. A chain shows tampering; it cannot stop
somebody who may write both files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from mmdesk.storage.database.cells import in_json
from mmdesk.storage.database.tables import journal, settings
from mmdesk.support.files import PRIVATE_FILE
from mmdesk.words import tr

HEAD_FILE = "journal-head.log"
GRADES_BY_PLACE = "grades_by_place"
"""The setting that keeps the options that grades were once written by the places of."""
START = "0" * 64
Places = Mapping[str, Sequence[str]]
_HASHED = ("at", "reader", "action", "case_id", "field", "old", "new", "why", "version", "change", "undoes")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the journal.

    Attributes:
        seq: Its place, from 1.
        at: UTC time, ISO 8601.
        reader: Who.
        action: `label`, `adjudicate`, `input`, `refer`, `mark`, `import`, `setting`, `version`, `reader`,
            `assign` (cases to a reader), `rename` (a reader), `packet` (written or merged),
            `fields` (the schema),
            `display` (how the images stood when a label was stored), or `undo` and `redo` of such.
        case: The case's id, or None.
        field: The field's name, the setting's key, the version's id, or a mark's image input and name.
        old: The earlier value as JSON, None for unread or none.
        new: The later value, likewise.
        why: The reason that the reader gave, or what the program says of it.
        version: The model version that was shown, or empty.
        change: Entries of one change share this number; one undo takes all back.
        undoes: For an undo or redo, the number of the change.
        previous: Hash of the entry before.
        hash: Hash of this one.
    """

    seq: int
    at: str
    reader: str
    action: str
    case: int | None = None
    field: str = ""
    old: str | None = None
    new: str | None = None
    why: str = ""
    version: str = ""
    change: int | None = None
    undoes: int | None = None
    previous: str = START
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's place and hash."""

    seq: int = 0
    hash: str = START


def hash_of(previous: str, row: Mapping[str, Any] | RowMapping) -> str:
    """Return the hash that binds an entry to the one before it."""
    body = in_json([row["seq"], *(row[name] for name in _HASHED)])
    return sha256(f"{previous}{body}".encode("utf-8", "surrogatepass")).hexdigest()


def head_of(connection: Connection) -> Head:
    """Return the journal's head."""
    row = connection.execute(select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)).first()
    return Head(row.seq, row.hash) if row else Head()


def holds(connection: Connection, digest: str) -> bool:
    """Tell whether the journal has an entry of that hash."""
    return connection.execute(select(journal.c.seq).where(journal.c.hash == digest).limit(1)).first() is not None


def has(connection: Connection, action: str) -> bool:
    """Tell whether the journal has an entry of that action."""
    return connection.execute(select(journal.c.seq).where(journal.c.action == action).limit(1)).first() is not None


def last_shared(one: Connection, other: Connection) -> Head:
    """Return the last entry that two journals share, as a backup's does with the project's.

    A hash tells of all entries before it, so halving the range finds it.
    """

    def hash_at(connection: Connection, seq: int) -> str:
        found = connection.execute(select(journal.c.hash).where(journal.c.seq == seq)).scalar()
        return START if found is None else str(found)

    low, high = 0, min(head_of(one).seq, head_of(other).seq)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if hash_at(one, middle) == hash_at(other, middle) else (low, middle - 1)
    return Head(low, hash_at(one, low))


def append(connection: Connection, head: Head, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Append entries and return them whole.

    Args:
        connection: In a writing transaction.
        head: The head before.
        rows: Column values without `seq`, `previous` and `hash`; at least one.
    """
    empty = {"case_id": None, "field": "", "old": None, "new": None, "why": "", "version": ""}
    whole = []
    for row in rows:
        entry = {**empty, "change": None, "undoes": None, **row, "seq": head.seq + 1, "previous": head.hash}
        entry["hash"] = hash_of(head.hash, entry)
        head = Head(entry["seq"], entry["hash"])
        whole.append(entry)
    connection.execute(journal.insert(), whole)
    return whole


def entries(connection: Connection, limit: int, case: int | None) -> list[Entry]:
    """Return the newest entries, newest first.

    Args:
        connection: Where to read.
        limit: How many at most.
        case: Only those of this case, or None.
    """
    query = select(journal).order_by(journal.c.seq.desc()).limit(limit)
    if case is not None:
        query = query.where(journal.c.case_id == case)
    places = grades_by_place(connection)
    return [_entry(row, places) for row in connection.execute(query)]


def of_action(connection: Connection, action: str) -> list[Entry]:
    """Return the entries of an action, oldest first."""
    places = grades_by_place(connection)
    query = select(journal).where(journal.c.action == action).order_by(journal.c.seq)
    return [_entry(row, places) for row in connection.execute(query)]


def of_change(connection: Connection, change: int) -> list[Entry]:
    """Return the entries that made a change, in their order."""
    query = select(journal).where(journal.c.change == change, journal.c.undoes.is_(None))
    places = grades_by_place(connection)
    return [_entry(row, places) for row in connection.execute(query.order_by(journal.c.seq))]


def _entry(row: Any, places: Places) -> Entry:
    entry = Entry(*tuple(row))
    if entry.action != "label" or entry.field not in places:
        return entry
    old, new = (with_name(text, places[entry.field]) for text in (entry.old, entry.new))
    return replace(entry, old=old, new=new)


def grades_by_place(connection: Connection) -> Places:
    """Return by target the options whose places early labels of it are written as.

    A grade is journalled by its option's name since schema version 4; what was written before
    stays as it is, and its places are those of the options of that time.
    """
    words = connection.execute(select(settings.c.value).where(settings.c.key == GRADES_BY_PLACE)).scalar()
    return json.loads(words) if words else {}


def with_name(text: str | None, options: Sequence[str]) -> str | None:
    """Return a journalled grade by its option's name, also where it was written by its place."""
    cells = json.loads(text) if text else {}
    place = cells.get("value")
    if isinstance(place, int) and 0 <= place < len(options):
        return in_json({**cells, "value": options[place]})
    return text


def check(connection: Connection, folder: Path) -> list[str]:
    """Return what is wrong with the journal, in words; empty when the chain is whole.

    Args:
        connection: Where to read.
        folder: The project's folder, for the file of heads.
    """
    problems: list[str] = []
    hashes: dict[int, str] = {}
    head = Head()
    for row in connection.execute(select(journal).order_by(journal.c.seq)).mappings():
        if row["seq"] != head.seq + 1:
            problems.append(tr("Journal entries {seq} to {row} are not there.", seq=head.seq + 1, row=row["seq"] - 1))
        elif row["previous"] != head.hash:
            problems.append(tr("Journal entry {row} does not follow the one before it.", row=row["seq"]))
        if row["hash"] != hash_of(row["previous"], row):
            problems.append(tr("Journal entry {row} was changed after it was written.", row=row["seq"]))
        head = Head(row["seq"], row["hash"])
        hashes[head.seq] = head.hash
    for seq, digest in _expected(folder / HEAD_FILE).items():
        if seq > head.seq:
            problems.append(tr("Journal entry {seq} was written once and is not there any more.", seq=seq))
            break
        if hashes.get(seq) not in (digest, None):
            problems.append(tr("Journal entry {seq} is not the one that was written.", seq=seq))
    return problems


def tail_is_cut(connection: Connection, folder: Path) -> bool:
    """Tell quickly whether the file of heads knows entries that the journal lacks."""
    last = _last_line(folder / HEAD_FILE)
    if last is None:
        return False
    seq, digest = last
    found = connection.execute(select(journal.c.hash).where(journal.c.seq == seq)).scalar()
    return found != digest


def mirror(folder: Path, head: Head, at: str, word: str = "") -> None:
    """Append the head to the file of heads.

    Args:
        folder: The project's folder.
        head: The head after a stored transaction.
        at: UTC time of it.
        word: `restored` when a backup was put in place: later heads are then forgotten.
    """
    line = f"{head.seq} {head.hash} {at} {word}".rstrip() + "\n"
    descriptor = os.open(folder / HEAD_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE_FILE)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def _lines(path: Path) -> Iterator[tuple[int, str, bool]]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                words = line.split()
                if line.endswith("\n") and len(words) >= 3 and words[0].isdecimal():
                    yield int(words[0]), words[1], words[3:] == ["restored"]
    except FileNotFoundError:
        return


def _expected(path: Path) -> dict[int, str]:
    heads: dict[int, str] = {}
    for seq, digest, restored in _lines(path):
        if restored:
            heads = {place: old for place, old in heads.items() if place <= seq}
        heads[seq] = digest
    heads.pop(0, None)
    return heads


def _last_line(path: Path) -> tuple[int, str] | None:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 400))
            tail = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    whole = [line.split() for line in tail.splitlines(keepends=True) if line.endswith("\n")]
    words = next((words for words in reversed(whole) if len(words) >= 3 and words[0].isdecimal()), None)
    return (int(words[0]), words[1]) if words and words[0] != "0" else None
