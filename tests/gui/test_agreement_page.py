"""The agreement page shows the figures of what may be seen, and a number of its table lists the cases."""

from __future__ import annotations

import pytest

from tests.gui.canaries import OWN, make_canaries
from tests.gui.reading_parts import store_answers
from tests.gui.window_parts import Desk


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot)
    made.preferences.set("reader", "Ann")
    made.open(make_canaries(tmp_path))
    yield made
    made.close()


def test_a_number_of_the_table_lists_its_cases(desk, qtbot):
    desk.window.show_page("agreement")
    page = desk.window.pages.agreement
    qtbot.waitUntil(lambda: "No case" in page.words.text(), timeout=30_000)
    assert page.figures.rowCount() == 0
    for case in (1, 2):
        store_answers(desk.bridge, case, OWN, version="v1")
    qtbot.waitUntil(lambda: page.targets.count() == 2, timeout=30_000)
    page.targets.setCurrentIndex(page.targets.findText("Sick"))

    def told():
        size = range(page.cells.rowCount())
        return [[page.cells.item(row, column).text() for column in size] for row in size]

    qtbot.waitUntil(lambda: told() == [["0", "2"], ["0", "0"]], timeout=30_000)
    assert page.pairs.currentText() == "Ann / Zebulon"
    page.cells.cellClicked.emit(0, 1)
    qtbot.waitUntil(
        lambda: desk.window.pages.name == "worklist" and list(desk.window.feed.ids) == [1, 2], timeout=30_000
    )
