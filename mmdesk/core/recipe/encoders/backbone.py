"""The pretrained backbones that come with the program, frozen or with their last blocks trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.encoder import Encoder
from mmdesk.core.recipe.image_encoder import ImageEncoder, ImageTools
from mmdesk.core.recipe.option import option
from mmdesk.words import QT_TR_NOOP, tr

BACKBONES = {"efficientnet-lite0": (224, 1280), "efficientnet-lite0-fundus": (384, 1280)}
"""Image backbones by name: pixels of the square image, width of the embedding."""

BLOCKS = 16
"""Blocks of a backbone, of which the last ones can be trained."""


@dataclass(frozen=True)
class Backbone(ImageEncoder):
    """A pretrained network, then a trained projection."""

    backbone: str = option(
        "efficientnet-lite0",
        "Backbone",
        QT_TR_NOOP("Which of the pretrained backbones that come with the program."),
        allowed=BACKBONES.keys(),
    )
    blocks: int = option(
        0,
        QT_TR_NOOP("Blocks trained"),
        QT_TR_NOOP("Last blocks of the backbone that are trained, batch norms excepted; 0 keeps it frozen."),
        low=0,
        high=BLOCKS,
        step=1,
    )

    kind: ClassVar[str] = "backbone"
    title: ClassVar[str] = QT_TR_NOOP("pretrained backbone")
    rank: ClassVar[int] = 10

    @property
    def pixels(self) -> int:
        """Those of the backbone."""
        return BACKBONES[self.backbone][0]

    @property
    def embedding(self) -> int:
        """That of the backbone."""
        return BACKBONES[self.backbone][1]

    @property
    def trained(self) -> bool:
        """Whether any of its blocks are."""
        return self.blocks > 0

    @property
    def pretrained(self) -> str:
        """The backbone, trained or not."""
        return self.backbone

    @property
    def bundled(self) -> str:
        """The backbone, where none of it is trained."""
        return "" if self.trained else self.backbone

    def lines(self) -> list[str]:
        """Which backbone, unless it is the first, and what of it is trained."""
        first, *others = super().lines()
        named = [self.backbone] if self.backbone != next(iter(BACKBONES)) else []
        state = tr("last {blocks} blocks trained", blocks=self.blocks) if self.blocks else "frozen"
        return [first, *named, state, *others]

    def check(self) -> None:
        """It must be one that comes with the program."""
        super().check()
        if self.backbone not in BACKBONES:
            raise self.refused(
                tr("there is no backbone {backbone}", backbone=self.backbone),
                tr("Name one of {backbones}.", backbones=", ".join(BACKBONES)),
                key="backbone",
                repair={"backbone": next(iter(BACKBONES))},
            )

    def check_among(self, before: Sequence[Encoder]) -> None:
        """One backbone serves all: the program loads it once for every input."""
        first = next((one.backbone for one in before if isinstance(one, Backbone)), self.backbone)
        if self.backbone != first:
            raise self.refused(
                tr(
                    "{backbone} and {first} are two backbones, and a model has one", backbone=self.backbone, first=first
                ),
                tr("Set backbone to {first} there, too.", first=first),
                key="backbone",
                repair={"backbone": first},
            )

    def look(self, tools: ImageTools, name: str) -> Any:
        """The backbone itself; a copy of it where blocks are trained."""
        if not self.trained:
            return tools.pretrained
        clone = tools.keras.models.clone_model(tools.pretrained)
        clone.set_weights(tools.pretrained.get_weights())
        return tools.keras.Model(clone.input, clone.output, name=name)

    def free(self, tools: ImageTools, model: Any) -> None:
        """Train the last blocks and what follows them; batch norms keep statistics and weights."""
        super().free(tools, model)
        if not self.trained:
            return
        names = [str(layer.name).split("_")[0] for layer in model.layers]
        numbered = list(dict.fromkeys(name for name in names if name.startswith("block")))
        last = set(numbered[-self.blocks :])
        first = next((index for index, name in enumerate(names) if name in last), 0)
        for index, layer in enumerate(model.layers):
            norm = isinstance(layer, tools.keras.layers.BatchNormalization)
            layer.trainable = index >= first and not norm
