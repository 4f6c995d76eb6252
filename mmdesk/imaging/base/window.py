"""Windows: which values are shown as black and as white, and how the rest lies between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mmdesk.imaging.base.colour import window_limits
from mmdesk.words import QT_TR_NOOP

_LOOKED_AT = 1 << 18
"""Values that a window is tried on, of a large picture."""
_BLOCK = 1 << 14
"""Pixels worked on at a time, so that the intermediate arrays stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Window:
    """A way to show grey values.

    Attributes:
        centre: The value shown as middle grey, in the unit of the picture's values.
        width: How many values lie between black and white; above 0.
        name: What the file or the preset calls it; "" for one that a person set.
        function: `LINEAR` (as DICOM defines it for whole numbers), `LINEAR_EXACT` or `SIGMOID`.
        table: Shown grey (0..1) of the values from `first` on, for a look-up table in the
            file; `centre` and `width` then only tell what it spans.
        first: The value of the table's first entry.
        note: What a person must know of a table in the file, one sentence or empty.
    """

    centre: float
    width: float
    name: str = ""
    function: str = "LINEAR_EXACT"
    table: tuple[float, ...] = ()
    first: float = 0.0
    note: str = ""

    @property
    def low(self) -> float:
        """The value shown as black."""
        return self.centre - (0.5 if self.function == "LINEAR" else 0.0) - self._between() / 2

    @property
    def high(self) -> float:
        """The value shown as white."""
        return self.low + self._between()

    def _between(self) -> float:
        between = self.width - 1 if self.function == "LINEAR" else self.width
        return max(between, 1e-6)

    def moved(self, centre: float, width: float) -> Window:
        """Return the window a person drags this one to: another centre and width, no table."""
        function = "LINEAR_EXACT" if self.table else self.function
        least = 1.0 if function == "LINEAR" else 1e-6
        return replace(
            self,
            centre=centre,
            width=max(width, least),
            name="",
            function=function,
            table=(),
            first=0.0,
            note="",
        )

    def shows(self, values: NDArray[np.generic]) -> bool:
        """Tell whether different values are shown differently at all."""
        flat = values.reshape(-1)[:: max(1, values.size // _LOOKED_AT)].astype(np.float32)
        flat = np.unique(flat[np.isfinite(flat)])
        if flat.size < 2:
            return True
        shares = self.shares(flat)
        return bool(shares.max() - shares.min() > 1 / 255)

    def shares(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how white each value is shown: 0 black, 1 white; NaN as black."""
        with np.errstate(all="ignore"):
            if self.table:
                places = np.clip(np.nan_to_num(values - np.float32(self.first)), 0, len(self.table) - 1)
                shown = _table(self.table)[np.rint(places).astype(np.intp)]
            elif self.function == "SIGMOID":
                shown = 1.0 / (1.0 + np.exp(-4.0 * (values - np.float32(self.centre)) / np.float32(self.width)))
            else:
                shown = (values - np.float32(self.low)) * np.float32(1.0 / (self.high - self.low))
            shown = np.nan_to_num(shown.astype(np.float32, copy=False), nan=0.0, posinf=1.0, neginf=0.0)
        clipped: NDArray[np.float32] = np.clip(shown, 0.0, 1.0)
        return clipped


AS_STORED = Window(127.5, 255.0, QT_TR_NOOP("as stored"))
"""Shows 8-bit values as they are."""
CT = (
    Window(40, 400, QT_TR_NOOP("soft tissue")),
    Window(-600, 1500, "lung"),
    Window(400, 1800, "bone"),
    Window(40, 80, "brain"),
    Window(60, 160, "liver"),
    Window(50, 350, "mediastinum"),
)
"""Customary windows of computed tomography, in Hounsfield units."""


def percentile_window(values: NDArray[np.generic], name: str = "") -> Window:
    """Return the window from percentile 0.5 to 99.5 of the values that are finite."""
    low, high = window_limits(values)
    return Window((low + high) / 2, high - low, name)


def window_to_bytes(
    values: NDArray[np.generic],
    window: Window,
    *,
    invert: bool = False,
    gamma: float = 1.0,
    lut: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Return grey values as they are shown.

    Whole numbers of 8 and 16 bits go through one look-up table: about 2 ms for a megapixel.

    Args:
        values: (height, width), uint8, uint16, int16 or float32.
        window: How.
        invert: White for black.
        gamma: Above 1 lightens the middle, below 1 darkens it; applied before `invert`.
        lut: Colours (256, 3) for black to white; None for grey.

    Returns:
        uint8 (height, width), or (height, width, 3) with `lut`.
    """
    if values.dtype in (np.uint8, np.uint16, np.int16):
        table = _bytes_of(_every(values.dtype.str), window, invert, gamma)
        shown = _looked_up(values, table)
    else:
        shown = np.empty(values.shape, np.uint8)
        flat, out = values.reshape(-1), shown.reshape(-1)
        for start in range(0, flat.size, _BLOCK):
            block = flat[start : start + _BLOCK].astype(np.float32)
            out[start : start + _BLOCK] = _bytes_of(block, window, invert, gamma)
    return shown if lut is None else _coloured(shown, lut)


@lru_cache(maxsize=4)
def _every(kind: str) -> NDArray[np.float32]:
    """Return each value that a pixel can hold, in the order of its bits."""
    dtype = np.dtype(kind)
    unsigned = np.arange(1 << 8 * dtype.itemsize, dtype=f"u{dtype.itemsize}")
    return unsigned.view(dtype).astype(np.float32)


@lru_cache(maxsize=4)
def _table(entries: tuple[float, ...]) -> NDArray[np.float32]:
    return np.array(entries, np.float32)


def _bytes_of(values: NDArray[np.float32], window: Window, invert: bool, gamma: float) -> NDArray[np.uint8]:
    shares = window.shares(values)
    if gamma != 1.0:
        shares = shares ** np.float32(1.0 / gamma)
    shown: NDArray[np.uint8] = np.rint(shares * np.float32(255.0)).astype(np.uint8)
    return 255 - shown if invert else shown


def _looked_up(values: NDArray[np.generic], table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    flat = np.ascontiguousarray(values).reshape(-1)
    places = flat.view(f"u{flat.dtype.itemsize}")
    shown = np.empty(flat.size, np.uint8)
    for start in range(0, flat.size, _BLOCK):
        block = places[start : start + _BLOCK]
        np.take(table, block, out=shown[start : start + _BLOCK], mode="clip")
    return shown.reshape(values.shape)


def _coloured(shown: NDArray[np.uint8], lut: NDArray[np.uint8]) -> NDArray[np.uint8]:
    flat = shown.reshape(-1)
    coloured = np.empty((flat.size, 3), np.uint8)
    for start in range(0, flat.size, _BLOCK):
        np.take(lut, flat[start : start + _BLOCK], axis=0, out=coloured[start : start + _BLOCK], mode="clip")
    return coloured.reshape(*shown.shape, 3)
