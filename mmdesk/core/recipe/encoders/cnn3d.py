"""A small convolutional network over volumes that is trained from scratch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.image_encoder import ImageTools
from mmdesk.core.recipe.option import option
from mmdesk.core.recipe.volume_encoder import VolumeEncoder
from mmdesk.words import QT_TR_NOOP, tr

CHANNELS = (8, 16, 32)
"""Channels of the convolutions, each with 3 x 3 x 3 kernels; the last are half of the embedding."""


@dataclass(frozen=True)
class Cnn3d(VolumeEncoder):
    """Trained from scratch, on grey values."""

    size: int = option(64, "Pixels", QT_TR_NOOP("Side of the square slices that it sees."), low=8, high=512, step=8)

    kind: ClassVar[str] = "cnn3d"
    title: ClassVar[str] = QT_TR_NOOP("network over volumes, from scratch")
    rank: ClassVar[int] = 22
    looks_afresh: ClassVar[bool] = True

    @property
    def pixels(self) -> int:
        """As its option says."""
        return self.size

    @property
    def embedding(self) -> int:
        """Mean and maximum of the last convolution."""
        return 2 * CHANNELS[-1]

    @property
    def trained(self) -> bool:
        """All of it."""
        return True

    def lines(self) -> list[str]:
        """How large its slices are."""
        first, *others = super().lines()
        return [first, tr("{size} pixels", size=self.size), *others]

    def look(self, tools: ImageTools, name: str) -> Any:
        """Three convolutions, then mean and maximum over the volume; slices are kept while they are few."""
        keras, layers = tools.keras, tools.keras.layers
        volume = keras.Input((tools.depth, self.size, self.size, 1), name="image")
        x = layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocess")(volume)
        left = tools.depth
        for number, channels in enumerate(CHANNELS):
            x = layers.Conv3D(channels, 3, padding="same", activation="relu", name=f"conv{number}")(x)
            pool = (2 if left >= 8 else 1, 2, 2)
            left //= pool[0]
            if number < len(CHANNELS) - 1:
                x = layers.MaxPooling3D(pool, name=f"pool{number}")(x)
        mean = layers.GlobalAveragePooling3D(name="avg_pool")(x)
        return keras.Model(
            volume, layers.Concatenate(name="pools")([mean, layers.GlobalMaxPooling3D(name="max_pool")(x)]), name=name
        )
