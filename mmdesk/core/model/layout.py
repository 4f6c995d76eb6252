"""How the pictures of an input lie in its shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from mmdesk.words import QT_TR_NOOP

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


VOLUME_AXES: Final = {
    "": QT_TR_NOOP("as the shape tells"),
    "slices": QT_TR_NOOP("slices, height, width, channels"),
    "rows": QT_TR_NOOP("height, width, slices, channels"),
    "first": QT_TR_NOOP("channels, slices, height, width"),
}
"""Orders of a volume's axes."""


class VolumeLayout(NamedTuple):
    """What an input's shape says of a volume: None where any size goes.

    Attributes:
        depth: Slices.
        height: Of a slice.
        width: Of a slice.
        channels: 1 or 3.
        axes: A key of `VOLUME_AXES`.
        flat: There is no axis of channels.
    """

    depth: int | None
    height: int | None
    width: int | None
    channels: int
    axes: str
    flat: bool = False


def volume_layout(shape: Sequence[int | None], axes: str = "") -> VolumeLayout | None:
    """Return how a volume lies in a shape, without the batch; None when none does.

    Where nothing is said and the first two of three sizes are the same and the third is another, slices come
    after rows and columns; else they come first.
    """
    flat = len(shape) == 3 and shape[2] not in (1, 3)
    if len(shape) != 4 and not flat:
        return None
    sizes = (*shape, 1) if flat else tuple(shape)
    like_rows = sizes[0] is not None and sizes[0] == sizes[1] != sizes[2]
    usual = "rows" if like_rows else "slices"
    for where in dict.fromkeys((axes or usual, *(() if axes else ("first",)))):
        if where == "first":
            channels, depth, height, width = sizes
        elif where == "rows":
            height, width, depth, channels = sizes
        else:
            depth, height, width, channels = sizes
        if channels in (1, 3) and not (flat and where == "first"):
            return VolumeLayout(depth, height, width, int(channels), where, flat)
    return None
