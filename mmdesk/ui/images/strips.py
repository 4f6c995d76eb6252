"""Large pictures made strip by strip on other threads: Qt holds the interpreter while it works on one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtGui import QImage

STRIP: Final = 160_000
"""Pixels of a strip: about half a millisecond of work, after which the window's thread gets its turn."""


def assembled(width: int, height: int, part: Callable[[int, int], QImage]) -> QImage:
    """Return a picture put together from strips of its full width.

    Args:
        width: In pixels.
        height: In pixels.
        part: Given the first row and the number of rows, returns that strip; all of one format.
    """
    rows = max(1, STRIP // width)
    if rows >= height:
        return part(0, height)
    made, lines = QImage(), None
    for top in range(0, height, rows):
        strip = part(top, min(rows, height - top))
        if lines is None:
            made = QImage(width, height, strip.format())
            lines = _lines(made, made.bits())
        lines[top : top + strip.height()] = _lines(strip, strip.constBits())
    return made


def changed(image: QImage, change: Callable[[QImage], QImage]) -> QImage:
    """Return a picture of the same size, each strip of it changed."""
    width = image.width()
    return assembled(width, image.height(), lambda top, rows: change(image.copy(0, top, width, rows)))


def to_image(pixels: Any) -> QImage:
    """Turn pixels into an image of its own memory.

    Args:
        pixels: uint8, (height, width, 3) for RGB or (height, width) for grey; contiguous.
    """
    height, width = pixels.shape[:2]
    if pixels.ndim == 2:
        grey = QImage.Format.Format_Grayscale8
        return changed(QImage(pixels.data, width, height, width, grey), QImage.copy)
    borrowed = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return changed(borrowed, lambda strip: strip.convertToFormat(QImage.Format.Format_RGB32))


def _lines(image: QImage, memory: Any) -> Any:
    import numpy as np

    return np.frombuffer(memory, np.uint8).reshape(image.height(), image.bytesPerLine())
