"""Equal forms, which compile, of layers and operations that do not.

They are put into a second copy of the model that exists only to be compiled: what it gives is
compared with the model itself, which is kept as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from mmdesk.words import tr

_AUGMENTING = frozenset(
    (
        "ActivityRegularization",
        "RandomBrightness",
        "RandomColorDegeneration",
        "RandomColorJitter",
        "RandomContrast",
        "RandomErasing",
        "RandomFlip",
        "RandomGaussianBlur",
        "RandomGrayscale",
        "RandomHue",
        "RandomInvert",
        "RandomPerspective",
        "RandomPosterization",
        "RandomRotation",
        "RandomSaturation",
        "RandomSharpness",
        "RandomShear",
        "RandomTranslation",
        "RandomZoom",
    )
)
"""Layers that do something in training only, and do not compile even so."""


def replace_uncompiled(model: keras.Model) -> list[str]:
    """Put equal forms in place of what does not compile.

    Args:
        model: A copy of the model that nothing else uses; it is changed.

    Returns:
        What was replaced, as `NAME (Class)`; empty when nothing had to be.
    """
    replaced = []
    for operation in dict.fromkeys(_operations(model)):
        found = _equal_form(operation)
        if found is not None:
            operation.call = found
            replaced.append(f"{operation.name} ({type(operation).__name__})")
        elif getattr(operation, "activation", None) is keras.activations.gelu:
            operation.activation = _gelu
            replaced.append(tr("{name} (exact gelu)", name=operation.name))
        if getattr(operation, "activity_regularizer", None) is not None:
            operation.activity_regularizer = None
            replaced.append(tr("{name} (its activity regulariser)", name=operation.name))
    return replaced


def _operations(model: keras.Model) -> Iterator[Any]:
    """Give every layer and operation, those inside nested models and wrappers too."""
    waiting: list[Any] = [model]
    while waiting:
        one = waiting.pop()
        yield one
        inside = [*getattr(one, "_layers", []), *getattr(one, "operations", [])]
        waiting += [other for other in inside if other is not one]


def _equal_form(operation: Any) -> Callable[..., Any] | None:
    name = type(operation).__name__
    if name in _AUGMENTING:
        return _same
    make = _FORMS.get(name)
    return make(operation) if make else None


def _same(inputs: Any, *_more: Any, **_kwargs: Any) -> Any:
    return inputs


def _gelu(x: Any) -> Any:
    return 0.5 * x * (1.0 + ops.erf(x * np.float32(np.sqrt(0.5))))


def _normalise(layer: Any) -> Callable[..., Any]:
    mean = np.asarray(layer.mean, "float32")
    spread = np.maximum(np.sqrt(np.asarray(layer.variance, "float32")), keras.config.epsilon())
    if layer.invert:
        return lambda x, *_more, **_kwargs: ops.cast(x, "float32") * spread + mean
    return lambda x, *_more, **_kwargs: (ops.cast(x, "float32") - mean) / spread


def _discretise(layer: Any) -> Callable[..., Any] | None:
    bins = np.asarray(layer.bin_boundaries or [], "float32")
    if layer.output_mode != "int" or not len(bins):
        return None
    return lambda x, *_more, **_kwargs: ops.sum(
        ops.cast(ops.expand_dims(ops.cast(x, "float32"), -1) >= bins, "int32"), axis=-1
    )


def _gelu_operation(operation: Any) -> Callable[..., Any] | None:
    return None if operation.approximate else _gelu


def _log1p(_operation: Any) -> Callable[..., Any]:
    return lambda x: ops.log(1.0 + x)


def _expm1(_operation: Any) -> Callable[..., Any]:
    return lambda x: ops.exp(x) - 1.0


_FORMS: dict[str, Callable[[Any], Callable[..., Any] | None]] = {
    "Normalization": _normalise,
    "Discretization": _discretise,
    "Gelu": _gelu_operation,
    "Log1p": _log1p,
    "Expm1": _expm1,
}
