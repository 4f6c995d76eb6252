"""kill -9 while labels are stored: no acknowledged label is lost, the journal stays whole."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmdesk.services.cases.reading import open_case
from mmdesk.services.project import Project, open_project
from mmdesk.storage.database.cells import from_text
from tests.unit.storage_projects import make_project

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9"),
]
ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("label_for_ever.py")


@pytest.mark.parametrize("rounds", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_no_acknowledged_label_is_lost(tmp_path, rounds):
    project = make_project(tmp_path)
    folder = project.folder
    project.close()
    chance = random.Random(rounds)
    stored = 0
    for turn in range(rounds):
        acknowledged = tmp_path / f"acknowledged-{turn}"
        _kill_one(folder, acknowledged, turn, chance.uniform(0.05, 0.5))
        stored += _check(folder, acknowledged)
    assert stored >= rounds, "the child had time to store something"


def _kill_one(folder: Path, acknowledged: Path, seed: int, after: float) -> None:
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), str(acknowledged), str(seed)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"ready"
    waited = time.monotonic() + 20
    while time.monotonic() < waited and not (acknowledged.exists() and acknowledged.stat().st_size):
        time.sleep(0.01)
    time.sleep(after)
    child.kill()
    assert child.wait() == -9
    child.stdout.close()


def _check(folder: Path, acknowledged: Path) -> int:
    lines = acknowledged.read_text(encoding="utf-8").splitlines()
    last = {}
    for line in lines:
        case, findings, grade = line.split("\t")
        last[int(case)] = (tuple(findings.split("|")) if findings else (), int(grade))
    project = open_project(folder)
    try:
        assert project.look_only == "", "a dead process holds no lock"
        assert project.store.check_database() == []
        assert project.store.check_journal() == []
        wrong = {case: told for case, told in last.items() if _labels(project, case) != told}
        # only the label that was stored and not yet acknowledged may stand in place of another
        assert len(wrong) <= 1, wrong
        for case, told in wrong.items():
            assert _before_last_change(project, case) == told
    finally:
        project.close()
    return len(lines)


def _labels(project: Project, case: int) -> tuple[object, object]:
    labels = open_case(project, case, "Ann").labels
    return (labels["findings"].value, labels["grade"].value)


def _before_last_change(project: Project, case: int) -> tuple[object, object]:
    """Return what the journal says Ann's labels were before her last change, of that case."""
    values = dict(zip(("findings", "grade"), _labels(project, case), strict=True))
    mine = [entry for entry in project.store.journal(50) if entry.reader == "Ann"]
    for entry in mine:
        if entry.change == mine[0].change:
            assert entry.case == case
            values[entry.field] = from_text(entry.old, project.schema.field(entry.field))
    return (values["findings"], values["grade"])
