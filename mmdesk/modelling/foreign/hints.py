"""What the layers of a model tell of its inputs and outputs: read from the graph, nothing is run."""

from __future__ import annotations

from typing import Any

import keras

from mmdesk.core.model.foreign import Hint
from mmdesk.modelling.network.graph import calls_of, made_by, operations_of

_SAME = frozenset(
    ("Cast", "Reshape", "Squeeze", "ExpandDims", "Flatten", "Identity", "Dropout", "Concatenate", "ZeroPadding2D")
)
"""Layers behind which the values are still those of the input."""
_TELL = frozenset(
    (
        "Rescaling",
        "Normalization",
        "BatchNormalization",
        "Embedding",
        "Masking",
        "TrueDivide",
        "Divide",
        "Multiply",
        "Subtract",
    )
)
_APPLICATIONS = (
    "vgg",
    "resnet",
    "inception",
    "xception",
    "mobilenet",
    "nasnet",
    "densenet",
    "efficientnet",
    "convnext",
)
_DEEPEST = 12


def input_hints(model: Any, tensor: Any, depth: int = 0) -> tuple[Hint, ...]:
    """Return what the layers tell that an input goes into first, inside nested models too.

    Args:
        model: The model.
        tensor: One of its inputs.
        depth: How deep this is nested.
    """
    found: list[Hint] = []
    if depth > _DEEPEST:
        return ()
    names = {id(tensor)}
    for operation in operations_of(model):
        for node in calls_of(operation):
            taken = [place for place, one in enumerate(node.input_tensors) if id(one) in names]
            if not taken:
                continue
            what = type(operation).__name__
            if what in _TELL:
                found.append(Hint(what, operation.name, _values(operation)))
            elif isinstance(operation, keras.Model) and getattr(operation, "inputs", None):
                inner = [hint for place in taken for hint in input_hints(operation, operation.inputs[place], depth + 1)]
                found += inner
                plain = operation.name.casefold()
                if plain.startswith(_APPLICATIONS) and not any(one.what in _TELL for one in inner):
                    found.append(Hint("application", plain))
            elif what in _SAME:
                names |= {id(one) for one in node.output_tensors}
    if not found and not depth:
        whole = str(model.name).casefold()
        found += [Hint("application", whole)] if whole.startswith(_APPLICATIONS) else _by_layers(model, tensor)
    return tuple(dict.fromkeys(found))


def output_hints(tensor: Any) -> tuple[Hint, ...]:
    """Return which activation gives an output."""
    operation, index = made_by(tensor)
    if isinstance(operation, keras.Model) and operation.outputs:
        return output_hints(operation.outputs[min(index, len(operation.outputs) - 1)])
    activation = getattr(operation, "activation", None)
    name = getattr(activation, "__name__", "") or type(operation).__name__
    return (Hint("activation", str(name)),)


def _by_layers(model: Any, tensor: Any) -> list[Hint]:
    """Know an application whose layers stand in the model itself, as its own summary shows them."""
    if len(tensor.shape) != 4:
        return []
    names = {one.name for one in operations_of(model)}
    signs = {"conv1_conv": "resnet50", "block1_conv1": "vgg16", "Conv1_relu": "mobilenetv2", "conv1_relu": "mobilenet"}
    if {"conv1_conv", "conv2_block1_preact_bn"} <= names:
        return [Hint("application", "resnet50v2")]
    return next(([Hint("application", known)] for sign, known in signs.items() if sign in names), [])


def _values(layer: Any) -> tuple[float, ...]:
    value = getattr(layer, "input_dim", getattr(layer, "mask_value", None))
    return (float(value),) if isinstance(value, int | float) else ()
