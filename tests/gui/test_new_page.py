"""A page that stands in this file only is reached from rail, menu, palette, key sheet and help."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mmdesk.support import resources
from mmdesk.ui.bars.key_sheet import KeySheet
from mmdesk.ui.bars.palette import Palette
from mmdesk.ui.kit.actions import Action, register_page, unregister_page
from mmdesk.ui.kit.keys import send_keys
from mmdesk.ui.kit.pages import PAGES, Page
from mmdesk.ui.shell.screenshots import Photographer
from tests.gui.window_parts import Desk, make_project


class TidesPage(QWidget):
    """Says how often it was turned."""

    def __init__(self, bridge, keys):
        super().__init__()
        self.turned = 0
        self.words = QLabel("Low tide")
        QVBoxLayout(self).addWidget(self.words)
        keys.bind("turn_tide", self.turn, page="tides")

    def turn(self):
        self.turned += 1
        self.words.setText("High tide" if self.turned % 2 else "Low tide")


TIDES = Page(
    "tides",
    "Tides",
    f"{__name__}:TidesPage",
    "tides-help",
    "boxes",
    "Ctrl+9",
    synonyms="ocean water",
    of_project=True,
    passing=True,
)


@pytest.fixture
def desk(qtbot, tmp_path, monkeypatch):
    (tmp_path / "help").mkdir()
    (tmp_path / "help" / "tides-help.md").write_text("# Tides and moons\n\n{key:page_tides} shows them.\n", "utf-8")
    monkeypatch.setattr(resources, "_PLACES", (*resources._PLACES, tmp_path))
    register_page(TIDES, Action("turn_tide", "Turn the tide", ("T",), "tides", "Go"))
    made = Desk(qtbot)
    yield made
    made.close()
    unregister_page("tides")


@pytest.fixture
def opened(desk, tmp_path):
    desk.open(make_project(tmp_path, 2))
    return desk


def go(desk):
    return next(action.menu() for action in desk.window.menuBar().actions() if action.text() == "Go")


def test_it_needs_a_project_as_it_says(desk):
    send_keys(desk.window, "Ctrl+9")
    assert desk.window.pages.name == "start"
    assert "project" in desk.words[-1]
    assert not desk.window.rail._buttons["tides"].isEnabled()
    desk.window.show_page("tides")
    assert desk.window.pages.name == "start"


def test_the_rail_the_key_and_the_menu_show_it_and_esc_leaves(opened):
    window = opened.window
    button = window.rail._buttons["tides"]
    assert button.toolTip() == "Tides  Ctrl+9"
    button.click()
    assert window.pages.name == "tides"
    assert button.isChecked()
    send_keys(window, "T")
    assert window.pages.page("tides").words.text() == "High tide"
    send_keys(window, "Esc")
    assert window.pages.name == "reading"
    menu = go(opened)
    menu.aboutToShow.emit()
    entries = {entry.text(): entry for entry in menu.actions()}
    entries["Tides page\tCtrl+9"].trigger()
    assert window.pages.name == "tides"
    send_keys(window, "Alt+Left", "Ctrl+9")
    assert window.pages.name == "tides"


def test_the_palette_finds_it_by_its_synonyms(opened):
    palette = Palette(opened.keys, opened.preferences, opened.window)
    palette.search("ocean")
    assert palette.list.item(0).text().startswith("Tides page")
    palette.run_current()
    assert opened.window.pages.name == "tides"


def test_the_key_sheet_has_its_key_and_on_it_its_own(opened):
    def said():
        sheet = KeySheet(opened.keys, opened.window)
        words = [label.text() for label in sheet.findChildren(QLabel)]
        sheet.close()
        return words

    assert "Tides page" in said()
    assert "Turn the tide" not in said()
    opened.window.show_page("tides")
    assert "Single keys on the page Tides" in said()
    assert "Turn the tide" in said()


def test_help_opens_on_its_topic(opened):
    opened.window.show_page("tides")
    send_keys(opened.window, "F1")
    panel = opened.window._help
    assert panel.topics.currentItem().text() == "Tides and moons"
    assert "Ctrl+9 shows them." in panel.page.toPlainText()


def test_pictures_are_taken_of_it(opened, tmp_path):
    photographer = Photographer(opened.window, tmp_path)
    assert "tides" in photographer._left
    photographer._longest.stop()


def test_a_page_has_a_name_of_its_own(desk):
    with pytest.raises(ValueError, match="tides"):
        register_page(TIDES)
    assert list(PAGES)[-1] == "tides"
