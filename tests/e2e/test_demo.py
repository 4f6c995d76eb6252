"""The whole job, once, on phantom cases: what `mmdesk demo --headless` does."""

import csv

import pytest

from mmdesk.services.demo.demo import READER, make_demo, run_demo
from mmdesk.services.project import open_project

pytestmark = [pytest.mark.e2e, pytest.mark.tf]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    said = []
    folder = tmp_path_factory.mktemp("demo")
    return folder, run_demo(folder, count=150, say=said.append), said


def test_every_step_is_done_and_told(demo):
    _, facts, said = demo
    steps = [step["step"] for step in facts["steps"]]
    assert steps[:4] == ["Make and import cases", "Predict all cases", "Read cases", "Undo and redo"]
    assert {"Fine-tune on the corrections", "Compare with the current model", "Export", "Doctor"} <= set(steps)
    assert len(said) == len(steps)
    assert facts["doctor"] == []


def test_the_candidate_is_compared_on_the_test_split(demo):
    folder, facts, _ = demo
    rows = facts["comparison"]["rows"]
    assert rows
    assert facts["comparison"]["words"]
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert "Research use" in report
    assert all(row["metric"] in report for row in rows)


def test_only_a_recommended_candidate_is_promoted(demo):
    folder, facts, _ = demo
    recommended = facts["comparison"]["verdict"] == "recommended"
    assert facts["promoted"] == recommended
    project = open_project(make_demo(folder))
    try:
        assert project.store.current_version() == facts["version_after"]
        assert (facts["version_after"] != facts["version_before"]) == recommended
        assert project.store.check_journal() == []
    finally:
        project.close()


def test_labels_and_predictions_are_exported(demo):
    folder, facts, _ = demo
    with (folder / "demo-export.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 150
    assert all(row["model"] == facts["version_after"] for row in rows)
    read = [row for row in rows if row[f"label(referable@{READER})"]]
    assert len(read) > 40
