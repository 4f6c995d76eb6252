"""Files that work on models leaves in a project when its process is killed."""

from __future__ import annotations

import shutil
from pathlib import Path

INCOMING = "incoming"
"""Folder under `models` where files that nobody vouches for lie while they are looked at."""
_HALF_WRITTEN = (f"{INCOMING}/*", ".v*-*", "parts/.export-*")


def leftovers(project: Path) -> list[Path]:
    """Return copies and half-written folders under a project's `models`."""
    return sorted(path for pattern in _HALF_WRITTEN for path in (project / "models").glob(pattern))


def remove_leftovers(project: Path) -> None:
    """Take them away; only for who holds the right to write, at the start, when nothing is made."""
    for path in leftovers(project):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
