"""What the actions of the window do: each declared action is bound here to its handler."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

from mmdesk.core.changes import Change
from mmdesk.support.clock import local_moment
from mmdesk.support.policy import policy
from mmdesk.ui.kit import theme
from mmdesk.ui.kit.pages import PAGES
from mmdesk.ui.kit.undo import redo, undo
from mmdesk.ui.shell.backing_up import back_up_now
from mmdesk.ui.shell.following import Following
from mmdesk.ui.shell.project_actions import ProjectActions
from mmdesk.ui.shell.restoring import Restoring
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.ui.shell.main_window import MainWindow


class WindowActions:
    """Binds the declared actions of the whole window."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.bridge = window.bridge
        self.keys = window.keys
        self.projects = ProjectActions(window)
        self.restoring = Restoring(window, self.projects.open_folder)
        self.following = Following(self.bridge, self.projects.take_over, window)
        self._bind_window()
        self._bind_projects()
        self.bridge.preferences.changed.connect(self._on_preference)

    def _bind_window(self) -> None:
        keys, window, needs = self.keys, self.window, self.projects.why_no_project
        for page in PAGES.values():
            if page.icon:
                keys.bind(page.action, partial(self._go, page.name), needs if page.of_project else None)
        keys.bind("settings", lambda: self._go("settings"))
        keys.bind("quit", window.close)
        keys.bind("worklist_strip", window.toggle_strip, needs)
        keys.bind("full_screen", self._full_screen)
        keys.bind("theme", self._turn_theme)
        keys.bind("back", lambda: self._walk(window.pages.back()))
        keys.bind("forward", lambda: self._walk(window.pages.forward()))
        keys.bind("region_next", lambda: self._region(1))
        keys.bind("region_back", lambda: self._region(-1))
        keys.bind("reader", self._reader)
        keys.bind("help", window.toggle_help)
        keys.bind("palette", self._palette)
        keys.bind("jobs", window.status.jobs.show_panel)
        keys.bind("about", self._about)
        keys.bind("menu", self._menu)
        keys.bind("leave", self._leave)
        keys.bind("key_sheet", self._key_sheet)

    def _bind_projects(self) -> None:
        keys, projects, needs = self.keys, self.projects, self.projects.why_no_project
        keys.bind("new_project", projects.new)
        keys.bind("new_from_folder", projects.new_from_folder)
        keys.bind("open_project", projects.open)
        keys.bind("back_up", lambda: back_up_now(self.bridge), projects.why_look_only)
        keys.bind("restore", self.restoring.begin, self.restoring.why_not)
        keys.bind("close_project", self.bridge.close_project, needs)
        keys.bind("import_more", projects.import_more, projects.why_look_only)
        keys.bind("export", projects.export, needs)
        keys.bind("say_saved", self._say_saved, needs)
        keys.bind("undo", lambda: undo(self.bridge, keys, self._show_change), projects.why_look_only)
        keys.bind("redo", lambda: redo(self.bridge, self._show_change), projects.why_look_only)
        keys.bind("search", self._search, needs)
        keys.bind("go_to_case", self._go_to_case, needs)
        keys.bind("predict_all", self.bridge.predictions.predict_all, projects.why_look_only)
        keys.bind("finetune", self._finetune, projects.why_look_only)

    def _go(self, name: str) -> None:
        self.window.show_page(name)

    def _walk(self, name: str) -> None:
        if name:
            self.window.show_page(name)

    def _say_saved(self) -> None:
        at = self.bridge.saved_at
        self.bridge.notices.tell(
            tr("Already saved, {time}.", time=local_moment(at)) if at else tr("Nothing to save yet")
        )

    def _show_change(self, change: Change) -> None:
        """Go to the one case that an undo or redo changed."""
        if len(change.cases) == 1 and self.window.pages.name == "reading":
            case_id = next(iter(change.cases))
            if case_id != self.keys.painted_case:
                self.window.open_case(case_id)

    def _search(self) -> None:
        self.window.show_page("worklist")
        self.window.pages.worklist.focus_search()

    def _go_to_case(self) -> None:
        from mmdesk.ui.parts.ask import ask_text

        name = ask_text(self.window, tr("Go to a case"), tr("Name of the case"), "Open")
        if name:
            self.projects.open_named(name)

    def _finetune(self) -> None:
        self.window.show_page("models")
        self.window.pages.models.start_finetune()

    def _full_screen(self) -> None:
        window = self.window
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()

    def _turn_theme(self) -> None:
        self.bridge.preferences.set("theme", "light" if theme.tokens().name == "dark" else "dark")

    def _reader(self) -> None:
        from mmdesk.ui.parts.ask import ask_reader

        preferences = self.bridge.preferences
        listed = policy().readers
        known = [str(reader) for reader in listed or preferences.recall("readers", [])]
        name = ask_reader(self.window, str(preferences.get("reader")), known, listed=bool(listed))
        if name:
            preferences.remember("readers", sorted({*known, str(preferences.get("reader")), name}))
            self.bridge.set_reader(name)

    def _palette(self) -> None:
        from mmdesk.ui.bars.palette import Palette

        Palette(self.keys, self.bridge.preferences, self.window).open()

    def _key_sheet(self) -> None:
        from mmdesk.ui.bars.key_sheet import KeySheet

        KeySheet(self.keys, self.window).open()

    def _about(self) -> None:
        from mmdesk.ui.shell.about import About

        About(self.window).open()

    def _menu(self) -> None:
        bar = self.window.menuBar()
        bar.setVisible(True)
        bar.setFocus()
        bar.setActiveAction(bar.actions()[0])

    def _leave(self) -> None:
        window = self.window
        if window.close_overlay() or window.close_help():
            return
        if window.pages.name == "reading":
            window.pages.reading.marking.leave()
        if PAGES[window.pages.name].passing:
            self._walk(window.pages.back())

    def _region(self, step: int) -> None:
        """Move the focus to the next region that can take it."""
        window = self.window
        regions: list[QWidget] = [window.top_bar, window.rail, window.strip, window.pages, window.status]
        focus = QApplication.focusWidget()
        here = next((n for n, r in enumerate(regions) if focus is not None and r.isAncestorOf(focus)), 0)
        for distance in range(1, len(regions) + 1):
            region = regions[(here + step * distance) % len(regions)]
            if region.isVisible() and (first := _first_focus(region)):
                first.setFocus()
                return

    def _on_preference(self, name: str) -> None:
        app = QApplication.instance()
        if name in ("theme", "text_size") and isinstance(app, QApplication):
            preferences = self.bridge.preferences
            theme.apply(app, preferences.get("theme"), preferences.get("text_size") / 100)


def _first_focus(region: QWidget) -> QWidget | None:
    from PySide6.QtCore import Qt

    for widget in region.findChildren(QWidget):
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            return widget
    return None
