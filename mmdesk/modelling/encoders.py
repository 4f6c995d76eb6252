"""How each kind of input becomes a vector inside the head, and how a missing one is taken out.

What is absent is replaced with `where` before anything is computed from it, never by
multiplication: NaN times zero is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers, ops

from mmdesk.core.prepare import FIRST, InputState
from mmdesk.core.recipe import BACKBONES, EncoderRecipe

Tensors = dict[str, Any]
Encode = Callable[[Tensors, str, Any], Any]
"""Takes the head's inputs, an input's name and its presence (bool, (n, 1)); gives (n, width)."""


def head_inputs(name: str, state: InputState, encoder: EncoderRecipe) -> Tensors:
    """Return the head's input tensors for one input of the schema, by name."""
    present = {f"{name}__present": keras.Input((1,), name=f"{name}__present")}
    match state.kind:
        case "image":
            width = BACKBONES[encoder.backbone][1]
            return {f"{name}__embedding": keras.Input((width,), name=f"{name}__embedding")} | present
        case "choice":
            return {name: keras.Input((1,), dtype="int32", name=name)} | present
        case "text":
            return {name: keras.Input((state.length,), dtype="int32", name=name)} | present
        case "sequence":
            return {
                name: keras.Input((state.length, len(state.offset)), name=name),
                f"{name}__mask": keras.Input((state.length,), dtype="bool", name=f"{name}__mask"),
            } | present
    return {name: keras.Input((1,), name=name)} | present


def encoder_layers(encoder: EncoderRecipe, states: dict[str, InputState], dropout: float) -> Encode:
    """Return what encodes each input of one encoder; its weights are shared by them.

    Args:
        encoder: The encoder's recipe.
        states: Preparation of its inputs.
        dropout: Share of an image's embedding dropped in training.
    """
    prefix = f"{encoder.inputs[0]}__encoder"
    match encoder.kind:
        case "backbone":
            return _projection(prefix, encoder.width, dropout)
        case "embedding":
            return _choice(prefix, encoder.width, max(len(s.known) for s in states.values()))
        case "words":
            return _words(prefix, encoder.width, max(len(s.known) for s in states.values()))
        case "convolution":
            return _convolution(prefix, encoder.width)
        case "recurrent":
            return _recurrent(prefix, encoder.width)
    return _dense(prefix, encoder.width)


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


def _words(prefix: str, width: int, words: int) -> Encode:
    embed = layers.Embedding(words + FIRST, width, name=f"{prefix}_embed")

    def encode(tensors: Tensors, name: str, present: Any) -> Any:
        codes = ops.where(present, tensors[name], 0)
        return _mean_over_time(embed(codes), codes > 0)

    return encode


def _convolution(prefix: str, width: int) -> Encode:
    first = layers.Conv1D(width, 5, padding="same", activation="relu", name=f"{prefix}_first")
    second = layers.Conv1D(width, 5, padding="same", activation="relu", name=f"{prefix}_second")
    dense = layers.Dense(width, "relu", name=f"{prefix}_dense")

    def encode(tensors: Tensors, name: str, present: Any) -> Any:
        mask = ops.logical_and(present, tensors[f"{name}__mask"])
        there = ops.expand_dims(mask, -1)
        x = ops.where(there, tensors[name], 0.0)
        x = ops.where(there, first(x), 0.0)
        x = ops.where(there, second(x), 0.0)
        return dense(ops.concatenate([_mean_over_time(x, mask), ops.max(x, axis=1)], axis=-1))

    return encode


def _recurrent(prefix: str, width: int) -> Encode:
    recurrent = layers.GRU(width, name=f"{prefix}_recurrent")

    def encode(tensors: Tensors, name: str, present: Any) -> Any:
        mask = ops.logical_and(present, tensors[f"{name}__mask"])
        return recurrent(ops.where(ops.expand_dims(mask, -1), tensors[name], 0.0), mask=mask)

    return encode


def _mean_over_time(x: Any, mask: Any) -> Any:
    there = ops.expand_dims(mask, -1)
    count = ops.sum(ops.cast(there, "float32"), axis=1)
    return ops.sum(ops.where(there, x, 0.0), axis=1) / ops.maximum(count, 1.0)
