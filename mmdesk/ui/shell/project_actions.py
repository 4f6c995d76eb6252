"""What the window does with projects: open, begin, add to, export, and where reading resumes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog

from mmdesk.core.job import JobContext
from mmdesk.support.clock import utc_now
from mmdesk.support.policy import policy
from mmdesk.ui.kit.bridge import Session
from mmdesk.ui.shell.exporting import begin_export
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.core.cases.worklist import FirstPage
    from mmdesk.core.recipe.recipe import Recipe
    from mmdesk.services.cases.reading import Counts
    from mmdesk.ui.shell.main_window import MainWindow

_NO_PROJECT: Final = QT_TR_NOOP("No project is open. Nothing was changed. Open one on the start page.")
_TABLES: Final = QT_TR_NOOP("Tables (*.csv *.tsv *.txt *.xlsx *.parquet *.jsonl);;All files (*)")


class ProjectActions:
    """Opens projects and leads the reader into the first case that is left."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.bridge = window.bridge
        self._resume = False
        self._held = False
        self._waiting = ""
        self._unread: Sequence[int] | None = None
        self._stay = 0
        self.bridge.project_opened.connect(self._on_opened)
        window.feed.ids_changed.connect(self._on_ids)
        window.feed.counted.connect(self._on_counts)
        window.page_made.connect(self._on_page)
        self.bridge.warmed.connect(self._on_warm)
        window.top_bar.recent_asked.connect(self.open_folder)

    def why_no_project(self) -> str:
        """Return why a project is needed; empty when one is open."""
        return "" if self.bridge.session else tr(_NO_PROJECT)

    def why_look_only(self) -> str:
        """Return why nothing can be changed; empty when it can."""
        return self.bridge.session.look_only if self.bridge.session else tr(_NO_PROJECT)

    def open_folder(self, folder: str, kept: FirstPage | None = None) -> None:
        """Open a project; where that is not possible the start page says why, in its row.

        Args:
            folder: Its folder.
            kept: Its first page, if that is shown already: reading then resumes from it.
        """
        self._unread = kept.unread if kept else None

        def failed(problem: BaseException) -> None:
            self.bridge.notices.raised(problem)
            self.window.feed.drop_kept()
            self.window.show_page("start")
            self.window.pages.start.problem(folder, str(problem))

        self.bridge.open_project(Path(folder), failed)

    def take_over(self, folder: str) -> None:
        """Open the project again, now to write, and stay at the case on the screen."""
        self._stay = self.window.keys.painted_case or 0
        self.open_folder(folder)

    def open_first(self, folder: str, page: FirstPage | None = None) -> None:
        """Open the project that the program was started with: list it first, read after `release`.

        Args:
            folder: Its folder.
            page: Its first page, if one was kept: shown at once. The project is then opened
                when the libraries are loaded, for the window would halt if both went on at once.
        """
        self._held = True
        if page is None:
            self.open_folder(folder)
            return
        self._waiting = folder
        self.window.feed.show_kept(page)
        self.window.show_page("worklist")
        self.window.setWindowTitle(f"{page.name} - mmdesk")

    def release(self) -> None:
        """Go to the case where reading resumes, now that the list is painted."""
        self._held = False
        self._on_ids()

    def _on_warm(self) -> None:
        if self._waiting:
            folder, self._waiting = self._waiting, ""
            self.open_folder(folder, self.window.feed.kept)
        self._on_ids()

    def new(self) -> None:
        """Choose a table and begin a project from it."""
        path, _ = QFileDialog.getOpenFileName(self.window, tr("Choose a table"), "", tr(_TABLES))
        if path:
            self.begin_from(path)

    def new_from_folder(self) -> None:
        """Choose a folder with a table or DICOM files and begin a project from it."""
        folder = QFileDialog.getExistingDirectory(self.window, tr("Choose a folder with a table or DICOM files"))
        if folder:
            self.window.show_page("importing")
            self.window.pages.importing.take_folder(Path(folder))

    def begin_from(self, table: str) -> None:
        """Begin a project from a table."""
        self.window.show_page("importing")
        self.window.pages.importing.take_table(Path(table))

    def import_more(self) -> None:
        """Add the cases of another table to the open project."""
        path, _ = QFileDialog.getOpenFileName(self.window, tr("Choose a table with more cases"), "", tr(_TABLES))
        if path:
            self.window.show_page("importing")
            self.window.pages.importing.take_more(Path(path))

    def open(self) -> None:
        """Choose a project's folder and open it."""
        if folder := QFileDialog.getExistingDirectory(
            self.window, tr("Choose a project's folder"), str(policy().projects_folder or "")
        ):
            self.open_folder(folder)

    def export(self) -> None:
        """Choose what to export, and the file, and write it."""
        begin_export(self.window, self.bridge)

    def open_named(self, name: str) -> None:
        """Open the case of that name."""
        session = self.bridge.session
        if session is None:
            return

        def found(case_id: int | None) -> None:
            if case_id is None:
                do = tr("Search the worklist for a part of it.")
                self.bridge.notices.tell(tr("No case has the name {name}. Nothing was changed. {do}", name=name, do=do))
            else:
                self.window.open_case(case_id)

        self.bridge.read(tr("Finding the case"), lambda now: now.project.store.case_id(name), found, urgent=True)

    def _on_opened(self, session: Session) -> None:
        self._resume = True
        folder = str(session.project.folder)
        self.bridge.preferences.add_recent(folder, name=session.schema.name, at=utc_now())
        if self._unread is not None:
            QTimer.singleShot(0, self._on_ids)

    def _on_page(self, name: str) -> None:
        """Connect a page when it is made."""
        pages = self.window.pages
        match name:
            case "start":
                pages.start.project_chosen.connect(self.open_folder)
                pages.start.table_dropped.connect(self.begin_from)
            case "importing":
                pages.importing.imported.connect(self.open_folder)
                pages.importing.left.connect(lambda: self.window.show_page(pages.back() or "start"))
            case "models":
                pages.models.cases_asked.connect(self._list_cases)
                pages.models.recipe_asked.connect(lambda: self.window.show_page("recipe"))
            case "evaluation":
                pages.evaluation.cases_asked.connect(self._list_cases)
            case "agreement":
                pages.agreement.cases_asked.connect(self._list_cases)
            case "recipe":
                pages.recipe.train_asked.connect(self._train)
            case "worklist":
                pages.worklist.case_chosen.connect(self._open_chosen)
            case "reading":
                pages.reading.set_ids(self.window.feed.ids)
                pages.reading.case_painted.connect(self._on_case)
                QTimer.singleShot(0, self._prepare_reading)

    def _prepare_reading(self) -> None:
        """Make the record, then the targets of a project that is still to be opened, a turn each."""
        from mmdesk.services.cases.first_page import kept_schema

        dock = self.window.pages.reading.dock

        def make_targets() -> None:
            if schema and self.bridge.session is None:
                dock.targets.set_schema(schema)

        schema = kept_schema(Path(self._waiting)) if self._waiting else None
        if schema:
            dock.form.set_schema(schema)
            QTimer.singleShot(0, make_targets)

    def _open_chosen(self, case_id: int) -> None:
        """Open a case of the list, unless the project itself is not open yet."""
        if self.bridge.session is not None:
            self.window.open_case(case_id)

    def _on_ids(self) -> None:
        if self.window.pages.made("reading"):
            self.window.pages.reading.set_ids(self.window.feed.ids)
        if self._held and not self.window.pages.name:
            self.window.show_page("worklist")
        if self._resume and not self._held and self.bridge.warm and self.window.feed.ids:
            self._resume = False
            self._find_next()

    def _find_next(self) -> None:
        """Open the case that was read last if it is unread, else the next unread one."""
        listing, last = self.window.feed.ids, self._last_case()
        stay, self._stay = self._stay, 0
        if stay and listing.place_of(stay) >= 0:
            self.window.open_case(stay)
            return

        def found(unread: Sequence[int]) -> None:
            if not unread:
                self.window.show_page("worklist")
                self.bridge.notices.tell(
                    tr("Nothing left to read in this list. Show all cases, or choose another view.")
                )
                return
            here = listing.place_of(last)
            self.window.open_case(next((c for c in unread if listing.place_of(c) >= here), unread[0]))

        if self._unread is not None:
            unread, self._unread = self._unread, None
            found(unread)
            return

        def work(session: Session) -> list[int]:
            from mmdesk.services.cases.reading import WorklistQuery, case_ids

            return case_ids(session.project, WorklistQuery("is:unread"), session.reader)

        self.bridge.read(tr("Searching the worklist"), work, found, urgent=True)

    def _list_cases(self, ids: list[int], words: str) -> None:
        """List just some cases, such as those a candidate loses; unread ones would tell what it says."""
        session = self.bridge.session
        if session is None:
            return

        def work(_ctx: JobContext) -> list[int]:
            return session.project.read_cases(ids, session.reader)

        def found(read: list[int]) -> None:
            self.window.show_page("worklist")
            self.window.feed.list_only(read)
            told = tr("Listed: {count:,} {words}.", count=len(read), words=words)
            if len(read) < len(ids):
                told += tr(" Only cases that you have read are listed.")
            self.bridge.notices.tell(tr("{told} Show all cases with an empty search line.", told=told))

        self.bridge.run(tr("Listing the cases"), work, found, urgent=True)

    def _train(self, recipe: Recipe) -> None:
        """Train by a recipe on the page where its candidate will be."""
        self.window.show_page("models")
        self.window.pages.models.start_training(recipe)

    def _last_case(self) -> int:
        session = self.bridge.session
        kept = self.bridge.preferences.recall("last_case", {})
        return int(kept.get(str(session.project.folder), 0)) if session and isinstance(kept, dict) else 0

    def _on_case(self, case_id: int) -> None:
        self.window.strip.show_row(self.window.feed.model.place_of(case_id))
        if session := self.bridge.session:
            kept = dict(self.bridge.preferences.recall("last_case", {}))
            kept[str(session.project.folder)] = case_id
            self.bridge.preferences.remember("last_case", kept)

    def _on_counts(self, counts: Counts) -> None:
        if session := self.bridge.session:
            folder = str(session.project.folder)
            self.bridge.preferences.add_recent(folder, total=counts.total, unread=counts.unread)
