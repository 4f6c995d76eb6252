"""Learnt vectors of a text's words, read as one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from mmdesk.core.recipe.encoder import Building, Encode
from mmdesk.core.recipe.encoder_families import (
    TextEncoder,
    convolved_over_time,
    mean_over_time,
    recurrent_over_time,
)
from mmdesk.core.recipe.option import option
from mmdesk.words import QT_TR_NOOP, tr


@dataclass(frozen=True)
class Words(TextEncoder):
    """The words of a text are embedded, then their vectors become one."""

    reading: str = option(
        "mean",
        "Reading",
        QT_TR_NOOP("How the vectors of a text's words become one."),
        allowed=("mean", "lstm", "gru", "convolution"),
    )

    kind: ClassVar[str] = "words"
    title: ClassVar[str] = QT_TR_NOOP("embedded words")
    rank: ClassVar[int] = 10

    def lines(self) -> list[str]:
        """How it is read."""
        return [*super().lines(), tr("read by {reading}", reading=self.reading)]

    def build(self, building: Building) -> Encode:
        """An embedding, and what reads."""
        keras, prefix, width = building.keras, building.prefix, self.width
        embed = keras.layers.Embedding(building.codes, width, name=f"{prefix}_embed")
        match self.reading:
            case "mean":
                read = partial(mean_over_time, keras)
            case "convolution":
                read = convolved_over_time(keras, prefix, width)
            case _:
                read = recurrent_over_time(keras, self.reading, prefix, width)
        return lambda seen: read(embed(seen.value), seen.mask)
