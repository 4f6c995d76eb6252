"""The previous reading's images: beside the case, and never taken for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtGui import QColor

from mmdesk.core.fields.schema import Schema
from mmdesk.services.project import create_project
from mmdesk.storage.cases.imports import NewCase
from mmdesk.ui.images import pane_paint
from mmdesk.ui.marks.marks_layer import ground_of
from mmdesk.ui.reading import earlier
from tests.gui.reading_parts import SCHEMA, Desk, picture

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support")

YEARS = {"c1": 2018, "c2": 2019, "c3": 2020}


def project_of(folder, count=3):
    """One patient seen in three years, the first time with a left image that cannot be read."""
    schema: Schema = replace(SCHEMA)
    project = create_project(folder / "years.mmdesk", schema)
    cases = []
    for number in range(1, count + 1):
        left = picture(project.folder, f"{number}l.png", 30 + number * 20)
        right = picture(project.folder, f"{number}r.png", 130 + number * 20)
        if number == 1:
            (project.folder / left.path).write_bytes(b"\x89PNG\r\n\x1a\n broken")
        inputs = {"left": left, "right": right, "seen": date(YEARS[f"c{number}"], 5, 6)}
        cases.append(NewCase(f"c{number}", group="P", inputs=inputs, notes={}))
    project.store.add_cases(cases, "importer", "table.csv")
    return project


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, project_of(tmp_path))
    made.open(2)
    yield made
    made.close()


def stand(desk):
    return [(p.content.case, p.content.field) for p in desk.page.panes.panes]


def beside(desk):
    desk.press("Shift+P")
    desk.wait(lambda: len(desk.page.panes.panes) == 4 and desk.page.panes.settled())


def test_a_key_puts_it_beside_each_image_and_takes_it_away(desk):
    assert stand(desk) == [("c3", "left"), ("c3", "right")]
    beside(desk)
    assert stand(desk) == [("c3", "left"), ("c2", "left"), ("c3", "right"), ("c2", "right")]
    desk.press("Shift+P")
    desk.wait(lambda: stand(desk) == [("c3", "left"), ("c3", "right")])


def test_it_is_said_and_framed_everywhere(desk, monkeypatch):
    beside(desk)
    own, before = desk.page.panes.panes[:2]
    assert own.marks() == ""
    assert before.marks() == "PREVIOUS, Seen 2019-05-06"
    assert before.accessibleName().startswith("previous, Seen 2019-05-06, Case c2")
    at = before.inner().topLeft()
    amber = pane_paint.MARK.rgb()

    def framed(pane):
        image = pane.grab().toImage()
        row = [QColor(image.pixel(at.x() + x, at.y() + 2)).rgb() for x in range(2, 120)]
        return row.count(amber) > 30

    assert framed(before)
    assert not framed(own)
    said = []

    def plate(_painter, _corner, texts, **_more):
        said.append([text for text, _ in texts])

    monkeypatch.setattr("mmdesk.ui.images.pane_paint.plate", plate)
    monkeypatch.setattr("mmdesk.ui.images.pane_paint.plate_at_right", plate)
    desk.page.panes.set_mode("swipe")
    desk.page.panes.compare.grab()
    assert any(words[:2] == ["c3", "Left eye"] for words in said)
    assert any("PREVIOUS, Seen 2019-05-06" in words and "c2" in words for words in said)


def test_nothing_can_be_done_to_it(desk):
    beside(desk)
    panes = desk.page.panes
    before = panes.panes[1]
    assert ground_of(before) is None
    assert ground_of(panes.panes[0]) is not None
    panes.active = 1
    assert panes.active_field() == ""
    assert [hang.field for hang in panes.standing().panes] == ["left", "right"]


def test_an_unreadable_one_offers_nothing_and_the_case_is_read_on(desk):
    beside(desk)
    desk.press("K")
    desk.wait_painted(1)
    desk.wait(desk.page.panes.settled)
    assert stand(desk) == [("c2", "left"), ("c1", "left"), ("c2", "right"), ("c1", "right")]
    broken = desk.page.panes.panes[1]
    assert broken.unreadable()
    assert not broken._button.isVisible()
    desk.page.panes.active = 1
    assert desk.page.panes.unreadable_field() == ""


def test_the_first_reading_has_none_and_that_is_said_when_asked(desk):
    desk.open(0)
    desk.press("Shift+P")
    desk.wait(lambda: earlier.NONE in desk.said)
    assert stand(desk) == [("c1", "left"), ("c1", "right")]


def test_the_label_tells_that_it_was_in_sight(desk):
    beside(desk)
    desk.press("2", "Enter")
    store = desk.bridge.session.project.store
    desk.wait(lambda: bool(desk.stored(2)))
    entry = next(entry for entry in store.journal(9, desk.ids[2]) if entry.action == "display")
    assert set(json.loads(entry.new)["images"]) == {"left", "left of c2", "right", "right of c2"}
