"""Several values as one vector, each with whether it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar

from mmdesk.core.recipe.encoder import Seen, Token
from mmdesk.core.recipe.encoder_families import ValueEncoder
from mmdesk.words import QT_TR_NOOP


@dataclass(frozen=True)
class Vector(ValueEncoder):
    """Several values go into one dense layer together."""

    kind: ClassVar[str] = "vector"
    title: ClassVar[str] = QT_TR_NOOP("vector of several values")
    rank: ClassVar[int] = 20

    @property
    def vectors(self) -> int:
        """One for all."""
        return 1

    def tokens(self, keras: Any, seen: Sequence[Seen], dropout: float) -> list[Token]:
        """One vector, there when any of the values is."""
        ops = keras.ops
        some = reduce(ops.logical_or, [one.present for one in seen])
        values = [one.value for one in seen]
        there = [ops.cast(one.present, "float32") for one in seen]
        dense = keras.layers.Dense(self.width, "relu", name=f"{self.inputs[0]}__encoder_dense")
        vector = dense(ops.concatenate([*values, *there], axis=-1))
        return [Token(self.inputs[0], ops.where(some, vector, 0.0), some)]
