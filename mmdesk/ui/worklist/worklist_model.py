"""The worklist as a Qt table: holds ids, fetches rows by the page when they come into sight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from mmdesk.core.cases.listing import Listing
from mmdesk.core.cases.worklist import FirstPage, WorklistRow, columns_of
from mmdesk.core.fields.schema import Schema
from mmdesk.ui.kit import icons, theme
from mmdesk.words import QT_TR_NOOP, tr

PAGE: Final = 100
KEPT_PAGES: Final = 50
WAITING_PAGES: Final = 4
"""Pages that wait to be read: more than are ever in sight at once."""
Index = QModelIndex | QPersistentModelIndex
Fetch = Callable[[list[int], Callable[[list[WorklistRow]], object], Callable[[], object]], object]
"""Reads rows; then calls the first with them, or the second when they could not be read."""

_WORDS: Final = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
DRAFT: Final = QT_TR_NOOP("draft, not stored")
STATUS_WORDS: Final = {
    "unread": "unread",
    "read": "read",
    "corrected": QT_TR_NOOP("corrected: label and model differ"),
    "referred": QT_TR_NOOP("referred to a person"),
    "conflict": QT_TR_NOOP("readers differ"),
    "problem": QT_TR_NOOP("a problem with this case"),
}


class WorklistModel(QAbstractTableModel):
    """Cases in their order, one row each; cells appear when their page has been read.

    Signals:
        page_read: First row and number of rows that arrived.

    Attributes:
        columns: Name and heading of each column.
    """

    page_read = Signal(int, int)

    def __init__(self, fetch: Fetch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: list[tuple[str, str]] = []
        self.ids = Listing()
        self._fetch = fetch
        self._rows: dict[int, WorklistRow] = {}
        self._requested: dict[int, None] = {}
        self._waiting: dict[int, None] = {}
        self._reading = False
        self._generation = 0
        self._kept = False

    def show_kept(self, page: FirstPage) -> None:
        """Show what an earlier window kept, until `set_schema` and `set_ids` confirm or replace it."""
        self.beginResetModel()
        self.columns = list(page.columns)
        self._take_ids(page.ids)
        self._rows = {row.id: row for row in page.rows}
        self._kept = True
        self.endResetModel()

    def set_schema(self, schema: Schema | None) -> None:
        """Take the columns from a project's fields."""
        columns = columns_of(schema)
        if self._kept and columns == self.columns:
            return
        self.beginResetModel()
        self.columns = columns
        self._kept = False
        self._take_ids([])
        self.endResetModel()

    def set_ids(self, ids: Sequence[int]) -> None:
        """Show these cases in this order; the first page of rows is read at once."""
        kept, self._kept = self._kept, False
        ids = ids if isinstance(ids, Listing) else Listing(ids)
        if not kept or self.ids != ids:
            self.beginResetModel()
            self._take_ids(ids)
            self.endResetModel()
        if self.ids:
            self._requested.clear()
            self._ask(0)
            self._tell(0, len(self.ids) if kept else 0)

    def _take_ids(self, ids: Sequence[int]) -> None:
        self.ids = ids if isinstance(ids, Listing) else Listing(ids)
        self._forget()

    def refresh(self, cases: Iterable[int] | None = None) -> None:
        """Read rows again that changed: some cases', or all when None."""
        if cases is None:
            self._forget()
            if self.ids:
                self._ask(0)
                self._tell(0, len(self.ids))
            return
        changed = frozenset(cases)
        for page in list(self._requested):
            if not changed.isdisjoint(self._ids_of(page)):
                del self._requested[page]
                self._ask(page)

    def mark_draft(self, case_id: int, drafted: bool) -> None:
        """Mark a case that has answers which are not stored, or take the mark away."""
        row = self._rows.get(case_id)
        if row is not None and row.draft != drafted:
            self._rows[case_id] = replace(row, draft=drafted)
            self._tell(self.ids.place_of(case_id), 1)

    def place_of(self, case_id: int) -> int:
        """Return the row of a case, or -1."""
        return self.ids.place_of(case_id)

    def id_at(self, row: int) -> int:
        """Return the id of the case in a row."""
        return self.ids[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of cases."""
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's heading."""
        if orientation == Qt.Orientation.Horizontal and role in _WORDS:
            return self.columns[section][1] if section < len(self.columns) else None
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell; an unread page is asked for and shows up when it arrives."""
        if not index.isValid() or index.row() >= len(self.ids):
            return None
        name = self.columns[index.column()][0]
        row = self._rows.get(self.ids[index.row()])
        if row is None:
            if role == Qt.ItemDataRole.DisplayRole:
                self._ask(index.row() // PAGE)
            return None
        if name == "status":
            return _status_cell(row.status.value, role)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(row, name)
        if name == "case" and row.draft:
            return _draft_cell(row.name, role)
        return None

    def _text(self, row: WorklistRow, name: str) -> str:
        match name:
            case "case":
                return row.name
            case "label":
                return row.label or "-"
            case "reference":
                return row.reference or ("hidden" if row.hidden else "-")
            case "model":
                return row.model or ("hidden" if row.hidden else "-")
            case "why":
                return ", ".join(words for words in (tr(DRAFT) if row.draft else "", row.why) if words)
        return row.cells.get(name, "")

    def _ids_of(self, page: int) -> list[int]:
        return self.ids[page * PAGE : (page + 1) * PAGE]

    def _forget(self) -> None:
        self._rows.clear()
        self._requested.clear()
        self._waiting.clear()
        self._reading = False
        self._generation += 1

    def _ask(self, page: int) -> None:
        """Ask for a page. One is read at a time, the one asked for last first; older ones give way.

        Scrolling past many pages then reads those where it ends, not all that it passed.
        """
        if page in self._requested:
            return
        self._waiting.pop(page, None)
        self._waiting[page] = None
        while len(self._waiting) > WAITING_PAGES:
            del self._waiting[next(iter(self._waiting))]
        self._read_next()

    def _read_next(self) -> None:
        if self._reading or not self._waiting:
            return
        page = self._waiting.popitem()[0]
        self._requested[page] = None
        self._reading = True
        generation = self._generation

        def arrived(rows: list[WorklistRow]) -> None:
            if generation == self._generation:
                self._reading = False
                self._arrived(page * PAGE, rows)
                self._read_next()

        def failed() -> None:
            if generation == self._generation:
                self._reading = False
                self._read_next()

        self._fetch(self._ids_of(page), arrived, failed)

    def _arrived(self, first: int, rows: list[WorklistRow]) -> None:
        for row in rows:
            self._rows[row.id] = row
        while len(self._requested) > KEPT_PAGES:
            oldest = next(iter(self._requested))
            del self._requested[oldest]
            for case in self._ids_of(oldest):
                self._rows.pop(case, None)
        self._tell(first, len(rows))
        self.page_read.emit(first, len(rows))

    def _tell(self, first: int, number: int) -> None:
        if number and self.ids:
            last = min(first + number, len(self.ids)) - 1
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))


def _draft_cell(name: str, role: int) -> Any:
    """Return the mark of a case with answers that are not stored, in words where words are asked for."""
    if role == Qt.ItemDataRole.DecorationRole:
        return icons.icon("pencil", theme.tokens().text, 14)
    return f"{name}, {tr(DRAFT)}" if role == Qt.ItemDataRole.AccessibleTextRole else None


def _status_cell(status: str, role: int) -> Any:
    """Return a status as a shape, in words where words are asked for."""
    if role == Qt.ItemDataRole.DecorationRole:
        return icons.icon(theme.STATUS_ICONS[status], theme.tokens().status(status), 16)
    if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        return STATUS_WORDS[status]
    return None
