"""Find the nested models of a model: its image encoders and its head."""

from __future__ import annotations

import keras

BACKBONE, HEAD = "backbone", "head"
"""Names of the nested models."""


def head_of(model: keras.Model) -> keras.Model:
    """Return the nested head; the model itself when it has none (a foreign model)."""
    return next((layer for layer in model.layers if layer.name == HEAD), model)


def encoders_of(model: keras.Model) -> dict[str, tuple[keras.Model, tuple[str, ...]]]:
    """Return the nested image encoders by name, each with the image inputs it serves."""
    found: dict[str, tuple[keras.Model, tuple[str, ...]]] = {}
    for layer in model.layers:
        if not isinstance(layer, keras.Model) or layer.name == HEAD:
            continue
        served = [
            source.name
            for node in layer._inbound_nodes  # noqa: SLF001 - Keras has no public door to a layer's calls
            for tensor in node.input_tensors
            if (source := tensor._keras_history.operation) in model._operations  # noqa: SLF001
        ]
        found[layer.name] = (layer, tuple(dict.fromkeys(served)))
    return found
