"""The reader's flavour does everything but train, and says so in words; a package knows what it is."""

from __future__ import annotations

import json
import sys

import pytest

from mmdesk.core.errors import TrainingRefused
from mmdesk.core.job import SilentContext
from mmdesk.jobs import child, registry
from mmdesk.jobs.registry import ENTRIES, LOADS_KERAS_LATER, NEEDS_KERAS, check_libraries
from mmdesk.support import build
from mmdesk.support.own_process import own_command


@pytest.fixture
def no_tensorflow(monkeypatch):
    for module in (registry, child):
        monkeypatch.setattr(module, "can_train", lambda: False)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Let the program believe that it lies in a package with these facts."""

    def put(text):
        (tmp_path / "build.json").write_text(text, encoding="utf-8")
        monkeypatch.setattr(build, "_PACKAGE", tmp_path)
        build._packaged.cache_clear()
        build._commit_of_checkout.cache_clear()

    yield put
    monkeypatch.undo()
    build._packaged.cache_clear()
    build._commit_of_checkout.cache_clear()


@pytest.mark.parametrize("kind", sorted(NEEDS_KERAS))
def test_without_tensorflow_training_is_refused_in_words(no_tensorflow, kind):
    with pytest.raises(TrainingRefused, match="needs TensorFlow") as refused:
        child.Child([sys.executable, "-c", "raise SystemExit(9)"]).run({"kind": kind}, SilentContext())
    assert refused.value.do


def test_without_tensorflow_other_jobs_are_not_refused(no_tensorflow):
    for kind in set(ENTRIES) - NEEDS_KERAS - LOADS_KERAS_LATER:
        check_libraries(kind)


def test_without_tensorflow_nothing_is_started_ahead_of_need(no_tensorflow):
    one = child.Child([sys.executable, "-c", "raise SystemExit(9)"])
    assert one.prewarm() is False
    assert one.alive is False


def test_training_page_hears_the_reason(monkeypatch, tmp_path):
    from mmdesk.services.models.training import training_counts
    from tests.unit.storage_projects import make_project

    project = make_project(tmp_path)
    try:
        monkeypatch.setattr(registry, "can_train", lambda: False)
        assert "needs TensorFlow" in training_counts(project).refusal
        monkeypatch.setattr(registry, "can_train", lambda: True)
        assert "TensorFlow" not in training_counts(project).refusal
    finally:
        project.close()


def test_a_package_says_what_it_was_made_from(package):
    package(json.dumps({"commit": "abc1234", "date": "2026-01-02", "flavour": "reader"}))
    assert (build.commit(), build.build_date(), build.flavour()) == ("abc1234", "2026-01-02", "reader")


def test_a_package_without_readable_facts_still_runs(package):
    package("{")
    assert (build.commit(), build.build_date(), build.flavour()) == ("", "", "checkout")


def test_a_frozen_program_starts_itself_as_worker(monkeypatch, tmp_path):
    program = tmp_path / "mmdesk.exe"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    assert own_command("worker") == [str(program), "worker"]
    terminal = tmp_path / "mmdesk-cli.exe"
    terminal.touch()
    assert own_command("worker") == [str(terminal), "worker"]
