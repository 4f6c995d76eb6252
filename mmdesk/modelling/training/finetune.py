"""The job that fine-tunes the current version's head on what readers labelled.

Corrections weigh more than labels that only confirm. Older training cases are replayed, a
bundled model's prototypes rehearsed. Unlabelled cases, and targets that nobody labelled, are
held to the base's own outputs (distillation, Hinton et al. 2015), and the weights to where
they started. The test split is never trained on: its corrections correct the test labels for
both versions.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case
from mmdesk.core.cases.disagreement import disagreeing
from mmdesk.core.cases.truth import Truth
from mmdesk.core.errors import TrainingRefused
from mmdesk.core.job import Progress
from mmdesk.core.judge.leaks import find_leaks
from mmdesk.core.model.outputs import read_outputs
from mmdesk.core.model.prepare import prepare_targets
from mmdesk.core.model.training_set import TrainingSet, check_finetuning, choose_training_set
from mmdesk.core.model.unread import InputsRead
from mmdesk.core.recipe.recipe import Recipe, Training, read_recipe
from mmdesk.core.versions.learnt import digests
from mmdesk.inference.embedding import ImageFailure
from mmdesk.inference.model import VersionFiles, learnt_of, read_version
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.network.build import encoders_of, head_of
from mmdesk.modelling.network.bundle import MODEL_FILE, load_model
from mmdesk.modelling.network.graph import layers_within
from mmdesk.modelling.snapshot import Arrays, Snapshot, VersionPlace, rows_of, scorer_of, take_snapshot
from mmdesk.modelling.training.finish import Trained, finish
from mmdesk.modelling.training.fit import Examples, fit_head
from mmdesk.modelling.training.progress import TrainingProgress
from mmdesk.words import tr

CORRECTION = 2.0
"""Weight of a label that differs from what the base answered; confirmed and replayed ones weigh 1."""

DISTILLATION = 0.3
"""Weight of the base's own outputs, where nobody labelled."""

EPOCHS, PATIENCE, SLOWER = 30, 4, 0.5
"""Epochs at most, epochs without progress, and step size as a share of the base's."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything a fine-tuning needs before the first step.

    Attributes:
        train: The head's inputs for all training cases.
        validation: The same for validation cases.
        test: The same for test cases.
        base_train: The base's outputs for the training cases.
        base_test: The base's outputs for the test cases.
        read: What all these cases name, and what of it could not be read.
    """

    train: Arrays
    validation: Arrays
    test: Arrays
    base_train: Arrays
    base_test: Arrays
    read: InputsRead = field(default_factory=InputsRead)


def run(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Fine-tune a version and write the candidate.

    Args:
        job: `project` (folder), `base` and `out` (places of the current version and of the
            candidate), `recipe` (text, or empty for the base's own with gentler training),
            `reader`, `seed`.
        ctx: Told the events `trainable`, `epoch` and the progress; obeys stop and cancel.

    Returns:
        `version` and `card` of the candidate.

    Raises:
        TrainingRefused: It would not be honest or possible.
        ModelProblem: The base cannot be used.
        Cancelled: Everything was dropped.
    """
    began = time.monotonic()
    base, out = VersionPlace.from_json(job["base"]), VersionPlace.from_json(job["out"])
    files = read_version(base.folder)
    snapshot = take_snapshot(Path(job["project"])).fitting(files.preparation)
    seed = int(job.get("seed", 1))
    material = choose_training_set(snapshot.cases, snapshot.truths, seed)
    notes = check_finetuning(snapshot.schema, material, snapshot.truths)
    recipe, training = recipes(base, str(job.get("recipe", "")), seed)
    gathered = gather(snapshot, material, base, ctx)
    ctx.progress(Progress(0, training.epochs, tr("Loading the model")))
    keras.utils.set_random_seed(seed)
    model = load_model(base.folder / MODEL_FILE)
    validation = Examples(gathered.validation, *prepare_targets(snapshot.schema, snapshot.values(material.validation)))
    prototypes = _prototypes(base)
    train, corrections = training_examples(snapshot, material.train, gathered, files)
    train, rehearsed = with_prototypes(train, prototypes)
    progress, facts = train_head(model, train, validation, training, ctx)
    labelled = material.read + material.replay
    counts = {**material.counts(), "corrected": corrections, "prototypes": rehearsed}
    trained = Trained(
        snapshot=snapshot,
        out=out,
        model=model,
        recipe=recipe,
        preparation=files.preparation,
        validation=validation,
        test=material.test,
        test_inputs=gathered.test,
        familiarity=files.familiarity,
        encoders={part.name: part for part in files.parts.encoders},
        encoder_home=base.parts,
        card={
            "kind": "fine-tuned",
            "parent": base.id,
            "reader": str(job.get("reader", "")),
            "training": {
                **facts,
                "seconds": round(time.monotonic() - began, 2),
                "stopped_early": progress.stopped,
            },
        },
        counts=counts,
        notes=[*notes, *_told(counts)],
        prototypes=prototypes,
        read=gathered.read,
        leaks=find_leaks(snapshot.schema, labelled, snapshot.values(labelled), list(files.preparation.inputs)),
        learnt=learnt_of(base.folder) | digests(case.name for case in material.train + material.validation),
    )
    return finish(trained, ctx, base, gathered.base_test)


def recipes(base: VersionPlace, text: str, seed: int) -> tuple[Recipe, Training]:
    """Return the recipe that the candidate bears and how it is trained.

    Args:
        base: The version that is fine-tuned.
        text: A recipe whose `[training]` is to be used, or empty.
        seed: Of the training.

    Raises:
        TrainingRefused: The base has no recipe, as foreign models do.
        ModelProblem: A recipe cannot be used.
    """
    file = base.folder / "recipe.toml"
    if not file.exists():
        raise TrainingRefused(
            tr("This model came without a recipe, so it cannot be fine-tuned."),
            do=tr("Train a model from the start, or fine-tune another version."),
        )
    own = read_recipe(file.read_text(encoding="utf-8"), file.name)
    if text:
        training = replace(read_recipe(text).training, seed=seed)
    else:
        rate = own.training.rate * SLOWER
        training = replace(own.training, epochs=EPOCHS, patience=PATIENCE, rate=rate, seed=seed)
    return replace(own, training=training), training


def gather(snapshot: Snapshot, material: TrainingSet, base: VersionPlace, ctx: ChildContext) -> Gathered:
    """Prepare all cases at once; only images never seen before are looked at."""
    cases = [*material.train, *material.validation, *material.test]
    ctx.progress(Progress(0, len(cases), tr("Preparing the cases")))
    with scorer_of(base, snapshot.folder, snapshot.schema) as scorer:
        failures: list[ImageFailure] = []
        arrays = scorer.arrays(cases, snapshot.folder, ctx, failures.append)
        read = snapshot.inputs_read(cases, failures, scorer.inputs)
        read.check()
        outputs = scorer.run_head(arrays)
    first, second = len(material.train), len(material.train) + len(material.validation)
    return Gathered(
        train=rows_of(arrays, slice(0, first)),
        validation=rows_of(arrays, slice(first, second)),
        test=rows_of(arrays, slice(second, None)),
        base_train=rows_of(outputs, slice(0, first)),
        base_test=rows_of(outputs, slice(second, None)),
        read=read,
    )


def training_examples(
    snapshot: Snapshot, cases: Sequence[Case], gathered: Gathered, files: VersionFiles
) -> tuple[Examples, int]:
    """Return the training cases with their targets and weights, and how many are corrected.

    Args:
        snapshot: The labels.
        cases: The training cases, n of them.
        gathered: Their inputs and the base's outputs.
        files: The base.
    """
    targets, weights = prepare_targets(snapshot.schema, snapshot.values(cases))
    said = read_outputs(snapshot.schema, files.preparation, gathered.base_train)
    none, corrected = Truth(), 0
    for row, case in enumerate(cases):
        names = disagreeing(snapshot.schema, snapshot.truths.get(case.id, none).by_readers, said[row])
        corrected += bool(names)
        for name in names:
            weights[name][row] = CORRECTION
    for name, wanted in targets.items():
        unknown = weights[name] == 0
        wanted[unknown] = gathered.base_train[name][unknown]
        weights[name][unknown] = DISTILLATION
    return Examples(gathered.train, targets, weights), corrected


def with_prototypes(train: Examples, prototypes: Mapping[str, NDArray[Any]]) -> tuple[Examples, int]:
    """Add a base's rehearsal prototypes to the training cases.

    A prototype is a mean of the base's own training cases (no patient's data): its
    embeddings with mean labels. All inputs that it does not have are missing.

    Args:
        train: The training cases.
        prototypes: `NAME__embedding` (m, width), `target__NAME` (m, k) and `cases` (m,);
            empty for none.

    Returns:
        The cases with the prototypes after them, and how many prototypes there are.
    """
    names = [name for name in prototypes if name in train.inputs]
    if not names:
        return train, 0
    count = len(prototypes[names[0]])
    there = {f"{name.removesuffix('__embedding')}__present" for name in names}

    def more(name: str, values: NDArray[Any]) -> NDArray[Any]:
        shape = (count, *values.shape[1:])
        if name in names:
            return prototypes[name].astype(values.dtype).reshape(shape)
        return (np.ones if name in there else np.zeros)(shape, values.dtype)

    inputs = {name: np.concatenate([values, more(name, values)]) for name, values in train.inputs.items()}
    targets, weights = {}, {}
    for name, wanted in train.targets.items():
        known = prototypes.get(f"target__{name}")
        fits = known is not None and known.shape[1:] == wanted.shape[1:]
        added = known if known is not None and fits else np.zeros((count, *wanted.shape[1:]))
        targets[name] = np.concatenate([wanted, added]).astype(np.float32)
        weights[name] = np.concatenate([train.weights[name], np.full(count, float(fits))]).astype(np.float32)
    return Examples(inputs, targets, weights), count


def train_head(
    model: keras.Model, train: Examples, validation: Examples, training: Training, ctx: ChildContext
) -> tuple[TrainingProgress, dict[str, Any]]:
    """Train the head in place, from where it is; the encoders stay as they are.

    Returns:
        What was watched, and facts for the card: `epochs`, `best_epoch`, losses, and how
        many weights were trained in which layers.
    """
    head = head_of(model)
    layers = free_head(model)
    start = [np.array(variable) for variable in head.trainable_variables]
    count = int(sum(values.size for values in start))
    if not count:
        raise AssertionError("the head has no weights to train")
    ctx.tell("trainable", weights=count, layers=layers)
    progress = TrainingProgress(ctx, training.epochs, "Fine-tuning")
    fit_head(
        head,
        train.inputs,
        train.targets,
        train.weights,
        training,
        validation=validation,
        callbacks=[progress],
        towards=start,
    )
    facts = {
        "epochs": len(progress.losses),
        "best_epoch": progress.best_epoch,
        "loss": progress.losses,
        "validation_loss": progress.validation,
        "weights": model.count_params(),
        "trainable_weights": count,
        "trainable_layers": layers,
        "seed": training.seed,
    }
    return progress, facts


def free_head(model: keras.Model) -> list[str]:
    """Make the head trainable, layer by layer, and nothing else; return the layers with weights.

    Setting `trainable` on nested models alone can leave no weights to train without a word.
    """
    for encoder, _ in encoders_of(model).values():
        for layer in layers_within(encoder):
            layer.trainable = False
    head = head_of(model)
    for layer in layers_within(head):
        layer.trainable = True
    return [layer.name for layer in head.layers if layer.trainable_variables]


def _told(counts: Mapping[str, int]) -> list[str]:
    """Return the sentences about how many labels went where."""
    learnt = tr(
        "{counts:,} read training cases were learnt from, {counts_2:,} of them "
        "corrected; {counts_3:,} older cases were replayed and {counts_4:,} "
        "unlabelled ones held.",
        counts=counts["read"],
        counts_2=counts["corrected"],
        counts_3=counts["replay"],
        counts_4=counts["distilled"],
    )
    told = [learnt]
    if counts["test_read"]:
        judged = tr("were not learnt from; their labels judge both versions.")
        told.append(tr("{counts:,} read test cases {judged}", counts=counts["test_read"], judged=judged))
    if counts["prototypes"]:
        told.append(
            tr("{counts:,} prototypes of the bundled model's own cases were rehearsed.", counts=counts["prototypes"])
        )
    return told


def _prototypes(base: VersionPlace) -> dict[str, NDArray[Any]]:
    file = base.folder / "prototypes.npz"
    if not file.exists():
        return {}
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)
