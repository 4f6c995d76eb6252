"""The sum of all vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.encoder import Token
from mmdesk.core.recipe.fusion import Fusion


@dataclass(frozen=True)
class Sum(Fusion):
    """What is absent adds nothing."""

    merge: ClassVar[str] = "sum"
    rank: ClassVar[int] = 20

    def join(self, keras: Any, tokens: Sequence[Token]) -> Any:
        """The projected vectors, added."""
        return keras.layers.Add(name="fusion__sum")(self.filled(keras, tokens, 0.0))
