"""The window's way to the services: their calls run on a lane and come back to the main thread.

A view that needs a use case imports it inside the work that it hands to `Bridge.read`,
`Bridge.change` or `Bridge.run`: services are imported and called on a lane, never on the main thread.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mmdesk.core.job import JobContext
from mmdesk.ui.kit.lanes import Failed
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.kit.predictions import Predictions
from mmdesk.ui.kit.preferences import Preferences
from mmdesk.ui.kit.project_lanes import ProjectLanes
from mmdesk.ui.kit.session import Session, close_session
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.project import Project

__all__ = ["Bridge", "Session"]


class Bridge(ProjectLanes):
    """Owns the job runner and the session, and announces what changed.

    Signals:
        project_opened: The new `Session`.
        project_closed: No project is open now.
        reader_changed: Name of the reader from now on.
        drafted: Id of a case, and whether it has answers that are kept and not stored.

    Attributes:
        predictions: Computes predictions of the open project.
    """

    project_opened = Signal(object)
    project_closed = Signal()
    reader_changed = Signal(str)
    drafted = Signal(int, bool)

    def __init__(self, preferences: Preferences, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(notices, parent)
        self.preferences = preferences
        self.predictions = Predictions(self)

    def close(self) -> None:
        """Close the project and join all threads; the window has seen to a backup."""
        if not self._closed:
            self.predictions.rest()
            self.close_lanes()
            self.predictions.close()
            if self.session:
                session, self.session = self.session, None
                close_session(session, backup=False)

    @property
    def needs_backup(self) -> bool:
        """Whether something was changed, or is being stored, that no backup has."""
        if self.session is None or self.session.look_only:
            return False
        return self.session.project.backup_wanted or any(job.lasting for job in self.runner.jobs)

    # -- the project --------------------------------------------------------------------------

    def open_project(self, folder: Path, failed: Failed | None = None) -> None:
        """Open a project on the database lane; `project_opened` follows."""
        reader = str(self.preferences.get("reader"))
        if self.session and self.session.project.folder == folder.absolute():
            self.close_project()

        def work(_ctx: JobContext) -> Project:
            from mmdesk.services.project import open_project

            project = open_project(folder)
            project.set_reader(reader)
            return project

        self.run(tr("Opening the project"), work, self.take_project, failed=failed)

    def take_project(self, project: Project) -> None:
        """Make an open project the session's; the one before is closed."""
        self._drop_project()
        self.session = Session(project, str(self.preferences.get("reader")))
        self.saved_at = project.saved_at
        self.project_opened.emit(self.session)
        self.predictions.begin()
        for words in (*project.warnings, project.look_only):
            self.notices.tell(words)

    def close_project(self) -> None:
        """Close the open project, if there is one."""
        if self.session:
            self._drop_project()
            self.project_closed.emit()

    def set_reader(self, name: str) -> None:
        """Change the reader; the other's undo ends with it."""
        name = name.strip()
        if name and name != self.preferences.get("reader"):
            self.preferences.set("reader", name)
            if self.session:
                project = self.session.project
                self.session = Session(project, name)
                self.run(tr("Changing the reader"), lambda _ctx: project.set_reader(name), urgent=True)
            self.reader_changed.emit(name)

    # -- within -------------------------------------------------------------------------------

    def _drop_project(self) -> None:
        if self.session is None:
            return
        session, self.session = self.session, None
        self.predictions.forget()
        for job in self.runner.jobs:
            if job.lane == "background":
                job.cancel()
        self.runner.submit(tr("Closing the project"), lambda _ctx: close_session(session), lane="database")
