"""How the pictures of an input lie in its shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_SMALLEST = 8
"""Pixels a side from which two sizes alone may be a picture."""


class Layout(NamedTuple):
    """What an input's shape says of its pictures: None where any size goes.

    Attributes:
        height: Of each, in pixels.
        width: Of each, in pixels.
        channels: Of each: 1 or 3.
        axes: Where they are: `last`, `first`, or `none` where there is no such axis.
    """

    height: int | None
    width: int | None
    channels: int
    axes: str


def layout_of(shape: Sequence[int | None], pictures: int = 1, axes: str = "last") -> Layout | None:
    """Return how pictures lie in a shape, without the batch; None when they do not fit.

    Args:
        shape: Of an input.
        pictures: How many go into it, one behind the other along its channels.
        axes: Where the channels are if the shape would allow either.
    """
    if len(shape) == 2:
        there = all(size is None or size >= _SMALLEST for size in shape)
        return Layout(shape[0], shape[1], 1, "none") if there and pictures == 1 and shape[1] is not None else None
    if len(shape) != 3:
        return None
    for where in (axes, "first" if axes == "last" else "last"):
        count = shape[2] if where == "last" else shape[0]
        height, width = shape[:2] if where == "last" else shape[1:]
        channels = 3 if count is None and where == "last" else (count or 0) / pictures
        if channels in (1, 3) and (height is None) == (width is None):
            return Layout(height, width, int(channels), where)
    return None
