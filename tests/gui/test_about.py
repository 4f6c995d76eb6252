"""About says which build this is, where newer ones are found, and whose work is in it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from mmdesk.support import build
from mmdesk.support.policy import Policy
from mmdesk.ui.shell import about
from mmdesk.ui.shell.about import About, Licences, build_words, update_words

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def parent(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def words_of(dialog):
    return "\n".join(found.text() for found in dialog.findChildren(QLabel))


def test_version_commit_date_and_flavour(parent, monkeypatch):
    facts = {"commit": "abc1234", "date": "2026-01-02", "flavour": "reader"}
    monkeypatch.setattr(build, "_packaged", lambda: facts)
    said = words_of(About(parent))
    assert f"Version {build.version()} made from abc1234 of 2026-01-02: everything but training" in said


def test_a_checkout_names_no_date(monkeypatch):
    monkeypatch.setattr(build, "_packaged", dict)
    assert build_words().endswith(": run from its source.")
    assert " of " not in build_words()


def test_where_newer_versions_are_found_is_the_administrators(parent, monkeypatch):
    assert "where you got this one" in words_of(About(parent))
    monkeypatch.setattr(about, "policy", lambda: Policy(update_place="Ask the software desk."))
    assert "Ask the software desk." in words_of(About(parent))
    monkeypatch.setattr(about, "policy", lambda: Policy(update_notice=False, update_place="Ask."))
    assert "Ask." not in words_of(About(parent))
    assert update_words(Policy(update_notice=False)) == ""


def test_licences_open_and_are_found_in(parent, monkeypatch):
    monkeypatch.setattr(about, "licence_words", lambda: "Qt: LGPL\nnumpy: BSD\nnumpy again\n")
    dialog = About(parent)
    next(b for b in dialog.findChildren(QPushButton) if b.text() == "Show all licences").click()
    licences = dialog.findChild(Licences)
    assert licences is not None
    assert licences.isVisible()
    licences.line.setText("numpy")
    places = []
    for _ in range(3):
        licences.line.returnPressed.emit()
        places.append(licences.text.textCursor().blockNumber())
    assert places == [1, 2, 1]
    licences.close()


def test_a_checkout_says_where_licences_are():
    assert "ISC License" in about.licence_words()
