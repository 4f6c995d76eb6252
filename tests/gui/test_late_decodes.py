"""Real decoding threads that dawdle: what stands on the screen is always the case's own."""

from __future__ import annotations

import random
import time

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from tests.gui.reading_parts import Desk, make_project

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support")


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, make_project(tmp_path))
    made.open()
    yield made
    made.close()


def shown(pane):
    """Return the shade in the lower half of a pane's picture, which tells its file."""
    return QColor(pane.grab().toImage().pixel(pane.width() // 2, pane.height() * 5 // 8)).red()


@pytest.mark.parametrize("mode", ["side by side", "swipe"])
def test_fast_browsing_with_slow_decoders_never_shows_another_case(desk, mode):
    pictures, panes = desk.page.pictures, desk.page.panes
    chance, read = random.Random(7), pictures._read
    surround = panes.panes[0].surround.red()

    def slowly(wanted, ctx):
        time.sleep(chance.random() * 0.03)
        return read(wanted, ctx)

    pictures._read = slowly
    panes.set_mode(mode)
    own = {"left": 30, "right": 130}
    seen = 0
    for _ in range(40):
        desk.press(chance.choice("JJJK"))
        pictures._kept.clear()
        pictures._bytes = 0
        until = time.monotonic() + chance.random() * 0.04
        while time.monotonic() < until:
            QApplication.processEvents()
        for pane in panes.panes:
            content = pane.content
            expected = own[content.field] + 5 * int(content.case[1:])
            assert content.case_id == desk.page.case_id
            if content.source is not None and not pane.unreadable():
                assert shown(pane) in (surround, expected)
                seen += shown(pane) == expected
    assert seen > 10
