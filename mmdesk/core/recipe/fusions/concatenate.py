"""All vectors one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.encoder import Token
from mmdesk.core.recipe.fusion import Fusion


@dataclass(frozen=True)
class Concatenate(Fusion):
    """Nothing is lost, and the vector is as long as all together."""

    merge: ClassVar[str] = "concatenate"
    several: ClassVar[bool] = False
    rank: ClassVar[int] = 10

    def join(self, keras: Any, tokens: Sequence[Token]) -> Any:
        """The vectors as they are."""
        return keras.ops.concatenate([token.vector for token in tokens], axis=-1)
