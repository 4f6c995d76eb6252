"""A piece of a picture as the file holds it, and how it is cut and made smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Region = tuple[int, int, int, int]
"""x, y, width and height in pixels of the upright full-size picture."""
Box = tuple[int, int]
"""Width and height in screen pixels that something is to fit into."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A region of one frame, upright, perhaps reduced, before any window.

    Attributes:
        pixels: uint8 RGB (height, width, 3) for colour; grey values (height, width) as
            uint8, uint16, int16 or float32 in the unit of `ImageSource.unit`.
        scale: Pixels here for each pixel of the file; 1.0 is full resolution.
        region: What part of the upright full-size frame it shows.
        share: Of a very large picture, the share of it that is decoded, above 0 to 1; the rest
            is stood for by what lies near. Reading the same again goes on from there.
    """

    pixels: NDArray[Any]
    scale: float
    region: Region
    share: float = 1.0

    @property
    def complete(self) -> bool:
        """Every part of it is decoded."""
        return self.share >= 1.0

    @property
    def grey(self) -> bool:
        """It holds grey values, to be shown through a window."""
        return self.pixels.ndim == 2

    def value_at(self, x: float, y: float) -> float | tuple[int, int, int] | None:
        """Return the value under a point of the full-size frame, None outside of this plane.

        A grey value as a number, a colour as red, green and blue (0..255). Where the plane
        is reduced it is the mean of the pixels there.
        """
        height, width = self.pixels.shape[:2]
        left, top, wide, high = self.region
        column, row = int((x - left) * width / wide), int((y - top) * height / high)
        if x < left or y < top or not (0 <= column < width and 0 <= row < height):
            return None
        value = self.pixels[row, column]
        return float(value) if self.grey else (int(value[0]), int(value[1]), int(value[2]))

    def part(self, region: Region, box: Box | None = None) -> Plane:
        """Return a part of this plane, reduced to fit a box, for painting; never enlarged.

        Args:
            region: In pixels of the full-size frame; what lies outside of the plane is left out.
            box: Screen pixels, or None to keep the resolution.
        """
        height, width = self.pixels.shape[:2]
        left, top, wide, high = self.region
        across, down = width / wide, height / high
        x0 = min(max(int((region[0] - left) * across), 0), width - 1)
        y0 = min(max(int((region[1] - top) * down), 0), height - 1)
        x1 = min(max(round((region[0] + region[2] - left) * across), x0 + 1), width)
        y1 = min(max(round((region[1] + region[3] - top) * down), y0 + 1), height)
        cut = self.pixels[y0:y1, x0:x1]
        place = (
            left + round(x0 / across),
            top + round(y0 / down),
            max(1, round((x1 - x0) / across)),
            max(1, round((y1 - y0) / down)),
        )
        return Plane(reduced(cut, fitted((x1 - x0, y1 - y0), box)), 1.0, place, self.share).rescaled()

    def rescaled(self) -> Plane:
        """Return the same with `scale` worked out from the pixels and the region."""
        return Plane(self.pixels, self.pixels.shape[1] / self.region[2], self.region, self.share)


def fitted(size: tuple[int, int], box: Box | None) -> tuple[int, int]:
    """Return the size (width, height) that fits into a box, keeping its shape, never enlarged."""
    scale = min(1.0, box[0] / size[0], box[1] / size[1]) if box else 1.0
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def reduced(
    pixels: NDArray[Any],
    size: tuple[int, int],
    edges: tuple[float, float, float, float] | None = None,
) -> NDArray[Any]:
    """Return pixels at a smaller size, each the weighted mean of those it stands for.

    Args:
        pixels: uint8 (h, w, 3), or grey values (h, w) of any of a plane's types.
        size: (width, height), not above the present one.
        edges: Left, top, right and bottom of the part to take, within the pixels; all of
            them when None.

    Returns:
        The same type; contiguous.
    """
    height, width = pixels.shape[:2]
    edges = edges or (0.0, 0.0, float(width), float(height))
    if size == (width, height) and edges == (0.0, 0.0, float(width), float(height)):
        return np.ascontiguousarray(pixels)
    if pixels.dtype == np.uint8:
        image = Image.fromarray(np.ascontiguousarray(pixels))
        return np.array(image.resize(size, Image.Resampling.HAMMING, edges, reducing_gap=2.0))
    deep = Image.fromarray(np.ascontiguousarray(pixels, np.float32))
    small = np.array(deep.resize(size, Image.Resampling.BOX, edges, reducing_gap=1.0))
    if pixels.dtype.kind in "iu":
        limits = np.iinfo(pixels.dtype)
        whole: NDArray[Any] = np.clip(np.rint(small), limits.min, limits.max).astype(pixels.dtype)
        return whole
    return small


def cropped(region: Region | None, size: tuple[int, int]) -> Region:
    """Return a region cut to a picture's size; the whole picture for None; at least one pixel."""
    if region is None:
        return 0, 0, *size
    x0 = min(max(region[0], 0), size[0] - 1)
    y0 = min(max(region[1], 0), size[1] - 1)
    x1 = min(max(region[0] + region[2], x0 + 1), size[0])
    y1 = min(max(region[1] + region[3], y0 + 1), size[1])
    return x0, y0, x1 - x0, y1 - y0
