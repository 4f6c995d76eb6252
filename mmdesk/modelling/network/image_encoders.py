"""The image encoders of a recipe: pretrained, from scratch, or of `keras.applications`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from mmdesk.core.errors import ModelProblem
from mmdesk.core.recipe.parts import CNN_CHANNELS
from mmdesk.core.recipe.recipe import IMAGE_KINDS, EncoderRecipe, Recipe
from mmdesk.modelling.network.submodels import BACKBONE
from mmdesk.modelling.safety.pretrained import weights_for


def image_encoders(
    recipe: Recipe, backbone: keras.Model | None, folder: Path | None = None
) -> dict[str, keras.Model]:
    """Return the nested model that encodes each image input; shared weights are one model.

    Args:
        recipe: The recipe.
        backbone: The pretrained backbone; needed where the recipe has one.
        folder: Where relative files of weights start from.

    Raises:
        ModelProblem: A file of weights cannot be used.
    """
    found: dict[str, keras.Model] = {}
    for encoder in recipe.encoders:
        if encoder.kind not in IMAGE_KINDS:
            continue
        if encoder.kind == "backbone" and not encoder.blocks:
            found |= dict.fromkeys(encoder.inputs, backbone)
        elif encoder.kind == "application":
            built = _application(encoder, encoder_name(encoder.inputs[0]), folder or Path())
            found |= dict.fromkeys(encoder.inputs, built)
        else:
            for names in encoder.branches:
                name = encoder_name(names[0])
                built = _cnn(encoder.size, name) if encoder.kind == "cnn" else _copy(backbone, name)
                found |= dict.fromkeys(names, built)
    return found


def encoder_name(first: str) -> str:
    """Return the name of the nested model of an image encoder by its first input."""
    return f"{first}__encoder"


def free_encoders(recipe: Recipe, encoders: Mapping[str, keras.Model]) -> None:
    """Make trainable what the recipe says, layer by layer, and freeze the rest.

    Args:
        recipe: The recipe.
        encoders: As `image_encoders` gives them.
    """
    for name, encoder in encoders.items():
        kind = recipe.encoder_of(name)
        encoder.trainable = kind.trained and encoder.name != BACKBONE
        if encoder.trainable and kind.kind == "backbone":
            _free_blocks(encoder, kind.blocks)


def cut_of(encoder: keras.Model) -> str:
    """Return the last layer before anything is trained, where activations can be kept.

    Returns:
        The layer's name; empty where all layers are trained.
    """
    trained = [place for place, layer in enumerate(encoder.layers) if layer.trainable_variables]
    if not trained:
        return str(encoder.layers[-1].name)
    block = _block_of(encoder.layers[trained[0]])
    before = [
        layer
        for place, layer in enumerate(encoder.layers)
        if place < trained[0] and _block_of(layer) != block
    ]
    return str(before[-1].name) if len(before) > 1 else ""


def _block_of(layer: keras.layers.Layer) -> str:
    return str(layer.name).split("_")[0]


def _free_blocks(encoder: keras.Model, blocks: int) -> None:
    """Train the last blocks and what follows them; batch norms keep their statistics and weights."""
    names = [_block_of(layer) for layer in encoder.layers]
    numbered = list(dict.fromkeys(name for name in names if name.startswith("block")))
    last = set(numbered[-blocks:])
    first = next((place for place, name in enumerate(names) if name in last), 0)
    for place, layer in enumerate(encoder.layers):
        layer.trainable = place >= first and not isinstance(layer, layers.BatchNormalization)


def _copy(backbone: keras.Model | None, name: str) -> keras.Model:
    assert backbone is not None  # noqa: S101 - the caller loads it
    clone = keras.models.clone_model(backbone)
    clone.set_weights(backbone.get_weights())
    return keras.Model(clone.input, clone.output, name=name)


def _cnn(size: int, name: str) -> keras.Model:
    """Return a small convolutional network: an image (n, size, size, 3) to (n, `CNN_WIDTH`)."""
    image = keras.Input((size, size, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocess")(image)
    for number, channels in enumerate(CNN_CHANNELS):
        x = layers.Conv2D(
            channels, 3, strides=2 if number else 1, padding="same", activation="relu", name=f"conv{number}"
        )(x)
        if size >= 64 and not number:
            x = layers.MaxPooling2D(2, name="pool")(x)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return keras.Model(image, x, name=name)


def _application(encoder: EncoderRecipe, name: str, folder: Path) -> keras.Model:
    """Return an architecture of `keras.applications` with its own way to take pixels."""
    make = getattr(keras.applications, encoder.architecture)
    shape = (encoder.size, encoder.size, 3)
    inner = make(include_top=False, weights=None, input_shape=shape, pooling="avg")
    file = folder / encoder.weights
    shapes = [tuple(weight.shape) for weight in inner.weights if "float" in str(weight.dtype)]
    with weights_for(encoder.architecture, shapes, file) as copy:
        try:
            inner.load_weights(copy)
        except Exception as why:
            raise ModelProblem(
                f"The weights of {encoder.architecture} cannot be read from {file.name}.",
                do="Give the file of that architecture without the top (its name often ends in notop.h5).",
                details=f"{file}: {why!r}"[:2000],
            ) from why
    image = keras.Input(shape, name="image")
    kernel, bias = _preprocessing(make)
    preprocess = layers.Conv2D(3, 1, name="preprocess")
    x = preprocess(image)
    preprocess.set_weights([kernel, bias])
    return keras.Model(image, inner(x), name=name)


def _preprocessing(make: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the architecture's own linear rule for pixels as a 1 x 1 convolution.

    Each of them scales, shifts or swaps colours only, so four pixels tell the rule.
    """
    rule = importlib.import_module(make.__module__).preprocess_input
    pixels = np.vstack([np.zeros(3), 255 * np.eye(3)]).reshape(4, 1, 1, 3).astype(np.float32)
    found = np.asarray(rule(pixels.copy())).reshape(4, 3)
    kernel = ((found[1:] - found[0]) / 255).reshape(1, 1, 3, 3)
    return kernel.astype(np.float32), found[0].astype(np.float32)
