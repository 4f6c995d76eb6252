"""The journal's entries once more, in a file beside the backups that only grows.

One line an entry, whole, as a JSON list. With the newest backup it brings a damaged database back:
see `storage.backups.replay`. An entry that takes the number of an earlier one follows a restore,
and what was written after that number before does not count any more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from mmdesk.storage.database.cells import in_json
from mmdesk.storage.database.journal import START, Head, hash_of
from mmdesk.storage.database.tables import journal
from mmdesk.support.files import PRIVATE_FILE, make_private

FILE = "backups/journal.jsonl"
_COLUMNS = tuple(column.name for column in journal.columns)
_AT_ONCE = 5000


def append(folder: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Append stored entries and make them last on the disk.

    Raises:
        OSError: Not all of them could be written.
    """
    lines = "".join(in_json([row[name] for name in _COLUMNS]) + "\n" for row in rows)
    make_private((folder / FILE).parent)
    descriptor = os.open(folder / FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT, PRIVATE_FILE)
    try:
        data = (b"" if _ends_whole(descriptor) else b"\n") + lines.encode("utf-8", "surrogatepass")
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ends_whole(descriptor: int) -> bool:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    if not size:
        return True
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) == b"\n"


def view(folder: Path) -> dict[int, str]:
    """Return the hash of each entry that counts, by its number."""
    hashes: dict[int, str] = {}
    last = 0
    for row in _rows(folder / FILE):
        if row is None:
            continue
        seq = row["seq"]
        if hashes and hashes.get(seq - 1, START if seq == 1 else "") != row["previous"]:
            continue
        for gone in range(seq, last + 1):
            hashes.pop(gone, None)
        hashes[seq], last = row["hash"], seq
    return hashes


def read(folder: Path, after: Head) -> list[dict[str, Any]]:
    """Return the entries that follow an entry, in their order, each bound to the one before.

    Args:
        folder: The project's folder.
        after: An entry that counts, see `view`, such as the last one of a backup.
    """
    found: list[dict[str, Any]] = []
    for row in _rows(folder / FILE):
        if row is None:
            continue
        place = row["seq"] - after.seq - 1
        if place < 0:
            found.clear()  # a restore took back what followed
        elif place <= len(found) and row["previous"] == (found[place - 1]["hash"] if place else after.hash):
            found[place:] = [row]
    return found


def damaged_lines(folder: Path) -> int:
    """Return how many lines are not as they were written."""
    return sum(row is None for row in _rows(folder / FILE))


def knows(folder: Path, action: str) -> set[str]:
    """Return the fields of all entries of an action that were ever written."""
    return {row["field"] for row in _rows(folder / FILE) if row and row["action"] == action}


def catch_up(folder: Path, connection: Connection) -> Head:
    """Write what the mirror lacks of the journal; return the journal's head.

    Raises:
        OSError: It cannot be written.
    """
    head = _last_shared(folder / FILE, connection)
    while True:
        query = select(journal).where(journal.c.seq > head.seq).order_by(journal.c.seq).limit(_AT_ONCE)
        rows = list(connection.execute(query).mappings())
        if not rows:
            return head
        append(folder, [dict(row) for row in rows])
        head = Head(rows[-1]["seq"], rows[-1]["hash"])


def _last_shared(path: Path, connection: Connection) -> Head:
    """Return the last entry of the journal that the mirror has as its last word."""

    def holds(seq: int, digest: str) -> bool:
        return connection.execute(select(journal.c.hash).where(journal.c.seq == seq)).scalar() == digest

    last = _last(path)
    if last is None or holds(last.seq, last.hash):
        return last or Head()
    hashes: dict[int, str] = {}
    for row in _rows(path):
        if row:
            hashes[row["seq"]] = row["hash"]
    return next((Head(seq, hashes[seq]) for seq in sorted(hashes, reverse=True) if holds(seq, hashes[seq])), Head())


def _last(path: Path) -> Head | None:
    """Return the last whole line's entry."""
    size, block = path.stat().st_size if path.exists() else 0, 1 << 16
    while size:
        with path.open("rb") as file:
            file.seek(max(0, size - block))
            tail = file.read()
        whole = tail[: tail.rfind(b"\n") + 1].splitlines()
        cut = size > block
        for line in reversed(whole[1:] if cut else whole):
            if row := _row(line):
                return Head(row["seq"], row["hash"])
        if not cut:
            return None
        block *= 8
    return None


def _rows(path: Path) -> Iterator[dict[str, Any] | None]:
    """Yield each line's entry; None for a damaged one. What a kill cut short is no line yet."""
    try:
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n") and line.strip():
                    yield _row(line)
    except FileNotFoundError:
        return


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        cells = json.loads(line.decode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    if not isinstance(cells, list) or len(cells) != len(_COLUMNS):
        return None
    row = dict(zip(_COLUMNS, cells, strict=True))
    if not isinstance(row["seq"], int) or row["hash"] != hash_of(str(row["previous"] or START), row):
        return None
    return row
