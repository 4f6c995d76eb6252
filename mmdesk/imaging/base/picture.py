"""What decoding gives, and the largest picture it will take."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmdesk.core.errors import ImageProblem
from mmdesk.words import tr

MOST_BYTES = 1 << 29
"""A larger file is refused where all of it would have to be in memory."""
MOST_PIXELS = 64_000_000
"""A larger picture is refused from its header, before memory is taken for it, unless it can
be read in parts (tiled TIFF) or reduced (JPEG)."""
MOST_PIXELS_IN_PARTS = 500_000_000
"""The largest picture that is read in parts or reduced."""
MOST_SIDE = 20_000
"""The longest side taken, in pixels; in parts or reduced, 100,000."""
MOST_FRAMES = 10_000
"""Frames after this one are not offered."""

Pixels = NDArray[np.uint8]

DAMAGE = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    Warning,
    Image.DecompressionBombError,
    struct.error,
    zlib.error,
)
"""What the decoders raise on files that are not as they should be."""

Image.MAX_IMAGE_PIXELS = None
"""Pillow's own limit is below what a reduced JPEG may have; `refuse_large` is asked instead."""


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


def unreadable(why: str, details: str = "", do: str = "") -> ImageProblem:
    """Return the problem of a file that is there but gives no picture.

    Args:
        why: Plain words that follow "This image cannot be read:".
        details: Technical words, shown only under Details.
        do: What to do about it; to replace the file when empty.
    """
    return ImageProblem(tr("This image cannot be read: {why}.", why=why), details=details, do=do)


def refuse_large(width: int, height: int, *, in_parts: bool = False) -> None:
    """Refuse a picture by the size that its header claims.

    Args:
        width: In pixels.
        height: In pixels.
        in_parts: It will be read in parts or reduced, never as a whole.

    Raises:
        ImageProblem: It has no area, too many pixels or too long a side.
    """
    if width < 1 or height < 1:
        raise unreadable(tr("it has no width or no height"))
    most, side = (MOST_PIXELS_IN_PARTS, 5 * MOST_SIDE) if in_parts else (MOST_PIXELS, MOST_SIDE)
    if width * height > most or max(width, height) > side:
        do = "" if in_parts else tr("Save it as a tiled TIFF or as a JPEG, which are read in parts.")
        raise unreadable(tr("it is too large ({width} x {height} pixels)", width=width, height=height), do=do)
