"""The worklist: ids first, rows by the page, one search line, one order."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from mmdesk.core.cases.case import Status
from mmdesk.core.cases.worklist import WorklistRow
from mmdesk.ui.kit.keys import send_keys
from mmdesk.ui.worklist.worklist_model import KEPT_PAGES, PAGE, WorklistModel
from tests.gui.reading_parts import store_answers
from tests.gui.window_parts import SCHEMA, desk, project

__all__ = ["desk", "project"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Source:
    """Gives rows when told to, and remembers what was asked."""

    def __init__(self):
        self.asked = []
        self.waiting = []

    def __call__(self, ids, then, failed):
        self.asked.append(list(ids))
        self.waiting.append((ids, then))

    def answer(self):
        waiting, self.waiting = self.waiting, []
        for ids, then in waiting:
            then([WorklistRow(case, f"case {case}", Status.UNREAD, {"age": "40"}, hidden=True) for case in ids])


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def model(qtbot, source):
    made = WorklistModel(source)
    made.set_schema(SCHEMA)
    return made


def cell(model, row, name):
    column = [key for key, _ in model.columns].index(name)
    return model.data(model.index(row, column))


def test_the_model_passes_qts_tester_through_all_its_changes(model, source):
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_ids(range(1, 151))
    source.answer()
    cell(model, 120, "case")
    source.answer()
    model.refresh([3, 120])
    source.answer()
    model.refresh()
    source.answer()
    model.set_ids([])
    model.set_schema(None)
    assert model.rowCount() == 0
    tester.deleteLater()


def test_only_pages_in_sight_are_read(model, source):
    model.set_ids(range(1, 100_001))
    source.answer()
    assert source.asked == [list(range(1, PAGE + 1))]
    assert cell(model, 50_000, "case") is None
    assert source.asked[1] == list(range(50_001, 50_001 + PAGE))
    source.answer()
    assert cell(model, 50_000, "case") == "case 50001"
    assert model.rowCount() == 100_000


def test_blind_rows_say_hidden_and_nothing_of_the_model(model, source):
    model.set_ids([1])
    source.answer()
    assert cell(model, 0, "model") == "hidden"
    assert cell(model, 0, "label") == "-"


def test_pages_long_out_of_sight_are_let_go(model, source):
    model.set_ids(range(1, PAGE * (KEPT_PAGES + 20) + 1))
    for page in range(KEPT_PAGES + 20):
        cell(model, page * PAGE, "case")
        source.answer()
    assert len(model._rows) <= PAGE * KEPT_PAGES


def test_late_rows_of_an_older_list_are_dropped(model, source):
    model.set_ids([1, 2, 3])
    late = source.waiting
    source.waiting = []
    model.set_ids([7])
    source.answer()
    for ids, then in late:
        then([WorklistRow(case, "late", Status.PROBLEM) for case in ids])
    assert cell(model, 0, "case") == "case 7"
    assert model._rows.get(1) is None


def test_changed_cases_are_read_again_in_place(model, source, qtbot):
    model.set_ids(range(1, 301))
    source.answer()
    model.refresh([250])
    assert len(source.asked) == 1
    model.refresh([5])
    assert len(source.asked) == 2
    with qtbot.waitSignal(model.dataChanged):
        source.answer()


def test_status_is_a_shape_and_a_word(model, source):
    model.set_ids([1])
    source.answer()
    index = model.index(0, 0)
    assert not model.data(index, Qt.ItemDataRole.DecorationRole).isNull()
    assert model.data(index, Qt.ItemDataRole.AccessibleTextRole) == "unread"


def show(desk, project):
    desk.open(project)
    desk.window.show_page("worklist")
    return desk.window.pages.worklist


def test_search_line_narrows_and_says_what_it_does_not_know(desk, project):
    page = show(desk, project)
    page.line.setFocus()
    page.line.setText("age:[21,25]")
    with desk.qtbot.waitSignal(desk.window.feed.ids_changed):
        send_keys(desk.window, "Enter")
    assert page.count.text() == "5 cases"
    page.line.setFocus()
    page.line.setText("agee:20")
    with desk.qtbot.waitSignal(desk.window.feed.refused):
        send_keys(desk.window, "Enter")
    assert page.problem.isVisible()
    assert "agee" in page.problem.text()
    assert len(desk.window.feed.ids) == 5


def test_model_may_not_be_searched_while_it_is_hidden(desk, project):
    page = show(desk, project)
    page.line.setText("p(sick):[0.5,1]")
    with desk.qtbot.waitSignal(desk.window.feed.refused):
        page._search_now()
    assert len(desk.window.feed.ids) == 12


def test_no_match_says_so_and_offers_the_way_back(desk, project):
    page = show(desk, project)
    page.line.setText("zebra")
    with desk.qtbot.waitSignal(desk.window.feed.ids_changed):
        page._search_now()
    assert page.area.currentWidget() is page.empty
    with desk.qtbot.waitSignal(desk.window.feed.ids_changed):
        page._clear()
    assert page.count.text() == "12 cases"


def test_header_orders_the_list(desk, project):
    page = show(desk, project)
    column = [name for name, _ in desk.window.feed.model.columns].index("age")
    first = desk.window.feed.ids[0]
    with desk.qtbot.waitSignal(desk.window.feed.ids_changed):
        page.table.horizontalHeader().setSortIndicator(column, Qt.SortOrder.DescendingOrder)
    assert desk.window.feed.ids[-1] == first


def test_the_table_has_the_keyboard_so_that_enter_opens(desk, project):
    page = show(desk, project)
    assert page.table.hasFocus()
    assert not desk.keys.typing


def test_enter_opens_the_marked_case(desk, project):
    page = show(desk, project)
    third = desk.window.feed.ids[2]
    page.table.setFocus()
    page.show_case(third)
    send_keys(desk.window, "Enter")
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case == third)
    assert desk.window.pages.name == "reading"


def test_a_read_case_stays_where_it_is_in_a_list_of_unread_ones(desk, project):
    page = show(desk, project)
    page.line.setText("is:unread")
    with desk.qtbot.waitSignal(desk.window.feed.ids_changed):
        page._search_now()
    first = desk.window.feed.ids[0]
    store_answers(desk.bridge, first, {"sick": True})
    desk.qtbot.waitUntil(lambda: (row := desk.window.feed.model._rows.get(first)) and row.label != "")
    assert desk.window.feed.ids[0] == first


def test_selected_cases_are_referred(desk, project):
    page = show(desk, project)
    page.table.selectAll()
    assert page.selected.text() == "12 selected"
    last = desk.window.feed.ids[-1]
    page.refer_button.click()
    desk.qtbot.waitUntil(lambda: (row := desk.window.feed.model._rows.get(last)) and row.status is Status.REFERRED)
