"""The architecture of the image backbones; their weights come with the program."""

from __future__ import annotations

from typing import Any, Final

import keras
from keras import layers

LITE0_BLOCKS: Final = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Rows of repeats, depthwise kernel, first stride, expansion, channels out."""

_BLOCKS: Final = sum(row[0] for row in LITE0_BLOCKS)

STEM: Final = 32
"""Channels of the first convolution, which has 3 x 3 kernels."""

WIDTH: Final = 1280
"""Channels of the last convolution, which has 1 x 1 kernels, and so of the embedding."""


def efficientnet_lite0(name: str = "backbone", *, size: int = 224, dropped_blocks: float = 0.0) -> keras.Model:
    """Return EfficientNet-Lite0 without its classifier and with random weights.

    Input `image` (n, size, size, 3) RGB from 0 to 255; output (n, 1280).

    Args:
        name: Name of the model.
        size: Pixels of a side.
        dropped_blocks: Share of the cases that the last block leaves out in training, and the others in
            proportion to their depth (stochastic depth, Huang et al. 2016).
    """
    image = keras.Input((size, size, 3), name="image")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="preprocess")(image)
    x = _convolution(x, STEM, 3, strides=2, name="stem")
    number = 0
    for repeats, kernel, stride, expansion, channels in LITE0_BLOCKS:
        for repeat in range(repeats):
            dropped = dropped_blocks * number / _BLOCKS
            x = _block(x, number, kernel, stride if repeat == 0 else 1, expansion, channels, dropped=dropped)
            number += 1
    x = _convolution(x, WIDTH, 1, name="head")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return keras.Model(image, x, name=name)


def _block(x: Any, number: int, kernel: int, stride: int, expansion: int, channels: int, *, dropped: float) -> Any:
    name, start = f"block{number:02}", x
    if expansion != 1:
        x = _convolution(x, x.shape[-1] * expansion, 1, name=f"{name}_expand")
    x = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_dw")(x)
    x = _normalise(x, f"{name}_dw", active=True)
    x = _convolution(x, channels, 1, name=f"{name}_project", active=False)
    if stride == 1 and start.shape[-1] == channels:
        if dropped:
            x = layers.Dropout(dropped, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(x)
        x = layers.Add(name=f"{name}_add")([start, x])
    return x


def _convolution(x: Any, channels: int, kernel: int, *, name: str, strides: int = 1, active: bool = True) -> Any:
    x = layers.Conv2D(channels, kernel, strides=strides, padding="same", use_bias=False, name=name)(x)
    return _normalise(x, name, active=active)


def _normalise(x: Any, name: str, *, active: bool) -> Any:
    x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu6")(x) if active else x
