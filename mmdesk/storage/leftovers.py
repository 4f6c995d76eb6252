"""What work that was killed leaves in a project: half-written files and folders, and what nobody knows of."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from mmdesk.core.cases.case import ImageRef
from mmdesk.storage.database import mirror
from mmdesk.storage.store import Store

INCOMING = "incoming"
"""Folder under `models` where files that nobody vouches for lie while they are looked at."""
IMAGES = "images"
"""Folder inside a project that copied images go to, named by their content."""
COPYING = f"{IMAGES}/.copying"
"""File that is there while images are copied."""
_HALF_WRITTEN = (
    ".*.part*", "backups/.*.part*", "cache/.*.part*", "images/.*.part", "models/.*.part", "models/*/.*.part",
    f"models/{INCOMING}/*", "models/.v*-*", "models/parts/.export-*",
)  # fmt: skip
_VERSION = re.compile(r"v\d+")


def leftovers(store: Store) -> list[Path]:
    """Return half-written files and folders, models that are not registered, and copies of images without a case."""
    found = {path for pattern in _HALF_WRITTEN for path in store.folder.glob(pattern)}
    return sorted(found | set(_unregistered(store)) | set(_unused_copies(store)))


def remove_leftovers(store: Store) -> list[Path]:
    """Take them away and return them; only for who holds the right to write, at the start, when nothing is made."""
    gone = leftovers(store)
    for path in gone:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    (store.folder / COPYING).unlink(missing_ok=True)
    return gone


def _unregistered(store: Store) -> list[Path]:
    """Return the folders of models that were written and that the project never came to know.

    After a restore a model may be known to the database that was replaced, so nothing is named then.
    """
    found = [path for path in (store.folder / "models").glob("v*") if _VERSION.fullmatch(path.name)]
    known = {row.id for row in store.versions()} if found else set()
    found = [path for path in found if path.name not in known]
    if not found or store.was_restored() or not (store.folder / mirror.FILE).exists():
        return []
    told = mirror.knows(store.folder, "version")
    return [path for path in found if path.name not in told]


def _unused_copies(store: Store) -> list[Path]:
    """Return the copies of images that an import made which did not come to its end."""
    if not (store.folder / COPYING).exists():
        return []
    used = {value.path for case in store.cases() for value in case.inputs.values() if isinstance(value, ImageRef)}
    copies = (path for path in (store.folder / IMAGES).iterdir() if not path.name.startswith("."))
    return [path for path in copies if f"{IMAGES}/{path.name}" not in used]
