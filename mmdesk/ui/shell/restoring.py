"""What the window does to put a backup in the place of a project's database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from mmdesk.core.job import JobContext
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.backups import BackupPreview, BackupPreviews
    from mmdesk.ui.shell.main_window import MainWindow


class Restoring:
    """Asks which backup, closes the project, restores it and opens the project again.

    Args:
        window: The window.
        open_folder: Opens a project.
    """

    def __init__(self, window: MainWindow, open_folder: Callable[[str], object]) -> None:
        self._window = window
        self._bridge = window.bridge
        self._open = open_folder

    def why_not(self) -> str:
        """Return why no backup can be restored now; empty when one can.

        Without an open project one can: a damaged project cannot be opened.
        """
        session = self._bridge.session
        if session is None:
            return ""
        busy = next((job.name for job in self._bridge.runner.jobs if job.shown), "")
        if busy:
            return tr("{busy} is under way. Nothing was changed. Wait for it or cancel it, then restore.", busy=busy)
        return session.look_only

    def begin(self) -> None:
        """Look at the backups of the open project, or of one that is chosen, and ask which."""
        session = self._bridge.session
        if session is not None:
            self._look_at(session.project.folder)
            return
        recent = self._bridge.preferences.recent
        near = str(Path(recent[0]["folder"]).parent) if recent else ""
        if folder := QFileDialog.getExistingDirectory(self._window, tr("Choose the project's folder"), near):
            self._look_at(Path(folder))

    def _look_at(self, folder: Path) -> None:
        def work(_ctx: JobContext) -> BackupPreviews:
            from mmdesk.services.backups import look_at_backups

            return look_at_backups(folder)

        self._bridge.run(
            tr("Looking at the backups"),
            work,
            lambda looks: self._choose(folder, looks),
            lane="background",
            shown=True,
        )

    def _choose(self, folder: Path, looks: BackupPreviews) -> None:
        from mmdesk.ui.shell.restore_dialog import RestoreBackup

        if not looks.looks:
            first = tr("{stem} has no backup yet. Nothing was changed.", stem=folder.stem)
            do = tr("One is made by itself when the project is closed and half an hour after a change.")
            self._bridge.notices.tell(f"{first} {do}")
            return
        dialog = RestoreBackup(self._window, folder.stem, looks)
        if dialog.exec():
            self._restore(folder, dialog.look)

    def _restore(self, folder: Path, look: BackupPreview) -> None:
        from mmdesk.ui.shell.restore_dialog import said_at

        def work(_ctx: JobContext) -> None:
            from mmdesk.services.backups import restore

            restore(folder, look.backup.path)

        def done(_none: None) -> None:
            words = tr(
                "The backup of {said_at} is restored. What stood before is kept in the backups.", said_at=said_at(look)
            )
            self._bridge.notices.tell(words)
            self._open(str(folder))

        def failed(problem: BaseException) -> None:
            self._bridge.notices.raised(problem)
            self._open(str(folder))

        self._bridge.close_project()
        self._bridge.run(tr("Restoring the backup"), work, done, failed=failed, shown=True)
