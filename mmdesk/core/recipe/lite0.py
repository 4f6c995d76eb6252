"""EfficientNet-Lite0 as numbers: the rows of its blocks, and how many weights each has."""

from __future__ import annotations

from typing import Final

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

STEM: Final = 32
"""Channels of the first convolution, which has 3 x 3 kernels."""

WIDTH: Final = 1280
"""Channels of the last convolution, which has 1 x 1 kernels, and so of the embedding."""


def lite0_weights(blocks: int = 0) -> tuple[int, int]:
    """Return how many weights the backbone has without its classifier.

    Args:
        blocks: Last blocks that are trained, with what follows them; batch norms stay as they are.

    Returns:
        All weights, batch norms with their statistics included, and those that are trained.
    """
    parts = [_convolved(3 * 9, STEM)]
    channels = STEM
    for repeats, kernel, _stride, expansion, out in LITE0_BLOCKS:
        for _ in range(repeats):
            parts.append(_block(channels, kernel, expansion, out))
            channels = out
    parts.append(_convolved(channels, WIDTH))
    trained = sum(kernels for kernels, _ in parts[-1 - blocks :]) if blocks else 0
    return sum(kernels + norms for kernels, norms in parts), trained


def _block(channels: int, kernel: int, expansion: int, out: int) -> tuple[int, int]:
    """Return a block's weights in kernels and in batch norms."""
    wide = channels * expansion
    convolutions = [_convolved(channels, wide)] if expansion != 1 else []
    convolutions += [(kernel * kernel * wide, 4 * wide), _convolved(wide, out)]
    return sum(kernels for kernels, _ in convolutions), sum(norms for _, norms in convolutions)


def _convolved(seen: int, channels: int) -> tuple[int, int]:
    return seen * channels, 4 * channels
