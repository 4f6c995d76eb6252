"""Training images changed at random: drawn by seed, epoch and case, so that any order gives the same."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from mmdesk.core.recipe.recipe import Augment

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Draw:
    """One way to change an image.

    Attributes:
        flip: Mirror it left to right.
        flip_vertical: Mirror it top to bottom.
        angle: Degrees, counter-clockwise.
        across: Shift to the right, as a share of the side.
        down: Shift downwards, as a share of the side.
        zoom: Above 1 enlarges.
        brightness: Added, as a share of the full range.
        contrast: Factor around the image's mean.
        blur: Deviation of the Gauss in pixels.
        quality: JPEG quality; 100 leaves it alone.
    """

    flip: bool = False
    flip_vertical: bool = False
    angle: float = 0.0
    across: float = 0.0
    down: float = 0.0
    zoom: float = 1.0
    brightness: float = 0.0
    contrast: float = 1.0
    blur: float = 0.0
    quality: int = 100

    @property
    def moves(self) -> bool:
        """Whether it turns, shifts or zooms."""
        return bool(self.angle or self.across or self.down or self.zoom != 1)


UNCHANGED = Draw()
"""Leaves an image as it is."""


def draw(augment: Augment, rng: np.random.Generator) -> Draw:
    """Draw one change; always the same amount of chance, whatever is switched on."""
    chance = rng.random(2)
    even = rng.uniform(-1, 1, 6)
    part = rng.random(2)
    return Draw(
        flip=augment.flip and bool(chance[0] < 0.5),
        flip_vertical=augment.flip_vertical and bool(chance[1] < 0.5),
        angle=float(even[0] * augment.rotation),
        across=float(even[1] * augment.shift),
        down=float(even[2] * augment.shift),
        zoom=float((1 + augment.zoom) ** even[3]),
        brightness=float(even[4] * augment.brightness),
        contrast=float((1 + augment.contrast) ** even[5]),
        blur=float(part[0] * augment.blur),
        quality=100 - round(float(part[1]) * augment.jpeg),
    )


def draws_of(augment: Augment, names: Sequence[str], key: Sequence[int]) -> dict[str, Draw]:
    """Return the change of each image of one case.

    Args:
        augment: The recipe's.
        names: Its image inputs.
        key: Seed, epoch (or variant) and case: the same key gives the same changes.
    """
    rng = np.random.default_rng(list(key))
    if augment.same:
        return dict.fromkeys(names, draw(augment, rng))
    return {name: draw(augment, rng) for name in names}


def places_of(draws: Mapping[str, Draw], sides: Mapping[str, str]) -> dict[str, str]:
    """Return from which input each input takes its image: a mirrored pair changes sides.

    Args:
        draws: Change by image input.
        sides: `left` or `right` by image input, empty for none.
    """
    pair = {side: name for name, side in sides.items() if side in {"left", "right"} and name in draws}
    places = {name: name for name in draws}
    if len(pair) == 2 and all(draws[name].flip for name in pair.values()):
        left, right = pair["left"], pair["right"]
        places |= {left: right, right: left}
    return places


def changes_of(augment: Augment, sides: Mapping[str, str], key: Sequence[int]) -> dict[str, tuple[str, Draw]]:
    """Return how training sees the images of one case: from which input each comes, and how changed.

    Args:
        augment: The recipe's.
        sides: Its image inputs, each with `left`, `right` or empty.
        key: Seed, epoch (or variant) and case.
    """
    if not augment.active:
        return {name: (name, UNCHANGED) for name in sides}
    draws = draws_of(augment, tuple(sides), key)
    places = places_of(draws, sides)
    return {name: (places[name], draws[name]) for name in sides}


def change(pixels: Pixels, how: Draw) -> Pixels:
    """Return an RGB image (height, width, 3) changed; what moves in from outside is its corner's grey."""
    if how == UNCHANGED:
        return pixels
    image = Image.fromarray(pixels)
    if how.flip:
        image = ImageOps.mirror(image)
    if how.flip_vertical:
        image = ImageOps.flip(image)
    if how.moves:
        image = _moved(image, how)
    if how.blur > 0.05:
        image = image.filter(ImageFilter.GaussianBlur(how.blur))
    found = np.asarray(image)
    if how.brightness or how.contrast != 1:
        values = found.astype(np.float32)
        mean = values.mean()
        values = (values - mean) * how.contrast + mean + 255 * how.brightness
        found = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return _as_jpeg(found, how.quality) if how.quality < 100 else np.array(found)


def _moved(image: Image.Image, how: Draw) -> Image.Image:
    width, height = image.size
    turn = np.deg2rad(how.angle)
    cos, sin = np.cos(turn) / how.zoom, np.sin(turn) / how.zoom
    x, y = width / 2, height / 2
    across, down = x + how.across * width, y + how.down * height
    matrix = (cos, -sin, x - cos * across + sin * down, sin, cos, y - sin * across - cos * down)
    corner = image.getpixel((0, 0))
    return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=corner)


def _as_jpeg(pixels: Pixels, quality: int) -> Pixels:
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=max(1, quality))
    return np.array(Image.open(kept))
