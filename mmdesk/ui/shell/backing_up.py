"""Backups from the window: one now, and one before the window closes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QProgressBar, QVBoxLayout, QWidget

from mmdesk.core.job import JobContext, Progress
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.jobs.runner import Job
    from mmdesk.ui.kit.bridge import Bridge


def back_up_now(bridge: Bridge) -> None:
    """Make a backup of the open project and say so; it is listed among the jobs and can be cancelled."""
    session = bridge.need_session()

    def work(ctx: JobContext) -> Path:
        from mmdesk.services.backups import back_up

        return back_up(session.project, ctx)

    def done(path: Path) -> None:
        bridge.notices.tell(tr("Backed up as {name}. It was opened and is sound.", name=path.name))

    bridge.run(tr("Making a backup"), work, done, lane="background", shown=True)


class Parting(QDialog):
    """Shown while what changed is backed up before the window closes.

    Args:
        parent: The window.
        bridge: Its bridge, with an open project.
        then: Called once the window can close, whatever became of the backup.
    """

    def __init__(self, parent: QWidget, bridge: Bridge, then: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Closing"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumWidth(420)
        self._bridge = bridge
        self._then = then
        self._job: Job[Path] | None = None
        self.words = label(tr("What you changed is stored. It is being backed up."), wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Making a backup"))
        self.skip = button(tr("Close without a backup"), self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.words)
        layout.addWidget(self.bar)
        layout.addLayout(row(0, self.skip))
        self.finished.connect(lambda _code: self._then())

    def begin(self) -> None:
        """Begin the backup; the dialog is shown until it ends."""
        session = self._bridge.need_session()

        def work(ctx: JobContext) -> Path:
            return session.project.back_up(ctx)

        self._job = self._bridge.run(
            tr("Making a backup"),
            work,
            lambda _path: self._end(),
            lane="database",
            failed=self._failed,
            progress=self._show,
            cancelled=self._end,
        )
        self.open()

    def reject(self) -> None:
        """Stop the backup; the window closes when that has ended."""
        if self._job is None:
            super().reject()
            return
        self.skip.setEnabled(False)
        self.words.setText(tr("What you changed is stored. The backup is being stopped."))
        self._job.cancel()

    def _show(self, progress: Progress) -> None:
        self.words.setText(tr("What you changed is stored. {words}.", words=progress.words))
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)

    def _failed(self, problem: BaseException) -> None:
        """Say why there is no backup; the person closes the window."""
        self._job = None
        self._bridge.notices.raised(problem)
        self.bar.hide()
        self.words.setText(str(problem))

    def _end(self) -> None:
        self._job = None
        self.accept()
