"""The models page: the verdict decides which button is filled; promoting asks why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from mmdesk.core.errors import Situation
from mmdesk.core.job import Progress
from mmdesk.core.judge.verdict import OPEN, RECOMMENDED, REFUSED, Comparison, FigureRow
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.cases.reading import store_labels
from mmdesk.storage.database.tables import versions as versions_table
from mmdesk.ui.kit import theme
from mmdesk.ui.models.comparison_model import ComparisonModel, cells
from mmdesk.ui.models.training_panel import TrainingPanel
from mmdesk.ui.models.versions_model import VersionsModel
from mmdesk.ui.parts import ask
from mmdesk.ui.parts.jobs_bar import time_left
from tests.gui.version_parts import add, make_versions
from tests.gui.window_parts import desk, make_project

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
__all__ = ["desk"]

ROWS = (
    FigureRow("macro AUC", "auc", "all", 271, None, 0.861, 0.874, 0.013, 0.002, 0.024, rule="", verdict=""),
    FigureRow(
        "Glaucoma sensitivity",
        "sensitivity",
        "all",
        271,
        34,
        0.71,
        0.64,
        -0.07,
        -0.12,
        -0.02,
        rule="not below -0.05",
        verdict="FAIL",
    ),
    FigureRow("Myopia sensitivity", "sensitivity", "all", 6, 3, words="too few cases for a figure"),
)


def comparison(verdict: str, words: str) -> Comparison:
    return Comparison("v4", "v3", ROWS, verdict, words, lost=(1, 2), notes=("Old cases are replayed.",))


def add_candidate(project, verdict: str, words: str) -> None:
    """Store a current version and a candidate whose card has a comparison."""
    store = project.store
    store.add_version(VersionRow("v3", "v3", "current", created="2026-01-01T00:00:00+00:00", folder="models/v3"))
    card = Card(kind="finetune", comparison=comparison(verdict, words))
    store.add_version(
        VersionRow("v4", "v4", "candidate", "v3", "2026-01-02T00:00:00+00:00", "models/v4", card), "Reader 1"
    )


@pytest.fixture
def page_with(desk, tmp_path):
    def make(verdict: str, words: str):
        desk.open(make_project(tmp_path, 4))
        add_candidate(desk.bridge.session.project, verdict, words)
        desk.window.show_page("models")
        page = desk.window.pages.models
        page.refresh()
        desk.qtbot.waitUntil(lambda: shown(page) == "v4")
        return page

    return make


def shown(page):
    """Id of the version that the pane shows."""
    return page.pane._row.id if page.pane._row else ""


def filled(page):
    buttons = (page.finetune, page.pane.promote, page.pane.discard)
    return [button for button in buttons if button.property("kind") == "primary"]


def test_recommended_candidate_fills_promote(page_with):
    page = page_with(RECOMMENDED, "Recommended. Better by 0.013 AUC (0.002 to 0.024); no rule broken.")
    assert filled(page) == [page.pane.promote]
    assert page.pane.title.text() == "Candidate v4 against v3"
    assert page.pane.verdict.text().startswith("Verdict: Recommended.")
    assert page.pane.figures.rowCount() == 3


def test_refused_candidate_fills_discard_and_names_the_other_way(page_with):
    page = page_with(REFUSED, "Not recommended. Glaucoma sensitivity falls by 0.07; the rule allows 0.05.")
    assert filled(page) == [page.pane.discard]
    assert page.pane.promote.text() == "Promote anyway…"
    assert page.pane.lost.text() == "See 2 lost cases"


def test_open_verdict_fills_nothing(page_with):
    page = page_with(OPEN, "Cannot tell yet. The difference may be nothing (-0.004 to 0.011).")
    assert filled(page) == []


def test_discarding_is_stored_and_the_page_follows(page_with, desk):
    page = page_with(REFUSED, "Not recommended.")
    with desk.qtbot.waitSignal(desk.bridge.changed, check_params_cb=lambda change: change.versions):
        page.pane.discard.click()
    desk.qtbot.waitUntil(lambda: page._version() is not None and page._version().state != "candidate")
    assert any("discarded" in words for words in desk.words)


def test_lost_cases_are_listed(page_with, desk):
    page = page_with(REFUSED, "Not recommended.")
    desk.bridge.session.project.set_own_read_first(False, "Ann")
    page.pane.lost.click()
    desk.qtbot.waitUntil(lambda: desk.window.feed.ids == [1, 2])
    assert desk.window.pages.name == "worklist"


def test_of_lost_cases_only_those_are_listed_that_the_reader_has_read(page_with, desk):
    page = page_with(REFUSED, "Not recommended.")
    session = desk.bridge.session
    store_labels(session.project, 2, {"sick": True}, session.reader)
    page.pane.lost.click()
    desk.qtbot.waitUntil(lambda: desk.window.feed.ids == [2])
    assert any("Only cases that you have read are listed." in words for words in desk.words)


def test_card_and_comparison_take_turns(page_with, desk):
    from mmdesk.ui.kit.keys import send_keys

    page = page_with(RECOMMENDED, "Recommended.")
    send_keys(desk.window, "Enter")
    assert page.pane.views.currentWidget() is page.pane.card
    send_keys(desk.window, "Enter")
    assert page.pane.views.currentIndex() == 0


def choose(page, desk, version):
    """Click a version, as a person does."""
    row = page.versions.place_of(version)
    where = page.list.visualRect(page.versions.index(row)).center()
    desk.qtbot.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert shown(page) == version


def open_page(desk, project):
    folder = project.folder
    project.close()
    desk.open(folder)
    desk.window.show_page("models")
    page = desk.window.pages.models
    desk.qtbot.waitUntil(lambda: shown(page) != "" and not page._behind)
    return page


def test_every_version_shows_what_is_its_own(desk, tmp_path):
    page = open_page(desk, make_versions(tmp_path))
    pane = page.pane
    states = {"v1": "earlier", "v2": "candidate", "v3": "current", "v4": "candidate"}
    for version in ("v4", "v1", "v3", "v2", "v4", "v3", "v1"):
        choose(page, desk, version)
        assert version in pane.title.text()
        card = pane.card.toPlainText()
        assert f"{version}, {states[version]}." in card
        other = {"v1": "theirs"}.get(version, f"Tiny {version}")
        assert card.startswith(other)
        trial = states[version] == "candidate"
        assert pane.views.currentIndex() == (0 if trial else 1)
        assert pane.discard.isEnabled() == trial
        if not trial:
            assert not pane.promote.isEnabled()
            assert pane.figures.rowCount() == 0 or pane.views.currentWidget() is pane.card
    choose(page, desk, "v3")
    assert "too few cases for a figure" in pane.card.toPlainText(), "how it did beside v4 is a table"
    assert not [words for words in desk.words if "went wrong" in words]
    desk.qtbot.waitUntil(lambda: not desk.bridge.runner.jobs, timeout=60_000)


def test_a_comparison_that_is_out_of_date_is_said_and_made_again(desk, tmp_path):
    page = open_page(desk, make_versions(tmp_path))
    pane = page.pane
    choose(page, desk, "v2")
    assert "out of date: it was made against v1, and v3 is current now" in pane.verdict.text()
    assert pane.figures.rowCount() == 0
    assert "against" not in pane.title.text()
    assert not pane.promote.isEnabled()
    desk.qtbot.waitUntil(lambda: pane.title.text() == "Candidate v2 against v3", timeout=60_000)
    assert pane.verdict.text().startswith("Verdict: ")
    assert pane.figures.rows[0].n > 5
    assert "out of date" not in pane.card.toPlainText()
    assert pane.promote.isEnabled()
    desk.qtbot.waitUntil(lambda: not desk.bridge.runner.jobs, timeout=60_000)


def test_a_model_made_elsewhere_is_compared_like_any_other(desk, tmp_path):
    project = make_versions(tmp_path)
    add(project, "v5", Card(name="theirs too", kind="brought along"))
    page = open_page(desk, project)
    choose(page, desk, "v5")
    assert "with v3, the current version, was not made yet" in page.pane.verdict.text()
    assert not page.pane.promote.isEnabled()
    desk.qtbot.waitUntil(lambda: page.pane.title.text() == "Candidate v5 against v3", timeout=60_000)
    assert page.pane.figures.rowCount() > 0
    desk.qtbot.waitUntil(lambda: not desk.bridge.runner.jobs, timeout=60_000)


def test_what_cannot_be_compared_is_promoted_only_after_that_was_said(desk, tmp_path, monkeypatch):
    project = make_versions(tmp_path)
    (project.folder / "models/v2/preparation.json").unlink()
    page = open_page(desk, project)
    pane, questions = page.pane, []
    choose(page, desk, "v2")
    desk.qtbot.waitUntil(pane.promote.isEnabled, timeout=60_000)
    assert "made against v1" in pane.verdict.text()
    assert "Choose another" in pane.verdict.text(), "why it could not be made again"
    assert pane.compare.isVisible()
    assert pane.promote.text() == "Promote anyway…"
    assert filled(page) == []

    def answer(_parent, _title, words, _verb):
        questions.append(words)
        return "I know it."

    monkeypatch.setattr(ask, "ask_text", answer)
    pane.promote.click()
    desk.qtbot.waitUntil(lambda: pane._row.state == "current", timeout=10_000)
    assert "made against v1" in questions[0]
    entries = desk.bridge.session.project.store.journal(20)
    assert [entry for entry in entries if "I know it. (Promoted anyway." in entry.why]
    desk.qtbot.waitUntil(lambda: not desk.bridge.runner.jobs, timeout=60_000)


@pytest.mark.parametrize("card", ["", "[1, 2]", '{"comparison": {"rows": 3}, "scores": 4, "kind": "trained"}'])
def test_a_card_that_cannot_be_read_says_so_under_its_own_title(desk, tmp_path, card):
    project = make_versions(tmp_path)
    with project.store.write() as writing:
        for name in ("v1", "v2", "v3"):
            cells = versions_table.update().where(versions_table.c.id == name).values(card=card)
            writing.connection.execute(cells)
    page = open_page(desk, project)
    for version in ("v4", "v1", "v2", "v3"):
        choose(page, desk, version)
        assert version in page.pane.title.text()
        assert ("cannot be read" in page.pane.card.toPlainText()) == (version != "v4")
    assert not [words for words in desk.words if "went wrong" in words]
    desk.qtbot.waitUntil(lambda: not desk.bridge.runner.jobs, timeout=60_000)


def test_only_a_version_on_trial_can_be_promoted_and_only_where_one_may_write(page_with, desk):
    page = page_with(RECOMMENDED, "Recommended.")
    pane = page.pane
    assert pane.promote.isEnabled()
    pane.set_running(True)
    assert not pane.promote.isEnabled()
    pane.set_running(False)
    choose(page, desk, "v3")
    assert not pane.promote.isEnabled()
    assert filled(page) == [page.finetune]
    choose(page, desk, "v4")
    assert pane.promote.isEnabled()
    pane.show_version(None, "v3")
    assert not pane.promote.isEnabled()
    assert pane.title.text() == ""


def test_who_only_looks_promotes_nothing_and_reads_why(desk, tmp_path):
    project = make_versions(tmp_path)
    desk.open(project.folder)
    desk.window.show_page("models")
    page = desk.window.pages.models
    desk.qtbot.waitUntil(lambda: shown(page) == "v4")
    assert page.pane.title.text() == "Candidate v4 against v3"
    assert not page.pane.promote.isEnabled()
    choose(page, desk, "v2")
    assert "made against v1" in page.pane.verdict.text()
    assert not page.pane.promote.isEnabled()
    assert not page.pane.compare.isEnabled()
    project.close()


def test_a_project_without_a_model_says_so_and_offers_training(desk, tmp_path):
    desk.open(make_project(tmp_path, 4))
    desk.window.show_page("models")
    page = desk.window.pages.models
    desk.qtbot.waitUntil(lambda: page.counts.text() != "")
    assert page.finetune.text() == "Train on 0 labelled cases"
    assert page.pane.card.toPlainText().startswith("No model fits these fields yet.")
    assert desk.window.status.model.text() == "No model"


class Kept:
    made: ClassVar[list[Kept]] = []

    def __init__(self, *, idle):
        self.idle, self.did = idle, []
        Kept.made.append(self)

    def prewarm(self):
        self.did.append("prewarm")

    def close(self):
        self.did.append("close")


def test_one_model_process_is_kept_for_all_trainings_and_ends_with_the_window(desk, tmp_path, monkeypatch):
    asked = []

    def train(project, *, reader, ctx, child=None, recipe=None):
        asked.append(child)
        raise Situation("It did not train.")

    monkeypatch.setattr(Kept, "made", [])
    monkeypatch.setattr("mmdesk.jobs.child.Child", Kept)
    monkeypatch.setattr("mmdesk.services.models.training.train", train)
    desk.open(make_project(tmp_path, 4))
    desk.window.show_page("models")
    page = desk.window.pages.models
    desk.qtbot.waitUntil(lambda: page.counts.text() != "")
    assert Kept.made == []
    store_labels(desk.bridge.session.project, desk.window.feed.ids[0], {"sick": True}, "Reader 1")
    page.refresh()
    desk.qtbot.waitUntil(lambda: bool(Kept.made) and Kept.made[0].did == ["prewarm"])
    for count in (1, 2):
        page.start_finetune()
        desk.qtbot.waitUntil(lambda count=count: len(asked) == count and page._job is None)
    assert asked == [Kept.made[0]] * 2
    assert Kept.made[0].idle == 600
    desk.bridge.close()
    assert Kept.made[0].did[-1] == "close"


def test_figures_have_interval_number_and_positives():
    assert cells(ROWS[0])[2:6] == ("271", "0.861", "0.874", "+0.013 [+0.002, +0.024]")
    assert cells(ROWS[1])[2] == "271 (34 positive)"
    assert cells(ROWS[2])[3:6] == ("-", "-", "too few cases for a figure")


def test_models_pass_qts_tester(qtbot):
    from PySide6.QtTest import QAbstractItemModelTester

    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    figures, versions = ComparisonModel(), VersionsModel()
    testers = [QAbstractItemModelTester(model, fatal) for model in (figures, versions)]
    figures.set_comparison(comparison(OPEN, ""))
    versions.set_versions([VersionRow("v1", "v1", "current"), VersionRow("v2", "v2", "candidate")])
    assert [row.id for row in versions.versions] == ["v2", "v1"]
    assert versions.place_of("v1") == 1
    assert len(testers) == 2


def test_live_curve_grows_by_epoch_and_says_the_best(qtbot):
    asked = []
    panel = TrainingPanel(lambda: asked.append("stop"), lambda: asked.append("cancel"))
    qtbot.addWidget(panel)
    panel.begin()
    for epoch, loss in enumerate((0.9, 0.5, 0.6), 1):
        losses = {"loss": loss, "validation_loss": loss + 0.1, "best_epoch": 2.0, "seconds_left": 190.0}
        panel.tell(Progress(epoch, 30, "Fine-tuning", losses), None)
    assert panel.curve.losses == [0.9, 0.5, 0.6]
    assert panel.words.text() == "Fine-tuning   epoch 3/30   best 2   3:10 left"
    lines = panel.curve.plot.getPlotItem().listDataItems()
    assert [line.getData()[1].tolist() for line in lines] == [[0.9, 0.5, 0.6], [1.0, 0.6, 0.7]]
    for name in ("light", "dark"):
        theme.apply(QApplication.instance(), name)
        colours = theme.THEMES[name]
        pens = [line.opts["pen"] for line in lines]
        assert [pen.color().name().upper() for pen in pens] == [colours.current, colours.candidate]
        assert pens[0].style() != pens[1].style()
        assert lines[0].opts["symbol"] != lines[1].opts["symbol"]
        pixel = panel.curve.grab().toImage().pixelColor(3, 3)
        assert pixel.name().upper() == colours.panel
    panel.begin()
    assert [line.getData()[1] for line in lines] == [None, None]
    panel.stop.click()
    panel.cancel.click()
    assert asked == ["stop", "cancel"]
    panel.close()


def test_what_draws_the_curve_is_not_imported_before_a_training(qtbot):
    script = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([]);"
        "import mmdesk.ui.models.page; from mmdesk.ui.models.training_panel import TrainingPanel;"
        "panel = TrainingPanel(print, print); early = 'pyqtgraph' in sys.modules; panel.begin();"
        "sys.exit(early or 'pyqtgraph' not in sys.modules)"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], env=environment, check=True)


def test_time_left_is_short():
    assert time_left(0.2) == "0:01 left"
    assert time_left(None) == ""
