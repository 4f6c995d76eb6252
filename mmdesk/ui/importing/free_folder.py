"""Where a project that is made of a table goes."""

from __future__ import annotations

from pathlib import Path


def free_folder(parent: Path, name: str) -> Path:
    """Return a folder for a project of that name that is not there yet."""
    safe = "".join(letter if letter.isalnum() or letter in " -_." else "-" for letter in name).strip(" .")
    folder = parent / f"{safe or 'project'}.mmdesk"
    number = 2
    while folder.exists():
        folder = parent / f"{safe or 'project'} {number}.mmdesk"
        number += 1
    return folder
