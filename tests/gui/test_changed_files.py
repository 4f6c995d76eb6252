"""An image whose file is not the one that was imported: said across the picture, and decided."""

from __future__ import annotations

import os
import shutil

import pytest
from PySide6.QtWidgets import QFileDialog

from mmdesk.ui.reading.image_files import CHANGED_WORDS
from tests.gui.test_reading import desk

__all__ = ["desk"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def files(one, number=1):
    """Return a case's left picture, and the project's folder."""
    folder = one.bridge.session.project.folder
    return folder / "images" / f"{number}l.png", folder


def pane(one):
    return one.page.panes.panes[0]


def status(one):
    return one.page.dock.header.word.text()


@pytest.mark.parametrize("same_time", [False, True])
def test_a_replaced_file_is_said_and_the_new_one_can_be_taken_and_given_back(desk, same_time):
    one = desk()
    left, folder = files(one)
    before = left.stat()
    shutil.copyfile(folder / "images" / "4l.png", left)
    if same_time:
        os.utime(left, ns=(before.st_mtime_ns, before.st_mtime_ns))
    one.open()
    one.wait(lambda: pane(one).content.changed == CHANGED_WORDS)
    one.wait(lambda: status(one) == "problem")
    assert one.page.dock.header.problem.text() == "Left eye: the file is not the one that was imported"
    assert CHANGED_WORDS in pane(one).accessibleName()
    assert pane(one).changed_file.isVisible()
    assert not one.page.panes.panes[1].content.changed
    pane(one).changed_file.take_button.click()
    one.wait(lambda: not pane(one).content.changed and status(one) == "unread")
    assert not pane(one).changed_file.isVisible()
    one.press("Ctrl+Z")
    one.wait(lambda: pane(one).content.changed == CHANGED_WORDS)


def test_the_imported_file_is_found_elsewhere_and_another_is_refused(desk, monkeypatch):
    one = desk()
    left, folder = files(one)
    left.rename(folder / "moved.png")
    shutil.copyfile(folder / "images" / "4l.png", left)
    one.open()
    one.wait(pane(one).changed_file.isVisible)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(folder / "images" / "5l.png"), ""))
    pane(one).changed_file.find_button.click()
    one.wait(lambda: any("5l.png is not the file" in words for words in one.said))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(folder / "moved.png"), ""))
    pane(one).changed_file.find_button.click()
    one.wait(lambda: not pane(one).content.changed and status(one) == "unread")
    assert one.bridge.session.project.store.case(one.ids[0]).inputs["left"].path == "moved.png"


def test_a_touched_file_is_fine(desk):
    one = desk()
    left, _ = files(one)
    os.utime(left, ns=(5, 5))
    one.open()
    one.wait(lambda: one.page.files._known.get(one.ids[0], {}).get("left") == "same")
    assert pane(one).content.changed == ""
    assert status(one) == "unread"
