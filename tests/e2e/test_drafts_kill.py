"""kill -9 of a real window right after keys: every answer is there when the project opens again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from mmdesk.services.cases.drafts import drafts_of
from mmdesk.services.project import open_project
from tests.gui.window_parts import make_project

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9"),
]
ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("answer_and_wait.py")


SLOW = [pytest.param(5, seed, marks=pytest.mark.slow) for seed in range(1, 21)]


@pytest.mark.parametrize(("rounds", "seed"), [(3, 0), *SLOW])
def test_no_marked_answer_is_lost(tmp_path, rounds, seed):
    folder = make_project(tmp_path, 1)
    chance = random.Random(seed)
    for _turn in range(rounds):
        keys = [chance.choice("10M") for _ in range(chance.randrange(1, 6))]
        said = _answer_and_kill(folder, keys)
        project = open_project(folder)
        found = drafts_of(project, "Ann").get(1, {}).get("sick")
        assert project.store.labels([1]) == {}
        assert project.store.check_journal() == []
        project.close()
        assert repr(found) == said, keys


def _answer_and_kill(folder: Path, keys: list[str]) -> str:
    """Press keys in a window of its own, kill it once it says that the draft is kept."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), *keys], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert child.stdout is not None
    said = child.stdout.readline().strip()
    child.kill()
    assert child.wait() == -9
    child.stdout.close()
    return said
