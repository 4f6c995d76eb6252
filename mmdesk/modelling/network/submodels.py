"""Find the nested models of a model: its image encoders and its head."""

from __future__ import annotations

import keras

from mmdesk.modelling.network.graph import inputs_of_calls, made_by, operations_of

BACKBONE, HEAD = "backbone", "head"
"""Names of the nested models."""


def head_of(model: keras.Model) -> keras.Model:
    """Return the nested head; the model itself when it has none (a foreign model)."""
    return next((layer for layer in model.layers if layer.name == HEAD), model)


def encoders_of(model: keras.Model) -> dict[str, tuple[keras.Model, tuple[str, ...]]]:
    """Return the nested image encoders by name, each with the image inputs it serves."""
    found: dict[str, tuple[keras.Model, tuple[str, ...]]] = {}
    inside = operations_of(model)
    for layer in model.layers:
        if not isinstance(layer, keras.Model) or layer.name == HEAD:
            continue
        sources = (made_by(tensor)[0] for tensor in inputs_of_calls(layer))
        served = [source.name for source in sources if source in inside]
        found[layer.name] = (layer, tuple(dict.fromkeys(served)))
    return found
