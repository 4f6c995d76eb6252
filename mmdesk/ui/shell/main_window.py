"""The window: top bar, rail, pages, worklist strip and status bar put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QSplitter, QVBoxLayout, QWidget

from mmdesk.ui.bars.menus import build_menus
from mmdesk.ui.bars.rail import Rail
from mmdesk.ui.bars.status_bar import StatusBar
from mmdesk.ui.bars.top_bar import TopBar
from mmdesk.ui.kit import icons, theme
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.pages import PAGES
from mmdesk.ui.shell.backing_up import Parting
from mmdesk.ui.shell.page_stack import PageStack
from mmdesk.ui.worklist.sidebar import Strip
from mmdesk.ui.worklist.worklist_feed import WorklistFeed
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import Counts
    from mmdesk.ui.help.page import HelpPanel

WIDE: Final = 1600
"""From this width on the menu bar is shown and the worklist strip stands beside the images."""


class MainWindow(QMainWindow):
    """Puts the regions together; what they do is bound in `window_actions`.

    Signals:
        painted: The window was painted (after each paint).
        page_made: A page was made; it may not be shown yet.
    """

    painted = Signal()
    page_made = Signal(str)

    def __init__(self, bridge: Bridge, keys: Keys) -> None:
        super().__init__()
        self.bridge = bridge
        self.keys = keys
        self.feed = WorklistFeed(bridge, self)
        self.top_bar = TopBar(bridge, keys)
        self.rail = Rail(keys)
        self.strip = Strip(self.feed.model, self.feed.find_by_name)
        self.pages = PageStack(bridge, keys, self.feed)
        self.status = StatusBar(bridge, keys)
        self._help: HelpPanel | None = None
        self._parting: Parting | None = None
        self._strip_wanted: bool | None = bridge.preferences.recall("strip")
        self._strip_over = False
        self._build()
        self._connect()
        self.setWindowTitle("mmdesk")
        self.setWindowIcon(icons.icon("scan", theme.tokens().primary, 32))
        self.setMinimumSize(1024, 640)
        self._restore()

    @property
    def wide(self) -> bool:
        """Whether there is room for the menu bar and a docked strip."""
        return self.width() >= WIDE

    @property
    def _strip_right(self) -> bool:
        """Whether the worklist stands at the right because record and targets stand at the left."""
        return bool(self.bridge.preferences.get("dock_side") == "left")

    def show_page(self, name: str) -> None:
        """Show a page by its name; pages of a project need an open one."""
        opening = name == "worklist" and self.feed.kept is not None
        if PAGES[name].of_project and self.bridge.session is None and not opening:
            name = "start"
        self.make_page(name)
        before = self.pages.name
        self.pages.show_page(name)
        self.keys.page = name
        if before != name:
            self.pages.page(name).setFocus()
        self.rail.show_place(name)
        self.status.refresh()
        self._arrange()

    def make_page(self, name: str) -> None:
        """Make a page that may be shown soon; does nothing the second time."""
        if not self.pages.made(name):
            self.pages.page(name)
            self.page_made.emit(name)

    def toggle_help(self) -> None:
        """Show or hide the help panel at the window's right side; images stay where they are."""
        if self.close_help():
            return
        from mmdesk.ui.help.page import HelpPanel

        if self._help is None:
            self._help = HelpPanel(self.keys, self.centre)
            self._help.closed.connect(self.close_help)
        self._help.show_for(self.pages.name)
        self._arrange()

    def close_help(self) -> bool:
        """Close the help panel; tell whether it was open."""
        if self._help is None or not self._help.isVisible():
            return False
        self._help.hide()
        self.pages.page(self.pages.name).setFocus()
        return True

    def open_case(self, case_id: int) -> None:
        """Show a case on the reading page."""
        self.show_page("reading")
        self.pages.reading.open_case(case_id)

    def toggle_strip(self) -> None:
        """Show or hide the worklist strip; on a small window it lies over the images."""
        shown = not self.strip.isVisible()
        if self.wide:
            self._strip_wanted = shown
            self.bridge.preferences.remember("strip", shown)
        else:
            self._strip_over = shown
        self._arrange()
        if shown:
            self.strip.view.setFocus()

    def close_overlay(self) -> bool:
        """Close the strip where it lies over the images; tell whether it did."""
        if self.wide or not self.strip.isVisible():
            return False
        self.toggle_strip()
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let regions give way in their order."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, then say so."""
        super().paintEvent(event)
        self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout, back up what changed, then close the project and all threads."""
        if self._parting is None:
            if self.pages.made("reading"):
                self.pages.reading.finish()
            if self.bridge.needs_backup:
                self._parting = Parting(self, self.bridge, self.close)
                self._parting.begin()
        if self._parting is not None and self._parting.isVisible():
            event.ignore()
            return
        self.bridge.preferences.save_at_once()
        self._remember()
        self.bridge.close()
        super().closeEvent(event)

    def _build(self) -> None:
        self.body = QSplitter(Qt.Orientation.Horizontal)
        self.body.setHandleWidth(4)
        self.body.setChildrenCollapsible(False)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.pages)
        self.body.setStretchFactor(1, 1)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(self.body, 1)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.top_bar)
        layout.addLayout(middle, 1)
        layout.addWidget(self.status)
        self.setCentralWidget(centre)
        self.centre = centre
        build_menus(self.menuBar(), self.keys)

    def _connect(self) -> None:
        self.rail.chosen.connect(self.show_page)
        self.rail.help_asked.connect(lambda: self.keys.trigger("help"))
        self.top_bar.reader_asked.connect(lambda: self.keys.trigger("reader"))
        self.strip.chosen.connect(self._on_strip_chosen)
        self.feed.counted.connect(self._on_counts)
        self.bridge.project_opened.connect(self._on_opened)
        self.bridge.project_closed.connect(self._on_closed)
        self.bridge.reader_changed.connect(self.top_bar.refresh)
        self.bridge.changed.connect(self.top_bar.refresh)
        self.bridge.preferences.changed.connect(self._on_preference)

    def _on_preference(self, name: str) -> None:
        if name == "dock_side":
            self._arrange()

    def _on_strip_chosen(self, row: int) -> None:
        """Open a case of the strip; where that lies over the images it makes room for them."""
        case_id = self.feed.model.id_at(row)
        self._strip_over = False
        self._arrange()
        self.open_case(case_id)

    def _on_counts(self, counts: Counts) -> None:
        self.top_bar.set_left(counts.unread)

    def _on_opened(self, session: Session) -> None:
        self.setWindowTitle(f"{session.schema.name} - mmdesk")
        self.rail.set_project_open(True)
        self.top_bar.refresh()

    def _on_closed(self) -> None:
        self.setWindowTitle("mmdesk")
        self.rail.set_project_open(False)
        self.top_bar.refresh()
        self.show_page("start")

    def _arrange(self) -> None:
        wide = self.wide
        self.menuBar().setVisible(wide or self.menuBar().hasFocus())
        wanted = self._strip_wanted is not False if wide else self._strip_over
        shown = wanted and self.pages.name == "reading"
        place = 1 if self._strip_right else 0
        if wide and (self.strip.parent() is not self.body or self.body.indexOf(self.strip) != place):
            self.body.insertWidget(place, self.strip)
            self.body.setStretchFactor(self.body.indexOf(self.pages), 1)
            self.body.setStretchFactor(place, 0)
            width = int(self.bridge.preferences.recall("strip_width", 240))
            sizes = [width, max(1, self.body.width() - width)]
            self.body.setSizes(sizes[::-1] if place else sizes)
        elif not wide and self.strip.parent() is not self.centre:
            self.strip.setParent(self.centre)
        if not wide:
            top, bottom = self.top_bar.height(), self.status.height()
            left = self.centre.width() - 280 if self._strip_right else self.rail.width()
            self.strip.setGeometry(left, top, 280, self.centre.height() - top - bottom)
            self.strip.raise_()
        else:
            self.strip.setMinimumWidth(180)
            self.strip.setMaximumWidth(480)
        self.strip.setVisible(shown)
        if self._help is not None and self._help.isVisible():
            width = min(420, self.centre.width() // 2)
            top = self.top_bar.height()
            height = self.centre.height() - top - self.status.height()
            self._help.setGeometry(self.centre.width() - width, top, width, height)
            self._help.raise_()

    def _screen_key(self) -> str:
        screen = self.screen() or QApplication.primaryScreen()
        size = screen.size()
        return tr("geometry {width}x{height}", width=size.width(), height=size.height())

    def _restore(self) -> None:
        stored = self.bridge.preferences.recall(self._screen_key())
        if not isinstance(stored, str) or not self.restoreGeometry(QByteArray.fromBase64(stored.encode())):
            available = self.screen().availableSize()
            self.resize(min(1920, available.width()), min(1080, available.height() - 32))

    def _remember(self) -> None:
        data = bytes(self.saveGeometry().toBase64().data()).decode()
        self.bridge.preferences.remember(self._screen_key(), data)
        if self.wide and self.strip.isVisible():
            self.bridge.preferences.remember("strip_width", self.strip.width())
