"""Files written whole or not at all, and their digests."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

_BLOCK = 1 << 20


def write_whole(path: Path, data: bytes | str) -> None:
    """Write a file so that a crash leaves the old or the new content, never a part.

    Args:
        path: The file; its folder exists.
        data: The content; text is written as UTF-8.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Return the hex digest of a file's bytes."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
