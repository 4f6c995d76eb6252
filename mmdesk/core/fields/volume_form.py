"""How a volume becomes an array: how many slices, how they are made to fit, and in which window."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from mmdesk.core.fields.field import Field
from mmdesk.words import QT_TR_NOOP

FITS: Final = {
    "resample": QT_TR_NOOP("all slices, drawn closer together or further apart"),
    "crop": QT_TR_NOOP("the slices around the middle; black ones at both ends where there are fewer"),
    "pad": QT_TR_NOOP("all slices, then black ones; a volume with more slices is not used"),
}
"""Ways of making the slices of a volume as many as a model sees."""
DEPTH: Final = 32
"""Slices that a model sees where the schema does not say."""
MOST_DEPTH: Final = 1024
"""Slices that a model may see."""
WINDOWS: Final = (QT_TR_NOOP("soft tissue"), "lung", "bone", "brain", "liver", "mediastinum")
"""Customary windows that may be named; `imaging.base.window.CT` holds their values."""
_SPAN: Final = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*\.\.\s*([-+]?\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class VolumeForm:
    """What a model sees of a volume.

    Attributes:
        depth: How many slices.
        fit: One of `FITS`.
        window: `low..high` in the volume's unit, a name of `WINDOWS`, or empty for the file's own.
    """

    depth: int = DEPTH
    fit: str = "resample"
    window: str = ""


def form_of(field: Field) -> VolumeForm:
    """Return the form that a volume's field declares."""
    return VolumeForm(field.depth or DEPTH, field.fit or "resample", field.window)


def span_of(window: str) -> tuple[float, float] | None:
    """Return the values shown black and white of a window such as `-160..240`; None for other words."""
    found = _SPAN.fullmatch(window.strip())
    if not found:
        return None
    low, high = float(found[1]), float(found[2])
    return (low, high) if low < high and math.isfinite(high - low) else None
