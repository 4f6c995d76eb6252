"""The worklist in use: query, ids and rows, shared by strip, worklist page and reading page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from mmdesk.core.cases.listing import Listing
from mmdesk.core.cases.worklist import FirstPage, WorklistRow
from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.worklist.worklist_model import WorklistModel
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import Counts

CONFIRM_MS: Final = 400
"""A first page that was kept is read from the database after this time: the first case goes first."""


class WorklistFeed(QObject):
    """Keeps the ids of the cases that match the search line, and the counts.

    Stored labels refresh rows in place; a case never leaves the list under the reader's
    hands. Only a new search, a new order or new cases make the list anew.

    Attributes:
        kept: The first page of a project that is not open yet, while it is shown.

    Signals:
        ids_changed: The list was made anew.
        counted: New `Counts`.
        refused: The `Situation` of a search line that is not understood.
    """

    ids_changed = Signal()
    counted = Signal(object)
    refused = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.search = ""
        self.sort = "position"
        self.descending = False
        self.kept: FirstPage | None = None
        self._letters: tuple[str, int, Callable[[int], object]] | None = None
        self._looking = False
        self.model = WorklistModel(self._fetch, self)
        self._confirm = QTimer(self, singleShot=True, interval=CONFIRM_MS)
        self._confirm.timeout.connect(self._read)
        bridge.project_opened.connect(self._on_opened)
        bridge.project_closed.connect(self._on_closed)
        bridge.reader_changed.connect(self._on_reader)
        bridge.changed.connect(self._on_change)
        bridge.drafted.connect(self.model.mark_draft)

    @property
    def ids(self) -> Listing:
        """Ids of the listed cases, in order."""
        return self.model.ids

    def show_kept(self, page: FirstPage) -> None:
        """Show a project's first page before the project is open."""
        self.kept = page
        self.model.show_kept(page)
        self.ids_changed.emit()

    def drop_kept(self) -> None:
        """Show nothing: the project whose first page this was did not open."""
        if self.kept:
            self._on_closed()

    def find(self, search: str) -> None:
        """List the cases that match a search line; a line not understood leaves the list."""
        self._ask(search, self.sort, self.descending)

    def order(self, sort: str, descending: bool) -> None:
        """List the same cases in another order."""
        self._ask(self.search, sort, descending)

    def again(self) -> None:
        """List anew with the same search line."""
        self._ask(self.search, self.sort, self.descending)

    def list_only(self, ids: list[int]) -> None:
        """List just these cases, until something else is searched for."""
        self.model.set_ids(ids)
        self.ids_changed.emit()

    def find_by_name(self, letters: str, start: int, then: Callable[[int], object]) -> None:
        """Look for the first listed case, from a row on, whose name begins with letters.

        Only what is typed last is looked for.
        """
        if self._bridge.session is None:
            return
        self._letters = (letters, start, then)
        if not self._looking:
            self._look()

    def _look(self) -> None:
        session, asked = self._bridge.session, self._letters
        if session is None or asked is None:
            return
        letters, start, then = asked
        self._letters, self._looking = None, True
        listing = self.model.ids

        def work(_ctx: JobContext) -> int:
            from mmdesk.services.cases.finding import find_by_name

            return find_by_name(session.project, listing, letters, start)

        def found(row: int) -> None:
            self._looking = False
            if self._letters is None and listing is self.model.ids:
                then(row)
            self._look()

        def failed(problem: BaseException) -> None:
            self._looking = False
            self._bridge.notices.raised(problem)

        self._bridge.run(tr("Finding the case"), work, found, failed=failed, urgent=True)

    def _fetch(self, ids: list[int], then: Callable[[list[WorklistRow]], object], failed: Callable[[], object]) -> None:
        def not_read(problem: BaseException) -> None:
            self._bridge.notices.raised(problem)
            failed()

        if self._bridge.session is not None:

            def work(session: Session) -> list[WorklistRow]:
                from mmdesk.services.cases.reading import rows

                return rows(session.project, ids, session.reader)

            self._bridge.read(tr("Reading the worklist"), work, then, not_read)
        else:
            failed()

    def _ask(self, search: str, sort: str, descending: bool) -> None:
        if self._bridge.session is None:
            return

        def work(session: Session) -> Listing:
            from mmdesk.services.cases.reading import WorklistQuery, case_ids

            return Listing(case_ids(session.project, WorklistQuery(search, sort, descending), session.reader))

        def listed(ids: Listing) -> None:
            self.search, self.sort, self.descending = search, sort, descending
            self.model.set_ids(ids)
            self.ids_changed.emit()

        def refused(problem: BaseException) -> None:
            if isinstance(problem, Situation):
                self.refused.emit(problem)
            else:
                self._bridge.notices.raised(problem)

        if self._confirm.isActive():
            self._confirm.stop()
            self._count()
        self._bridge.read(tr("Searching the worklist"), work, listed, refused, urgent=True)

    def _read(self) -> None:
        if self._bridge.session is not None:
            self.again()
            self._count()

    def _count(self) -> None:
        def work(session: Session) -> Counts:
            from mmdesk.services.cases.reading import counts

            return counts(session.project, session.reader)

        self._bridge.read(tr("Counting cases"), work, self.counted.emit)

    def _on_opened(self, session: Session) -> None:
        shown, self.kept = self.kept is not None, None
        self.search, self.sort, self.descending = "", "position", False
        self._letters, self._looking = None, False
        self.model.set_schema(session.schema)
        if shown:
            self._confirm.start()
        else:
            self._read()

    def _on_closed(self) -> None:
        self.kept = None
        self._letters, self._looking = None, False
        self.model.set_schema(None)
        self.ids_changed.emit()

    def _on_reader(self, _name: str) -> None:
        self._read()

    def _on_change(self, change: Change) -> None:
        if self._bridge.session is None:
            return
        if change.worklist:
            self.again()
        elif change.cases and change.predictions:
            QTimer.singleShot(0, partial(self.model.refresh, change.cases))
        elif change.cases:
            self.model.refresh(change.cases)
        elif change.versions or change.predictions:
            self.model.refresh()
        if change.saved_at:
            self._count()
