"""Train a model whose images must be looked at by more than the frozen backbone of the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import keras
import numpy as np

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.errors import Cancelled
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.splits import SPLITS, TRAIN, VALIDATION
from mmdesk.core.job import Progress
from mmdesk.core.model.prepare import Preparation, learn_preparation, prepare, prepare_targets
from mmdesk.core.model.unread import InputsRead
from mmdesk.core.recipe.recipe import Recipe, write_recipe
from mmdesk.inference.embedding import Embedded
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.network.build import build_model
from mmdesk.modelling.snapshot import Arrays, Snapshot
from mmdesk.modelling.training.fit import Examples
from mmdesk.modelling.training.image_files import check_files
from mmdesk.modelling.training.image_training import (
    ImageCases,
    embed_images,
    image_files,
    train_images,
    trained_layers,
)
from mmdesk.modelling.training.progress import TrainingProgress
from mmdesk.words import tr

STATE = "training.npz"
"""Where an interrupted training stands, in the project's cache."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A trained model and its cases, in the order train, validation, test.

    Attributes:
        model: The whole model.
        preparation: What was learnt on the training split.
        arrays: The head's inputs for all cases.
        embedded: The images' embeddings and presence.
        progress: Losses by epoch, and where it stopped.
        weights: How many weights were trained.
        layers: In which layers.
        read: What the cases name, and what of it could not be read.
        notes: What the reader should know.
        first: The epoch that it began with.
    """

    model: keras.Model
    preparation: Preparation
    arrays: Arrays
    embedded: Embedded
    progress: TrainingProgress
    weights: int
    layers: list[str]
    read: InputsRead
    notes: tuple[str, ...] = ()
    first: int = 0


def needs_whole(recipe: Recipe) -> bool:
    """Tell whether a recipe's images need more than one look by the frozen backbone."""
    return bool(recipe.images) and (not keeps_backbone(recipe) or recipe.augment.active)


def keeps_backbone(recipe: Recipe) -> bool:
    """Tell whether all images go through the backbone as it comes with the program."""
    return bool(recipe.bundled_backbone)


def inputs_of(recipe: Recipe) -> list[str]:
    """Return the names of all inputs that a recipe's model takes."""
    return [name for encoder in recipe.encoders for name in encoder.inputs]


def learn_whole(snapshot: Snapshot, recipe: Recipe, splits: Mapping[str, Sequence[Case]], ctx: ChildContext) -> Learnt:
    """Build and train a model from the files of its images.

    Args:
        snapshot: The project.
        recipe: From which the model is built and trained.
        splits: Labelled cases by split.
        ctx: Told events and progress; obeys stop and cancel.

    Raises:
        ModelProblem: A file of weights cannot be used.
        Cancelled: Everything was dropped.
    """
    every = [case for split in SPLITS for case in splits[split]]
    stacks = [field.name for field in snapshot.schema.images if kind_of(field).is_stack]
    failures = check_files(every, recipe.images, snapshot.folder, ctx, stacks)
    read = snapshot.inputs_read(every, failures, inputs_of(recipe))
    read.check()
    refused = {(one.case, one.input) for one in failures}
    preparation = learn_preparation(snapshot.schema, splits[TRAIN], snapshot.values(splits[TRAIN]), recipe)
    keras.utils.set_random_seed(recipe.training.seed)
    model = build_model(recipe, snapshot.schema, preparation, folder=snapshot.folder)
    weights = int(sum(np.prod(variable.shape) for variable in model.trainable_variables))
    layers = trained_layers(model)
    ctx.tell("trainable", weights=weights, layers=layers)
    progress = TrainingProgress(ctx, recipe.training.epochs, "Training")

    def check(done: int, total: int) -> None:
        ctx.check_cancelled()
        ctx.progress(Progress(done, total, tr("Reading images")))

    state = snapshot.folder / "cache" / STATE
    state.parent.mkdir(exist_ok=True)
    mark = sha256(f"{write_recipe(recipe)}\n{snapshot.hash}".encode()).hexdigest()
    train, validation = (image_cases(snapshot, recipe, preparation, splits[s], refused) for s in (TRAIN, VALIDATION))
    try:
        outcome = train_images(
            model, recipe, train, validation, callbacks=[progress], state=state, mark=mark, check=check
        )
    except Cancelled:
        state.unlink(missing_ok=True)
        raise
    cases = [case for split in SPLITS for case in splits[split]]
    images = image_files(_paths(snapshot, recipe, cases, refused), recipe, {}, preparation)
    values, present, _ = embed_images(model, images, len(cases), check)
    arrays: dict[str, Any] = dict(prepare(preparation, snapshot.schema, cases, present))
    arrays |= {f"{name}__embedding": rows for name, rows in values.items()}
    return Learnt(
        model,
        preparation,
        arrays,
        Embedded(values, present),
        progress,
        weights,
        layers,
        read,
        tuple(_told(outcome.broken, recipe.training.broken)),
        outcome.first,
    )


def image_cases(
    snapshot: Snapshot,
    recipe: Recipe,
    preparation: Preparation,
    cases: Sequence[Case],
    refused: Set[tuple[int, str]],
) -> ImageCases:
    """Return cases with their record prepared, and where their images lie.

    Args:
        snapshot: The project.
        recipe: Which images, at what size.
        preparation: What was learnt on the training split.
        cases: The cases.
        refused: (case, image input) of the images that cannot be used.
    """
    sides = {name: snapshot.schema.field(name).side for name in recipe.images}
    inputs = prepare(preparation, snapshot.schema, cases, {})
    examples = Examples(inputs, *prepare_targets(snapshot.schema, snapshot.values(cases)))
    return ImageCases(examples, image_files(_paths(snapshot, recipe, cases, refused), recipe, sides, preparation))


def _paths(
    snapshot: Snapshot, recipe: Recipe, cases: Sequence[Case], refused: Set[tuple[int, str]]
) -> dict[str, list[str]]:
    """Return where images lie; of refused ones a place where nothing is."""
    nothing = str(snapshot.folder / "cache" / "refused")

    def path(case: Case, name: str) -> str:
        value = case.inputs.get(name)
        if not isinstance(value, ImageRef):
            return ""
        return nothing if (case.id, name) in refused else str(snapshot.folder / value.path)

    return {name: [path(case, name) for case in cases] for name in recipe.images}


def _told(broken: Mapping[str, int], rule: str) -> list[str]:
    became = tr("masked as missing") if rule == "mask" else tr("their cases left out of training")
    return [
        tr("{count:,} images of {name} could not be read: {became}.", count=count, name=name, became=became)
        for name, count in sorted(broken.items())
    ]
