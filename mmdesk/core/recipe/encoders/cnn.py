"""A small convolutional network that is trained from scratch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.recipe.image_encoder import ImageEncoder, ImageTools
from mmdesk.core.recipe.option import option
from mmdesk.words import QT_TR_NOOP

CHANNELS = (16, 32, 48, 64)
"""Channels of the convolutions, each with 3 x 3 kernels; the last are the embedding."""


@dataclass(frozen=True)
class Cnn(ImageEncoder):
    """Trained from scratch, with nothing learnt before."""

    size: int = option(96, "Pixels", QT_TR_NOOP("Side of the square image that it sees."), low=16, high=1024, step=16)

    kind: ClassVar[str] = "cnn"
    title: ClassVar[str] = QT_TR_NOOP("network from scratch")
    rank: ClassVar[int] = 20
    looks_afresh: ClassVar[bool] = True

    @property
    def pixels(self) -> int:
        """As its option says."""
        return self.size

    @property
    def embedding(self) -> int:
        """Channels of the last convolution."""
        return CHANNELS[-1]

    @property
    def trained(self) -> bool:
        """All of it."""
        return True

    def lines(self) -> list[str]:
        """How large its images are."""
        first, *others = super().lines()
        return [first, f"{self.size} pixels", *others]

    def look(self, tools: ImageTools, name: str) -> Any:
        """Four convolutions and the mean over the image."""
        keras, layers = tools.keras, tools.keras.layers
        image = keras.Input((self.size, self.size, 3), name="image")
        x = layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocess")(image)
        for number, channels in enumerate(CHANNELS):
            strides = 2 if number else 1
            x = layers.Conv2D(channels, 3, strides=strides, padding="same", activation="relu", name=f"conv{number}")(x)
            if self.size >= 64 and not number:
                x = layers.MaxPooling2D(2, name="pool")(x)
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        return keras.Model(image, x, name=name)
