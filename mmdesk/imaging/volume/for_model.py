"""A volume as a model takes it: so many slices of a size, in the window in which they are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmdesk.core.fields.volume_form import VolumeForm
from mmdesk.imaging.base.picture import unreadable
from mmdesk.imaging.base.plane import Plane
from mmdesk.imaging.base.window import Window
from mmdesk.imaging.volume.source import VolumeSource, open_volume
from mmdesk.words import tr

VOLUME_PREPARATION: Final = "volume-linear1"
"""Name of `volume_for_model`'s rule, part of the key of kept embeddings: another rule needs another name."""
MOST_NUMBERS: Final = 1 << 27
"""Numbers of a volume as a model sees it; more are refused before memory is taken for them."""
_GREY: Final = np.array((0.299, 0.587, 0.114), np.float32)
Values = NDArray[np.float32]


def volume_for_model(path: Path, form: VolumeForm, size: tuple[int, int], channels: int) -> Values:
    """Return a volume as a model takes it, by the rule named `VOLUME_PREPARATION`.

    Each slice is made smaller or larger (Pillow BILINEAR) before the window, as images are. Between
    slices values are linear, by where the slices lie. Grey values are not rounded to 8 bits.

    Args:
        path: A file or folder, as `open_volume` takes it.
        form: How many slices, and how they are made to fit.
        size: (height, width) of a slice.
        channels: 1 for grey, 3 for colours.

    Returns:
        float32 (depth, height, width, channels), from 0 to 255.

    Raises:
        ImageProblem: It cannot be read, or does not fit.
    """
    shape = (form.depth, *size, channels)
    if np.prod(shape, dtype=np.int64) > MOST_NUMBERS:
        sizes = " x ".join(map(str, shape))
        raise unreadable(tr("the model would see {sizes} numbers of it, more than fit into memory", sizes=sizes))
    with open_volume(path, form.window) as source:
        slices = _Slices(source, size, channels)
        found = np.zeros(shape, np.float32)
        for at, (low, high, share) in enumerate(mixed_from(form, source)):
            if low < 0:
                continue
            found[at] = slices.shown(low, high, share)
        return found


def check_volume(path: Path) -> None:
    """Decode the first, the middle and the last slice, to see that a volume can be read.

    Raises:
        ImageProblem: It cannot.
    """
    with open_volume(path) as source:
        for frame in sorted({0, source.frames // 2, source.frames - 1}):
            source.complete(frame, (64, 64))
        source.first_window()


def mixed_from(form: VolumeForm, source: VolumeSource) -> list[tuple[int, int, float]]:
    """Return for each slice that a model sees two slices of the volume and the share of the second.

    A slice that is not there, and so black, has -1.

    Raises:
        ImageProblem: The volume has more slices than may be left out.
    """
    count, depth = source.frames, form.depth
    if form.fit == "resample":
        return _resampled(np.asarray(source.order.positions or range(count), np.float64), depth)
    if form.fit == "pad" and count > depth:
        raise unreadable(
            tr("it has {count} slices, and the field takes {depth} without leaving any out", count=count, depth=depth),
            do=tr("Raise depth in the schema, or set fit to crop or resample."),
        )
    first = 0 if form.fit == "pad" else (count - depth) // 2
    return [(place, place, 0.0) if 0 <= place < count else (-1, -1, 0.0) for place in range(first, first + depth)]


def _resampled(positions: NDArray[np.float64], depth: int) -> list[tuple[int, int, float]]:
    """Return places evenly from the first slice to the last; for one slice the middle."""
    ends = (positions[0], positions[-1])
    wanted = np.linspace(*ends, depth) if depth > 1 else np.array([sum(ends) / 2])
    after = np.clip(np.searchsorted(positions, wanted, side="left"), 1, len(positions) - 1)
    before = after - 1
    shares = (wanted - positions[before]) / (positions[after] - positions[before])
    shares = np.clip(shares, 0.0, 1.0)
    return [(int(a), int(b), float(share)) for a, b, share in zip(before, after, shares, strict=True)]


class _Slices:
    """Slices at a model's size, the last two kept, since neighbours are mixed."""

    def __init__(self, source: VolumeSource, size: tuple[int, int], channels: int) -> None:
        self._source, self._size, self._channels = source, size, channels
        self._window = source.first_window() if source.kind == "grey" else None
        self._kept: dict[int, Values] = {}

    def shown(self, low: int, high: int, share: float) -> Values:
        """Return a mixture of two slices as they are seen, (height, width, channels)."""
        if share < 1e-6:
            values = self._values(low)
        elif share > 1 - 1e-6:
            values = self._values(high)
        else:
            values = (1 - np.float32(share)) * self._values(low) + np.float32(share) * self._values(high)
        seen = _seen(values, self._window, inverted=self._source.inverted)
        if seen.ndim == 2:
            return np.repeat(seen[:, :, None], self._channels, axis=2)
        return seen if self._channels == 3 else (seen @ _GREY)[:, :, None]

    def _values(self, frame: int) -> Values:
        if frame not in self._kept:
            height, width = self._size
            plane = self._source.whole(frame, (2 * width, 2 * height))
            self._kept = dict(list(self._kept.items())[-1:])
            self._kept[frame] = _sized(plane, self._size)
        return self._kept[frame]


def _sized(plane: Plane, size: tuple[int, int]) -> Values:
    """Return a slice's values at a size, as float32: grey (height, width), colours (height, width, 3)."""
    height, width = size
    if plane.grey:
        grey = Image.fromarray(np.ascontiguousarray(plane.pixels, np.float32))
        return np.asarray(grey.resize((width, height), Image.Resampling.BILINEAR))
    colours = Image.fromarray(np.ascontiguousarray(plane.pixels))
    return np.asarray(colours.resize((width, height), Image.Resampling.BILINEAR), np.float32)


def _seen(values: Values, window: Window | None, *, inverted: bool) -> Values:
    if window is None:
        return values
    shares = window.shares(values) * np.float32(255.0)
    return 255.0 - shares if inverted else shares
