"""Backups of a project: made by themselves, thinned with age, put back when asked.

A backup is a consistent copy of the database, checked before it counts. One is made when a
project is closed, half an hour after the last when something changed, before every migration,
import and restore, and when asked. All of the last two days are kept, then one a day, one a
week, one a month.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from mmdesk.core.errors import NotAProject, Situation
from mmdesk.core.job import JobContext
from mmdesk.services.project import SCHEMA_FILE, Project, folder_of, read_project_schema
from mmdesk.storage.backups import replay, rotation
from mmdesk.storage.backups.replay import Rebuilt
from mmdesk.storage.backups.restore import put_in_place
from mmdesk.storage.backups.summary import BackupSummary, Done, holdings
from mmdesk.storage.database import backup as copies
from mmdesk.words import QT_TR_NOOP, tr

_COUNTED: Final = {
    "label": ("label", "labels"),
    "input": (QT_TR_NOOP("edited field"), QT_TR_NOOP("edited fields")),
    "mark": ("mark", "marks"),
    "refer": ("referral", "referrals"),
    "import": ("import", "imports"),
}
_OTHER: Final = (QT_TR_NOOP("other change"), QT_TR_NOOP("other changes"))
_SILENT: Final = {"reader", "display", "clock"}
"""Entries of the journal that change nothing a reader did."""


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
        Backup(path, at, path.stat().st_size) for path in copies.backups_of(folder) if (at := copies.backup_time(path))
    ]
    return found[::-1]


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a damaged project can be made again from.

    Attributes:
        backup: The newest good backup that the mirror of the journal goes on from.
        changes: How many entries of the journal followed it.
    """

    backup: Backup
    changes: int


@dataclass(frozen=True, slots=True)
class BackupPreview:
    """A backup beside the project as it stands.

    Attributes:
        backup: The backup.
        cases: Cases in it.
        labels: Labels of readers in it.
        lost: What was done since and would be gone, in words; empty for nothing, or when the
            project as it stands cannot be read.
        problem: Why it cannot be restored, in words; empty when it can.
    """

    backup: Backup
    cases: int = 0
    labels: int = 0
    lost: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BackupPreviews:
    """The backups of a project, newest first, beside what it holds now.

    Attributes:
        looks: One for each backup.
        cases: Cases in the project now; None when it cannot be read.
        labels: Labels of readers in it now; None when it cannot be read.
    """

    looks: tuple[BackupPreview, ...]
    cases: int | None
    labels: int | None


def look_at_backups(folder: Path) -> BackupPreviews:
    """Say of each backup what it holds, and what would be lost if it took the project's place.

    Args:
        folder: The project's folder; the project may be open.

    Raises:
        NotAProject: It is no folder of a project.
    """
    folder = folder_of(folder)
    found = backups_of(folder)
    now, held = holdings(folder / copies.DATABASE, [backup.path for backup in found])
    return BackupPreviews(
        tuple(_look(backup, one) for backup, one in zip(found, held, strict=True)),
        now.cases if now else None,
        now.labels if now else None,
    )


def _look(backup: Backup, held: BackupSummary | Exception) -> BackupPreview:
    if isinstance(held, BackupSummary):
        return BackupPreview(backup, held.cases, held.labels, _lost(held.since))
    return BackupPreview(
        backup, problem=held.what if isinstance(held, Situation) else tr("This backup cannot be read.")
    )


def _lost(since: tuple[Done, ...]) -> str:
    """Say what readers did, reader by reader."""
    done: dict[str, Counter[tuple[str, str]]] = {}
    for action, reader, number in since:
        if action not in _SILENT:
            done.setdefault(reader, Counter())[_COUNTED.get(action, _OTHER)] += number
    parts = []
    for reader, counts in done.items():
        told = [f"{number:,} {one if number == 1 else many}" for (one, many), number in counts.items()]
        parts.append(" and ".join([", ".join(told[:-1]), told[-1]] if told[1:] else told))
        if reader:
            parts[-1] += tr(" by {reader}", reader=reader)
    return "; ".join(parts)


def back_up(project: Project, ctx: JobContext | None = None) -> Path:
    """Make a backup of a project now, which may be in use, and thin the old ones.

    Raises:
        LookOnly: Another window writes to it.
        DiskFull: It did not fit; nothing is left of it.
        Situation: The copy is not sound.
        Cancelled: Nothing is left of it.
    """
    project.store.check_writable()
    return project.back_up(ctx)


def back_up_if_due(project: Project) -> Path | None:
    """Make a backup if something changed and the last is half an hour old; else None.

    An open project does so by itself (`Project.changed`).
    """
    return rotation.back_up_if_due(project.store)


def restore(folder: Path, backup: Path) -> None:
    """Put a backup in the place of a project's database; the project must be closed.

    The database that is replaced becomes a backup first, and its files are kept as they are in
    `backups/replaced-...`; the journal tells of the restore. Image files and models are not part
    of a backup and stay as they are.

    Args:
        folder: The project's folder.
        backup: One of its backups.

    Raises:
        NotAProject: The folder or the backup is not one of mmdesk.
        ProjectTooNew: A newer mmdesk made the backup.
        DiskFull: There is no room to keep what is replaced.
        Situation: The project is open, or the backup is not sound; nothing was changed.
    """
    folder = folder_of(folder)
    if not backup.is_file():
        what = tr("The backup {name} is not there.", name=backup.name)
        raise NotAProject(what, tr("The project is untouched."), tr("Choose another backup."))
    problems = copies.problems_of(backup)
    if problems:
        what = tr("The backup {name} is not sound.", name=backup.name)
        raise Situation(what, tr("The project is untouched."), tr("Choose an older backup."), problems[0])
    put_in_place(folder, backup, SCHEMA_FILE)


def find_recovery(folder: Path) -> Recovery | None:
    """Return what a damaged project can be made again from; None when there is no good backup."""
    found = replay.find(folder_of(folder))
    if found is None:
        return None
    at = copies.backup_time(found.backup)
    assert at is not None  # noqa: S101  (its name is a backup's)
    return Recovery(Backup(found.backup, at, found.backup.stat().st_size), len(found.rows))


def recover(folder: Path) -> Rebuilt:
    """Make a damaged database again: the newest good backup, then every change the journal's mirror has.

    The damaged files are kept as they are in `backups/replaced-...`.

    Args:
        folder: The project's folder; the project must be closed.

    Raises:
        NotAProject: The folder is not one of mmdesk.
        Situation: The project is open, or there is no good backup; nothing was changed.
    """
    folder = folder_of(folder)
    return replay.rebuild(folder, read_project_schema(folder), SCHEMA_FILE)


def say_recovered(done: Rebuilt) -> str:
    """Return what a recovery did, in words."""
    changes = tr("1 change") if done.replayed == 1 else tr("{count:,} changes", count=done.replayed)
    words = tr(
        "The project was made again from {name} and {changes} that the journal's mirror told of.",
        name=done.backup.name,
        changes=changes,
    )
    if done.left_out:
        listed = ", ".join(f"{count:,} {action}" for action, count in sorted(done.left_out.items()))
        words += " " + tr("Not done again, because the mirror does not hold all of them: {listed}.", listed=listed)
        if done.left_out["import"]:
            words += " " + tr("Import their tables again.")
    return words
