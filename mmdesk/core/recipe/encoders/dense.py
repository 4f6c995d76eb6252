"""A dense layer for each value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmdesk.core.recipe.encoder import Building, Encode
from mmdesk.core.recipe.encoder_families import ValueEncoder
from mmdesk.words import QT_TR_NOOP


@dataclass(frozen=True)
class Dense(ValueEncoder):
    """One value each."""

    kind: ClassVar[str] = "dense"
    title: ClassVar[str] = QT_TR_NOOP("dense layer")
    rank: ClassVar[int] = 10

    def build(self, building: Building) -> Encode:
        """One dense layer."""
        dense = building.keras.layers.Dense(self.width, "relu", name=f"{building.prefix}_dense")
        return lambda seen: dense(seen.value)
