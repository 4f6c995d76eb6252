"""What could not be stored is never shown as if it were."""

from __future__ import annotations

import shutil

import pytest

from mmdesk.core.cases.marks import Mark
from tests.gui.reading_parts import SEVERAL, Desk, make_project

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, make_project(tmp_path, SEVERAL))
    made.bridge.set_reader("Ann")
    made.open()
    yield made
    made.close()


def remove(desk):
    shutil.rmtree(desk.bridge.session.project.folder)


def problems(desk):
    return [notice.words for notice in desk.notices.kept if notice.kind == "problem"]


def test_a_label_stays_a_draft_when_the_folder_is_gone(desk):
    remove(desk)
    desk.press("1", "2", "5", "0", "Enter", "Enter")
    desk.wait(lambda: any("This change is not stored." in words for words in problems(desk)))
    desk.wait(lambda: desk.page.dock.targets.draft_words.text() == "Draft, not kept")
    assert desk.page.dock.targets.draft.answers["refer"] is True
    assert not any(words.startswith("Stored") for words in desk.said)
    assert desk.page.case_id == desk.ids[0]


def test_a_field_shows_the_stored_value_again_and_says_why(desk):
    row = desk.page.dock.form.rows["age"]
    before = row.value
    remove(desk)
    desk.press("F2", "7", "7", "Enter")
    desk.wait(lambda: row.problem.text().startswith("Not stored: 77. "))
    assert "This change is not stored." in row.problem.text()
    assert row.value == before
    assert not any(words.startswith("Stored") for words in desk.said)


def test_a_field_marked_missing_is_not_missing_when_that_could_not_be_stored(desk):
    row = desk.page.dock.form.rows["age"]
    before = row.value
    remove(desk)
    row.toggle_missing()
    desk.wait(lambda: row.problem.text().startswith("Not stored: missing. "))
    assert row.value == before
    assert not row.toggle.isChecked()


def test_a_referral_that_is_not_stored_does_not_let_the_case_go_on_unanswered(desk):
    remove(desk)
    desk.page.labelling.refer()
    desk.wait(lambda: bool(problems(desk)))
    desk.page.labelling.store()
    assert desk.page.wanted == desk.ids[0]


def test_a_mark_that_is_not_stored_is_taken_off_the_image(desk):
    remove(desk)
    desk.page.marking._on_made(Mark(desk.ids[0], "left", "point", ((5, 5),)))
    assert desk.page.marking.layer.marks
    desk.wait(lambda: bool(problems(desk)))
    assert not desk.page.marking.layer.marks


def test_a_rule_that_is_not_stored_is_not_shown_as_set(desk):
    remove(desk)
    told = []
    desk.bridge.not_stored.connect(lambda: told.append(desk.bridge.session.project.own_read_first))
    desk.bridge.change("Storing", lambda now: now.project.set_own_read_first(False, now.reader))
    desk.wait(lambda: told == [True])
