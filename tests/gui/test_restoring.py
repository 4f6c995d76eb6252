"""Restoring a backup from the window: asked with figures, kept first, refused in words."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtWidgets import QFileDialog

from mmdesk.services.backups import back_up, backups_of, look_at_backups
from mmdesk.services.cases.reading import WorklistQuery, case_ids, store_labels
from mmdesk.services.project import open_project
from mmdesk.ui.shell.restore_dialog import RestoreBackup
from tests.gui.window_parts import desk, project

__all__ = ["desk", "project"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def without_backups(project, but=()):
    """Take away the backups that an import and a close make."""
    for backup in backups_of(project):
        if backup.path not in but:
            backup.path.unlink()


@pytest.fixture
def worked(project):
    """A project in which a backup was made between two labels."""
    without_backups(project)
    opened = open_project(project)
    first, second, *_ = case_ids(opened, WorklistQuery(), "Ann")
    store_labels(opened, first, {"sick": True}, "Ann")
    back_up(opened)
    made = [backup.path for backup in backups_of(project)]
    store_labels(opened, second, {"sick": True}, "Ann")
    opened.close()
    without_backups(project, but=made)
    return project


def labels_in(folder):
    opened = open_project(folder, look=True)
    try:
        return sum(len(given) for given in opened.store.labels().values())
    finally:
        opened.close()


def test_the_dialog_tells_what_each_backup_holds_and_what_is_lost(worked, qtbot):
    dialog = RestoreBackup(None, "small", look_at_backups(worked))
    qtbot.addWidget(dialog)
    texts = [dialog.table.item(0, column).text() for column in range(4)]
    assert texts[1:] == ["12", "1", "1 label by Ann"]
    assert "has 12 cases and 1 label of readers. Restoring it takes back: 1 label by Ann." in dialog.words.text()
    assert dialog.ok.isEnabled()


def test_a_backup_that_cannot_be_read_cannot_be_chosen(worked, qtbot):
    (backup,) = backups_of(worked)
    backup.path.write_bytes(b"no database" * 1000)
    dialog = RestoreBackup(None, "small", look_at_backups(worked))
    qtbot.addWidget(dialog)
    assert not dialog.ok.isEnabled()
    assert dialog.words.text().startswith("This backup cannot be read. Nothing was changed.")


def test_a_damaged_project_is_restored_without_being_opened(desk, worked, qtbot, monkeypatch):
    (worked / "project.db").write_bytes(b"no database" * 1000)
    desk.actions.projects.open_folder(str(worked))
    told = desk.window.pages.start.warning
    qtbot.waitUntil(told.isVisible)
    assert "is damaged" in told.text()
    monkeypatch.setattr(RestoreBackup, "exec", lambda self: 1)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_asked: str(worked))
    with qtbot.waitSignal(desk.bridge.project_opened):
        desk.keys.trigger("restore")
    assert sum(len(given) for given in desk.bridge.session.project.store.labels().values()) == 1
    assert told.text() == ""
    assert list(worked.glob("backups/replaced-*/project.db"))
    qtbot.waitUntil(lambda: desk.keys.painted_case is not None)


@pytest.mark.parametrize("is_open", [True, False])
def test_a_backup_is_restored_and_what_stood_before_is_a_backup(desk, worked, qtbot, monkeypatch, is_open):
    monkeypatch.setattr(RestoreBackup, "exec", lambda self: 1)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_asked: str(worked))
    if is_open:
        desk.open(worked)
    with qtbot.waitSignal(desk.bridge.project_opened):
        desk.keys.trigger("restore")
    store = desk.bridge.session.project.store
    assert sum(len(given) for given in store.labels().values()) == 1
    assert desk.words[-1].endswith("is restored. What stood before is kept in the backups.")
    newest = look_at_backups(worked).looks[0]
    assert newest.labels == 2
    qtbot.waitUntil(lambda: desk.keys.painted_case is not None)


def test_stepping_back_from_the_dialog_changes_nothing(desk, worked, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(RestoreBackup, "exec", lambda self: asked.append(self) or 0)
    desk.open(worked)
    desk.keys.trigger("restore")
    qtbot.waitUntil(lambda: bool(asked))
    assert desk.bridge.session is not None
    assert labels_in(worked) == 2


def test_without_a_backup_it_says_so(desk, project, qtbot):
    without_backups(project)
    desk.open(project)
    desk.keys.trigger("restore")
    qtbot.waitUntil(lambda: bool(desk.words))
    assert desk.words[-1].startswith("small has no backup yet. Nothing was changed.")


def test_a_project_that_is_only_looked_at_or_has_work_under_way_refuses_in_words(desk, worked, qtbot):
    other = open_project(worked)
    desk.open(worked)
    desk.keys.trigger("restore")
    assert desk.words[-1] == desk.bridge.session.look_only != ""
    other.close()
    go_on = threading.Event()
    job = desk.bridge.run("Predicting every case", lambda _ctx: go_on.wait(10), lane="background", shown=True)
    desk.keys.trigger("restore")
    assert desk.words[-1].startswith("Predicting every case is under way. Nothing was changed.")
    go_on.set()
    assert job.over.wait(5)
