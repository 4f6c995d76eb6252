"""A recurrent layer over the time steps of a sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmdesk.core.recipe.encoder import Building, Encode
from mmdesk.core.recipe.encoder_families import SequenceEncoder, recurrent_over_time
from mmdesk.core.recipe.option import option
from mmdesk.words import QT_TR_NOOP


@dataclass(frozen=True)
class Recurrent(SequenceEncoder):
    """What a recurrent layer holds after the last step."""

    cell: str = option("gru", "Cell", QT_TR_NOOP("Which recurrent layer."), allowed=("gru", "lstm"))

    kind: ClassVar[str] = "recurrent"
    title: ClassVar[str] = QT_TR_NOOP("recurrent layer")
    rank: ClassVar[int] = 20

    def lines(self) -> list[str]:
        """Which layer."""
        return [*super().lines(), self.cell.upper()]

    def build(self, building: Building) -> Encode:
        """The layer."""
        read = recurrent_over_time(building.keras, self.cell, building.prefix, self.width)
        return lambda seen: read(seen.value, seen.mask)
