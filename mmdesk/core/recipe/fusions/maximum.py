"""The largest value of all vectors, place by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.encoder import Token
from mmdesk.core.recipe.fusion import Fusion

LOW = -1e9
"""Stands for "absent" where the largest counts."""


@dataclass(frozen=True)
class Maximum(Fusion):
    """What is absent is never the largest."""

    merge: ClassVar[str] = "maximum"
    rank: ClassVar[int] = 40

    def join(self, keras: Any, tokens: Sequence[Token]) -> Any:
        """The largest, 0 where all are absent."""
        most = keras.layers.Maximum(name="fusion__maximum")(self.filled(keras, tokens, LOW))
        return keras.ops.where(most > LOW / 2, most, 0.0)
