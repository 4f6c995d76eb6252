"""The end that every training has in common: intervals, figures, the comparison, the version's folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.job import Progress
from mmdesk.core.judge.leaks import Leak
from mmdesk.core.model.out_of_distribution import EmbeddingDistribution
from mmdesk.core.model.outputs import conformal_interval, residuals
from mmdesk.core.model.prepare import Preparation
from mmdesk.core.model.unread import InputsRead
from mmdesk.core.recipe.recipe import Recipe
from mmdesk.core.versions.card import SUSPICIOUS, Card
from mmdesk.core.versions.learnt import learnt_notes
from mmdesk.core.versions.version import EncoderPart
from mmdesk.inference.model import learnt_of
from mmdesk.inference.session import part_file
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.evaluate import compare_versions, figures_of, preparation_of
from mmdesk.modelling.network.build import head_of
from mmdesk.modelling.snapshot import Arrays, Snapshot, VersionPlace
from mmdesk.modelling.training.fit import Examples
from mmdesk.modelling.version_writer import NewVersion, write_version
from mmdesk.support.clock import utc_now
from mmdesk.support.files import copy_whole
from mmdesk.words import tr

PREDICT_BATCH = 1024


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model on its way to a version.

    Attributes:
        snapshot: The labels it was trained on.
        out: Where the version goes.
        model: The whole Keras model.
        recipe: What it was built and trained from.
        preparation: What was learnt on the training split.
        validation: Labelled validation cases, prepared.
        test: Labelled test cases.
        test_inputs: The head's inputs for them.
        familiarity: What the training images look like.
        encoders: Compiled encoders that are unchanged, by name of the nested model.
        encoder_home: Folder of parts where those lie.
        card: What the card says beside the figures.
        counts: How many cases went where.
        notes: What the reader should know, one sentence each.
        prototypes: Rehearsal prototypes that stay with the version.
        read: What the cases name, and what of it could not be read.
        leaks: Inputs that alone tell a target of the training cases.
        learnt: Digests of the cases that it was trained and stopped on, its parent's included.
    """

    snapshot: Snapshot
    out: VersionPlace
    model: keras.Model
    recipe: Recipe
    preparation: Preparation
    validation: Examples
    test: Sequence[Case]
    test_inputs: Arrays
    familiarity: Mapping[str, EmbeddingDistribution]
    encoders: Mapping[str, EncoderPart]
    encoder_home: Path
    card: Mapping[str, Any]
    counts: Mapping[str, int]
    notes: Sequence[str] = ()
    prototypes: Arrays = field(default_factory=dict)
    read: InputsRead = field(default_factory=InputsRead)
    leaks: Sequence[Leak] = ()
    learnt: frozenset[str] = frozenset()


def finish(
    trained: Trained, ctx: ChildContext, current: VersionPlace | None, current_outputs: Arrays | None
) -> dict[str, Any]:
    """Judge a trained model and write it as a version.

    Args:
        trained: The model and what belongs to it.
        ctx: Told the progress; a cancel drops everything until the folder is renamed.
        current: The version to compare with, or None when there is none.
        current_outputs: Its outputs for the test cases.

    Returns:
        `version` (its id) and `card`, as written.
    """
    ctx.progress(Progress(0, 3, tr("Comparing on the test cases")))
    preparation = with_intervals(trained.preparation, head_of(trained.model), trained.validation)
    outputs = predict(head_of(trained.model), trained.test_inputs)
    snapshot = trained.snapshot
    said = trained.read.say()
    notes = [*(leak.words for leak in trained.leaks), *trained.notes, *([said] if said else [])]
    card: dict[str, Any] = {
        "name": f"{snapshot.schema.name} {trained.out.id}",
        "created": utc_now(),
        **trained.card,
        "counts": dict(trained.counts),
        "notes": notes,
        SUSPICIOUS: [leak.as_json() for leak in trained.leaks],
        "inputs": trained.read.as_json(),
        "labels": snapshot.hash,
        "evaluation": {"split": "test", **figures_of(snapshot, trained.test, outputs)},
    }
    if current is not None and current_outputs is not None:
        card["comparison"] = compare_versions(
            snapshot,
            trained.test,
            (current_outputs, outputs),
            (preparation_of(current), preparation),
            (current.id, trained.out.id),
            counts=trained.counts,
            notes=[
                *notes,
                *learnt_notes(
                    {current.id: learnt_of(current.folder), trained.out.id: trained.learnt},
                    [case.name for case in trained.test],
                ),
            ],
        ).as_json()
    ctx.check_cancelled()
    ctx.progress(Progress(1, 3, tr("Compiling and checking it")))
    keep_parts(trained.encoders, trained.encoder_home, trained.out.parts)
    new = NewVersion(
        model=trained.model,
        recipe=trained.recipe,
        preparation=preparation,
        card=Card.from_json(card),
        head_inputs=trained.test_inputs,
        familiarity=trained.familiarity,
        prototypes=trained.prototypes,
        encoders=trained.encoders,
        learnt=trained.learnt,
    )
    written = write_version(trained.out.folder, trained.out.parts, new)
    ctx.progress(Progress(3, 3, "Done"))
    return {"version": trained.out.id, "card": written.to_json()}


def predict(head: keras.Model, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
    """Return a head's outputs by target."""
    count = len(next(iter(inputs.values())))
    blocks = [
        head.predict_on_batch({name: rows[at : at + PREDICT_BATCH] for name, rows in inputs.items()})
        for at in range(0, count, PREDICT_BATCH)
    ]
    return {name: np.concatenate([np.asarray(block[name]) for block in blocks]) for name in blocks[0]}


def with_intervals(preparation: Preparation, head: keras.Model, validation: Examples) -> Preparation:
    """Return the preparation with each number's 90 % interval from the validation cases."""
    numbers = [name for name, state in preparation.targets.items() if KINDS[state.kind].is_amount]
    if not numbers:
        return preparation
    outputs = predict(head, validation.inputs)
    targets = dict(preparation.targets)
    for name in numbers:
        known = np.asarray(validation.weights[name]) > 0
        left = residuals(targets[name], validation.targets[name][known], outputs[name][known])
        targets[name] = replace(targets[name], interval=conformal_interval(left[:, 0]))
    return replace(preparation, targets=targets)


def keep_parts(encoders: Mapping[str, EncoderPart], home: Path, parts: Path) -> None:
    """See that the encoders' files lie in the version's folder of parts: linked, else copied."""
    parts.mkdir(parents=True, exist_ok=True)
    for encoder in encoders.values():
        target, source = parts / encoder.file, part_file(home, encoder.file)
        if target.exists():
            continue
        try:
            os.link(source, target)
        except OSError:
            copy_whole(source, target)
