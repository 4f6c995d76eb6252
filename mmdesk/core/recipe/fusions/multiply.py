"""The product of all vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.encoder import Token
from mmdesk.core.recipe.fusion import Fusion


@dataclass(frozen=True)
class Multiply(Fusion):
    """What is absent is a factor of 1."""

    merge: ClassVar[str] = "multiply"
    rank: ClassVar[int] = 50

    def join(self, keras: Any, tokens: Sequence[Token]) -> Any:
        """The projected vectors, multiplied."""
        return keras.layers.Multiply(name="fusion__multiply")(self.filled(keras, tokens, 1.0))
