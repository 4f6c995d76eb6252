"""A learnt vector for each option of a choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.schema import Field
from mmdesk.core.recipe.encoder import Building, Encode, Encoder, same_of_all
from mmdesk.words import tr


@dataclass(frozen=True)
class Embedding(Encoder):
    """One learnt vector for each option."""

    kind: ClassVar[str] = "embedding"
    title: ClassVar[str] = "embedding"
    takes: ClassVar[tuple[Form, ...]] = (Form.CODE,)
    rank: ClassVar[int] = 10

    def check_fields(self, fields: Sequence[Field]) -> None:
        """The same code must mean the same option."""
        if not same_of_all([field.options for field in fields]):
            raise self.refused(
                tr("choices with different options cannot share one embedding: the codes mean other things"),
                tr("Give each of them an [[encoder]] of its own."),
                key="inputs",
            )

    def build(self, building: Building) -> Encode:
        """One embedding."""
        layers, ops = building.keras.layers, building.keras.ops
        embed = layers.Embedding(building.codes, self.width, name=f"{building.prefix}_embed")
        return lambda seen: ops.squeeze(embed(seen.value), axis=1)
