"""Calculate in bfloat16 while training; weights, outputs and the trained model stay float32."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from mmdesk.modelling.network.graph import layers_within
from mmdesk.modelling.network.submodels import head_of

MIXED = "mixed_bfloat16"
"""Keras's policy: activations in bfloat16, variables in float32 (Kalamkar et al. 2019).

Its range is that of float32, so the loss needs no scaling, as float16 would.
"""


@contextmanager
def calculating(model: keras.Model, precision: str) -> Iterator[None]:
    """Let the layers of a model calculate as a recipe says, for the time of a training.

    Args:
        model: A head, or a whole model with a nested head; the layers that give its outputs
            always calculate in float32.
        precision: `full` or `mixed`.
    """
    if precision != "mixed":
        yield
        return
    last = set(head_of(model).output)
    inner = [
        layer
        for layer in layers_within(model, include_self=False)
        if not isinstance(layer, keras.Model) and layer.name.split("__")[0] not in last
    ]
    before = [layer.dtype_policy for layer in inner]
    for layer in inner:
        layer.dtype_policy = MIXED
    try:
        yield
    finally:
        for layer, policy in zip(inner, before, strict=True):
            layer.dtype_policy = policy
