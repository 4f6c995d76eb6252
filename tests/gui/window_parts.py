"""A real window on a small project of real files, for the tests of the window."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image

from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.from_table import new_project
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.kit.preferences import Preferences
from mmdesk.ui.shell.main_window import MainWindow
from mmdesk.ui.shell.startup import Startup
from mmdesk.ui.shell.window_actions import WindowActions

SCHEMA = Schema(
    name="Small eyes",
    case="ID",
    group="ID",
    fields=(
        Field("left", "input", "image", ("Left",), label="Left eye", side="left"),
        Field("age", "input", "number", ("Age",), label="Age", unit="years", min=0, max=120),
        Field("sick", "target", "flag", ("Sick",), label="Sick"),
    ),
)


def make_table(folder: Path, cases: int = 12) -> Path:
    """Write a table with one tiny image a case; no case is labelled."""
    table = folder / "cases.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ID", "Left", "Age", "Sick"])
        for number in range(1, cases + 1):
            name = f"{number}.png"
            Image.new("RGB", (24, 24), (number * 9 % 255, 40, 40)).save(folder / name)
            writer.writerow([f"c{number:03d}", name, 20 + number, ""])
    return table


def make_project(folder: Path, cases: int = 12) -> Path:
    """Make a project of that table and return its folder."""
    project = folder / "small.mmdesk"
    new_project(project, make_table(folder, cases), schema=SCHEMA, ctx=SilentContext())
    return project


class Desk:
    """A window with all its parts, closed by its fixture."""

    def __init__(self, qtbot) -> None:
        self.qtbot = qtbot
        self.closed = False
        self.notices = Notices()
        self.preferences = Preferences()
        self.bridge = Bridge(self.preferences, self.notices)
        self.keys = Keys(self.preferences, self.notices)
        self.keys.guard_ms = 0
        self.window = MainWindow(self.bridge, self.keys)
        self.actions = WindowActions(self.window)
        self.startup = Startup(self.window, expects_project=False)
        self.keys.setParent(self.window)
        self.bridge.setParent(self.window)
        qtbot.addWidget(self.window, before_close_func=lambda _window: self.close())
        self.window.resize(1366, 700)
        self.window.show_page("start")
        self.window.show()
        self.keys.watch(self.window)
        qtbot.waitUntil(lambda: self.bridge.warm)

    def open(self, folder: Path) -> None:
        """Open a project and wait until a case is painted."""
        self.actions.projects.open_folder(str(folder))
        self.qtbot.waitUntil(lambda: self.keys.painted_case is not None, timeout=10_000)

    @property
    def words(self) -> list[str]:
        """What the notification centre was told."""
        return [notice.words for notice in self.notices.kept]

    def close(self) -> None:
        """Close the window as a person does, and wait until it is backed up."""
        if self.closed:
            return
        self.closed = True
        self.window.close()
        self.qtbot.waitUntil(lambda: not self.window.isVisible(), timeout=20_000)


@pytest.fixture
def desk(qtbot):
    """A shown window without a project."""
    made = Desk(qtbot)
    yield made
    made.close()


@pytest.fixture
def project(tmp_path):
    """Folder of a project of 12 unread cases."""
    return make_project(tmp_path)
