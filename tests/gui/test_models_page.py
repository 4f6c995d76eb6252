"""The models page: the verdict decides which button is filled; promoting asks why."""

from __future__ import annotations

import pytest

from mmdesk.core.job import Progress
from mmdesk.core.judge.verdict import OPEN, RECOMMENDED, REFUSED, Comparison, Row
from mmdesk.core.model.version import VersionRow
from mmdesk.ui.models.comparison_model import ComparisonModel, cells
from mmdesk.ui.models.training_panel import TrainingPanel
from mmdesk.ui.models.versions_model import VersionsModel
from mmdesk.ui.parts.jobs_bar import time_left
from tests.gui.window_parts import desk, make_project

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
__all__ = ["desk"]

ROWS = (
    Row("macro AUC", "auc", "all", 271, None, 0.861, 0.874, 0.013, 0.002, 0.024, rule="", verdict=""),
    Row(
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
    Row("Myopia sensitivity", "sensitivity", "all", 6, 3, words="too few cases for a figure"),
)


def comparison(verdict: str, words: str) -> Comparison:
    return Comparison("v4", "v3", ROWS, verdict, words, lost=(1, 2), notes=("Old cases are replayed.",))


def add_candidate(project, verdict: str, words: str) -> None:
    """Store a current version and a candidate whose card has a comparison."""
    store = project.store
    store.add_version(
        VersionRow("v3", "v3", "current", created="2026-01-01T00:00:00+00:00", folder="models/v3")
    )
    card = {"kind": "finetune", "comparison": comparison(verdict, words).as_json()}
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
        desk.qtbot.waitUntil(lambda: page._comparison is not None)
        return page

    return make


def filled(page):
    buttons = (page.finetune, page.promote, page.discard)
    return [button for button in buttons if button.property("kind") == "primary"]


def test_recommended_candidate_fills_promote(page_with):
    page = page_with(RECOMMENDED, "Recommended. Better by 0.013 AUC (0.002 to 0.024); no rule broken.")
    assert filled(page) == [page.promote]
    assert page.title.text() == "Candidate v4 against v3"
    assert page.verdict.text().startswith("Verdict: Recommended.")
    assert page.figures.rowCount() == 3


def test_refused_candidate_fills_discard_and_names_the_other_way(page_with):
    page = page_with(REFUSED, "Not recommended. Glaucoma sensitivity falls by 0.07; the rule allows 0.05.")
    assert filled(page) == [page.discard]
    assert page.promote.text() == "Promote anyway…"
    assert page.lost.text() == "See 2 lost cases"


def test_open_verdict_fills_nothing(page_with):
    page = page_with(OPEN, "Cannot tell yet. The difference may be nothing (-0.004 to 0.011).")
    assert filled(page) == []


def test_discarding_is_stored_and_the_page_follows(page_with, desk):
    page = page_with(REFUSED, "Not recommended.")
    with desk.qtbot.waitSignal(desk.bridge.changed, check_params_cb=lambda change: change.versions):
        page.discard.click()
    desk.qtbot.waitUntil(lambda: page._version() is not None and page._version().state != "candidate")
    assert any("discarded" in words for words in desk.words)


def test_lost_cases_are_listed(page_with, desk):
    page = page_with(REFUSED, "Not recommended.")
    page.lost.click()
    assert desk.window.pages.name == "worklist"
    assert desk.window.feed.ids == [1, 2]


def test_card_and_comparison_take_turns(page_with, desk):
    from mmdesk.ui.kit.keys import send_keys

    page = page_with(RECOMMENDED, "Recommended.")
    send_keys(desk.window, "Enter")
    assert page.views.currentWidget() is page.card
    send_keys(desk.window, "Enter")
    assert page.views.currentIndex() == 0


def test_a_project_without_a_model_says_so_and_offers_training(desk, tmp_path):
    desk.open(make_project(tmp_path, 4))
    desk.window.show_page("models")
    page = desk.window.pages.models
    desk.qtbot.waitUntil(lambda: page.counts.text() != "")
    assert page.finetune.text() == "Train on 0 labelled cases"
    assert page.card.toPlainText().startswith("No model fits these fields yet.")
    assert desk.window.status.model.text() == "No model"


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
    assert not panel.curve.grab().isNull()
    panel.stop.click()
    panel.cancel.click()
    assert asked == ["stop", "cancel"]
    panel.close()


def test_time_left_is_short():
    assert time_left(0.2) == "0:01 left"
    assert time_left(None) == ""
