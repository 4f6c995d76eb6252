"""Rigid alignment of two pictures by phase correlation: a rotation, then a shift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]

STEEPEST: Final = 30.0
"""Largest rotation looked for, in degrees."""
COARSE: Final = 0.08
"""Cycles per pixel up to which the phases count; beyond it there is mostly noise."""
LIKENESS: Final = 0.25
"""Correlation of the aligned pictures below which nothing is claimed."""


@dataclass(frozen=True, slots=True)
class Rigid:
    """How the second picture is moved onto the first.

    Attributes:
        angle: Degrees clockwise, about the middle.
        dx: Shift to the right, as a share of the side.
        dy: Shift down, likewise.
        before: Correlation of the two as they are, -1 to 1.
        after: Correlation once aligned.
    """

    angle: float
    dx: float
    dy: float
    before: float
    after: float

    @property
    def found(self) -> bool:
        """Whether the pictures are more alike aligned, and alike enough to say so."""
        return self.after >= LIKENESS and self.after > self.before


def find_rigid(fixed: Grey, moving: Grey) -> Rigid:
    """Return the rotation and shift that lay one picture onto another.

    Args:
        fixed: Grey values (n, n), n even.
        moving: Grey values of the same shape, to be moved.
    """
    best = Rigid(0.0, 0.0, 0.0, 0.0, -1.0)
    before = _likeness(fixed, moving, np.ones(fixed.shape, bool))
    for angle in {0.0, _angle(fixed, moving)}:
        dy, dx = _shift(fixed, moved(moving, angle, 0.0, 0.0))
        found = _scored(fixed, moving, angle, dx, dy, before)
        if found.after > best.after:
            best = found
    return best


def moved(picture: Grey, angle: float, dx: float, dy: float) -> Grey:
    """Return a picture turned clockwise about its middle and then shifted by pixels.

    What comes in from outside repeats the edge.
    """
    side = picture.shape[0]
    middle = (side - 1) / 2
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32) - np.float32(middle)
    rows, columns = rows - dy, columns - dx
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    x = cosine * columns + sine * rows + middle
    y = -sine * columns + cosine * rows + middle
    return _sampled(picture, y, x)


def _scored(fixed: Grey, moving: Grey, angle: float, dx: float, dy: float, before: float) -> Rigid:
    side = fixed.shape[0]
    inside = moved(np.ones_like(moving), angle, 0, 0) > 0
    rows, columns = np.mgrid[0:side, 0:side]
    inside &= (rows >= dy) & (rows < side + dy) & (columns >= dx) & (columns < side + dx)
    after = _likeness(fixed, moved(moving, angle, dx, dy), inside)
    return Rigid(angle, dx / side, dy / side, before, after)


def _angle(fixed: Grey, moving: Grey) -> float:
    """Return the rotation in degrees, from the spectra's magnitudes, which no shift changes."""
    one, other = _polar(fixed), _polar(moving)
    row = _shift_along(one, other)
    return float(np.clip(row * 180.0 / one.shape[0], -STEEPEST, STEEPEST))


def _polar(picture: Grey) -> Grey:
    side = picture.shape[0]
    spectrum = np.fft.fftshift(np.abs(np.fft.fft2(_windowed(picture))))
    angles = np.linspace(0, np.pi, 360, endpoint=False, dtype=np.float32)[:, None]
    radii = np.linspace(side * 0.03, side * 0.4, 96, dtype=np.float32)[None, :]
    polar = _sampled(
        np.log1p(spectrum).astype(np.float32),
        side / 2 + radii * np.sin(angles),
        side / 2 + radii * np.cos(angles),
    )
    centred: Grey = (polar - polar.mean(axis=0)).astype(np.float32)
    return centred


def _shift_along(one: Grey, other: Grey) -> float:
    """Return by how many rows the other must go down to lie on the first, cyclically."""
    cross = np.fft.fft(one, axis=0) * np.conj(np.fft.fft(other, axis=0))
    line = np.fft.ifft(cross, axis=0).real.sum(axis=1)
    side = line.size
    most = int(STEEPEST * side / 180)
    places = np.arange(-most, most + 1)
    near = line[places % side]
    best = int(np.argmax(near))
    return float(places[best]) + (_vertex(near[best - 1 : best + 2]) if 0 < best < near.size - 1 else 0.0)


def _shift(fixed: Grey, moving: Grey) -> tuple[float, float]:
    """Return the shift (down, right) in pixels by phase correlation."""
    cross = np.fft.fft2(_windowed(fixed)) * np.conj(np.fft.fft2(_windowed(moving)))
    surface = np.fft.ifft2(cross / (np.abs(cross) + 1e-6) * _low_pass(fixed.shape[0])).real
    side = surface.shape[0]
    row, column = (int(v) for v in np.unravel_index(np.argmax(surface), surface.shape))
    down = row + _vertex(surface[np.arange(row - 1, row + 2) % side, column])
    right = column + _vertex(surface[row, np.arange(column - 1, column + 2) % side])
    return _centred(down, side), _centred(right, side)


def _low_pass(side: int) -> Grey:
    """Return weights that keep the coarse structure and leave out noise, by frequency."""
    frequencies = np.fft.fftfreq(side).astype(np.float32)
    squared = frequencies[:, None] ** 2 + frequencies[None, :] ** 2
    weights: Grey = np.exp(-squared / (2 * np.float32(COARSE) ** 2))
    return weights


def _centred(value: float, side: int) -> float:
    return value - side if value > side / 2 else value


def _vertex(three: NDArray[np.floating]) -> float:
    """Return where the top of a parabola through three neighbours lies, -0.5 to 0.5."""
    left, middle, right = (float(v) for v in three)
    bend = left - 2 * middle + right
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))


def _windowed(picture: Grey) -> Grey:
    side = picture.shape[0]
    hann = np.hanning(side).astype(np.float32)
    result: Grey = ((picture - picture.mean()) * hann[:, None] * hann[None, :]).astype(np.float32)
    return result


def _sampled(picture: Grey, y: NDArray[np.floating], x: NDArray[np.floating]) -> Grey:
    height, width = picture.shape
    y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
    top, left = y.astype(int), x.astype(int)
    low, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    down, across = y - top, x - left
    upper = picture[top, left] * (1 - across) + picture[top, right] * across
    lower = picture[low, left] * (1 - across) + picture[low, right] * across
    result: Grey = (upper * (1 - down) + lower * down).astype(np.float32)
    return result


def _likeness(one: Grey, other: Grey, inside: NDArray[np.bool_]) -> float:
    """Return the correlation of two pictures where they overlap; -1 when that is too little."""
    if inside.sum() < inside.size // 8:
        return -1.0
    a, b = one[inside] - one[inside].mean(), other[inside] - other[inside].mean()
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / spread if spread > 1e-9 else 0.0
