"""Train a whole model, image weights included, from files of images and a prepared record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from mmdesk.core.fields.volume_form import VolumeForm
from mmdesk.core.model.prepare import Preparation
from mmdesk.core.recipe.recipe import Augment, Recipe, Training
from mmdesk.core.recipe.volume_encoder import VolumeEncoder
from mmdesk.inference.session import cores
from mmdesk.modelling.network.submodels import encoders_of, head_of
from mmdesk.modelling.training.activations import Cut, KeptActivations, cut_model
from mmdesk.modelling.training.fit import Examples, callbacks_of, compile_trainer, smoothed
from mmdesk.modelling.training.pipelines import (
    Batches,
    CaseDataset,
    DecodedImages,
    Epochs,
    ImageFiles,
    ImageReader,
    as_tf_data,
)
from mmdesk.modelling.training.precision import calculating
from mmdesk.modelling.training.resume import Resumable
from mmdesk.support.unfinished import private_folder

Check = Callable[[int, int], None]
"""Told how many images are done of how many; raises to stop."""


def _go_on(done: int, total: int) -> None:
    del done, total


@dataclass(frozen=True, slots=True)
class ImageCases:
    """Cases to train or stop on.

    Attributes:
        examples: The record's inputs with `NAME__present`, targets and weights, n rows each.
        images: Where their images lie.
    """

    examples: Examples
    images: ImageFiles


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a training.

    Attributes:
        history: Figures of each epoch by name.
        broken: Images that could not be read, by input: how many.
        trained: Layers of the encoders and the head whose weights were trained.
        weights: How many weights those are.
        first: The epoch that it began with, above 0 when it went on from before.
    """

    history: dict[str, list[float]]
    broken: dict[str, int]
    trained: list[str]
    weights: int
    first: int = 0


def train_images(
    model: keras.Model,
    recipe: Recipe,
    train: ImageCases,
    validation: ImageCases | None,
    *,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    state: Path | None = None,
    mark: str = "",
    keep: bool = True,
    check: Check = _go_on,
) -> Outcome:
    """Train a model in place; with validation cases it ends with the best weights seen.

    Args:
        model: As `modelling.build.build_model` gives it, trainable as its recipe says.
        recipe: How to train, how to change images.
        train: Training cases.
        validation: Cases to stop on, or None.
        callbacks: Further Keras callbacks.
        state: File that keeps the training's state, so that it can be resumed; None for none.
        mark: What the state belongs to.
        keep: Keep the activations of frozen parts; else they are computed in every epoch.
        check: Told the progress of looking at images once, and may raise.
    """
    training = recipe.training
    keras.utils.set_random_seed(training.seed)
    if training.deterministic:
        tf.config.experimental.enable_op_determinism()
    cut = cut_model(model) if keep else Cut({}, model)
    head = head_of(model)
    with (
        private_folder("mmdesk-activations-") as folder,
        ThreadPoolExecutor(cores(), "images") as pool,
    ):
        reader = _reader(train, recipe.augment, cut, recipe, folder / "train", check)
        smooth = {
            name: smoothed(head.get_layer(name), values, training.smoothing)
            for name, values in train.examples.targets.items()
        }
        shown = replace(train.examples, targets=smooth)
        learning = Batches(shown, reader, training, learning=True, pool=pool)
        stopping = None
        if validation is not None and len(validation.examples):
            plain = _reader(validation, Augment(), cut, recipe, folder / "validation", check)
            stopping = Batches(validation.examples, plain, training, learning=False, pool=pool)
        trainer = compile_trainer(cut.model, train.examples, training, head=head)
        own = callbacks_of(training, len(train.examples), stop_early=stopping is not None)
        resumable = Resumable(state, trainer, own, mark) if state else None
        with calculating(cut.model, training.precision):
            history = trainer.fit(
                _fed(learning, training),
                epochs=training.epochs,
                initial_epoch=resumable.first if resumable else 0,
                validation_data=_fed(stopping, training) if stopping else None,
                callbacks=[Epochs(learning), *own, *([resumable] if resumable else []), *callbacks],
                shuffle=False,
                verbose=0,
            )
        broken = [*reader.broken, *(stopping.reader.broken if stopping else ())]
    return Outcome(
        {name: [float(figure) for figure in row] for name, row in history.history.items()},
        {name: sum(one == name for _, one in broken) for name in sorted({one for _, one in broken})},
        trained_layers(model),
        int(sum(np.prod(variable.shape) for variable in model.trainable_variables)),
        resumable.first if resumable else 0,
    )


def trained_layers(model: keras.Model) -> list[str]:
    """Return the names of all layers with weights that are trained, encoders' first."""
    parts = [encoder for encoder, _ in encoders_of(model).values() if encoder.trainable_variables]
    return [layer.name for part in [*parts, head_of(model)] for layer in part.layers if layer.trainable_variables]


def embed_images(
    model: keras.Model, images: ImageFiles, count: int, check: Check = _go_on, batch: int = 16
) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.bool_]], set[tuple[int, str]]]:
    """Return embeddings of n cases as the model's encoders give them now.

    Args:
        model: The whole model.
        images: Where the images lie.
        count: n.
        check: Told the progress, and may raise.
        batch: Cases at once.

    Returns:
        By image input float32 (n, width), zero where there is no image; presence (n,); and
        the (case, input) that could not be read.
    """
    reader = DecodedImages(images)
    encoders = {name: encoder for encoder, served in encoders_of(model).values() for name in served}
    values = {name: np.zeros((count, e.output_shape[-1]), np.float32) for name, e in encoders.items()}
    present = {name: np.zeros(count, bool) for name in encoders}
    for start in range(0, count, batch):
        check(start, count)
        rows = slice(start, min(start + batch, count))
        seen = [reader.read(0, row) for row in range(rows.start, rows.stop)]
        for index, name in enumerate(reader.names):
            there = np.array([flags[index] for _, flags in seen])
            pictures = np.stack([one[name] for one, _ in seen]).astype(np.float32)
            found = np.asarray(encoders[name].predict_on_batch(pictures))
            values[name][rows] = np.where(there[:, None], found, 0)
            present[name][rows] = there
    return values, present, reader.broken


def _reader(cases: ImageCases, augment: Augment, cut: Cut, recipe: Recipe, folder: Path, check: Check) -> ImageReader:
    whole = DecodedImages(cases.images, augment, recipe.training.seed)
    if not cut.fronts:
        return whole
    return KeptActivations(
        DecodedImages(cases.images),
        whole,
        cut.fronts,
        len(cases.examples),
        folder,
        variants=augment.variants if augment.active else 1,
        seed=recipe.training.seed,
        check=check,
    )


def _fed(batches: Batches, training: Training) -> Any:
    return as_tf_data(batches) if training.pipeline == "tf.data" else CaseDataset(batches)


def image_files(
    paths: Mapping[str, Sequence[str]],
    recipe: Recipe,
    sides: Mapping[str, str],
    preparation: Preparation | None = None,
) -> ImageFiles:
    """Return where the images of some cases lie, at the sizes that the recipe's encoders see.

    Args:
        paths: n paths by image input, empty where there is none.
        recipe: The recipe.
        sides: `left`, `right` or empty by image input.
        preparation: How volumes are prepared; needed where there are any.
    """
    volumes = {}
    for encoder in recipe.image_encoders:
        if isinstance(encoder, VolumeEncoder) and preparation is not None:
            for name in encoder.inputs:
                state = preparation.inputs[name]
                volumes[name] = VolumeForm(state.length, state.slices, state.window), encoder.channels
    sizes = {name: recipe.image_encoder_of(name).pixels for name in recipe.images}
    return ImageFiles({name: paths[name] for name in recipe.images}, sizes, sides, volumes)
