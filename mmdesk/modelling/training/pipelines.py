"""Batches of images and record: `tf.data`, and `keras.utils.PyDataset` with the same batches.

All chance is drawn by seed, epoch and case, so neither threads nor the way of feeding change
what a model sees. An image that cannot be read is masked as missing and counted, or its case
weighs nothing, as the recipe says.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from mmdesk.core.errors import ImageProblem
from mmdesk.core.fields.volume_form import VolumeForm
from mmdesk.core.recipe.recipe import Augment, Training
from mmdesk.imaging.augment import UNCHANGED, Draw, change, changes_of
from mmdesk.imaging.decode import decode_for_model
from mmdesk.imaging.volume.for_model import volume_for_model
from mmdesk.modelling.training.fit import Examples

Arrays = dict[str, NDArray[Any]]
Shape = tuple[tuple[int, ...], str]
"""Shape and type of one case's image or activations."""

Seen = tuple[Arrays, NDArray[np.bool_]]
"""What the images of one case became by the model's input, and which of them are there."""

_IMAGE_AXES = 3
AHEAD = 2
"""Batches made at once, and kept ready."""


class ImageReader(Protocol):
    """Gives what the model sees of one case's images.

    Attributes:
        names: Image inputs, in order.
        shapes: Shape and type by the model's input, in the same order.
        broken: (case, image input) of the images that could not be read.
    """

    names: tuple[str, ...]
    shapes: Mapping[str, Shape]
    broken: set[tuple[int, str]]

    def read(self, epoch: int, row: int) -> Seen:
        """Return the images of a case in an epoch; those that are not there are zero."""


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """Where the images of n cases lie.

    Attributes:
        files: n paths by image input, empty where there is none.
        sizes: Pixels of the square by image input.
        sides: `left`, `right` or empty by image input.
        volumes: Of volumes, the slices that a model sees, and their channels.
    """

    files: Mapping[str, Sequence[str]]
    sizes: Mapping[str, int]
    sides: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, tuple[VolumeForm, int]] = field(default_factory=dict)

    def shape(self, name: str) -> Shape:
        """Return shape and type of what a model sees of one input."""
        size = self.sizes[name]
        if name in self.volumes:
            form, channels = self.volumes[name]
            return (form.depth, size, size, channels), "float32"
        return (size, size, 3), "uint8"


class DecodedImages:
    """Decodes each image anew in every epoch, changed as the recipe says.

    Args:
        images: Where they lie.
        augment: How they are changed; not at all by default.
        seed: Of the changes.
    """

    def __init__(self, images: ImageFiles, augment: Augment | None = None, seed: int = 0) -> None:
        self.names = tuple(images.files)
        self.shapes: Mapping[str, Shape] = {name: images.shape(name) for name in self.names}
        self.broken: set[tuple[int, str]] = set()
        self._images, self._augment, self._seed = images, augment or Augment(), seed
        self._lock = threading.Lock()

    def read(self, epoch: int, row: int) -> Seen:
        """Return the pictures of a case, uint8 (size, size, 3), of volumes float32."""
        sides = {name: self._images.sides.get(name, "") for name in self.names}
        changes = changes_of(self._augment, sides, (self._seed, epoch, row))
        found: Arrays = {}
        present = np.zeros(len(self.names), bool)
        for index, (name, (source, how)) in enumerate(changes.items()):
            pixels = self._decode(source, row, self._images.sizes[name])
            present[index] = pixels is not None
            found[name] = np.zeros(*self.shapes[name]) if pixels is None else _changed(pixels, how)
        return found, present

    def _decode(self, name: str, row: int, size: int) -> NDArray[Any] | None:
        file = self._images.files[name][row]
        if not file:
            return None
        try:
            if name in self._images.volumes:
                form, channels = self._images.volumes[name]
                return volume_for_model(Path(file), form, (size, size), channels)
            return decode_for_model(Path(file), size)
        except ImageProblem:
            with self._lock:
                self.broken.add((row, name))
            return None


def _changed(pixels: NDArray[Any], how: Draw) -> NDArray[Any]:
    """Return an image changed; of a volume every slice alike."""
    if pixels.ndim == _IMAGE_AXES or how == UNCHANGED:
        return change(pixels, how) if pixels.ndim == _IMAGE_AXES else pixels
    channels = pixels.shape[-1]
    slices = [change(np.repeat(np.rint(one).astype(np.uint8), 3 // channels, axis=-1), how) for one in pixels]
    return np.stack(slices)[..., :channels].astype(np.float32)


class Batches:
    """The batches of each epoch: images, record, targets and weights.

    Args:
        examples: The record's inputs with `NAME__present`, targets and weights of n cases.
        reader: Gives the images.
        training: Batch, seed, hidden inputs and what becomes of broken images.
        learning: Shuffle, and hide inputs; else the cases come in order, as they are.
        pool: Threads that read the cases of a batch; read one by one when None.
    """

    def __init__(
        self,
        examples: Examples,
        reader: ImageReader,
        training: Training,
        *,
        learning: bool,
        pool: Executor | None = None,
    ) -> None:
        self.epoch = 0
        self.reader = reader
        self.count, self.size = len(examples), training.batch
        self._examples, self._training, self._learning = examples, training, learning
        self._map: Callable[..., Iterable[Seen]] = pool.map if pool else map

    def __len__(self) -> int:
        return (self.count + self.size - 1) // self.size

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return the cases in the order of an epoch."""
        if not self._learning:
            return np.arange(self.count)
        return np.random.default_rng([self._training.seed, epoch, 1]).permutation(self.count)

    def rows(self, epoch: int, step: int) -> NDArray[np.int64]:
        """Return the cases of one batch."""
        return self.order(epoch)[step * self.size : (step + 1) * self.size]

    def batch(self, epoch: int, step: int) -> tuple[Arrays, Arrays, Arrays]:
        """Return inputs, targets and weights of one batch; the model makes float32 of its images."""
        rows = self.rows(epoch, step)
        seen = list(self._map(lambda row: self.reader.read(epoch, int(row)), rows))
        images = {name: np.stack([one[name] for one, _ in seen]) for name in self.reader.shapes}
        inputs, targets, weights = self.record(epoch, rows, np.stack([there for _, there in seen]))
        return inputs | images, targets, weights

    def record(self, epoch: int, rows: NDArray[np.int64], present: NDArray[np.bool_]) -> tuple[Arrays, Arrays, Arrays]:
        """Return all but the images of some cases.

        Args:
            epoch: Which epoch.
            rows: m cases.
            present: (m, images), which images are there.
        """
        examples = self._examples
        inputs = {name: values[rows] for name, values in examples.inputs.items()}
        targets = {name: values[rows] for name, values in examples.targets.items()}
        weights = {name: examples.weights[name][rows] for name in targets}
        lost = np.zeros(len(rows), bool)
        for index, name in enumerate(self.reader.names):
            lost |= np.array([(int(row), name) in self.reader.broken for row in rows], bool)
            inputs[f"{name}__present"] = present[:, index, None].astype(np.float32)
        if self._training.broken == "leave out":
            weights = {name: np.where(lost, 0, values).astype(np.float32) for name, values in weights.items()}
        if self._learning and self._training.drop_inputs:
            self._hide(inputs, epoch, rows)
        return inputs, targets, weights

    def _hide(self, inputs: Arrays, epoch: int, rows: NDArray[np.int64]) -> None:
        names = sorted(name for name in inputs if name.endswith("__present"))
        for at, row in enumerate(rows):
            chance = np.random.default_rng([self._training.seed, epoch, int(row), 2]).random(len(names))
            for name, drawn in zip(names, chance, strict=True):
                if drawn < self._training.drop_inputs:
                    inputs[name][at] = 0


def as_tf_data(batches: Batches, *, counts: bool = False) -> tf.data.Dataset:
    """Return the batches of an epoch, made ahead.

    Each batch is one call of Python: a call for each image costs a third more.

    Args:
        batches: What it feeds.
        counts: Every pass over the dataset is the next epoch; else it is the one that `batches.epoch` says.
    """
    sample = batches.record(0, np.arange(1), np.zeros((1, len(batches.reader.names)), bool))
    images = {name: np.zeros((1, *shape), kind) for name, (shape, kind) in batches.reader.shapes.items()}
    sample = (sample[0] | images, *sample[1:])
    flat = tf.nest.flatten(sample)
    passes = itertools.count()

    def made(epoch: Any, step: Any) -> list[NDArray[Any]]:
        return list(tf.nest.flatten(batches.batch(int(epoch) if counts else batches.epoch, int(step))))

    def make(epoch: Any, step: Any) -> Any:
        parts = tf.numpy_function(made, [epoch, step], [tf.as_dtype(part.dtype) for part in flat])
        for part, like in zip(parts, flat, strict=True):
            part.set_shape((None, *like.shape[1:]))
        return tf.nest.pack_sequence_as(sample, parts)

    def begin(_: Any) -> Any:
        epoch = tf.numpy_function(lambda: np.int64(next(passes)), [], tf.int64)
        return tf.data.Dataset.range(len(batches)).map(lambda step: (epoch, step))

    steps = tf.data.Dataset.range(1).flat_map(begin)
    steps = steps.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return steps.map(make, num_parallel_calls=AHEAD, deterministic=True).prefetch(AHEAD)


class CaseDataset(keras.utils.PyDataset):  # type: ignore[misc]  # keras is untyped
    """The second way: the same batches, made ahead by Keras.

    Attributes:
        batches: What it feeds.
    """

    def __init__(self, batches: Batches) -> None:
        super().__init__(workers=AHEAD, use_multiprocessing=False, max_queue_size=2 * AHEAD)
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> tuple[Arrays, Arrays, Arrays]:
        """Return one batch of the epoch that the batches say."""
        return self.batches.batch(self.batches.epoch, index)


class Epochs(keras.callbacks.Callback):  # type: ignore[misc]  # keras is untyped
    """Tells the batches which epoch begins, also after a resumed training.

    Args:
        batches: The training batches.
    """

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the epoch."""
        del logs
        self._batches.epoch = epoch
