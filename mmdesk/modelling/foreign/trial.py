"""Try a foreign model once, and name what keeps it from being compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from mmdesk.core.model.foreign import Match
from mmdesk.modelling.foreign.loading import outputs_of
from mmdesk.modelling.network.graph import call_within
from mmdesk.modelling.safety.refusal import TRIED, refused
from mmdesk.words import tr


def answers_of(
    model: keras.Model, wrapped: keras.Model, rows: Mapping[str, Any], found: Match
) -> dict[str, np.ndarray[Any, Any]]:
    """Return a foreign model's own answers by output, before they are read as targets.

    Args:
        model: The foreign model.
        wrapped: The same with the project's inputs, without activations of ours.
        rows: Prepared cases for it.
        found: Which target each output is.

    Raises:
        ModelProblem: It does not run.
    """
    tensors = keras.tree.flatten(call_within(wrapped, model).output_tensors)
    names = [end.name for end in outputs_of(model)]
    wanted = {name: tensor for name, tensor in zip(names, tensors, strict=True) if name in found.outputs}
    try:
        given = keras.Model(wrapped.input, wanted)(dict(rows), training=False)
    except Exception as why:
        if type(why).__name__ == "ResourceExhaustedError":
            raise MemoryError from why
        raise refused(
            tr("it could not compute one answer"), details=f"{type(why).__name__}: {why}"[:2000], safe=TRIED
        ) from why
    return {name: np.asarray(values, np.float32) for name, values in given.items()}


def check_finite(wrapped: keras.Model, rows: Mapping[str, Any]) -> None:
    """See that a wrapped model gives numbers.

    Raises:
        ModelProblem: It gives infinite values or none.
    """
    for name, values in wrapped(dict(rows), training=False).items():
        if not np.isfinite(np.asarray(values)).all():
            raise refused(
                tr("its answer for {name} is not a finite number on made-up cases", name=name),
                tr("Check the ranges that it was trained on, such as the pixels'."),
                safe=TRIED,
            )


def culprit(model: keras.Model, details: str) -> str:
    """Return which layer the reason of a refused compilation names.

    Args:
        model: The foreign model.
        details: What the exporter or ONNX Runtime said.
    """
    layers: list[Any] = []
    waiting: list[Any] = [model]
    while waiting:
        one = waiting.pop()
        layers.append(one)
        waiting += [other for other in getattr(one, "operations", []) if other is not one]
        waiting += [other for other in getattr(one, "_layers", []) if other not in layers and other is not one]
    inner = [one for one in layers if not isinstance(one, keras.Model)]
    named = [one for one in inner if f"/{one.name}/" in details or f"/{one.name}_" in details]
    named = named or [one for one in inner if type(one).__name__ in details]
    named = named or [one for one in inner if getattr(one, "compute_dtype", "") in ("float16", "bfloat16")]
    if not named:
        return "a layer that the exporter does not name"
    best = max(named, key=lambda one: len(one.name))
    return f"{best.name} ({type(best).__name__})"
