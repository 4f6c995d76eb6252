"""The average of the vectors that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.encoder import Token
from mmdesk.core.recipe.fusion import Fusion, flags


@dataclass(frozen=True)
class Average(Fusion):
    """What is absent does not count."""

    merge: ClassVar[str] = "average"
    rank: ClassVar[int] = 30

    def join(self, keras: Any, tokens: Sequence[Token]) -> Any:
        """The sum by how many are there."""
        total = keras.layers.Add(name="fusion__sum")(self.filled(keras, tokens, 0.0))
        first, *others = flags(keras, [token.present for token in tokens])
        return total / keras.ops.maximum(sum(others, first), 1.0)
