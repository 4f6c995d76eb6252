"""Ranges of pixels that a model made elsewhere may have been trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mmdesk.words import QT_TR_NOOP


class Pixels(NamedTuple):
    """A range of pixels: factor and offset of each colour, from 0..255, and the order of colours."""

    words: str
    factor: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    reversed: bool = False


_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PIXELS: Mapping[str, Pixels] = {
    "bytes": Pixels("0 to 255"),
    "unit": Pixels("0 to 1", (1 / 255,) * 3),
    "signed": Pixels("-1 to 1", (1 / 127.5,) * 3, (-1.0,) * 3),
    "imagenet": Pixels(
        QT_TR_NOOP("0 to 1, less the means of ImageNet, by their spread"),
        (1 / 255 / _SPREAD[0], 1 / 255 / _SPREAD[1], 1 / 255 / _SPREAD[2]),
        (-_MEAN[0] / _SPREAD[0], -_MEAN[1] / _SPREAD[1], -_MEAN[2] / _SPREAD[2]),
    ),
    "caffe": Pixels(
        QT_TR_NOOP("0 to 255, blue first, less the means of ImageNet"),
        offset=(-103.939, -116.779, -123.68),
        reversed=True,
    ),
}
"""Ranges of pixels that a model may have been trained on, by name."""

RANGES = {"0..255": "bytes", "0..1": "unit", "-1..1": "signed"}
"""Other names of some."""
