"""Draws phantom retinas: disc with cup, vessels, macula, lesions; left and right mirrored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps

_VESSEL = (112, 26, 16)
_EXUDATE = (250, 226, 120)
_BLEEDING = (92, 10, 8)


def draw_retina(load: float, cup: float, *, left: bool, size: int, rng: np.random.Generator) -> Image.Image:
    """Draw one phantom retina.

    Args:
        load: Lesion load, 0 (none) to 1 (many).
        cup: Cup-to-disc ratio, 0 to 1.
        left: A left eye; its disc lies on the picture's left.
        size: Width and height in pixels.
        rng: Source of everything that is chance.

    Returns:
        An RGB picture.
    """
    picture = Image.fromarray(_ground(size, rng))
    pen = ImageDraw.Draw(picture)
    disc = (0.74 + rng.uniform(-0.02, 0.02), 0.5 + rng.uniform(-0.03, 0.03))
    macula = (0.42 + rng.uniform(-0.02, 0.02), 0.52 + rng.uniform(-0.03, 0.03))
    _vessels(pen, disc, size, rng)
    _spot(pen, macula, 0.055, (118, 40, 18), size)
    picture = picture.filter(ImageFilter.GaussianBlur(size / 220))
    pen = ImageDraw.Draw(picture)
    radius = 0.085 + rng.uniform(-0.006, 0.006)
    _spot(pen, disc, radius, (238, 178, 104), size)
    _spot(pen, disc, radius * cup, (255, 244, 214), size)
    _lesions(pen, load, size, rng)
    picture = picture.filter(ImageFilter.GaussianBlur(size / 420))
    picture = picture.rotate(float(rng.uniform(-6, 6)), resample=Image.Resampling.BILINEAR)
    return ImageOps.mirror(picture) if left else picture


def _ground(size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    distance = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
    light = (1.05 - 0.45 * distance**2) * np.float32(rng.uniform(0.85, 1.1))
    tone = np.array([196, 88, 40], np.float32) * rng.uniform(0.94, 1.06, 3).astype(np.float32)
    grain = rng.normal(0, 3, (size, size, 1)).astype(np.float32)
    pixels = light[..., None] * tone + grain
    pixels[distance > 0.94] = 6
    return np.asarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _spot(
    pen: ImageDraw.ImageDraw,
    centre: tuple[float, float],
    radius: float,
    colour: tuple[int, int, int],
    size: int,
) -> None:
    x, y, r = centre[0] * size, centre[1] * size, radius * size
    pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def _vessels(pen: ImageDraw.ImageDraw, disc: tuple[float, float], size: int, rng: np.random.Generator) -> None:
    along = np.linspace(0, 1, 24)
    for up in (-1, 1):
        for reach, bow, width in ((-0.55, 0.34, 0.012), (-0.36, 0.2, 0.007), (0.14, 0.3, 0.008)):
            bend = bow * rng.uniform(0.85, 1.15)
            wave = 0.012 * np.sin(along * rng.uniform(6, 12) + rng.uniform(0, 6))
            x = disc[0] + reach * along * rng.uniform(0.9, 1.1)
            y = disc[1] + up * bend * np.sin(along * np.pi * 0.62) + wave
            points = [(float(a * size), float(b * size)) for a, b in zip(x, y, strict=True)]
            pen.line(points, fill=_VESSEL, width=max(1, round(width * size)), joint="curve")


def _lesions(pen: ImageDraw.ImageDraw, load: float, size: int, rng: np.random.Generator) -> None:
    for index in range(round(load * 18)):
        angle, away = rng.uniform(0, 2 * np.pi), 0.1 + 0.25 * rng.uniform()
        centre = (0.45 + away * np.cos(angle), 0.5 + away * np.sin(angle))
        colour = _EXUDATE if index % 3 else _BLEEDING
        _spot(pen, centre, rng.uniform(0.012, 0.022), colour, size)
