"""What is being made outside of projects, remembered so that the next start removes it after a crash.

While an export or a job's folder is made, a record of its path lies in the user's data, locked by
its process. A record that nobody has locked is of a process that died.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mmdesk.support.file_lock import try_lock
from mmdesk.support.files import PRIVATE_FILE, make_private, partial_name
from mmdesk.support.files import whole as plain_whole
from mmdesk.support.paths import data_dir

_OWN = ("mmdesk-", ".export-")


@contextmanager
def noted(path: Path) -> Iterator[None]:
    """Remember a file or folder while it is being made."""
    record = None
    with suppress(OSError):  # without a record the work goes on; a crash then leaves its part behind
        make_private(_records())
        record = _records() / uuid.uuid4().hex
        descriptor = os.open(record, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        try_lock(descriptor)
        os.write(descriptor, os.fsencode(path.absolute()))
    try:
        yield
    finally:
        if record is not None:
            with suppress(OSError, NameError):
                os.close(descriptor)
            with suppress(OSError):
                record.unlink(missing_ok=True)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Do as `files.whole` does, for a file that a person chose the place of."""
    with noted(partial_name(path)), plain_whole(path) as partial:
        yield partial


@contextmanager
def private_folder(prefix: str, above: Path | None = None) -> Iterator[Path]:
    """Give a folder for this account alone that goes when the work ends, or at the next start.

    Args:
        prefix: The beginning of its name: `mmdesk-...` or `.export-`.
        above: The folder that it lies in; the system's for passing files when None.
    """
    if not prefix.startswith(_OWN):
        raise ValueError(prefix)
    above = above or Path(tempfile.gettempdir())
    folder = above / f"{prefix}{uuid.uuid4().hex[:12]}"
    with noted(folder):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def left() -> list[Path]:
    """Return what processes that died left half made."""
    return [path for _, path in _left() if path.exists() or path.is_symlink()]


def remove_left() -> list[Path]:
    """Remove what processes that died left half made; return it."""
    gone = []
    for record, path in _left():
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
                gone.append(path)
            elif path.exists() or path.is_symlink():
                path.unlink()
                gone.append(path)
            record.unlink(missing_ok=True)
    return gone


def _left() -> Iterator[tuple[Path, Path]]:
    with suppress(OSError):
        for record in sorted(_records().iterdir()):
            with suppress(OSError):
                descriptor = os.open(record, os.O_RDWR)
                try:
                    text = os.read(descriptor, 1 << 16) if try_lock(descriptor) else b""
                finally:
                    os.close(descriptor)
                path = Path(os.fsdecode(text))
                if text and _is_ours(path):
                    yield record, path


def _is_ours(path: Path) -> bool:
    part = path.name.startswith(".") and path.name.endswith(".part")
    return path.is_absolute() and (part or path.name.startswith(_OWN))


def _records() -> Path:
    return data_dir() / "unfinished"
