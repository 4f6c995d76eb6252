"""Candidates are made, registered when whole, and never become current by themselves."""

from __future__ import annotations

import json
import threading

import pytest

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.core.errors import Cancelled, JobDied, LookOnly, ModelProblem, TrainingRefused
from mmdesk.core.job import SilentContext
from mmdesk.core.versions.version import VersionRow
from mmdesk.jobs.child import Child
from mmdesk.services.models import comparing, evaluating, training
from mmdesk.services.models import versions as results
from mmdesk.services.project import open_project
from tests.unit.training_projects import READER, RECORD_ONLY, make_project, read_cases


class FakeChild:
    """Does what the model process does, without a model."""

    def __init__(self, *, raises=None, card=None):
        self.jobs, self.raises, self.card = [], raises, card or {}
        self.gate = None

    def run(self, job, ctx, on_event=None):
        from pathlib import Path

        self.jobs.append(job)
        if self.gate:
            self.gate.set()
            while True:
                ctx.check_cancelled()
        folder = Path(job["out"]["folder"])
        folder.mkdir(parents=True)
        if self.raises:
            raise self.raises
        if on_event:
            on_event({"event": "epoch", "epoch": 1})
        parent = (job.get("base") or job.get("current") or {}).get("id", "")
        return {"version": job["out"]["id"], "card": {"kind": "fine-tuned", "parent": parent, **self.card}}


@pytest.fixture
def project(tmp_path):
    project, facts, wanted = make_project(tmp_path / "p.mmdesk", 200, schema=RECORD_ONLY)
    folder = project.folder / "models/v1"
    folder.mkdir(parents=True)
    (folder / "parts.toml").write_text('[head]\nfile = "x.onnx"\n')
    project.store.add_version(VersionRow("v1", "First", "current", folder="models/v1"))
    project.facts, project.wanted = facts, wanted
    yield project
    project.close()


def state_of(project, name):
    return next(row.state for row in project.store.versions() if row.id == name)


def test_a_candidate_is_registered_and_current_stays_current(project):
    child, events = FakeChild(), []
    made = training.finetune(project, reader=READER, ctx=SilentContext(), child=child, on_event=events.append)
    assert made == "v2"
    assert (state_of(project, "v1"), state_of(project, "v2")) == ("current", "candidate")
    assert project.store.current_version() == "v1"
    assert events == [{"event": "epoch", "epoch": 1}]
    job = child.jobs[0]
    assert (job["kind"], job["base"]["id"], job["out"]["id"], job["reader"]) == (
        "finetune",
        "v1",
        "v2",
        READER,
    )
    json.dumps(job)
    assert training.finetune(project, reader=READER, ctx=SilentContext(), child=child) == "v3"


@pytest.mark.parametrize("raises", [Cancelled(), JobDied("Fine-tuning stopped."), TrainingRefused("Too few.")])
def test_what_ends_early_leaves_nothing(project, raises):
    with pytest.raises(type(raises)):
        training.finetune(project, reader=READER, ctx=SilentContext(), child=FakeChild(raises=raises))
    assert [row.id for row in project.store.versions()] == ["v1"]
    assert [path.name for path in (project.folder / "models").iterdir() if path.name != "parts"] == ["v1"]
    assert training.finetune(project, reader=READER, ctx=SilentContext(), child=FakeChild()) == "v2"


def test_a_second_training_at_the_same_time_is_refused(project):
    child, ctx = FakeChild(), SilentContext()
    child.gate = threading.Event()

    def first():
        with pytest.raises(Cancelled):
            training.finetune(project, reader=READER, ctx=ctx, child=child)

    thread = threading.Thread(target=first)
    thread.start()
    assert child.gate.wait(5)
    with pytest.raises(TrainingRefused, match="already running"):
        training.train(project, reader=READER, ctx=SilentContext(), child=FakeChild())
    ctx.cancelled = True
    thread.join(5)


def test_without_a_current_version_there_is_nothing_to_finetune(tmp_path):
    project, _, _ = make_project(tmp_path / "none.mmdesk", 20, schema=RECORD_ONLY)
    with pytest.raises(ModelProblem):
        training.finetune(project, reader=READER, ctx=SilentContext(), child=FakeChild())
    project.close()


def test_a_project_open_elsewhere_is_not_trained(project):
    other = open_project(project.folder)
    with pytest.raises(LookOnly):
        training.finetune(other, reader=READER, ctx=SilentContext(), child=FakeChild())
    other.close()


def test_counts_tell_what_would_be_learnt(project):
    before = training.training_counts(project)
    assert before.corrections == before.confirmed == before.held_out == 0
    assert "too few to fine-tune on" in before.refusal
    read_cases(project, project.facts, project.wanted)
    counts = training.training_counts(project)
    assert counts.corrections + counts.confirmed + counts.held_out == len(project.wanted)
    assert counts.held_out > 0
    assert f"{counts.held_out:,} more lie in the test split" in counts.words
    assert counts.replay > 30
    assert counts.refusal == ""


@pytest.mark.tf
@pytest.mark.slow
def test_the_whole_way_through_the_real_model_process(tmp_path):
    project, facts, wanted = make_project(tmp_path / "p.mmdesk", 500, schema=RECORD_ONLY)
    child, events = Child(), []
    try:
        first = training.train(project, reader=READER, ctx=SilentContext(), child=child, on_event=events.append)
        assert [e["event"] for e in events if e["event"] in {"began", "trainable"}] == ["began", "trainable"]
        words = comparing.standing(project, first).comparison.words
        assert words.startswith("There is no version to compare it with.")
        results.promote(project, first, READER, "The first.")

        read_cases(project, facts, wanted)
        second = training.finetune(project, reader=READER, ctx=SilentContext(), child=child)
        comparison = comparing.standing(project, second).comparison
        rows = {row.metric: row for row in comparison.rows}
        assert rows["Sick sensitivity"].difference > 0
        assert rows["dose mean distance"].high < 0
        assert comparison.labels == comparing.version(project, first).card.scores.facts["labels"]

        found = evaluating.evaluate(project, second, "test", SilentContext(), child)
        assert found["figures"]["Sick AUC"]["value"] == pytest.approx(rows["Sick AUC"].candidate, abs=1e-3)

        third = training.train(project, reader=READER, ctx=SilentContext(), child=child)
        results.promote(project, second, READER, "Better.")
        assert comparing.standing(project, third).again
        again = comparing.compare_again(project, third, READER, SilentContext(), child)
        assert (again.candidate, again.current, again.has_figures) == (third, second, True)
        known = {row.metric: row.candidate for row in comparison.rows}
        assert {row.metric: row.current for row in again.rows if row.cases == "all"} == pytest.approx(
            {name: known[name] for name in (row.metric for row in again.rows if row.cases == "all")}, abs=1e-3
        )
        found = comparing.standing(project, third)
        assert (found.doubt, found.comparison) == ("", again)
        assert comparing.version(project, second).card.scores.facts["beside"] == third

        class Stops(SilentContext):
            def stop_asked(self):
                return True

        stopped = training.finetune(project, reader=READER, ctx=Stops(), child=child)
        card = comparing.version(project, stopped).card
        assert card.facts["training"]["stopped_early"] is True
        assert card.facts["training"]["epochs"] == 1
    finally:
        child.close()
        project.close()
