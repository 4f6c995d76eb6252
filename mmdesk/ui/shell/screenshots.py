"""Pictures of the window's pages with a project open, taken without a display."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from mmdesk.support.unfinished import private_folder
from mmdesk.ui.kit.pages import PAGES
from mmdesk.ui.shell.app import build

if TYPE_CHECKING:
    from mmdesk.ui.shell.main_window import MainWindow

SIZE: Final = (1600, 1000)
QUIET_MS: Final = 800
"""A page is finished when no job has changed its state for so long."""
LONGEST_MS: Final = 20_000


def take(project: Path, folder: Path, reader: str = "") -> list[str]:
    """Open a project in a window nobody sees and take a picture of each page.

    The person's own settings are neither read nor changed.

    Args:
        project: The project's folder.
        folder: Where the pictures go; made when it is not there.
        reader: Who reads, so that what this reader may see is seen.

    Returns:
        The paths of the pictures, one a page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    earlier = {name: os.environ.get(name) for name in ("MMDESK_HOME", "QT_QPA_PLATFORM")}
    with private_folder("mmdesk-pictures-") as home:
        os.environ |= {"MMDESK_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
        try:
            return _photograph(project, folder, reader)
        finally:
            for name, value in earlier.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def _photograph(project: Path, folder: Path, reader: str) -> list[str]:
    app = QApplication.instance() or QApplication(["mmdesk"])
    assert isinstance(app, QApplication)  # noqa: S101  (no other kind is ever made)
    app.setStyle("Fusion")
    window = build(app, project)
    window.resize(*SIZE)
    if reader:
        window.bridge.set_reader(reader)
    photographer = Photographer(window, folder)
    app.exec()
    window.close()
    window.bridge.close()
    return photographer.taken


class Photographer(QObject):
    """Goes from page to page, waits until each is finished, and takes its picture.

    Attributes:
        taken: Paths of the pictures so far.
    """

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self.taken: list[str] = []
        self._window = window
        self._folder = folder
        self._left = [page.name for page in PAGES.values() if page.of_project]
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._on_quiet)
        self._longest = QTimer(self, singleShot=True, interval=LONGEST_MS)
        self._longest.timeout.connect(self._finished)
        window.bridge.job_changed.connect(self._on_job)
        window.bridge.project_opened.connect(self._on_opened)
        self._longest.start()

    def _on_opened(self, _session: object) -> None:
        self._quiet.start()

    def _on_job(self, _job: object) -> None:
        if self._quiet.isActive():
            self._quiet.start()

    def _on_quiet(self) -> None:
        """Wait on while a job runs that has nothing to tell."""
        if self._window.bridge.runner.jobs:
            self._quiet.start()
        else:
            self._finished()

    def _finished(self) -> None:
        """Take the picture of the page shown, if it is one of ours, and go to the next."""
        pages = self._window.pages
        if pages.name in self._left:
            self._left.remove(pages.name)
            path = self._folder / f"{pages.name}.png"
            if self._window.grab().save(str(path)):
                self.taken.append(str(path))
        if not self._left or self._window.bridge.session is None:
            QApplication.quit()
            return
        self._window.show_page(self._left[0])
        self._quiet.start()
        self._longest.start()
