"""From the vectors of all inputs to one: what is absent contributes nothing.

All layers are stock layers and plain operations, so that a file loads without code of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras import layers, ops

from mmdesk.core.recipe.recipe import Fusion

LOW = -1e9
"""Stands for "absent" where the largest counts."""


@dataclass(frozen=True, slots=True)
class Token:
    """One vector on its way into the fusion.

    Attributes:
        name: Of the input or of the comparison it comes from.
        vector: (n, width), zero where absent.
        present: bool (n, 1).
    """

    name: str
    vector: Any
    present: Any


def fuse(fusion: Fusion, groups: Sequence[tuple[Sequence[Token], Sequence[Any]]]) -> Any:
    """Return the fused vector, with the flags that say which inputs are there.

    Args:
        fusion: How to merge.
        groups: Encoder by encoder, its vectors and the presence (bool, (n, 1)) of its inputs.
    """
    if fusion.merge == "concatenate":
        parts: list[Any] = []
        for tokens, present in groups:
            parts += [token.vector for token in tokens] + _flags(present)
        return ops.concatenate(parts, axis=-1)
    tokens = [token for some, _ in groups for token in some]
    flags = [flag for _, present in groups for flag in _flags(present)]
    return ops.concatenate([_merged(fusion, tokens), *flags], axis=-1)


def _flags(present: Sequence[Any]) -> list[Any]:
    return [ops.cast(there, "float32") for there in present]


def _merged(fusion: Fusion, tokens: Sequence[Token]) -> Any:
    width = fusion.width
    vectors = [layers.Dense(width, name=f"{token.name}__fusion_project")(token.vector) for token in tokens]
    match fusion.merge:
        case "sum":
            return layers.Add(name="fusion__sum")(_filled(vectors, tokens, 0.0))
        case "average":
            total = layers.Add(name="fusion__sum")(_filled(vectors, tokens, 0.0))
            count = sum(_flags([token.present for token in tokens])[1:], _flags([tokens[0].present])[0])
            return total / ops.maximum(count, 1.0)
        case "maximum":
            most = layers.Maximum(name="fusion__maximum")(_filled(vectors, tokens, LOW))
            return ops.where(most > LOW / 2, most, 0.0)
        case "multiply":
            return layers.Multiply(name="fusion__multiply")(_filled(vectors, tokens, 1.0))
        case "gated":
            return _gated(width, vectors, tokens)
    return _attended(fusion, vectors, tokens)


def _filled(vectors: Sequence[Any], tokens: Sequence[Token], filler: float) -> list[Any]:
    return [ops.where(token.present, x, filler) for x, token in zip(vectors, tokens, strict=True)]


def _gated(width: int, vectors: Sequence[Any], tokens: Sequence[Token]) -> Any:
    """Return the sum of the vectors, each weighed by a gate that sees all (Arevalo et al. 2017)."""
    seen = ops.concatenate(
        [*(token.vector for token in tokens), *_flags([token.present for token in tokens])], axis=-1
    )
    parts = []
    for x, token in zip(vectors, tokens, strict=True):
        gate = layers.Dense(width, "sigmoid", name=f"{token.name}__fusion_gate")(seen)
        parts.append(ops.where(token.present, gate * ops.tanh(x), 0.0))
    return layers.Add(name="fusion__sum")(parts)


def _attended(fusion: Fusion, vectors: Sequence[Any], tokens: Sequence[Token]) -> Any:
    """Return what a token that is always there finds among the tokens of the inputs."""
    width = fusion.width
    zero = ops.cast(tokens[0].present, "int32") * 0
    places = ops.concatenate([zero + place for place in range(len(tokens) + 1)], axis=-1)
    kinds = layers.Embedding(len(tokens) + 1, width, name="fusion__tokens")(places)
    filled = [ops.expand_dims(x, 1) for x in _filled(vectors, tokens, 0.0)]
    x = kinds + ops.concatenate([ops.zeros_like(filled[0]), *filled], axis=1)
    there = ops.concatenate([ops.equal(zero, 0), *(token.present for token in tokens)], axis=-1)
    attention = layers.MultiHeadAttention(fusion.heads, width // fusion.heads, name="fusion__attention")
    x = layers.LayerNormalization(name="fusion__norm")(x)
    asked = x[:, :1]
    found = attention(asked, x, attention_mask=ops.expand_dims(there, 1))
    return ops.squeeze(asked + found, axis=1)
