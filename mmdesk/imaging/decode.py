"""Files to pictures: for the reader at the size shown, for a model at the model's size.

Both ways open the file by `opening.open_image`, as panes do, and render its first frame by
`rendering.rendered`, as panes do: upright 8-bit sRGB, windowed where the file holds more than 8 bits.
Nothing that a file contains may hang, fill the memory or give a half picture: it raises
`ImageProblem` with a plain sentence instead.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mmdesk.imaging.base.files import read_image_bytes
from mmdesk.imaging.base.picture import Picture, Pixels
from mmdesk.imaging.base.plane import Box
from mmdesk.imaging.base.rendering import as_rgb, rendered
from mmdesk.imaging.base.source import ImageSource
from mmdesk.imaging.base.window import AS_STORED
from mmdesk.imaging.fitting import STRETCH, inner_size, on_black, resized
from mmdesk.imaging.opening import open_bytes, open_image
from mmdesk.words import tr

__all__ = ["PREPARATION", "Picture", "check_image", "decode", "decode_bytes", "decode_for_model"]

LARGEST_FREE = 1024
"""Pixels of the longer side of a picture for a model that takes any size."""

PREPARATION = "srgb-bilinear-draft3"
"""Name of `decode_for_model`'s rule: the frame as a pane opens it, Pillow BILINEAR to the square
before the window; a JPEG may be decoded reduced only while it stays at least twice the square's
side. It belongs to the key of cached embeddings: another rule needs another name."""


def decode(path: Path, box: Box | None) -> Picture:
    """Return the first picture in a file, reduced to what a box on the screen can show.

    Args:
        path: A file that `open_image` opens.
        box: (width, height) in screen pixels that the whole picture is shown in: it is
            reduced to fit, keeping its shape, and never enlarged. None: in full size.

    Raises:
        ImageProblem: With the reason `no-file` or `unreadable` and a plain sentence.
    """
    with open_image(path) as source:
        return _shown(source, box)


def decode_bytes(data: bytes, box: Box | None) -> Picture:
    """Return the first picture in a file's bytes; see `decode`."""
    with open_bytes(data) as source:
        return _shown(source, box)


def decode_for_model(path: Path, size: int | tuple[int, int] | None, fit: str = STRETCH) -> Pixels:
    """Return the picture as a backbone takes it, by the rule named `PREPARATION`.

    Args:
        path: As in `decode`.
        size: The square's side, or height and width, in pixels; None: the picture's own size, reduced
            to `LARGEST_FREE` where it is larger.
        fit: How a picture of another shape is made to fit, one of `imaging.fitting.FITS`.

    Returns:
        uint8 RGB (height, width, 3).

    Raises:
        ImageProblem: As `decode`.
    """
    return bytes_for_model(read_image_bytes(path), size, fit)


def bytes_for_model(data: bytes, size: int | tuple[int, int] | None, fit: str = STRETCH) -> Pixels:
    """Return the pixels for a model from a file's bytes; see `decode_for_model`."""
    with open_bytes(data) as source:
        width, height = source.size_of(0)
        if size is None:
            size = (
                inner_size((height, width), (LARGEST_FREE, LARGEST_FREE))
                if max(height, width) > LARGEST_FREE
                else (height, width)
            )
        wanted = (size, size) if isinstance(size, int) else size
        plane = source.whole(0, (2 * wanted[1], 2 * wanted[0]))
        made = replace(plane, pixels=resized(plane.pixels, wanted, fit))
        return on_black(as_rgb(rendered(source, made)), wanted)


def square_of(pixels: NDArray[Any], size: int) -> NDArray[Any]:
    """Return a plane's pixels as the square for a model, before any window, as panes are reduced."""
    return resized(pixels, (size, size), STRETCH)


def check_image(path: Path) -> Picture:
    """Decode the whole first picture and return a small one of it (at most 64 x 64).

    Raises:
        ImageProblem: As `decode`.
    """
    return decode(path, (64, 64))


def _shown(source: ImageSource, box: Box | None) -> Picture:
    plane = source.complete(0, box)
    pixels = as_rgb(rendered(source, plane))
    notes = list(source.notes)
    if source.frames > 1:
        word = "pictures" if source.syntax.startswith(("TIFF", "GIF")) else "frames"
        notes.insert(0, tr("{frames} {word} in this file; the first is shown.", frames=source.frames, word=word))
    window = source.first_window(plane) if plane.grey else None
    limits = None if window is None or window == AS_STORED else (window.low, window.high)
    return Picture(pixels, source.size, " ".join(notes), limits)
