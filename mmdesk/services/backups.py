"""Backups of a project: made by themselves, thinned with age, put back when asked.

A backup is a consistent copy of the database, checked before it counts. One is made half an
hour after the last when something changed, and before every migration and import. All of
the last two days are kept, then one a day, one a week, one a month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mmdesk.core.errors import NotAProject, Situation
from mmdesk.services.project import SCHEMA_FILE, Project, folder_of
from mmdesk.storage import backup as copies
from mmdesk.storage import rotation
from mmdesk.storage.restore import put_in_place


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup.

    Attributes:
        path: The file.
        at: UTC time when it was made.
        size: Bytes.
    """

    path: Path
    at: datetime
    size: int


def backups_of(folder: Path) -> list[Backup]:
    """Return a project's backups, newest first."""
    found = [
        Backup(path, at, path.stat().st_size)
        for path in copies.backups_of(folder)
        if (at := copies.backup_time(path))
    ]
    return found[::-1]


def back_up(project: Project) -> Path:
    """Make a backup of a project now, which may be in use, and thin the old ones.

    Raises:
        DiskFull: It did not fit; nothing is left of it.
        Situation: The copy is not sound.
    """
    return rotation.back_up(project.store)


def back_up_if_due(project: Project) -> Path | None:
    """Make a backup if something changed and the last is half an hour old; else None.

    An open project does so by itself (`Project.changed`).
    """
    return rotation.back_up_if_due(project.store)


def restore(folder: Path, backup: Path) -> None:
    """Put a backup in the place of a project's database; the project must be closed.

    The database that is replaced is kept in `backups/replaced-...`, and the journal tells
    of the restore. Image files and models are not part of a backup and stay as they are.

    Args:
        folder: The project's folder.
        backup: One of its backups.

    Raises:
        NotAProject: The folder or the backup is not one of mmdesk.
        ProjectTooNew: A newer mmdesk made the backup.
        Situation: The project is open, or the backup is not sound; nothing was changed.
    """
    folder = folder_of(folder)
    if not backup.is_file():
        what = f"The backup {backup.name} is not there."
        raise NotAProject(what, "The project is untouched.", "Choose another backup.")
    problems = copies.problems_of(backup)
    if problems:
        what = f"The backup {backup.name} is not sound."
        raise Situation(what, "The project is untouched.", "Choose an older backup.", problems[0])
    put_in_place(folder, backup, SCHEMA_FILE)
