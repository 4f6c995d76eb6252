"""The cache of embeddings: float16 rows in append-only shards, found by an index.

Its folder may be deleted at any time, and whatever is wrong with it costs only work done
again: nothing here fails towards its caller. Window and child share it. The index's write
lock is the lease: who holds it appends to a shard and records the rows in one transaction,
so that a row is visible only when it is whole, and a writer that dies gives the lease back.
"""

from __future__ import annotations

import secrets
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    exc,
    func,
    insert,
    select,
    update,
)

from mmdesk.core.errors import Situation
from mmdesk.storage.database.dialect import open_engine, writing_connection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHARD_BYTES = 16 << 20
_FEW = 400
MOST_BYTES = 2 << 30
"""The oldest shards go when all of them together are larger."""
_PASSING = ("locked", "busy", "readonly", "read-only", "full", "disk i/o", "unable to open")

_META = MetaData()
_SHARDS = Table(
    "shards",
    _META,
    Column("id", Integer, primary_key=True),
    Column("part", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
)
_ROWS = Table(
    "rows",
    _META,
    Column("id", Integer, primary_key=True),
    Column("part", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("shard", Integer, nullable=False, index=True),
    Column("row", Integer, nullable=False),
    Column("crc", Integer, nullable=False),
    UniqueConstraint("part", "key"),
)

Place = tuple[int, int, int]
"""Shard id, row in it, CRC-32 of the row's bytes."""


class Blobs:
    """Embeddings by part and key; safe for several threads and processes.

    Args:
        folder: The project's `cache/`; made when first written to.
        most_bytes: Bytes of all shards together, at least that of one shard.

    Example:
        >>> blobs = Blobs(project_folder / "cache")                  # doctest: +SKIP
        >>> blobs.put("abc.onnx", ["sha of the image"], rows)        # doctest: +SKIP
        >>> found, values = blobs.get("abc.onnx", ["sha of the image"], 1280)  # doctest: +SKIP
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._opened_file = 0
        self._forget()

    def get(
        self, part: str, keys: Sequence[str], width: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.float16]]:
        """Return what is known of some keys.

        Args:
            part: The encoder part and preparation that made the rows.
            keys: n keys.
            width: Length of a row.

        Returns:
            (n,) which are known, and float16 (n, width), zero where not.
        """
        import numpy as np

        found = np.zeros(len(keys), bool)
        values = np.zeros((len(keys), width), np.float16)
        if not keys:
            return found, values
        with self._lock:
            known = self._known.setdefault(part, {})
            if unknown := [key for key in keys if key not in known]:
                self._refresh(part, unknown)
                known = self._known.setdefault(part, {})
            by_shard: dict[int, list[tuple[int, int, int]]] = {}
            for at, key in enumerate(keys):
                if place := known.get(key):
                    by_shard.setdefault(place[0], []).append((at, place[1], place[2]))
            maps = {shard: self._map(shard, width) for shard in by_shard}
        for shard, wanted in by_shard.items():
            if (stored := maps[shard]) is None:
                self._forget_keys(part, [keys[at] for at, _, _ in wanted])
                continue
            rows = stored[[row for _, row, _ in wanted]]
            sound = [zlib.crc32(row) == crc for row, (_, _, crc) in zip(rows, wanted, strict=True)]
            places = np.array([at for at, _, _ in wanted])
            values[places[sound]] = rows[sound]
            found[places[sound]] = True
            if not all(sound):
                self._forget_keys(part, [keys[at] for at in places if not found[at]])
        return found, values

    def put(self, part: str, keys: Sequence[str], values: NDArray[np.float16]) -> bool:
        """Keep some rows; earlier rows of the same keys are replaced.

        Args:
            part: As in `get`.
            keys: n different keys.
            values: float16 (n, width), rounded already.

        Returns:
            False when the cache took nothing (a full or locked disk): nobody need care.
        """
        if not len(keys):
            return True
        with self._lock:
            engine = self._opened()
            if engine is None:
                return False
            try:
                with writing_connection(engine) as connection, connection.begin():
                    self._append(connection, part, keys, values)
                    stale = self._drop_oldest(connection)
                for file in stale:
                    (self._folder / file).unlink(missing_ok=True)
            except exc.DatabaseError as problem:
                self._mend(problem)
                return False
            except OSError:
                return False
        return True

    def size(self) -> int:
        """Return the bytes that all shards may take."""
        with self._lock:
            engine = self._opened()
            if engine is None:
                return 0
            try:
                with engine.connect() as connection:
                    return sum(_bytes(rows, width) for rows, width in _shard_sizes(connection))
            except exc.DatabaseError as problem:
                self._mend(problem)
                return 0

    def close(self) -> None:
        """Let go of all files."""
        with self._lock:
            if self._engine:
                self._engine.dispose()
            self._engine = None
            self._forget()

    def _forget(self) -> None:
        self._known: dict[str, dict[str, Place]] = {}
        self._files: dict[int, tuple[str, int]] = {}
        self._maps: dict[int, NDArray[np.float16] | None] = {}
        self._last: dict[str, int] = {}

    def _forget_keys(self, part: str, keys: Sequence[str]) -> None:
        with self._lock:
            for key in keys:
                self._known.get(part, {}).pop(key, None)

    def _opened(self) -> Engine | None:
        if self._engine is not None and self._index_file() != self._opened_file:
            self.close()
        if self._engine is None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                engine = open_engine(self._folder / "index.db", "rwc")
                with writing_connection(engine) as connection, connection.begin():
                    _META.create_all(connection)
                    self._sweep(connection)
                self._engine, self._opened_file = engine, self._index_file()
            except exc.DatabaseError as problem:
                engine.dispose()
                self._mend(problem)
            except (OSError, Situation):
                return None
        return self._engine

    def _index_file(self) -> int:
        """Return what tells this index file from another of the same name; 0 for none."""
        try:
            return (self._folder / "index.db").stat().st_ino
        except OSError:
            return 0

    def _sweep(self, connection: Connection) -> None:
        """Remove shards that the index does not know; runs under the lease."""
        known = set(connection.scalars(select(_SHARDS.c.file)))
        for path in self._folder.glob("*.f16"):
            if path.name not in known:
                path.unlink(missing_ok=True)

    def _mend(self, problem: exc.DatabaseError) -> None:
        """Throw the index away when it is damaged; wait for better times when it is not."""
        self.close()
        if any(word in str(problem).lower() for word in _PASSING):
            return
        for path in self._folder.glob("index.db*"):
            path.unlink(missing_ok=True)

    def _refresh(self, part: str, keys: Sequence[str]) -> None:
        """Learn where rows lie: a few by their keys, many by all that is new of the part."""
        engine = self._opened()
        if engine is None:
            return
        wanted = select(_ROWS.c.id, _ROWS.c.key, _ROWS.c.shard, _ROWS.c.row, _ROWS.c.crc).where(
            _ROWS.c.part == part
        )
        few = len(keys) <= _FEW
        wanted = wanted.where(
            _ROWS.c.key.in_(keys) if few else _ROWS.c.id > self._last.get(part, 0)
        ).order_by(_ROWS.c.id)
        try:
            with engine.connect() as connection:
                for shard in connection.execute(select(_SHARDS.c.id, _SHARDS.c.file, _SHARDS.c.width)):
                    self._files[shard.id] = (shard.file, shard.width)
                rows = connection.execute(wanted).all()
        except exc.DatabaseError as problem:
            self._mend(problem)
            return
        known = self._known.setdefault(part, {})
        known.update((key, (shard_id, row, crc)) for _, key, shard_id, row, crc in rows)
        if rows and not few:
            self._last[part] = rows[-1][0]

    def _map(self, shard: int, width: int) -> NDArray[np.float16] | None:
        import numpy as np

        if shard not in self._maps:
            file, shard_width = self._files.get(shard, ("", 0))
            try:
                self._maps[shard] = np.memmap(
                    self._folder / file, np.float16, "r", shape=(_capacity(shard_width), shard_width)
                )
            except (OSError, ValueError):
                self._maps[shard] = None
        stored = self._maps[shard]
        return stored if stored is not None and stored.shape[1] == width else None

    def _append(
        self, connection: Connection, part: str, keys: Sequence[str], values: NDArray[np.float16]
    ) -> None:
        width = int(values.shape[1])
        at = 0
        last = int(connection.scalar(select(func.max(_ROWS.c.id))) or 0)
        while at < len(keys):
            shard, file, used = self._shard(connection, part, width)
            count = min(len(keys) - at, _capacity(width) - used)
            block = values[at : at + count]
            with (self._folder / file).open("r+b") as out:
                out.seek(used * width * 2)
                out.write(block.tobytes())
            some = list(keys[at : at + count])
            connection.execute(
                delete(_ROWS).where(_ROWS.c.part == part, _ROWS.c.key == bindparam("wanted")),
                [{"wanted": key} for key in some],
            )
            first = last + 1 + at
            connection.execute(
                insert(_ROWS),
                [
                    {
                        "id": first + i,
                        "part": part,
                        "key": key,
                        "shard": shard,
                        "row": used + i,
                        "crc": zlib.crc32(block[i].tobytes()),
                    }
                    for i, key in enumerate(some)
                ],
            )
            connection.execute(update(_SHARDS).where(_SHARDS.c.id == shard).values(rows=used + count))
            at += count

    def _shard(self, connection: Connection, part: str, width: int) -> tuple[int, str, int]:
        """Return id, file and rows used of a shard with room for one row more."""
        roomy = select(_SHARDS).where(
            _SHARDS.c.part == part, _SHARDS.c.width == width, _SHARDS.c.rows < _capacity(width)
        )
        for shard in connection.execute(roomy.order_by(_SHARDS.c.id.desc())):
            if (self._folder / shard.file).exists():
                return shard.id, shard.file, shard.rows
        file = f"{secrets.token_hex(8)}.f16"
        with (self._folder / file).open("xb") as out:
            out.truncate(_capacity(width) * width * 2)
        added = connection.execute(insert(_SHARDS).values(part=part, file=file, width=width, rows=0))
        key = added.inserted_primary_key
        return int(key[0] if key else 0), file, 0

    def _drop_oldest(self, connection: Connection) -> list[str]:
        shards = list(connection.execute(select(_SHARDS).order_by(_SHARDS.c.id)))
        total = sum(_bytes(shard.rows, shard.width) for shard in shards)
        stale = []
        for shard in shards[:-1]:
            if total <= self._most_bytes:
                break
            total -= _bytes(shard.rows, shard.width)
            connection.execute(delete(_ROWS).where(_ROWS.c.shard == shard.id))
            connection.execute(delete(_SHARDS).where(_SHARDS.c.id == shard.id))
            stale.append(shard.file)
        return stale


def _capacity(width: int) -> int:
    return max(1, SHARD_BYTES // (2 * max(1, width)))


def _bytes(rows: int, width: int) -> int:
    return rows * width * 2


def _shard_sizes(connection: Connection) -> list[tuple[int, int]]:
    return [(rows, width) for rows, width in connection.execute(select(_SHARDS.c.rows, _SHARDS.c.width))]
