"""Use case: a model made elsewhere comes into the project as a candidate."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mmdesk.core.errors import LookOnly, ModelProblem
from mmdesk.core.job import JobContext
from mmdesk.core.model.foreign import Foreign, Match, match, say_open
from mmdesk.core.model.proof import Proof
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.suggested import suggested
from mmdesk.core.versions.card import Card
from mmdesk.jobs.child import Child, Patience
from mmdesk.services.models.making import next_id, only_one, own_or_given, sweep
from mmdesk.services.models.trusting import Compiled
from mmdesk.services.models.versions import register
from mmdesk.services.project import Project
from mmdesk.storage.leftovers import INCOMING
from mmdesk.words import tr

LOOKING = Patience(grace=0.5, terminate=0.5, limit=120.0)
ADDING = Patience(grace=0.5, terminate=0.5, limit=600.0)
"""Nobody vouches for the file: a cancel ends the process at once, and so does the time."""


class Added(NamedTuple):
    """A candidate that was made of a model, and what was shown of it."""

    version: str
    proof: Proof


def look_at(project: Project, file: Path, ctx: JobContext, child: Child | None = None) -> Foreign:
    """Pass a model file through the gate and say what goes in and comes out.

    Args:
        project: A project open for writing.
        file: A `.keras` or `.onnx` file.
        ctx: Told the progress.
        child: The model process to use; one of its own when None.

    Raises:
        ModelProblem: The file is not taken; the words say why.
        JobDied: The model process ended early, as when the file asks for too much memory.
        LookOnly: The project cannot be changed here.
    """
    _check_writable(project)
    with own_or_given(child) as process, _incoming(project) as folder:
        job = {"kind": "look", "source": str(file.absolute()), "incoming": str(folder)}
        return Foreign.from_json(process.run(job, ctx, patience=LOOKING))


def add(
    project: Project,
    file: Path,
    foreign: Foreign,
    found: Match,
    *,
    reader: str,
    ctx: JobContext,
    reading: Reading | None = None,
    child: Child | None = None,
    compiled: Compiled | None = None,
) -> Added:
    """Make a candidate of a model that was looked at and whose match a person confirmed.

    Args:
        project: A project open for writing.
        file: The file, as `look_at` saw it.
        foreign: What `look_at` returned.
        found: Which field each end is; complete.
        reader: Who adds it, for journal and card.
        ctx: Told the progress; its cancel leaves nothing behind.
        reading: What is said of its inputs and outputs; where nothing is, as the file tells, or as most are.
        child: The model process to use; one of its own when None.
        compiled: What the file was compiled from, where a model's own code ran.

    Returns:
        Id of the candidate, and what was shown of it.

    Raises:
        Situation: The reading names something that is not known.
        ModelProblem: The file changed, or does not fit; the words say why.
        JobDied: The model process ended early.
        LookOnly: The project cannot be changed here.
        Cancelled: Nothing was added.
    """
    _check_writable(project)
    told = _told(project, foreign, found, reading)
    with only_one(project.folder), own_or_given(child) as process, _incoming(project) as incoming:
        version = next_id(project)
        folder = project.folder / "models" / version
        job = {
            "kind": "add",
            **_job(project, file, foreign, incoming, reader),
            **_what(found, told),
            "out": {"id": version, "folder": str(folder), "parts": str(folder.parent / "parts")},
            "origin": compiled.origin if compiled else None,
        }
        try:
            made = process.run(job, ctx, patience=ADDING)
            card = Card.from_json(made["card"])
            why = compiled.say_added() if compiled else tr("Added from {file} ({sha256}).", **_named(foreign))
            register(project, version, card, reader, why)
        except BaseException:
            sweep(folder)
            raise
    return Added(version, Proof.from_json(made["proof"]))


def prove(
    project: Project,
    file: Path,
    foreign: Foreign,
    found: Match,
    *,
    reader: str,
    ctx: JobContext,
    reading: Reading | None = None,
    child: Child | None = None,
) -> Proof:
    """Show what a model that was looked at would do: three cases as it sees them, and how it fits the labels.

    Nothing is written. Where the own read comes first, answers are shown for cases that the reader has read.

    Args:
        project: As for `add`, and so all others.
        file: The file.
        foreign: What `look_at` returned.
        found: Which field each end is; complete.
        reader: Who asks.
        ctx: Told the progress.
        reading: What is said of inputs and outputs.
        child: The model process to use; one of its own when None.

    Raises:
        Situation: As for `add`.
    """
    _check_writable(project)
    told = _told(project, foreign, found, reading)
    with own_or_given(child) as process, _incoming(project) as incoming:
        job = {"kind": "prove", **_job(project, file, foreign, incoming, reader), **_what(found, told)}
        return Proof.from_json(process.run(job, ctx, patience=ADDING))


def _named(foreign: Foreign) -> dict[str, str]:
    return {"file": foreign.file, "sha256": foreign.sha256}


def _told(project: Project, foreign: Foreign, found: Match, reading: Reading | None) -> Reading:
    check_match(foreign, found)
    first, _reasons = suggested(foreign, found, project.schema)
    said = reading or Reading()
    whole = Reading({**first.inputs, **said.inputs}, {**first.outputs, **said.outputs})
    return whole.checked(foreign, found, project.schema)


def _job(project: Project, file: Path, foreign: Foreign, incoming: Path, reader: str) -> dict[str, Any]:
    shown = None
    if project.own_read_first:
        shown = project.read_cases([case.id for case in project.store.cases()], reader)
    return {
        "source": str(file.absolute()),
        "sha256": foreign.sha256,
        "incoming": str(incoming),
        "project": str(project.folder),
        "reader": reader,
        "shown": shown,
    }


def _what(found: Match, told: Reading) -> dict[str, Any]:
    inputs = {name: list(fields) for name, fields in found.inputs.items()}
    return {"match": {"inputs": inputs, "outputs": dict(found.outputs)}, "reading": told.as_json()}


def match_settled(foreign: Foreign, project: Project, said: Mapping[str, Sequence[str]]) -> Match:
    """Match a model to a project's fields, and insist that nothing is left to guess.

    Args:
        foreign: The model.
        project: The project.
        said: What the person said: fields by input, or a target by output.

    Raises:
        ModelProblem: Something is open or was only guessed; the advice lists what would fit.
    """
    found = match(foreign, project.schema, said)
    if found.settled:
        return found
    raise ModelProblem(
        tr("This model's inputs and outputs are not called like the project's fields."),
        tr("The file passed the gate; nothing was changed."),
        tr("Say which is which with --map: {say_open}.", say_open=say_open(found, foreign)),
    )


def check_match(foreign: Foreign, found: Match) -> None:
    """See that each input has its field and that there is a target.

    Raises:
        ModelProblem: Something is open; the advice lists what would fit.
    """
    if not found.complete:
        raise ModelProblem(
            tr("This model does not fit the project's fields."),
            tr("Nothing was changed."),
            f"{say_open(found, foreign)}.",
        )


def _check_writable(project: Project) -> None:
    if project.look_only:
        raise LookOnly(project.look_only)


@contextmanager
def _incoming(project: Project) -> Iterator[Path]:
    """Give an empty folder for one file; it is gone afterwards, whatever happened."""
    folder = project.folder / "models" / INCOMING / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
