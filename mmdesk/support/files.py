"""Files written whole or not at all and for this account alone, read without waiting, and their digests."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_BLOCK = 1 << 20
_NEVER_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def private_opener(path: str, flags: int) -> int:
    """Open a file as `open(..., opener=private_opener)` does; one that is made is for this account alone."""
    return os.open(path, flags, PRIVATE_FILE)


def make_private(folder: Path) -> None:
    """Make a folder, and those above it, for this account alone; one that is there stays as it is."""
    if not folder.parent.exists():
        make_private(folder.parent)
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def make_empty(path: Path) -> None:
    """Make an empty file for this account alone, whatever lay there."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))


def partial_name(path: Path) -> Path:
    """Return where a file is written before it counts."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give an empty file to write; it takes the place of `path` when all of it is on the disk.

    A crash leaves the old file or the new one, never a part of it under its name.

    Args:
        path: The file; its folder exists.
    """
    partial = partial_name(path)
    try:
        make_empty(partial)
        yield partial
        sync(partial)
        partial.replace(path)
        sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to fill; it gets its name when all that is in it is on the disk.

    Args:
        folder: The folder; it must not exist yet, the one above it must.
    """
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        yield partial
        for path in [*partial.rglob("*"), partial]:
            if path.is_dir():
                path.chmod(PRIVATE_FOLDER)
                sync_folder(path)
            else:
                path.chmod(PRIVATE_FILE)
                sync(path)
        partial.rename(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_whole(path: Path, data: bytes | str) -> None:
    """Write a file so that a crash leaves the old or the new content, never a part.

    Args:
        path: The file; its folder exists.
        data: The content; text is written as UTF-8.
    """
    with whole(path) as partial:
        partial.write_bytes(data.encode() if isinstance(data, str) else data)


def copy_whole(source: Path, target: Path) -> str:
    """Copy an ordinary file whole or not at all; return the digest of what was copied.

    Raises:
        OSError: It cannot be read or written, is no ordinary file, or grew while it was copied.
    """
    digest = sha256()
    with open_regular(source) as reading, whole(target) as partial, partial.open("wb") as writing:
        for block in _blocks(reading):
            digest.update(block)
            writing.write(block)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Make a file last on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a folder's names last on the disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_regular(path: Path) -> BinaryIO:
    """Open an ordinary file for reading; never waits for a pipe, never reads a device.

    Raises:
        OSError: It is not there, may not be read, or is no ordinary file.
    """
    descriptor = os.open(path, os.O_RDONLY | _NEVER_WAIT)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not an ordinary file")
    return os.fdopen(descriptor, "rb")


def files_in(folder: Path) -> list[Path]:
    """Return the ordinary files of a folder by name, hidden ones and those of folders in it left out."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if not entry.name.startswith(".") and entry.is_file()]
    return [folder / name for name in sorted(names)]


def sha256_of(path: Path) -> str:
    """Return the hex digest of an ordinary file's bytes; of a folder that of its files' names and digests.

    Raises:
        OSError: It cannot be read, is no ordinary file, or grew while it was read.
    """
    digest = sha256()
    if path.is_dir():
        for member in files_in(path):
            digest.update(f"{sha256_of(member)} {member.name}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()
    with open_regular(path) as file:
        for block in _blocks(file):
            digest.update(block)
    return digest.hexdigest()


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """Give a file's bytes, no more than it had when it was opened."""
    left = os.fstat(file.fileno()).st_size
    while block := file.read(_BLOCK):
        left -= len(block)
        if left < 0:
            raise OSError(f"{file.name} grew while it was read")
        yield block
