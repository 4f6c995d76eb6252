"""Tables of many cases: how many questions are asked, whatever their number."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import event

from mmdesk.core.cases.case import Status
from mmdesk.core.cases.listing import Listing
from mmdesk.core.cases.worklist import WorklistRow
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing
from mmdesk.services.cases.finding import find_by_name
from mmdesk.services.cases.reading import refer_cases, set_inputs, undo
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase
from mmdesk.ui.worklist.case_table import CaseTable
from mmdesk.ui.worklist.worklist_model import PAGE, WAITING_PAGES, WorklistModel

SCHEMA = Schema(
    "Many",
    "ID",
    "ID",
    (
        Field("age", "input", "number", ("Age",), min=0, max=120),
        Field("sick", "target", "flag", ("Sick",)),
    ),
)
MANY = 5000


class Source:
    """Gives rows when told to, and remembers what was asked."""

    def __init__(self):
        self.asked, self.waiting = [], []

    def __call__(self, ids, then, failed):
        self.asked.append(list(ids))
        self.waiting.append((ids, then, failed))

    def answer(self):
        ids, then, _ = self.waiting.pop(0)
        then([WorklistRow(case, f"case {case}", Status.UNREAD) for case in ids])


class Counting(WorklistModel):
    """Counts how often a cell is looked at."""

    looked = 0

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        self.looked += 1
        return super().data(index, role)

    def flags(self, index):
        self.looked += 1
        return super().flags(index)


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def table(qtbot, source):
    asked = []
    made = CaseTable(lambda letters, start, then: asked.append((letters, start, then)))
    made.letters = asked
    made.held = Counting(source)
    made.held.set_schema(SCHEMA)
    made.setModel(made.held)
    made.held.set_ids(Listing(range(1, MANY + 1)))
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    qtbot.waitExposed(made)
    made.setCurrentIndex(made.held.index(0, 1))
    return made


def test_letters_ask_the_database_and_no_row(table, qtbot):
    qtbot.wait(50)
    before = table.held.looked
    QTest.keyClicks(table, "zq")
    assert [(letters, start) for letters, start, _ in table.letters] == [("z", 1), ("zq", 0)]
    assert table.held.looked - before < 1000
    table.letters[-1][2](4321)
    assert table.currentIndex().row() == 4321
    table.letters[-1][2](-1)
    assert table.currentIndex().row() == 4321


def test_the_same_letter_again_goes_on_from_the_current_row(table):
    QTest.keyClicks(table, "cc")
    assert [(letters, start) for letters, start, _ in table.letters] == [("c", 1), ("c", 1)]


def test_selecting_all_looks_at_what_is_in_sight(table, qtbot):
    qtbot.wait(50)
    before = table.held.looked
    table.selectAll()
    table.viewport().repaint()
    table.horizontalHeader().viewport().repaint()
    assert table.selected_ranges() == [(0, MANY - 1)]
    assert table.held.looked - before < 2000


def test_a_selection_is_ranges(table):
    table.clearSelection()
    for row in (3, 4, 5, 9):
        table.selectionModel().select(
            table.held.index(row, 0),
            table.selectionModel().SelectionFlag.Select | table.selectionModel().SelectionFlag.Rows,
        )
    assert table.selected_ranges() == [(3, 5), (9, 9)]
    assert table.held.ids.in_ranges([(3, 5), (9, 9)]) == [4, 5, 6, 10]


def test_scrolling_past_reads_only_where_it_ends(qtbot, source):
    model = WorklistModel(source)
    model.set_schema(SCHEMA)
    model.set_ids(range(1, MANY + 1))
    for row in range(0, MANY, 10):
        model.data(model.index(row, 1))
    assert len(source.asked) == 1, "one page is read at a time"
    while source.waiting:
        source.answer()
    assert len(source.asked) == 1 + WAITING_PAGES
    assert source.asked[1] == list(range(MANY - PAGE + 1, MANY + 1)), "the last one in sight comes first"


def test_a_page_that_could_not_be_read_does_not_hold_up_the_next(qtbot, source):
    model = WorklistModel(source)
    model.set_schema(SCHEMA)
    model.set_ids(range(1, MANY + 1))
    model.data(model.index(1000, 1))
    source.waiting.pop(0)[2]()
    assert source.asked[1][0] == 1001


@pytest.fixture
def project(tmp_path):
    made = create_project(tmp_path / "many.mmdesk", SCHEMA)
    names = [f"{'Ab' if number % 2 else 'cD'}{number:05d}" for number in range(3000)]
    made.store.add_cases(NewCase(name, inputs={"age": 40.0}) for name in names)
    yield made
    made.close()


class Statements:
    """Counts the statements that a project's database is given."""

    def __init__(self, project):
        self.number = 0
        event.listen(project.store._engine, "before_cursor_execute", self._count)

    def _count(self, _connection, _cursor, statement, *_):
        self.number += not statement.startswith("BEGIN")

    def of(self, call):
        self.number = 0
        call()
        return self.number


def test_a_name_is_found_by_few_queries(project):
    listing = Listing(range(3000, 0, -1))
    statements = Statements(project)
    found = []
    asked = statements.of(lambda: found.append(find_by_name(project, listing, "AB02", 10)))
    assert project.store.case(listing[found[0]]).name == "Ab02989"
    assert asked == 1
    asked = statements.of(lambda: found.append(find_by_name(project, listing, "c", 10)))
    assert project.store.case(listing[found[1]]).name == "cD02988"
    assert asked == 2
    assert find_by_name(project, listing, "x", 10) == -1
    assert find_by_name(project, Listing(), "c", 0) == -1
    assert listing[find_by_name(project, listing, "Ab02999", 100)] == 3000, "it begins anew at the end"


@pytest.mark.parametrize(
    "change",
    [
        lambda project, ids: set_inputs(project, ids, "age", 50.0, "Ann"),
        lambda project, ids: refer_cases(project, ids, "Ann", "odd"),
    ],
)
def test_many_cases_are_changed_by_as_many_statements_as_two(project, change):
    statements = Statements(project)
    few = statements.of(lambda: change(project, [1, 2]))
    many = statements.of(lambda: change(project, list(range(3, 2000))))
    assert many == few
    assert project.store.check_journal() == []
    undo(project, "Ann")
    assert project.store.check_journal() == []
    assert {case.inputs["age"] for case in project.store.cases(range(3, 2000))} == {40.0}
    assert not any(state.refer for state in project.store.states(list(range(3, 2000)), "Ann").values())


def test_a_case_that_is_gone_stops_a_change_of_many(project):
    with pytest.raises(KeyError):
        set_inputs(project, [1, 99999], "age", 50.0, "Ann")
    assert not isinstance(project.store.case(1).inputs["age"], Missing)
    assert project.store.case(1).inputs["age"] == 40.0
