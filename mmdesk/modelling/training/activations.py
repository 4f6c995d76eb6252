"""Cut an encoder where training begins, and keep what the frozen part makes of each image.

The frozen part is looked at once for each image and variant; its activations lie in a file as
float16, so memory stays bounded. The trained part takes them as inputs `NAME__cut`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mmdesk.modelling.network.image_encoders import cut_of
from mmdesk.modelling.network.submodels import encoders_of, head_of
from mmdesk.modelling.training.pipelines import ImageReader, Seen, Shape

AT_ONCE = 16
"""Images that the frozen part sees at once."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A whole model, divided where training begins.

    Attributes:
        fronts: By image input, the frozen part: image to activations; none where the first
            layers are trained.
        model: From activations `NAME__cut`, whole images `NAME` and the record to the targets.
    """

    fronts: Mapping[str, keras.Model]
    model: keras.Model


def cut_model(model: keras.Model) -> Cut:
    """Return a model divided at the last frozen block of each encoder; the weights are shared."""
    fronts: dict[str, keras.Model] = {}
    inputs: dict[str, Any] = {}
    tensors: dict[str, Any] = {}
    for encoder, served in encoders_of(model).values():
        cut = cut_of(encoder)
        front, back = _divided(encoder, cut) if cut else (None, encoder)
        for name in served:
            given = f"{name}__cut" if front is not None else name
            shape = encoder.input_shape if front is None else front.output_shape
            inputs[given] = keras.Input(shape[1:], name=given)
            tensors[f"{name}__embedding"] = inputs[given] if back is None else back(inputs[given])
            if front is not None:
                fronts[name] = front
    head = head_of(model)
    for tensor in head.inputs:
        if tensor.name not in tensors:
            inputs[tensor.name] = keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name)
            tensors[tensor.name] = inputs[tensor.name]
    return Cut(fronts, keras.Model(inputs, head(tensors), name="mmdesk_trainer"))


def _divided(encoder: keras.Model, cut: str) -> tuple[keras.Model, keras.Model | None]:
    middle = encoder.get_layer(cut).output
    front = keras.Model(encoder.input, middle)
    if cut == encoder.layers[-1].name:
        return front, None
    return front, keras.Model(middle, encoder.output)


class KeptActivations:
    """Gives kept activations, or whole images where nothing is frozen.

    Args:
        still: Reads the images as they are, for the first variant.
        whole: Reads them changed, for the other variants (an epoch stands for a variant) and
            for what is not kept.
        fronts: Frozen parts by image input.
        count: Cases.
        folder: Where the activations are kept; its files may be deleted afterwards.
        variants: Changed copies kept of each image; each epoch draws one.
        seed: Of the drawing.
        check: Called between batches; raises to stop.
    """

    def __init__(
        self,
        still: ImageReader,
        whole: ImageReader,
        fronts: Mapping[str, keras.Model],
        count: int,
        folder: Path,
        *,
        variants: int = 1,
        seed: int = 0,
        check: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self.names = whole.names
        kept = {name: (tuple(front.output_shape[1:]), "float16") for name, front in fronts.items()}
        self.shapes: Mapping[str, Shape] = {
            f"{name}__cut" if name in kept else name: kept.get(name, whole.shapes[name]) for name in whole.names
        }
        self.broken = whole.broken = still.broken
        self._whole, self._still, self._fronts = whole, still, fronts
        self._seed, self._variants = seed, variants
        folder.mkdir(parents=True, exist_ok=True)
        self._kept = {
            name: np.lib.format.open_memmap(
                folder / f"{name}.npy", "w+", np.float16, (variants, count, *front.output_shape[1:])
            )
            for name, front in fronts.items()
        }
        self._there = np.zeros((variants, count, len(self.names)), bool)
        self._live = [name for name in self.names if name not in fronts]
        self._fill(count, check)

    def read(self, epoch: int, row: int) -> Seen:
        """Return the activations of one variant; whole images come from the reader."""
        variant = 0
        if self._variants > 1:
            variant = int(np.random.default_rng([self._seed, epoch, row, 3]).integers(self._variants))
        there = self._there[variant, row].copy()
        found = {f"{name}__cut": np.array(kept[variant, row]) for name, kept in self._kept.items()}
        if self._live:
            seen, now = self._whole.read(epoch, row)
            for name in self._live:
                found[name] = seen[name]
                there[self.names.index(name)] = now[self.names.index(name)]
        return {name: found[name] for name in self.shapes}, there

    def _fill(self, count: int, check: Callable[[int, int], None]) -> None:
        for variant in range(self._variants):
            for start in range(0, count, AT_ONCE):
                check(variant * count + start, self._variants * count)
                rows = range(start, min(start + AT_ONCE, count))
                seen = [(self._whole if variant else self._still).read(variant, row) for row in rows]
                self._there[variant, rows.start : rows.stop] = [there for _, there in seen]
                for name, front in self._fronts.items():
                    pictures = np.stack([one[name] for one, _ in seen]).astype(np.float32)
                    made: NDArray[Any] = np.asarray(front.predict_on_batch(pictures))
                    self._kept[name][variant, rows.start : rows.stop] = np.clip(made, -65504, 65504)
