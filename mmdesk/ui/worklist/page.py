"""The worklist, wide: choose what to read and see why it is here."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QInputMethodEvent, QKeyEvent, QResizeEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.core.fields.search_tree import SearchProblem
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.theme import ROW, tokens
from mmdesk.ui.parts.parts import button, label, repolish, row
from mmdesk.ui.parts.scale import scaled
from mmdesk.ui.record.set_field import SetField, settable
from mmdesk.ui.worklist.case_table import CaseTable
from mmdesk.ui.worklist.worklist_feed import WorklistFeed
from mmdesk.words import QT_TR_NOOP, tr

SEARCH_MS: Final = 250
"""Rest after typing before the search line is asked."""

_WIDTHS: Final = {"status": 32, "case": 88, "label": 110, "reference": 110, "model": 110, "why": 150}
_MARGINS: Final = 44
_ANSWERS: Final = ("label", "reference", "model")
"""Columns that share with the reason the room that the fields leave."""

VIEWS: Final = (
    (QT_TR_NOOP("All cases"), ""),
    ("Unread", "is:unread"),
    ("Referred", "is:referred"),
    ("Corrected", "is:corrected"),
    (QT_TR_NOOP("With something missing"), "is:missing"),
    (QT_TR_NOOP("With a problem"), "is:problem"),
)


class WorklistPage(QWidget):
    """Search line, table, and what to do with the selected cases.

    Attributes:
        underlined: The word of the search line that is not understood.

    Signals:
        case_chosen: Id of the case to open.
    """

    case_chosen = Signal(int)

    def __init__(self, bridge: Bridge, keys: Keys, feed: WorklistFeed) -> None:
        super().__init__()
        self._bridge = bridge
        self._keys = keys
        self._feed = feed
        self.line = QLineEdit(placeholderText=tr("Search: words, is:unread, age:[40,60], split:test"))
        self.line.setClearButtonEnabled(True)
        self.line.setAccessibleName(tr("Search the worklist"))
        self.count = label(kind="quiet")
        self.problem = label(kind="danger", wrap=True)
        self.problem.hide()
        self.underlined = ""
        self._goes_on = False
        self.views = QComboBox()
        self.views.addItems([words for words, _ in VIEWS])
        self.views.setAccessibleName("View")
        self.table = CaseTable(feed.find_by_name)
        self.selected = label("", kind="quiet")
        self.open_button = button("Open", self.open_current, primary=True, hint=keys.hint("open_case"))
        self.set_button = button(tr("Set field…"), self._set_field)
        self.refer_button = button("Refer", self._refer)
        self._rest = QTimer(self, singleShot=True, interval=SEARCH_MS)
        self._build()
        self._connect()
        self.setFocusProxy(self.table)
        self._on_ids()

    def focus_search(self) -> None:
        """Put the caret into the search line."""
        self.line.setFocus()
        self.line.selectAll()

    def open_current(self) -> None:
        """Open the case of the current row."""
        index = self.table.currentIndex()
        if index.isValid():
            self.case_chosen.emit(self._feed.model.id_at(index.row()))

    def show_case(self, case_id: int) -> None:
        """Make a case's row the current one."""
        place = self._feed.model.place_of(case_id)
        if place >= 0:
            self.table.setCurrentIndex(self._feed.model.index(place, 1))

    def _build(self) -> None:
        view = self.table
        view.setModel(self._feed.model)
        view.setAccessibleName("Worklist")
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTabKeyNavigation(False)
        view.setAlternatingRowColors(True)
        view.setShowGrid(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(ROW)
        header = view.horizontalHeader()
        header.setSectionsClickable(True)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(28)
        self.empty = QWidget()
        inside = QVBoxLayout(self.empty)
        inside.addStretch(1)
        inside.addLayout(
            row(0, label(tr("No case matches. Remove a filter.")), button(tr("Show all cases"), self._clear), 0)
        )
        inside.addStretch(2)
        self.area = QStackedWidget()
        self.area.addWidget(view)
        self.area.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 8)
        layout.setSpacing(8)
        top = row(self.line, self.count, label("View:", kind="quiet"), self.views)
        top.setStretch(0, 1)
        layout.addLayout(top)
        layout.addWidget(self.problem)
        layout.addWidget(self.area, 1)
        layout.addLayout(row(self.selected, self.set_button, self.refer_button, 0, self.open_button))

    def _connect(self) -> None:
        self.line.textEdited.connect(lambda _text: self._rest.start())
        self.line.returnPressed.connect(self._search_now)
        self._rest.timeout.connect(self._search)
        self.views.activated.connect(self._choose_view)
        self.table.doubleClicked.connect(lambda _index: self.open_current())
        self.table.horizontalHeader().sortIndicatorChanged.connect(self._sort)
        self.table.selectionModel().selectionChanged.connect(lambda _a, _b: self._on_selection())
        self._feed.ids_changed.connect(self._on_ids)
        self._feed.refused.connect(self._on_refused)
        self._feed.model.modelReset.connect(self._arrange)
        self._keys.bind("open_case", self.open_current, page="worklist")
        self._keys.bind("leave", self._leave, page="worklist")
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc in the search line shows all cases again and goes to the list."""
        if event.key() == Qt.Key.Key_Escape and self.line.hasFocus():
            self._clear()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room among the columns of the fields."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        header = self.table.horizontalHeader()
        names = [name for name, _ in self._feed.model.columns]
        fields = max(1, len(names) - len(_WIDTHS))
        own = {name: scaled(self, width) for name, width in _WIDTHS.items()}
        share = (self.width() - _MARGINS - sum(own.values())) // fields
        share = min(scaled(self, 160), max(scaled(self, 72), share))
        left = max(0, self.width() - _MARGINS - sum(own.values()) - fields * share)
        for name in _ANSWERS:
            own[name] += min(scaled(self, 110), left // (len(_ANSWERS) + 1))
        for index, name in enumerate(names):
            self.table.setColumnWidth(index, own.get(name, share))
        header.setStretchLastSection(True)

    def _search_now(self) -> None:
        """Search, and go to the list once it is there; a line not understood keeps the caret."""
        self._rest.stop()
        self._goes_on = True
        self._search()

    def _search(self) -> None:
        self._feed.find(self.line.text().strip())

    def _choose_view(self, place: int) -> None:
        self.line.setText(VIEWS[place][1])
        self._search_now()

    def _clear(self) -> None:
        self.line.clear()
        self.views.setCurrentIndex(0)
        self._search_now()

    def _leave(self) -> None:
        if self._feed.search:
            self._clear()

    def _sort(self, section: int, order: Qt.SortOrder) -> None:
        name = self._feed.model.columns[section][0] if section >= 0 else "position"
        self._feed.order(name, order == Qt.SortOrder.DescendingOrder)

    def _on_ids(self) -> None:
        self.problem.hide()
        self._mark_problem(False)
        if not self.line.hasFocus():
            self.line.setText(self._feed.search)
        if self._goes_on:
            self._goes_on = False
            self.table.setFocus()
        number = len(self._feed.ids)
        self.count.setText(f"{number:,} case" if number == 1 else f"{number:,} cases")
        self.area.setCurrentIndex(0 if number else 1)
        if number:
            self.table.setCurrentIndex(self._feed.model.index(0, 1))
        self._on_selection()

    def _on_refused(self, problem: Situation) -> None:
        self._goes_on = False
        self.problem.setText(problem.say())
        self.problem.show()
        self._mark_problem(True, *((problem.word, problem.start) if isinstance(problem, SearchProblem) else ()))

    def _mark_problem(self, is_problem: bool, word: str = "", start: int = -1) -> None:
        """Frame the line, and underline the word of it that is not understood."""
        self.line.setProperty("problem", is_problem)
        repolish(self.line)
        place = self.line.text().casefold().find(word.casefold(), max(0, start)) if word else -1
        marks = []
        self.underlined = self.line.text()[place : place + len(word)] if place >= 0 else ""
        if place >= 0:
            line = QTextCharFormat()
            line.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
            line.setUnderlineColor(QColor(tokens().text_danger))
            kind = QInputMethodEvent.AttributeType.TextFormat
            start = place - self.line.cursorPosition()
            marks = [QInputMethodEvent.Attribute(kind, start, len(word), line)]
        QCoreApplication.sendEvent(self.line, QInputMethodEvent("", marks))

    def _on_selection(self) -> None:
        number = sum(last - first + 1 for first, last in self.table.selected_ranges())
        self.selected.setText(f"{number:,} selected" if number else "")
        session = self._bridge.session
        writable = number > 0 and session is not None and not session.look_only
        self.refer_button.setEnabled(writable)
        self.set_button.setEnabled(writable and session is not None and bool(settable(session.schema.record)))
        self.open_button.setEnabled(bool(self._feed.ids))

    def _refer(self) -> None:
        listing, ranges = self._feed.ids, self.table.selected_ranges()

        def work(now: Session) -> Change:
            from mmdesk.services.cases.reading import refer_cases

            return refer_cases(now.project, listing.in_ranges(ranges), now.reader)

        if ranges:
            self._bridge.change(tr("Referring the cases"), work)

    def _set_field(self) -> None:
        session, listing, ranges = self._bridge.session, self._feed.ids, self.table.selected_ranges()
        if session is None or not ranges:
            return
        number = sum(last - first + 1 for first, last in ranges)
        dialog = SetField(self, settable(session.schema.record), number)
        if dialog.exec():
            field, value = dialog.field.name, dialog.value

            def work(now: Session) -> Change:
                from mmdesk.services.cases.reading import set_inputs

                return set_inputs(now.project, listing.in_ranges(ranges), field, value, now.reader)

            self._bridge.change(tr("Storing the field"), work)
