"""Attention: one token for each vector, and one that is always there and looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.encoder import Token
from mmdesk.core.recipe.fusion import Fusion
from mmdesk.core.recipe.option import option
from mmdesk.words import QT_TR_NOOP, tr


@dataclass(frozen=True)
class Attention(Fusion):
    """What the token that is always there finds among those of the inputs."""

    heads: int = option(
        4,
        "Heads",
        QT_TR_NOOP("Heads of the attention; the width is divided among them."),
        low=1,
        high=16,
        step=1,
    )

    merge: ClassVar[str] = "attention"
    rank: ClassVar[int] = 70

    def check(self) -> None:
        """Each head gets an equal part of the width."""
        if self.width % self.heads:
            width = self.width // self.heads * self.heads or self.heads
            raise self.refused(
                tr("the width {width} cannot be divided among {heads} heads", width=self.width, heads=self.heads),
                tr("Set the width to {width}.", width=width),
                key="width",
                repair={"width": width},
            )

    def join(self, keras: Any, tokens: Sequence[Token]) -> Any:
        """One layer of attention, added to the token that looks."""
        layers, ops, width = keras.layers, keras.ops, self.width
        zero = ops.cast(tokens[0].present, "int32") * 0
        places = ops.concatenate([zero + index for index in range(len(tokens) + 1)], axis=-1)
        kinds = layers.Embedding(len(tokens) + 1, width, name="fusion__tokens")(places)
        filled = [ops.expand_dims(x, 1) for x in self.filled(keras, tokens, 0.0)]
        x = kinds + ops.concatenate([ops.zeros_like(filled[0]), *filled], axis=1)
        there = ops.concatenate([ops.equal(zero, 0), *(token.present for token in tokens)], axis=-1)
        attention = layers.MultiHeadAttention(self.heads, width // self.heads, name="fusion__attention")
        x = layers.LayerNormalization(name="fusion__norm")(x)
        query = x[:, :1]
        found = attention(query, x, attention_mask=ops.expand_dims(there, 1))
        return ops.squeeze(query + found, axis=1)
