"""The evaluation page shows what was worked out; its points and numbers lead to the cases."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from mmdesk.core.judge.report import report
from tests.gui.canaries import make_canaries
from tests.gui.window_parts import Desk
from tests.unit.core.test_curves import SCHEMA, case_set


def evaluation(beside=""):
    _, scored = case_set(60)
    rng = np.random.default_rng(1)
    outputs = {name: np.clip(rows + 0.4 * rng.normal(size=rows.shape), 0, 1) for name, rows in scored.truth.items()}
    targets = report(SCHEMA, scored, outputs, [1 + n % 3 for n in range(60)], train=scored)
    return {
        "version": "v1", "beside": beside, "split": "test", "cases": 60, "hidden": 2, "notes": ["v1 learnt from it."],
        "targets": targets, "choices": {},
    }  # fmt: skip


@pytest.fixture
def desk(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("mmdesk.services.models.evaluating.evaluate", lambda *_a, **_k: evaluation())
    made = Desk(qtbot)
    made.preferences.set("reader", "Ann")
    made.open(make_canaries(tmp_path))
    made.bridge.session.project.set_own_read_first(False, "Ann")
    made.window.show_page("evaluation")
    page = made.window.pages.evaluation
    qtbot.waitUntil(lambda: page.targets.count() == 6, timeout=30_000)
    yield made
    made.close()


def view(page, name):
    """Return the plot of that name, on the tab that is shown."""
    found = next(one for one in page._plots if one.plot.name == name)
    page.tabs.setCurrentWidget(found.parentWidget())
    QApplication.processEvents()
    return found


def test_a_click_on_the_curve_chooses_the_threshold_and_a_number_lists_its_cases(desk, qtbot):
    page = desk.window.pages.evaluation
    assert "60 cases. 2 cases that you have not read are left out. v1 learnt from it." in page.words.text()
    roc = view(page, "roc")
    curve = roc.plot.series[0]
    place = len(curve.x) // 2
    roc.click_at(curve.x[place], curve.y[place])
    assert page.threshold.value() == pytest.approx(curve.thresholds[place], abs=0.0006)
    counts = [[int(page.confusion.item(row, column).text()) for column in (0, 1)] for row in (0, 1)]
    assert sum(map(sum, counts)) == 60
    assert counts[1][1] / sum(counts[1]) == pytest.approx(curve.y[place], abs=0.05)
    with qtbot.waitSignal(page.cases_asked) as asked:
        page.confusion.cellClicked.emit(1, 1)
    assert len(asked.args[0]) == counts[1][1]
    qtbot.waitUntil(lambda: desk.window.pages.name == "worklist", timeout=30_000)


def test_points_lead_to_their_cases(desk, qtbot):
    page = desk.window.pages.evaluation
    calibration = view(page, "calibration").plot.series[0]
    with qtbot.waitSignal(page.cases_asked) as asked:
        view(page, "calibration").click_at(calibration.x[1], calibration.y[1])
    assert asked.args[0] == list(calibration.ids[1])
    page.targets.setCurrentIndex(page.targets.findData("dose"))
    points = view(page, "bland-altman").plot.series[0]
    with qtbot.waitSignal(page.cases_asked) as asked:
        view(page, "bland-altman").click_at(points.x[5], points.y[5])
    assert len(asked.args[0]) == 1


def test_plots_are_saved_in_three_forms(desk, tmp_path):
    page = desk.window.pages.evaluation
    roc = view(page, "roc")
    for ending, begins in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".csv", b"series,")):
        path = tmp_path / f"roc{ending}"
        roc.save_as(path)
        assert path.read_bytes().startswith(begins)
    rows = (tmp_path / "roc.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + sum(len(one.x) for one in roc.plot.series) + len(roc.plot.band[0])
