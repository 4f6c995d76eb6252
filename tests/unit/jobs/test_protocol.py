"""Messages between window and model process survive the way."""

from __future__ import annotations

import pytest

from mmdesk.core.errors import ImageProblem, ModelProblem, Situation, TrainingRefused
from mmdesk.core.job import Progress, SilentContext
from mmdesk.jobs.exit_reason import death, hung, out_of_memory
from mmdesk.jobs.protocol import (
    from_line,
    problem_facts,
    problem_of,
    progress_facts,
    progress_of,
    stop_asked,
    to_line,
)


@pytest.mark.parametrize("kind", [TrainingRefused, ModelProblem, Situation])
def test_a_situation_survives(kind):
    sent = kind("What.", "Safe.", "Do.", "Details")
    got = problem_of(from_line(to_line({"event": "problem", **problem_facts(sent)})))
    assert type(got) is kind
    assert (got.what, got.safe, got.do, got.details) == ("What.", "Safe.", "Do.", "Details")


def test_a_situation_of_another_class_keeps_its_words():
    got = problem_of(problem_facts(ImageProblem("No file.", reason="no-file")))
    assert type(got) is Situation
    assert got.what == "No file."


def test_progress_survives():
    sent = Progress(1, 3, "Bilder lesen, überall", {"loss": 0.25})
    assert progress_of(from_line(to_line(progress_facts(sent)))) == sent


@pytest.mark.parametrize("line", [b"", b"TF prints\n", b"[1, 2]\n", b"\xff\n"])
def test_what_is_no_message_is_none(line):
    assert from_line(line) is None


def test_a_context_that_cannot_ask_never_stops():
    assert stop_asked(SilentContext()) is False


@pytest.mark.parametrize(
    "problem",
    [death("Training", None), death("Training", 0xC0000005), hung("Training", 60), out_of_memory("Training")],
)
def test_words_of_a_death_are_plain(problem):
    said = problem.say()
    assert said.startswith("Training stopped: ")
    assert problem.safe
    assert problem.do
    assert not any(word in said.lower() for word in ("error", "invalid", "failed", "!"))


def test_a_finer_class_comes_back_as_the_one_that_callers_know():
    class Finer(ModelProblem):
        """One that only the process knows."""

    assert type(problem_of(problem_facts(Finer("Not taken.")))) is ModelProblem
