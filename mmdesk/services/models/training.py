"""Use cases: learn from the readers' labels, and say how good a version is.

The work is done in the model process; what it made is registered here, once it is whole.
Nothing here changes which version is current.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmdesk.core.cases.case import Case
from mmdesk.core.cases.disagreement import disagreeing
from mmdesk.core.cases.truth import Truth, labelled
from mmdesk.core.errors import LookOnly, ModelProblem, TrainingRefused
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.splits import TEST, TRAIN, VALIDATION
from mmdesk.core.job import JobContext
from mmdesk.core.judge.leaks import Leak, find_leaks
from mmdesk.core.model.training_set import check_finetuning, choose_training_set
from mmdesk.core.recipe.recipe import Recipe, write_recipe
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import ORIGINAL, say_compiled_only
from mmdesk.jobs.child import Child
from mmdesk.jobs.registry import check_libraries
from mmdesk.services.models.making import next_id, only_one, own_or_given, place_of, sweep
from mmdesk.services.models.prediction import resolve_version
from mmdesk.services.models.versions import register
from mmdesk.services.project import Project
from mmdesk.services.recipe.recipe import own_recipe
from mmdesk.words import tr

OnEvent = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class TrainingCounts:
    """What a fine-tuning would learn from.

    Attributes:
        corrections: Read training and validation cases where a reader's label differs from
            the current version's prediction.
        confirmed: The other read training and validation cases.
        held_out: Read test cases: they judge both versions and are never learnt from.
        replay: Older training cases that would be replayed.
        distilled: Unlabelled training cases that would hold the model to what it knows.
        words: The counts in words.
        refusal: Why it cannot begin yet, in words; empty when it can.
        leaks: Inputs that alone tell a target of the training cases.
        hidden: How many are corrections is not to be told: the own read comes first, and the
            reader has not read all of these cases.
    """

    corrections: int
    confirmed: int
    held_out: int
    replay: int
    distilled: int
    words: str
    refusal: str = ""
    leaks: tuple[Leak, ...] = ()
    hidden: bool = False


def training_counts(project: Project, reader: str = "") -> TrainingCounts:
    """Return what a fine-tuning of the current version would learn from now.

    Args:
        project: The project.
        reader: Whose eyes it is for; empty for everything.
    """
    store = project.store
    cases, truths = store.cases(), project.truths()
    current = store.current_version()
    read = [case for case in cases if case.id in truths and truths[case.id].own]
    said = store.predictions(current, [case.id for case in read]) if current and read else {}
    corrected = {
        case
        for case, answer in said.items()
        if not answer.stale and disagreeing(project.schema, truths[case].by_readers, answer.targets)
    }
    taught = {case.id for case in read if case.split in (TRAIN, VALIDATION)}
    held_out = sum(case.split == TEST for case in read)
    material = choose_training_set(cases, truths)
    refusal = ""
    try:
        check_libraries("finetune")
        if current:
            check_own(project)
        check_finetuning(project.schema, material, truths)
    except (TrainingRefused, ModelProblem) as why:
        refusal = why.say()
    corrections = len(taught & corrected)
    hidden = bool(reader) and len(project.read_cases(taught, reader)) < len(taught)
    return TrainingCounts(
        corrections=corrections,
        confirmed=len(taught) - corrections,
        held_out=held_out,
        replay=len(material.replay),
        distilled=len(material.distilled),
        words=_words(None if hidden else corrections, len(taught), held_out),
        refusal=refusal,
        leaks=_leaks(project.schema, cases, truths),
        hidden=hidden,
    )


def suspicious_inputs(project: Project) -> tuple[Leak, ...]:
    """Return the inputs that alone tell a target of the labelled training cases."""
    return _leaks(project.schema, project.store.cases(split=TRAIN), project.truths())


def _leaks(schema: Schema, cases: Sequence[Case], truths: Mapping[int, Truth]) -> tuple[Leak, ...]:
    known = labelled(cases, truths, TRAIN)
    return tuple(find_leaks(schema, known, [truths[case.id].values for case in known]))


def finetune(
    project: Project,
    *,
    reader: str,
    ctx: JobContext,
    child: Child | None = None,
    recipe: Recipe | None = None,
    on_event: OnEvent | None = None,
    seed: int = 1,
) -> str:
    """Fine-tune the current version on the readers' labels; current stays current.

    Args:
        project: A project open for writing.
        reader: Who asks, for the journal.
        ctx: Told the progress; its cancel drops everything, its stop keeps the best so far.
        child: The model process to use; one of its own when None.
        recipe: Its `[training]` is used in place of the gentle default.
        on_event: Called in this thread with each event, such as `epoch` with the losses.
        seed: The same seed and labels give the same model.

    Returns:
        Id of the candidate.

    Raises:
        TrainingRefused: It would not be honest or possible, or another training runs.
        ModelProblem: There is no current version, or it cannot be used.
        JobDied: The model process ended early.
        LookOnly: The project cannot be changed here.
        Cancelled: Everything was dropped.
    """
    check_own(project)
    base = place_of(project, "")
    job = {"kind": "finetune", "base": base, "recipe": _text(recipe), "seed": seed}
    return _make(project, job, reader=reader, ctx=ctx, child=child, on_event=on_event)


def train(
    project: Project,
    *,
    reader: str,
    ctx: JobContext,
    child: Child | None = None,
    recipe: Recipe | None = None,
    on_event: OnEvent | None = None,
    seed: int = 1,
) -> str:
    """Train a model from the start on all labelled cases; arguments and failures as in `finetune`.

    Without a recipe the project's own `recipe.toml` counts, else the one that fits the fields.

    Returns:
        Id of the candidate, compared with the current version where there is one.
    """
    current = project.store.current_version()
    job = {
        "kind": "train",
        "current": place_of(project, current) if current else None,
        "recipe": _text(recipe or own_recipe(project)),
        "seed": seed,
    }
    return _make(project, job, reader=reader, ctx=ctx, child=child, on_event=on_event)


def _make(
    project: Project,
    job: Mapping[str, Any],
    *,
    reader: str,
    ctx: JobContext,
    child: Child | None,
    on_event: OnEvent | None,
) -> str:
    """Have a candidate made, and register it once it is whole."""
    if project.look_only:
        raise LookOnly(project.look_only)
    with only_one(project.folder), own_or_given(child) as process:
        version = next_id(project)
        folder = project.folder / "models" / version
        out = {"id": version, "folder": str(folder), "parts": str(folder.parent / "parts")}
        told = {**job, "project": str(project.folder), "out": out, "reader": reader}
        try:
            card = Card.from_json(process.run(told, ctx, on_event)["card"])
            register(
                project,
                version,
                card,
                reader,
                tr("{capitalize} on the project's labels.", capitalize=(card.kind or "made").capitalize()),
            )
        except BaseException:
            sweep(folder)
            raise
    return version


def _text(recipe: Recipe | None) -> str:
    return write_recipe(recipe) if recipe else ""


def check_own(project: Project) -> None:
    """See that the current version was made by mmdesk, whose recipe fine-tuning needs.

    Raises:
        TrainingRefused: It was made elsewhere.
        ModelProblem: There is no current version, or its files are gone.
    """
    version, folder, _parts = resolve_version(project, "")
    if only_compiled := say_compiled_only(version, {file.name for file in folder.iterdir()}):
        raise TrainingRefused(
            tr("{only_compiled} It answers and cannot learn.", only_compiled=only_compiled),
            do=tr("Train it on where it was made and add the new file, or train a model for this project here."),
        )
    if (folder / ORIGINAL).is_file():
        raise TrainingRefused(
            tr("{version} was made elsewhere and has no recipe, so mmdesk cannot fine-tune it.", version=version),
            do=tr("Train a model for this project from the start."),
        )


def _words(corrections: int | None, taught: int, held_out: int) -> str:
    if corrections is None:
        told = tr(
            "{taught:,} read cases to learn from. How many of them correct the model is hidden until you "
            "have read them too.",
            taught=taught,
        )
    else:
        told = tr(
            "{corrections:,} corrections and {taught:,} confirmed cases to learn from.",
            corrections=corrections,
            taught=taught - corrections,
        )
    if held_out:
        told += tr(
            " {held_out:,} more lie in the test split: they judge both versions and are not learnt from.",
            held_out=held_out,
        )
    return told
