"""What decoding gives, and the largest picture it will take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ImageProblem

MOST_BYTES = 1 << 30
"""A larger file is refused before it is read."""
MOST_PIXELS = 64_000_000
"""A larger picture is refused from its header, before memory is taken for it."""
MOST_SIDE = 20_000
"""The longest side taken, in pixels."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded image, upright, in sRGB.

    Attributes:
        pixels: uint8 RGB, (height, width, 3), contiguous; perhaps reduced.
        full_size: (width, height) of the upright image in the file.
        note: What a reader must know of the decoding ("3 pictures in this file; the
            first is shown."), one sentence or empty.
        window: Values shown as black and as white, for images of more than 8 bits; else None.
    """

    pixels: Pixels
    full_size: tuple[int, int]
    note: str = ""
    window: tuple[float, float] | None = None


def unreadable(why: str, details: str = "") -> ImageProblem:
    """Return the problem of a file that is there but gives no picture.

    Args:
        why: Plain words that follow "This image cannot be read:".
        details: Technical words, shown only under Details.
    """
    return ImageProblem(f"This image cannot be read: {why}.", details=details)


def refuse_large(width: int, height: int) -> None:
    """Refuse a picture by the size that its header claims.

    Raises:
        ImageProblem: It has no area, more than `MOST_PIXELS` or a side above `MOST_SIDE`.
    """
    if width < 1 or height < 1:
        raise unreadable("it has no width or no height")
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise unreadable(f"it is too large ({width} x {height} pixels)")
