"""The start page: into a case in one step."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSpacerItem, QVBoxLayout, QWidget

from mmdesk.core.job import JobContext
from mmdesk.support.build import version
from mmdesk.ui.kit import icons, theme
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.dropped import Dropped
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.parts.drop_page import DropPage
from mmdesk.ui.parts.parts import IconButton, button, label, make_primary, row
from mmdesk.ui.parts.scale import scaled
from mmdesk.words import tr


class StartPage(DropPage):
    """Recent projects and the three ways to begin.

    Signals:
        project_chosen: Folder of the project to open.
        table_dropped: Path of a table or a folder of images.
    """

    project_chosen = Signal(str)
    table_dropped = Signal(str)

    def __init__(self, bridge: Bridge, keys: Keys) -> None:
        super().__init__()
        self._bridge = bridge
        self._keys = keys
        self._rows: list[RecentRow] = []
        self.new = _action(tr("New project from a table…"), "new_project", keys)
        self.open = _action(tr("Open project…"), "open_project", keys)
        self.demo = button(tr("Try the demo"), self._try_demo)
        self.recent_title = label("Recent", size="section")
        self.empty = label(tr("No projects yet. Start from a table, or try the demo."), kind="quiet", wrap=True)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(4)
        self.warning = label(kind="danger", wrap=True)
        self.warning.hide()
        self._dropped = Dropped(bridge, self.table_dropped.emit, self.project_chosen.emit, self._tell)
        self._build()
        self.setFocusProxy(self.new)
        keys.bind("open_recent", self._open_number, page="start")
        bridge.project_opened.connect(self.refresh)
        bridge.project_closed.connect(self.refresh)
        bridge.project_opened.connect(lambda _session: self._tell(""))
        self.refresh()

    def refresh(self, *_told: object) -> None:
        """List the recent projects again; their folders are checked behind the window."""
        for old in self._rows:
            self._recent.removeWidget(old)
            old.deleteLater()
        recent = self._bridge.preferences.recent
        self._rows = [RecentRow(index, entry, self) for index, entry in enumerate(recent, 1)]
        for line in self._rows:
            self._recent.addWidget(line)
        self.empty.setVisible(not self._rows)
        make_primary(self.new, not self._rows)
        for line in self._rows:
            line.make_primary(line is self._rows[0])
        self._check_folders()

    def problem(self, folder: str, words: str) -> None:
        """Show why a project cannot be opened: in its row, or below the rows where it has none."""
        lines = [line for line in self._rows if line.folder == folder]
        for line in lines:
            line.show_problem(words)
        self._tell("" if lines else words)

    def forget(self, folder: str) -> None:
        """Take a project off the list."""
        self._bridge.preferences.forget_recent(folder)
        self.refresh()

    def take_path(self, path: Path) -> None:
        """Do what a path asks for that was dropped, or given when the program was started."""
        self._tell("")
        self._dropped.take(path)

    def _tell(self, words: str) -> None:
        self.warning.setText(words)
        self.warning.setVisible(bool(words))

    def _build(self) -> None:
        ways = QVBoxLayout()
        ways.setSpacing(8)
        for item in (self.new, self.open, self.demo):
            ways.addWidget(item)
        ways.addItem(QSpacerItem(280, 0))
        ways.addStretch(1)
        recent = QVBoxLayout()
        recent.setSpacing(8)
        recent.addWidget(self.recent_title)
        recent.addWidget(self.empty)
        recent.addLayout(self._recent)
        recent.addStretch(1)
        columns = QHBoxLayout()
        columns.setSpacing(32)
        columns.addLayout(ways)
        columns.addLayout(recent, 1)
        words = label(tr("Drop a table, a folder of images or a project here"), kind="quiet")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inside = QVBoxLayout(self.drop)
        inside.addWidget(words)
        self.drop.setMinimumHeight(120)
        inner = QWidget()
        inner.setMaximumWidth(scaled(self, 1100))
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(32, 32, 32, 16)
        layout.setSpacing(24)
        layout.addLayout(row(label("mmdesk", size="page"), 0, label(tr("Research use only"), kind="chip")))
        layout.addLayout(columns, 1)
        layout.addWidget(self.warning)
        layout.addWidget(self.drop)
        layout.addLayout(
            row(
                label(tr("Works offline. Nothing leaves this computer."), size="caption"),
                0,
                label(tr("Help {hint}", hint=self._keys.hint("help")), size="caption"),
                label(version(), size="caption"),
                space=24,
            )
        )
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addStretch(1)
        outer.addWidget(inner, 40)
        outer.addStretch(1)

    def _open_number(self, number: int) -> None:
        if number <= len(self._rows):
            self.project_chosen.emit(self._rows[number - 1].folder)

    def _try_demo(self) -> None:
        def work(ctx: JobContext) -> Path:
            from mmdesk.services.demo.demo import make_demo
            from mmdesk.support.paths import data_dir

            return make_demo(data_dir() / "demo", ctx=ctx)

        self.demo.setEnabled(False)

        def done(folder: Path) -> None:
            self.demo.setEnabled(True)
            self.project_chosen.emit(str(folder))

        def failed(problem: BaseException) -> None:
            self.demo.setEnabled(True)
            self._bridge.notices.raised(problem)

        self._bridge.run(
            tr("Making the demo"),
            work,
            done,
            lane="background",
            failed=failed,
            cancelled=lambda: self.demo.setEnabled(True),
            shown=True,
        )

    def _check_folders(self) -> None:
        folders = [line.folder for line in self._rows]

        def work(_ctx: JobContext) -> list[str]:
            return [folder for folder in folders if not (Path(folder) / "project.toml").exists()]

        def done(gone: list[str]) -> None:
            for line in self._rows:
                if line.folder in gone:
                    line.show_problem(
                        tr(
                            "The folder of {name} is not where it was. Nothing is deleted. "
                            "Find it, or remove it from this list.",
                            name=line.name,
                        )
                    )

        if folders:
            self._bridge.run(tr("Looking for projects"), work, done, lane="background")


class RecentRow(QFrame):
    """One recent project: number, name, what is left, when; or why it cannot be opened."""

    def __init__(self, number: int, entry: dict[str, Any], page: StartPage) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.folder = str(entry["folder"])
        self.name = str(entry.get("name") or Path(self.folder).stem)
        self._page = page
        self._open = QPushButton(self.name)
        self._open.setToolTip(self.folder)
        self._open.setMinimumWidth(180)
        self._open.clicked.connect(lambda _c=False: page.project_chosen.emit(self.folder))
        left = entry.get("unread")
        known = isinstance(left, int)
        self._left = label("" if not known else f"{left:,} left" if left else "done", kind="quiet")
        self._when = label(when(str(entry.get("at", ""))), kind="quiet")
        self._shape = QLabel()
        self._words = label(kind="danger", wrap=True)
        self._words.hide()
        self._forget = IconButton("x", tr("Remove from this list"), lambda: page.forget(self.folder), 14)
        self._forget.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        number_words = label(str(number), kind="quiet")
        layout.addLayout(row(number_words, self._open, 12, self._left, 0, self._when, self._shape, self._forget))
        layout.addWidget(self._words)

    def make_primary(self, primary: bool) -> None:
        """Fill the button of the newest project."""
        make_primary(self._open, primary)

    def show_problem(self, words: str) -> None:
        """Say why it cannot be opened and offer to take it off the list."""
        self._words.setText(words)
        self._words.show()
        self._forget.show()
        self._paint_shape()
        self.make_primary(False)

    def changeEvent(self, event: QEvent) -> None:
        """Take the colour of a new theme."""
        if event.type() == QEvent.Type.PaletteChange and self._words.isVisible():
            self._paint_shape()
        super().changeEvent(event)

    def _paint_shape(self) -> None:
        colour = theme.tokens().problem
        self._shape.setPixmap(icons.pixmap("octagon-alert", colour, 16, self.devicePixelRatioF()))


def _action(words: str, name: str, keys: Keys) -> QPushButton:
    return button(words, lambda: keys.trigger(name), hint=keys.hint(name))


def when(at: str) -> str:
    """Return a time as a person says it: today 09:12, yesterday, Tuesday, 3 May."""
    try:
        then = datetime.fromisoformat(at).astimezone()
    except ValueError:
        return ""
    days = (datetime.now(UTC).astimezone().date() - then.date()).days
    if days <= 0:
        return tr("today {then:%H:%M}", then=then)
    if days == 1:
        return "yesterday"
    return f"{then:%A}" if days < 7 else f"{then.day} {then:%B %Y}"
