"""Pictures of one shape into another: stretched, fitted with black beside them, or cropped in the middle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

STRETCH, PAD, CROP = FITS = ("stretch", "pad", "crop")


def resized(pixels: NDArray[Any], wanted: tuple[int, int], fit: str) -> NDArray[Any]:
    """Return a plane's pixels in a size, before any window, as panes are reduced.

    Args:
        pixels: (height, width) or (height, width, 3).
        wanted: Height and width.
        fit: One of `FITS`; with `pad` the picture keeps its shape, and `on_black` adds what it lacks.
    """
    if fit == PAD:
        wanted = inner_size(pixels.shape[:2], wanted)
    elif fit == CROP:
        height, width = inner_size(wanted, pixels.shape[:2])
        top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
        pixels = pixels[top : top + height, left : left + width]
    deep = pixels.dtype != np.uint8
    image = Image.fromarray(np.ascontiguousarray(pixels, np.float32 if deep else np.uint8))
    found = np.array(image.resize((wanted[1], wanted[0]), Image.Resampling.BILINEAR))
    return np.rint(found).astype(pixels.dtype) if pixels.dtype.kind in "iu" else found


def inner_size(shape: tuple[int, ...], within: tuple[int, ...]) -> tuple[int, int]:
    """Return the largest height and width of a shape that lie within others."""
    share = min(within[0] / shape[0], within[1] / shape[1])
    return (
        min(within[0], max(1, round(shape[0] * share))),
        min(within[1], max(1, round(shape[1] * share))),
    )


def on_black(pixels: NDArray[np.uint8], wanted: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture in the middle of a black one; itself where it fills that."""
    height, width = pixels.shape[:2]
    if (height, width) == wanted:
        return pixels
    found = np.zeros((*wanted, 3), np.uint8)
    top, left = (wanted[0] - height) // 2, (wanted[1] - width) // 2
    found[top : top + height, left : left + width] = pixels
    return found
