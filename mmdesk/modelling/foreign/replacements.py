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

_MOST_DEPTHWISE = 2
"""Axes over which there is a convolution channel by channel."""


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
    if not len(bins):
        return None
    dtype = "int32" if layer.output_mode == "int" else layer.output_dtype

    def code(x: Any) -> Any:
        return ops.sum(ops.cast(ops.expand_dims(ops.cast(x, "float32"), -1) >= bins, "float32"), axis=-1)

    if layer.output_mode == "int":
        return lambda x, *_more, **_kwargs: ops.cast(code(x), dtype)
    encoded = _encoded(layer.output_mode, len(bins) + 1, dtype)
    return lambda x, *_more, **_kwargs: encoded(code(x))


def _encode(layer: Any) -> Callable[..., Any]:
    return _encoded(layer.output_mode, layer.num_tokens, layer.compute_dtype)


def _encoded(mode: str, depth: int, dtype: str) -> Callable[..., Any]:
    """Return what makes codes into one number for each code there is, by arithmetic alone."""
    every = np.arange(depth, dtype="float32")

    def encode(x: Any, count_weights: Any = None, **_kwargs: Any) -> Any:
        codes = ops.cast(ops.cast(x, "int32"), "float32")
        if mode == "one_hot" and len(codes.shape) > 1 and codes.shape[-1] == 1:
            codes = ops.squeeze(codes, -1)
        hot = ops.relu(1.0 - ops.abs(ops.expand_dims(codes, -1) - every))
        if mode != "one_hot":
            if count_weights is not None:
                hot = hot * ops.expand_dims(ops.cast(count_weights, "float32"), -1)
            axis = 1 if len(codes.shape) > 1 else 0
            hot = ops.max(hot, axis=axis) if mode == "multi_hot" else ops.sum(hot, axis=axis)
        return ops.cast(hot, dtype)

    return encode


def _grouped(layer: Any) -> Callable[..., Any] | None:
    """Return a convolution by groups as one over each channel, or group after group.

    TensorFlow compiles grouped convolutions into a function of their own, which ONNX does not know.
    """
    if layer.groups == 1 or layer.data_format != "channels_last":
        return None
    causal = layer.padding == "causal"
    options = {"strides": layer.strides, "padding": "valid" if causal else layer.padding}
    options |= {"dilation_rate": layer.dilation_rate}
    activation = _gelu if layer.activation is keras.activations.gelu else layer.activation

    def convolve(inputs: Any) -> Any:
        *size, each, filters = layer.kernel.shape
        if each == 1 and layer.rank <= _MOST_DEPTHWISE:
            kernel = ops.reshape(layer.kernel, (*size, layer.groups, filters // layer.groups))
            return ops.depthwise_conv(inputs, kernel, **options)
        pairs = zip(*(ops.split(one, layer.groups, axis=-1) for one in (inputs, layer.kernel)), strict=True)
        return ops.concatenate([ops.conv(some, kernel, **options) for some, kernel in pairs], axis=-1)

    def call(inputs: Any, **_kwargs: Any) -> Any:
        if causal:
            inputs = ops.pad(inputs, layer._compute_causal_padding())  # noqa: SLF001
        outputs = convolve(inputs)
        outputs = outputs + layer.bias if layer.use_bias else outputs
        return activation(outputs) if activation is not None else outputs

    return call


def _gelu_operation(operation: Any) -> Callable[..., Any] | None:
    return None if operation.approximate else _gelu


def _log1p(_operation: Any) -> Callable[..., Any]:
    return lambda x: ops.log(1.0 + x)


def _expm1(_operation: Any) -> Callable[..., Any]:
    return lambda x: ops.exp(x) - 1.0


_FORMS: dict[str, Callable[[Any], Callable[..., Any] | None]] = {
    "Conv1D": _grouped,
    "Conv2D": _grouped,
    "Conv3D": _grouped,
    "Normalization": _normalise,
    "Discretization": _discretise,
    "CategoryEncoding": _encode,
    "Gelu": _gelu_operation,
    "Log1p": _log1p,
    "Expm1": _expm1,
}
