"""From values to what is seen: the one step between a file's values and panes, prints, exports and models."""

from __future__ import annotations

import numpy as np

from mmdesk.imaging.base.picture import Pixels
from mmdesk.imaging.base.plane import Plane
from mmdesk.imaging.base.source import ImageSource
from mmdesk.imaging.base.window import window_to_bytes


def rendered(source: ImageSource, plane: Plane, frame: int = 0) -> Pixels:
    """Return a plane as its frame opens: colours as they are, grey values through the first window.

    Args:
        source: Where the plane was read.
        plane: A frame or a part of it.
        frame: Which frame.

    Returns:
        uint8, (height, width) for grey, (height, width, 3) for colours.
    """
    if not plane.grey:
        colours: Pixels = plane.pixels
        return colours
    return window_to_bytes(plane.pixels, source.first_window(plane, frame), invert=source.inverted)


def as_rgb(pixels: Pixels) -> Pixels:
    """Return rendered pixels as contiguous RGB."""
    return np.ascontiguousarray(np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels)
