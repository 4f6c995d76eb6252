"""Each vector weighed by a gate that sees all (Arevalo et al. 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.encoder import Token
from mmdesk.core.recipe.fusion import Fusion, flags


@dataclass(frozen=True)
class Gated(Fusion):
    """How much each vector counts depends on all of them."""

    merge: ClassVar[str] = "gated"
    rank: ClassVar[int] = 60

    def join(self, keras: Any, tokens: Sequence[Token]) -> Any:
        """The weighed sum."""
        layers, ops = keras.layers, keras.ops
        vectors = self.projected(keras, tokens)
        there = flags(keras, [token.present for token in tokens])
        seen = ops.concatenate([*(token.vector for token in tokens), *there], axis=-1)
        parts = []
        for x, token in zip(vectors, tokens, strict=True):
            gate = layers.Dense(self.width, "sigmoid", name=f"{token.name}__fusion_gate")(seen)
            parts.append(ops.where(token.present, gate * ops.tanh(x), 0.0))
        return layers.Add(name="fusion__sum")(parts)
