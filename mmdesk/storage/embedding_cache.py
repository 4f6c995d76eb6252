"""The cache of embeddings: one table of float16 rows in a SQLite file of its own.

Its folder may be deleted at any time, and whatever is wrong with it costs only work done
again: nothing here fails towards its caller. Window and child share the file; SQLite's locks
keep their writing apart.
"""

from __future__ import annotations

import json
import logging
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmdesk.core.errors import Situation
from mmdesk.storage.database.dialect import DriverError, open_cache
from mmdesk.words import QT_TR_NOOP

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_BYTES = 2 << 30
"""The oldest rows go when the table is larger."""
_PASSING = ("locked", "busy", "readonly", "read-only", "full", QT_TR_NOOP("disk i/o"), QT_TR_NOOP("unable to open"))
_FILE = "embeddings.db"
_EARLIER = ("index.db*", "*.f16")
"""What earlier versions of the program kept in the folder."""
_TABLE = """CREATE TABLE IF NOT EXISTS embeddings (
    id INTEGER PRIMARY KEY, part TEXT NOT NULL, key TEXT NOT NULL, crc INTEGER NOT NULL, value BLOB NOT NULL,
    UNIQUE (part, key)) STRICT"""
_GET = """SELECT key, crc, value FROM embeddings WHERE id IN
    (SELECT id FROM embeddings WHERE part = ? AND key IN (SELECT value FROM json_each(?)))"""
"""By id, which SQLite goes through in rising order: as the rows lie in the file."""
_PUT = "INSERT OR REPLACE INTO embeddings (part, key, crc, value) VALUES (?, ?, ?, ?)"
_OLDEST = "DELETE FROM embeddings WHERE id <= (SELECT (7 * min(id) + max(id)) / 8 FROM embeddings)"

log = logging.getLogger(__name__)


class EmbeddingCache:
    """Embeddings by part and key; safe for several threads and processes.

    Args:
        folder: The project's `cache/`; made when first used.
        most_bytes: Bytes of all rows together.

    Example:
        >>> cache = EmbeddingCache(project_folder / "cache")        # doctest: +SKIP
        >>> cache.put("abc.onnx", ["sha of the image"], rows)        # doctest: +SKIP
        >>> found, values = cache.get("abc.onnx", ["sha of the image"], 1280)  # doctest: +SKIP
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._file = folder / _FILE
        self._most_bytes = most_bytes
        self._lock = threading.RLock()
        self._connection: Any = None
        self._opened_file = 0

    def get(self, part: str, keys: Sequence[str], width: int) -> tuple[NDArray[np.bool_], NDArray[np.float16]]:
        """Return what is known of some keys.

        Args:
            part: The encoder part and preparation that made the rows.
            keys: n keys.
            width: Length of a row.

        Returns:
            (n,) which are known, and float16 (n, width), zero where not.
        """
        import numpy as np

        place = {key: at for at, key in enumerate(keys)}
        found = np.zeros(len(keys), bool)
        values = np.zeros((len(keys), width), np.float16)
        with self._lock:
            try:
                for key, crc, value in self._rows(part, list(place)):
                    if len(value) == 2 * width and zlib.crc32(value) == crc:
                        at = place[key]
                        values[at], found[at] = np.frombuffer(value, np.float16), True
            except DriverError as problem:
                self._mend(problem)
        if len(place) < len(keys):
            last = [place[key] for key in keys]
            found, values = found[last], values[last]
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
        rows = [value.tobytes() for value in values]
        with self._lock:
            try:
                connection = self._opened()
                if connection is None:
                    return False
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    new = zip(keys, rows, strict=True)
                    connection.executemany(_PUT, [(part, key, zlib.crc32(row), row) for key, row in new])
                    while self.size() > self._most_bytes and connection.execute(_OLDEST).rowcount > 0:
                        pass
            except DriverError as problem:
                self._mend(problem)
                return False
        return True

    def size(self) -> int:
        """Return the bytes that all rows take."""
        with self._lock:
            try:
                connection = self._opened()
                if connection is None:
                    return 0
                pages, free, bytes_each = (
                    int(connection.execute(f"PRAGMA {name}").fetchone()[0])
                    for name in ("page_count", "freelist_count", "page_size")
                )
            except DriverError as problem:
                self._mend(problem)
                return 0
        return (pages - free) * bytes_each

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _rows(self, part: str, keys: Sequence[str]) -> Iterator[tuple[str, int, bytes]]:
        """Give the known rows in the order in which they lie in the file."""
        connection = self._opened()
        if connection is None:
            return
        yield from connection.execute(_GET, (part, json.dumps(keys)))

    def _opened(self) -> Any:
        if self._connection is not None and self._inode() != self._opened_file:
            self.close()
        if self._connection is None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                _remove(self._folder, *_EARLIER)
                self._connection = open_cache(self._file)
            except (OSError, Situation):
                return None
            self._connection.execute(_TABLE)
            self._opened_file = self._inode()
        return self._connection

    def _inode(self) -> int:
        """Return what tells this file from another of the same name; 0 for none."""
        try:
            return self._file.stat().st_ino
        except OSError:
            return 0

    def _mend(self, problem: Exception) -> None:
        """Throw the file away when it is damaged; wait for better times when it is not."""
        self.close()
        if any(word in str(problem).lower() for word in _PASSING):
            return
        log.warning("The cache of embeddings was damaged and is made anew: %s", problem)
        with suppress(OSError):
            _remove(self._folder, f"{_FILE}*")


def _remove(folder: Path, *patterns: str) -> None:
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
