"""An architecture of `keras.applications` with weights from a file, frozen."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.recipe.image_encoder import ImageEncoder, ImageTools
from mmdesk.core.recipe.option import option
from mmdesk.words import QT_TR_NOOP, tr

APPLICATIONS: Mapping[str, tuple[int, int]] = {
    "ConvNeXtTiny": (32, 768),
    "ConvNeXtSmall": (32, 768),
    "ConvNeXtBase": (32, 1024),
    "ConvNeXtLarge": (32, 1536),
    "DenseNet121": (32, 1024),
    "DenseNet169": (32, 1664),
    "DenseNet201": (32, 1920),
    "EfficientNetB0": (32, 1280),
    "EfficientNetB1": (32, 1280),
    "EfficientNetB2": (32, 1408),
    "EfficientNetB3": (32, 1536),
    "EfficientNetB4": (32, 1792),
    "EfficientNetB5": (32, 2048),
    "EfficientNetB6": (32, 2304),
    "EfficientNetB7": (32, 2560),
    "EfficientNetV2B0": (32, 1280),
    "EfficientNetV2B1": (32, 1280),
    "EfficientNetV2B2": (32, 1408),
    "EfficientNetV2B3": (32, 1536),
    "EfficientNetV2S": (32, 1280),
    "EfficientNetV2M": (32, 1280),
    "EfficientNetV2L": (32, 1280),
    "InceptionResNetV2": (75, 1536),
    "InceptionV3": (75, 2048),
    "MobileNet": (32, 1024),
    "MobileNetV2": (32, 1280),
    "MobileNetV3Large": (32, 960),
    "MobileNetV3Small": (32, 576),
    "NASNetMobile": (32, 1056),
    "ResNet50": (32, 2048),
    "ResNet101": (32, 2048),
    "ResNet152": (32, 2048),
    "ResNet50V2": (32, 2048),
    "ResNet101V2": (32, 2048),
    "ResNet152V2": (32, 2048),
    "VGG16": (32, 512),
    "VGG19": (32, 512),
    "Xception": (71, 2048),
}
"""Architectures by name: fewest pixels of the square image, width of the embedding."""


@dataclass(frozen=True)
class Application(ImageEncoder):
    """A known architecture that was trained elsewhere."""

    size: int = option(96, "Pixels", QT_TR_NOOP("Side of the square image that it sees."), low=16, high=1024, step=16)
    architecture: str = option(
        "",
        "Network",
        QT_TR_NOOP("Which network of keras.applications; it stays frozen."),
        allowed=APPLICATIONS.keys(),
        first="MobileNetV2",
    )
    weights: str = option(
        "",
        QT_TR_NOOP("Weights file"),
        QT_TR_NOOP("Its .h5 file without the top, from the project's folder on."),
        suffix=".h5",
    )

    kind: ClassVar[str] = "application"
    title: ClassVar[str] = QT_TR_NOOP("network of keras.applications")
    rank: ClassVar[int] = 30

    @property
    def pixels(self) -> int:
        """As its option says."""
        return self.size

    @property
    def embedding(self) -> int:
        """That of the architecture."""
        return APPLICATIONS[self.architecture][1]

    def lines(self) -> list[str]:
        """Which architecture."""
        first, *others = super().lines()
        return [
            first,
            tr("{architecture}, frozen, {size} pixels", architecture=self.architecture, size=self.size),
            *others,
        ]

    def check(self) -> None:
        """It must be known, see enough pixels, and have weights."""
        super().check()
        if self.architecture not in APPLICATIONS:
            raise self.refused(
                tr(
                    'keras.applications has no architecture "{architecture}" that is known here',
                    architecture=self.architecture,
                ),
                tr("Name one, such as VGG16 or MobileNetV2."),
                key="architecture",
                repair={"architecture": "MobileNetV2"},
            )
        fewest = APPLICATIONS[self.architecture][0]
        if self.size < fewest:
            raise self.refused(
                tr("{architecture} cannot see images of {size} pixels", architecture=self.architecture, size=self.size),
                tr("Set size to {fewest} or more.", fewest=fewest),
                key="size",
                repair={"size": fewest},
            )
        if not self.weights.endswith(".h5"):
            raise self.refused(
                tr(
                    "{architecture} is frozen, so without a file of weights it would see noise",
                    architecture=self.architecture,
                ),
                tr("Set weights to its .h5 file without the top, or use cnn, which is trained."),
                key="weights",
                repair={"kind": "cnn"},
            )

    def look(self, tools: ImageTools, name: str) -> Any:
        """The architecture with its own way to take pixels."""
        keras = tools.keras
        make = getattr(keras.applications, self.architecture)
        shape = (self.size, self.size, 3)
        inner = make(include_top=False, weights=None, input_shape=shape, pooling="avg")
        tools.load_weights(inner, self.architecture, self.weights)
        image = keras.Input(shape, name="image")
        preprocess = keras.layers.Conv2D(3, 1, name="preprocess")
        x = preprocess(image)
        preprocess.set_weights(_preprocessing(make))
        return keras.Model(image, inner(x), name=name)


def _preprocessing(make: Any) -> list[NDArray[np.float32]]:
    """Return the architecture's own linear rule for pixels as a 1 x 1 convolution.

    Each of them scales, shifts or swaps colours only, so four pixels tell the rule.
    """
    rule = importlib.import_module(make.__module__).preprocess_input
    pixels = np.vstack([np.zeros(3), 255 * np.eye(3)]).reshape(4, 1, 1, 3).astype(np.float32)
    found = np.asarray(rule(pixels.copy())).reshape(4, 3)
    kernel = ((found[1:] - found[0]) / 255).reshape(1, 1, 3, 3)
    return [kernel.astype(np.float32), found[0].astype(np.float32)]
