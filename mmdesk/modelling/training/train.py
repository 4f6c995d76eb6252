"""The job that trains a model from the start, by a recipe, on all labelled cases."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mmdesk.core.cases.case import Case
from mmdesk.core.cases.truth import labelled
from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.splits import SPLITS, TEST, TRAIN, VALIDATION
from mmdesk.core.job import Progress
from mmdesk.core.judge.leaks import find_leaks
from mmdesk.core.model.out_of_distribution import EmbeddingDistribution, learn
from mmdesk.core.model.prepare import Preparation, learn_preparation, prepare, prepare_targets
from mmdesk.core.model.scales_used import say_scales, scales_used
from mmdesk.core.model.training_set import check_splits
from mmdesk.core.recipe.recipe import Recipe, check_recipe, default_recipe, read_recipe
from mmdesk.core.versions.learnt import digests
from mmdesk.core.versions.version import EncoderPart
from mmdesk.inference.embedding import Embedded, Embedder
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.evaluate import outputs_of
from mmdesk.modelling.network.build import BACKBONE, build_model, head_of
from mmdesk.modelling.network.bundle import bundled_encoder, bundled_parts
from mmdesk.modelling.snapshot import Arrays, Snapshot, VersionPlace, rows_of, take_snapshot
from mmdesk.modelling.training.finetune import free_head
from mmdesk.modelling.training.finish import Trained, finish
from mmdesk.modelling.training.fit import Examples, calibrate, fit_head
from mmdesk.modelling.training.progress import TrainingProgress
from mmdesk.modelling.training.train_whole import Learnt, inputs_of, keeps_backbone, learn_whole, needs_whole
from mmdesk.storage.embedding_cache import EmbeddingCache
from mmdesk.words import tr


def run(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Train a model and write the candidate.

    Args:
        job: `project` (folder), `out` (place of the candidate), `recipe` (text; empty for the
            one that fits the fields), `current` (place of the version to compare with, or
            None), `reader`, `seed` (for the recipe that fits).
        ctx: Told the events `trainable`, `epoch` and the progress; obeys stop and cancel.

    Returns:
        `version` and `card` of the candidate.

    Raises:
        TrainingRefused: A split is empty or lacks a class.
        ModelProblem: The recipe does not fit the fields.
        Cancelled: Everything was dropped.
    """
    began = time.monotonic()
    snapshot = take_snapshot(Path(job["project"]))
    recipe = _recipe(snapshot, str(job.get("recipe", "")), int(job.get("seed", 1)))
    splits = {split: labelled(snapshot.cases, snapshot.truths, split) for split in SPLITS}
    notes = check_splits(snapshot.schema, splits, snapshot.truths, strict=True)
    first, second = len(splits[TRAIN]), len(splits[TRAIN]) + len(splits[VALIDATION])
    train_rows, validation_rows, test_rows = slice(0, first), slice(first, second), slice(second, None)
    encoders = {BACKBONE: _encoder(recipe)} if keeps_backbone(recipe) else {}
    learn = learn_whole if needs_whole(recipe) else learn_head
    learnt = learn(snapshot, recipe, splits, ctx)
    validation = _examples(snapshot, splits[VALIDATION], rows_of(learnt.arrays, validation_rows))
    calibrate(head_of(learnt.model), validation)
    current = VersionPlace.from_json(job["current"]) if job.get("current") else None
    against, lacking = _outputs_of(current, splits[TEST], snapshot, ctx)
    trained = Trained(
        snapshot=snapshot,
        out=VersionPlace.from_json(job["out"]),
        model=learnt.model,
        recipe=recipe,
        preparation=learnt.preparation,
        validation=validation,
        test=splits[TEST],
        test_inputs=rows_of(learnt.arrays, test_rows),
        familiarity=_familiarity(learnt.embedded, train_rows, validation_rows),
        encoders=encoders,
        encoder_home=bundled_parts() if encoders else Path(),
        card={
            "kind": "trained",
            "parent": "",
            "reader": str(job.get("reader", "")),
            "scales": scales_used(snapshot.schema, learnt.preparation),
            "training": _facts(learnt, recipe) | {"seconds": round(time.monotonic() - began, 2)},
        },
        counts={split: len(rows) for split, rows in splits.items()},
        notes=[*notes, *learnt.notes, *filter(None, [say_scales(snapshot.schema, learnt.preparation)]), *lacking],
        read=learnt.read,
        leaks=find_leaks(
            snapshot.schema, splits[TRAIN], snapshot.values(splits[TRAIN]), list(learnt.preparation.inputs)
        ),
        learnt=digests(case.name for split in (TRAIN, VALIDATION) for case in splits[split]),
    )
    return finish(trained, ctx, current, against)


def learn_head(snapshot: Snapshot, recipe: Recipe, splits: Mapping[str, Sequence[Case]], ctx: ChildContext) -> Learnt:
    """Train the head alone: each image is looked at once, by the compiled backbone.

    Args:
        snapshot: The project.
        recipe: From which the model is built and trained.
        splits: Labelled cases by split.
        ctx: Told events and progress; obeys stop and cancel.
    """
    encoders = {BACKBONE: _encoder(recipe)} if recipe.images else {}
    cases = [case for split in SPLITS for case in splits[split]]
    embedded = _embed(encoders, cases, snapshot, ctx)
    read = snapshot.inputs_read(cases, embedded.failures, inputs_of(recipe))
    read.check()
    ctx.progress(Progress(0, recipe.training.epochs, tr("Loading the libraries")))
    first, second = len(splits[TRAIN]), len(splits[TRAIN]) + len(splits[VALIDATION])
    preparation = learn_preparation(snapshot.schema, splits[TRAIN], snapshot.values(splits[TRAIN]), recipe)
    arrays = _arrays(preparation, snapshot, cases, embedded)
    train = _examples(snapshot, splits[TRAIN], rows_of(arrays, slice(0, first)))
    validation = _examples(snapshot, splits[VALIDATION], rows_of(arrays, slice(first, second)))
    keras.utils.set_random_seed(recipe.training.seed)
    model = build_model(recipe, snapshot.schema, preparation)
    layers = free_head(model)
    head = head_of(model)
    count = int(sum(np.prod(variable.shape) for variable in head.trainable_variables))
    ctx.tell("trainable", weights=count, layers=layers)
    progress = TrainingProgress(ctx, recipe.training.epochs, "Training")
    fit_head(
        head,
        train.inputs,
        train.targets,
        train.weights,
        recipe.training,
        validation=validation,
        callbacks=[progress],
    )
    return Learnt(model, preparation, arrays, embedded, progress, count, layers, read)


def _facts(learnt: Learnt, recipe: Recipe) -> dict[str, Any]:
    progress = learnt.progress
    facts = {
        "epochs": len(progress.losses),
        "best_epoch": progress.best_epoch,
        "loss": progress.losses,
        "validation_loss": progress.validation,
        "weights": learnt.model.count_params(),
        "trainable_weights": learnt.weights,
        "trainable_layers": learnt.layers,
        "seed": recipe.training.seed,
        "stopped_early": progress.stopped,
    }
    return facts | ({"resumed_after_epoch": learnt.first} if learnt.first else {})


def _recipe(snapshot: Snapshot, text: str, seed: int) -> Recipe:
    if text:
        recipe = read_recipe(text)
    else:
        recipe = default_recipe(snapshot.schema)
        recipe = replace(recipe, training=replace(recipe.training, seed=seed))
    check_recipe(recipe, snapshot.schema)
    return recipe


def _encoder(recipe: Recipe) -> EncoderPart:
    """Return the compiled backbone, serving the images of this recipe."""
    part = bundled_encoder(recipe.bundled_backbone)
    return replace(part, name=BACKBONE, inputs=recipe.images)


def _embed(
    encoders: Mapping[str, EncoderPart], cases: Sequence[Case], snapshot: Snapshot, ctx: ChildContext
) -> Embedded:
    if not encoders:
        return Embedded()
    cache = EmbeddingCache(snapshot.folder / "cache")
    embedder = Embedder(bundled_parts(), cache)
    try:
        return embedder.embed(list(encoders.values()), cases, snapshot.folder, ctx)
    finally:
        embedder.close()
        cache.close()


def _arrays(preparation: Preparation, snapshot: Snapshot, cases: Sequence[Case], embedded: Embedded) -> Arrays:
    arrays = prepare(preparation, snapshot.schema, cases, embedded.present)
    return arrays | {f"{name}__embedding": values for name, values in embedded.values.items()}


def _examples(snapshot: Snapshot, cases: Sequence[Case], inputs: Arrays) -> Examples:
    return Examples(inputs, *prepare_targets(snapshot.schema, snapshot.values(cases)))


def _familiarity(embedded: Embedded, train: slice, validation: slice) -> dict[str, EmbeddingDistribution]:
    known = {}
    for name, values in embedded.values.items():
        there = embedded.present[name]
        seen = values[train][there[train]]
        if len(seen) >= 2:
            known[name] = learn(seen, values[validation][there[validation]])
    return known


def _outputs_of(
    current: VersionPlace | None, cases: Sequence[Case], snapshot: Snapshot, ctx: ChildContext
) -> tuple[Arrays | None, list[str]]:
    """Return the current version's outputs for the test cases, to compare with, and why there are none.

    What was learnt is kept all the same: the comparison can be made later, without the cases that
    the current version does not take.
    """
    if current is None:
        return None, []
    try:
        return outputs_of(current, snapshot, cases, ctx), []
    except ModelProblem as why:
        return None, [why.what]
