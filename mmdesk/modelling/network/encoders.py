"""How each kind of input becomes a vector inside the head, and how a missing one is taken out.

What is absent is replaced with `where` before anything is computed from it, never by
multiplication: NaN times zero is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import layers, ops

from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.states import Shape
from mmdesk.core.model.prepare import FIRST, InputState
from mmdesk.core.recipe.recipe import IMAGE_KINDS, EncoderRecipe

Tensors = dict[str, Any]
Encode = Callable[[Tensors, str, Any], Any]
"""Takes the head's inputs, an input's name and its presence (bool, (n, 1)); gives (n, width)."""

Reader = Callable[[Any, Any], Any]
"""Takes steps (n, time, channels) and which are there (bool, (n, time)); gives (n, width)."""


def head_inputs(name: str, state: InputState, encoder: EncoderRecipe) -> Tensors:
    """Return the head's input tensors for one input of the schema, by name."""
    present = {f"{name}__present": keras.Input((1,), name=f"{name}__present")}
    kind = KINDS[state.kind]
    if kind.is_image:
        shapes = {f"{name}__embedding": Shape((encoder.embedding,))}
    else:
        shapes = {f"{name}{key}": shape for key, shape in kind.shapes(state).items()}
    inputs = {key: keras.Input(shape.sizes, dtype=shape.dtype, name=key) for key, shape in shapes.items()}
    return inputs | present


def encoder_layers(encoder: EncoderRecipe, states: Mapping[str, InputState], dropout: float) -> Encode:
    """Return what encodes each of some inputs with the same weights.

    Args:
        encoder: The encoder's recipe, of any kind but `vector`.
        states: Preparation of the inputs; the first names the layers.
        dropout: Share of an image's embedding dropped in training.
    """
    prefix, width = f"{next(iter(states))}__encoder", encoder.width
    known = max(len(state.known) for state in states.values())
    match encoder.kind:
        case kind if kind in IMAGE_KINDS:
            return _projection(prefix, width, dropout)
        case "embedding":
            return _choice(prefix, width, known)
        case "words":
            return _words(prefix, width, known, _reader(encoder.reading, prefix, width))
        case "convolution":
            return _sequence(_reader("convolution", prefix, width))
        case "recurrent":
            return _sequence(_reader(encoder.cell, prefix, width))
    return _dense(prefix, width)


def encode_vector(encoder: EncoderRecipe, tensors: Tensors, present: Mapping[str, Any]) -> Any:
    """Return the one vector (n, width) of several values, each with whether it is there.

    Args:
        encoder: A `vector` encoder.
        tensors: The head's inputs.
        present: Presence of each value (bool, (n, 1)), in the encoder's order.
    """
    values = [ops.where(there, tensors[name], 0.0) for name, there in present.items()]
    flags = [ops.cast(there, "float32") for there in present.values()]
    dense = layers.Dense(encoder.width, "relu", name=f"{encoder.inputs[0]}__encoder_dense")
    return dense(ops.concatenate([*values, *flags], axis=-1))


def any_of(present: Sequence[Any]) -> Any:
    """Return where at least one of several presences (bool, (n, 1)) is true."""
    found = present[0]
    for there in present[1:]:
        found = ops.logical_or(found, there)
    return found


def _projection(prefix: str, width: int, dropout: float) -> Encode:
    drop = layers.Dropout(dropout, name=f"{prefix}_drop")
    project = layers.Dense(width, "relu", name=f"{prefix}_project")

    def encode(tensors: Tensors, name: str, present: Any) -> Any:
        return project(drop(ops.where(present, tensors[f"{name}__embedding"], 0.0)))

    return encode


def _dense(prefix: str, width: int) -> Encode:
    dense = layers.Dense(width, "relu", name=f"{prefix}_dense")

    def encode(tensors: Tensors, name: str, present: Any) -> Any:
        return dense(ops.where(present, tensors[name], 0.0))

    return encode


def _choice(prefix: str, width: int, options: int) -> Encode:
    embed = layers.Embedding(options + FIRST, width, name=f"{prefix}_embed")

    def encode(tensors: Tensors, name: str, present: Any) -> Any:
        return ops.squeeze(embed(ops.where(present, tensors[name], 0)), axis=1)

    return encode


def _words(prefix: str, width: int, words: int, read: Reader) -> Encode:
    embed = layers.Embedding(words + FIRST, width, name=f"{prefix}_embed")

    def encode(tensors: Tensors, name: str, present: Any) -> Any:
        codes = ops.where(present, tensors[name], 0)
        return read(embed(codes), codes > 0)

    return encode


def _sequence(read: Reader) -> Encode:
    def encode(tensors: Tensors, name: str, present: Any) -> Any:
        mask = ops.logical_and(present, tensors[f"{name}__mask"])
        return read(ops.where(ops.expand_dims(mask, -1), tensors[name], 0.0), mask)

    return encode


def _reader(way: str, prefix: str, width: int) -> Reader:
    """Return what makes one vector of steps: `mean`, `convolution`, `gru` or `lstm`."""
    match way:
        case "mean":
            return _mean_over_time
        case "convolution":
            return _convolution(prefix, width)
        case "gru":
            recurrent = layers.GRU(width, name=f"{prefix}_recurrent")
        case _:
            recurrent = layers.LSTM(width, name=f"{prefix}_recurrent")
    return lambda x, mask: recurrent(x, mask=mask)


def _convolution(prefix: str, width: int) -> Reader:
    first = layers.Conv1D(width, 5, padding="same", activation="relu", name=f"{prefix}_first")
    second = layers.Conv1D(width, 5, padding="same", activation="relu", name=f"{prefix}_second")
    dense = layers.Dense(width, "relu", name=f"{prefix}_dense")

    def read(x: Any, mask: Any) -> Any:
        there = ops.expand_dims(mask, -1)
        x = ops.where(there, x, 0.0)
        x = ops.where(there, first(x), 0.0)
        x = ops.where(there, second(x), 0.0)
        return dense(ops.concatenate([_mean_over_time(x, mask), ops.max(x, axis=1)], axis=-1))

    return read


def _mean_over_time(x: Any, mask: Any) -> Any:
    there = ops.expand_dims(mask, -1)
    count = ops.sum(ops.cast(there, "float32"), axis=1)
    return ops.sum(ops.where(there, x, 0.0), axis=1) / ops.maximum(count, 1.0)
