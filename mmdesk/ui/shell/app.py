"""The composition root: puts the window together and runs it."""

from __future__ import annotations

import builtins
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mmdesk.support.paths import is_project
from mmdesk.support.resources import resource
from mmdesk.support.trace import trace
from mmdesk.words import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from mmdesk.core.cases.worklist import FirstPage
    from mmdesk.ui.kit.bridge import Bridge
    from mmdesk.ui.kit.keys import Keys
    from mmdesk.ui.kit.preferences import Preferences
    from mmdesk.ui.shell.main_window import MainWindow


SWITCH_SECONDS: Final = 0.001
"""A thread that wants the interpreter has it after this time: the window's, while others work."""


def run(place: str | None) -> int:
    """Run the window until it is closed.

    Args:
        place: Folder of the project to open at once, a table or another path for the start page
            to take, or None for the start page as it is.

    Returns:
        The exit code.
    """
    plain_import = builtins.__import__
    app = _application()
    builtins.__import__ = plain_import  # PySide6 puts a slower one in its place
    window = build(app, Path(place) if place else None)
    _close_on_signals(window)
    code = app.exec()
    window.bridge.close()
    return code


def build(app: QApplication, place: Path | None) -> MainWindow:
    """Make and show the window; a given project is opened on the database lane meanwhile."""
    from mmdesk.ui.kit import theme
    from mmdesk.ui.kit.bridge import Bridge
    from mmdesk.ui.kit.keys import Keys
    from mmdesk.ui.kit.notices import Notices
    from mmdesk.ui.kit.preferences import Preferences

    sys.setswitchinterval(SWITCH_SECONDS)
    project = place if place is not None and is_project(place) else None
    notices = Notices()
    notices.install()
    preferences = Preferences()
    bridge = Bridge(preferences, notices)
    preferences.save_with = lambda save: bridge.runner.submit("Remembering", lambda _ctx: save())
    page = _kept_page(preferences, project)
    if project is not None and page is None:
        _warm_database(bridge)
    theme.apply(app, preferences.get("theme"), preferences.get("text_size") / 100)
    keys = Keys(preferences, notices)
    window = _window(bridge, keys, project, page)
    keys.setParent(window)
    bridge.setParent(window)
    if place is not None and project is None:
        window.pages.start.take_path(place)
    return window


def _close_on_signals(window: MainWindow) -> None:
    """Close as by the window's own button when the system asks the program to end.

    Python sees a signal only when it runs, which Qt's loop need not let it; so the signal
    also writes to a pipe that the loop watches.
    """
    if sys.platform == "win32":
        return
    import signal

    from PySide6.QtCore import QSocketNotifier

    ear, mouth = os.pipe()
    for end in (ear, mouth):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(mouth)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: None)
    notifier = QSocketNotifier(ear, QSocketNotifier.Type.Read, window)
    notifier.activated.connect(window.close)


def _application() -> QApplication:
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from mmdesk.ui.kit.translation import use_own_language
    from mmdesk.ui.shell import displays

    displays.say_when_there_is_none()
    QApplication.setApplicationName("mmdesk")
    QApplication.setDesktopFileName("mmdesk")
    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    use_own_language(app)
    app.setWindowIcon(QIcon(str(resource("themes", "mmdesk.svg"))))
    return app


def _kept_page(preferences: Preferences, project: Path | None) -> FirstPage | None:
    """Return the first page of the project's worklist, where the last window's still holds."""
    from mmdesk.services.cases.first_page import kept_page

    return kept_page(project, str(preferences.get("reader"))) if project else None


def _warm_database(bridge: Bridge) -> None:
    """Load the database's libraries on its own lane while the window is being made."""

    def work(_ctx: object) -> None:
        import mmdesk.services.cases.reading
        import mmdesk.services.project  # noqa: F401

    bridge.run(tr("Loading the database"), work, urgent=True)


def _window(bridge: Bridge, keys: Keys, project: Path | None, page: FirstPage | None) -> MainWindow:
    from mmdesk.ui.shell.main_window import MainWindow
    from mmdesk.ui.shell.startup import Startup
    from mmdesk.ui.shell.window_actions import WindowActions

    window = MainWindow(bridge, keys)
    actions = WindowActions(window)
    waits = project is not None and page is None
    Startup(window, expects_project=waits, then=actions.projects.release)
    if project is None:
        window.show_page("start")
    else:
        actions.projects.open_first(str(project.resolve()), page)
    window.show()
    keys.watch(window)
    trace("window_made")
    logging.getLogger(__name__).info(tr("The window is made"))
    return window
