"""Backups from the window, its close, and a second window on one project."""

from __future__ import annotations

import pytest

from mmdesk.core.errors import DiskFull
from mmdesk.services.backups import backups_of
from mmdesk.services.cases.reading import store_labels
from mmdesk.services.project import Project, open_project
from mmdesk.storage.backups import rotation
from tests.gui.window_parts import desk, project

__all__ = ["desk", "project"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_back_up_now(desk, project):
    desk.open(project)
    before = len(backups_of(project))
    desk.keys.trigger("back_up")
    desk.qtbot.waitUntil(lambda: len(backups_of(project)) == before + 1)
    newest = backups_of(project)[0].path.name
    desk.qtbot.waitUntil(lambda: any(newest in words and "sound" in words for words in desk.words))


def _change(desk) -> None:
    store_labels(desk.bridge.session.project, 1, {"sick": True}, "Ann")


def test_closing_backs_up_what_changed_and_shows_it(desk, project):
    desk.open(project)
    before = len(backups_of(project))
    _change(desk)
    desk.window.close()
    assert desk.window.isVisible(), "the window waits for the backup"
    assert desk.window._parting.isVisible()
    desk.qtbot.waitUntil(lambda: not desk.window.isVisible(), timeout=20_000)
    assert len(backups_of(project)) == before + 1


def test_closing_without_a_change_asks_nothing(desk, project):
    desk.open(project)
    before = len(backups_of(project))
    desk.window.close()
    assert not desk.window.isVisible()
    assert len(backups_of(project)) == before


def test_a_long_backup_can_be_left_out(desk, project, monkeypatch):
    def slow(_store, now=None, ctx=None):
        while True:
            ctx.check_cancelled()

    desk.open(project)
    before = len(backups_of(project))
    _change(desk)
    monkeypatch.setattr(rotation, "back_up", slow)
    desk.window.close()
    desk.window._parting.skip.click()
    desk.qtbot.waitUntil(lambda: not desk.window.isVisible(), timeout=20_000)
    assert len(backups_of(project)) == before


def test_a_backup_that_does_not_fit_is_said_before_the_window_closes(desk, project, monkeypatch):
    def full(_store, now=None, ctx=None):
        raise DiskFull("The disk is full.", "Everything so far is stored.", "Free some space.")

    desk.open(project)
    _change(desk)
    monkeypatch.setattr(rotation, "back_up", full)
    desk.window.close()
    parting = desk.window._parting
    desk.qtbot.waitUntil(lambda: "disk is full" in parting.words.text())
    assert desk.window.isVisible()
    parting.skip.click()
    desk.qtbot.waitUntil(lambda: not desk.window.isVisible(), timeout=20_000)


@pytest.fixture
def other(project):
    """The same project, open to write in another window."""
    opened: Project = open_project(project)
    opened.set_reader("Eve")
    yield opened
    opened.close()


def test_a_second_window_follows_and_takes_over(desk, project, other):
    """Catalogue row 10."""
    desk.open(project)
    session = desk.bridge.session
    assert "Eve has this project open" in session.look_only
    case = desk.keys.painted_case
    desk.actions.following.timer.setInterval(20)
    desk.actions.following.timer.start()
    desk.qtbot.waitUntil(lambda: desk.actions.following._follower is not None)
    with desk.qtbot.waitSignal(desk.bridge.changed, timeout=10_000) as told:
        store_labels(other, 2, {"sick": True}, "Eve")
    assert 2 in told.args[0].cases
    other.close()
    desk.qtbot.waitUntil(lambda: desk.bridge.session is not None and not desk.bridge.session.look_only, timeout=20_000)
    desk.qtbot.waitUntil(lambda: any("You can edit it here now" in words for words in desk.words))
    desk.qtbot.waitUntil(lambda: desk.keys.painted_case == case, timeout=10_000)
