"""A pretrained backbone that looks at each slice of a volume; what it sees is pooled over the slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.encoder import Encoder
from mmdesk.core.recipe.encoders.backbone import BACKBONES
from mmdesk.core.recipe.image_encoder import ImageEncoder, ImageTools
from mmdesk.core.recipe.option import option
from mmdesk.core.recipe.volume_encoder import VolumeEncoder
from mmdesk.words import QT_TR_NOOP, tr


@dataclass(frozen=True)
class Slices(VolumeEncoder):
    """Mean and maximum, over all slices, of their embeddings by a backbone that stays as it is."""

    backbone: str = option(
        "efficientnet-lite0",
        "Backbone",
        QT_TR_NOOP("Which of the pretrained backbones that come with the program."),
        allowed=BACKBONES.keys(),
    )

    kind: ClassVar[str] = "slices"
    title: ClassVar[str] = QT_TR_NOOP("pretrained backbone, slice by slice")
    rank: ClassVar[int] = 12
    channels: ClassVar[int] = 3

    @property
    def pixels(self) -> int:
        """Those of the backbone."""
        return BACKBONES[self.backbone][0]

    @property
    def embedding(self) -> int:
        """Mean and maximum."""
        return 2 * BACKBONES[self.backbone][1]

    @property
    def pretrained(self) -> str:
        """The backbone."""
        return self.backbone

    def check_among(self, before: Sequence[Encoder]) -> None:
        """One backbone serves all: the program loads it once for every input."""
        known = [one.pretrained for one in before if isinstance(one, ImageEncoder) and one.pretrained]
        if known and known[0] != self.backbone:
            raise self.refused(
                tr(
                    "{backbone} and {first} are two backbones, and a model has one",
                    backbone=self.backbone,
                    first=known[0],
                ),
                tr("Set backbone to {first} there, too.", first=known[0]),
                key="backbone",
                repair={"backbone": known[0]},
            )

    def look(self, tools: ImageTools, name: str) -> Any:
        """All slices through the backbone at once, then both poolings."""
        ops, keras, side, width = tools.keras.ops, tools.keras, self.pixels, BACKBONES[self.backbone][1]
        volume = keras.Input((tools.depth, side, side, 3), name="image")
        seen = tools.pretrained(ops.reshape(volume, (-1, side, side, 3)))
        rows = ops.reshape(seen, (-1, tools.depth, width))
        pooled = [ops.mean(rows, axis=1), ops.max(rows, axis=1)]
        return keras.Model(volume, keras.layers.Concatenate(name="pools")(pooled), name=name)
