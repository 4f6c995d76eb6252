"""Convolutions over the time steps of a sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmdesk.core.recipe.encoder import Building, Encode
from mmdesk.core.recipe.encoder_families import SequenceEncoder, convolved_over_time
from mmdesk.words import QT_TR_NOOP


@dataclass(frozen=True)
class Convolution(SequenceEncoder):
    """Two convolutions, then their mean and maximum over time."""

    kind: ClassVar[str] = "convolution"
    title: ClassVar[str] = QT_TR_NOOP("convolution over time")
    rank: ClassVar[int] = 10

    def build(self, building: Building) -> Encode:
        """The convolutions."""
        read = convolved_over_time(building.keras, building.prefix, self.width)
        return lambda seen: read(seen.value, seen.mask)
