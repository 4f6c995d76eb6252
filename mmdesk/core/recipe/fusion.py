"""What a fusion is: one class with its options, its rules and its layers.

A new fusion is one file in `core/recipe/fusions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.recipe.encoder import Token
from mmdesk.core.recipe.option import option
from mmdesk.words import QT_TR_NOOP


@dataclass(frozen=True)
class Fusion:
    """How the vectors of all inputs become one.

    Attributes:
        width: Length of the fused vector.
        layers: Dense layers after the merge; with none each answer is a weighted sum of the vector.
        dropout: Share dropped before each dense layer and before the outputs, 0 to below 1.
        merge: Its name in `recipe.toml`.
        several: It needs two vectors or more.
        rank: The lowest is the usual one, and the order on the recipe page.
    """

    width: int = option(128, "Width", QT_TR_NOOP("Length of the fused vector."), low=1, high=4096, step=16)
    layers: int = option(1, QT_TR_NOOP("Dense layers"), QT_TR_NOOP("Layers after the merge."), low=0, high=4, step=1)
    dropout: float = option(
        0.4,
        "Dropout",
        QT_TR_NOOP("Share of values dropped in training, so that it does not learn by heart."),
        low=0,
        high=0.95,
        step=0.05,
    )

    merge: ClassVar[str]
    several: ClassVar[bool] = True
    rank: ClassVar[int] = 100

    def check(self) -> None:
        """See that its options go together.

        Raises:
            RecipeRefused: They do not.
        """

    def join(self, keras: Any, tokens: Sequence[Token]) -> Any:
        """Return one vector of many; what is absent contributes nothing.

        Only stock layers and plain operations, so that a file loads without code of ours.

        Args:
            keras: The `keras` module.
            tokens: All vectors, at least two where it needs `several`.
        """
        raise NotImplementedError

    @staticmethod
    def refused(reason: str, do: str, *, key: str, repair: dict[str, object]) -> RecipeRefused:
        """Return what `check` raises; the arguments are as in `Encoder.refused`."""
        return RecipeRefused(reason, do, part="fusion", key=key, repair=repair)

    def projected(self, keras: Any, tokens: Sequence[Token]) -> list[Any]:
        """Return the vector of each token, projected to the width."""
        dense = keras.layers.Dense
        return [dense(self.width, name=f"{token.name}__fusion_project")(token.vector) for token in tokens]

    def filled(self, keras: Any, tokens: Sequence[Token], filler: float) -> list[Any]:
        """Return the projected vectors with a number instead of what is absent."""
        vectors = self.projected(keras, tokens)
        where = keras.ops.where
        return [where(token.present, x, filler) for x, token in zip(vectors, tokens, strict=True)]


def flags(keras: Any, present: Sequence[Any]) -> list[Any]:
    """Return presences (bool, (n, 1)) as numbers."""
    return [keras.ops.cast(there, "float32") for there in present]
