"""The nested models of a recipe that look at images: made, freed for training, cut for a cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from mmdesk.core.errors import ModelProblem
from mmdesk.core.recipe.image_encoder import ImageTools
from mmdesk.core.recipe.recipe import Recipe
from mmdesk.modelling.safety.pretrained import weights_for
from mmdesk.words import tr


def image_encoders(
    recipe: Recipe,
    backbone: keras.Model | None,
    folder: Path | None = None,
    depths: Mapping[str, int] | None = None,
) -> dict[str, keras.Model]:
    """Return the nested model that encodes each image input; shared weights are one model.

    Args:
        recipe: The recipe.
        backbone: The pretrained backbone; needed where the recipe has one.
        folder: Where relative files of weights start from.
        depths: Slices of each volume.

    Raises:
        ModelProblem: A file of weights cannot be used.
    """
    tools = ImageTools(keras, backbone, _loader(folder or Path()))
    found: dict[str, keras.Model] = {}
    for encoder in recipe.image_encoders:
        found |= encoder.models(replace(tools, depth=(depths or {}).get(encoder.inputs[0], 0)))
    return found


def free_encoders(recipe: Recipe, models: Mapping[str, keras.Model]) -> None:
    """Make trainable what the recipe says, layer by layer, and freeze the rest.

    Args:
        recipe: The recipe.
        models: As `image_encoders` gives them.
    """
    tools = ImageTools(keras, None, _loader(Path()))
    for name, model in models.items():
        recipe.image_encoder_of(name).free(tools, model)


def cut_of(encoder: keras.Model) -> str:
    """Return the last layer before anything is trained, where activations can be kept.

    Returns:
        The layer's name; empty where all layers are trained.
    """
    trained = [index for index, layer in enumerate(encoder.layers) if layer.trainable_variables]
    if not trained:
        return str(encoder.layers[-1].name)
    block = _block_of(encoder.layers[trained[0]])
    before = [layer for index, layer in enumerate(encoder.layers) if index < trained[0] and _block_of(layer) != block]
    return str(before[-1].name) if len(before) > 1 else ""


def _block_of(layer: keras.layers.Layer) -> str:
    return str(layer.name).split("_")[0]


def _loader(folder: Path) -> Any:
    """Return what loads weights from a file in a folder, checked first."""

    def load(model: keras.Model, what: str, name: str) -> None:
        file = folder / name
        shapes = [tuple(weight.shape) for weight in model.weights if "float" in str(weight.dtype)]
        with weights_for(what, shapes, file) as copy:
            try:
                model.load_weights(copy)
            except Exception as why:
                raise ModelProblem(
                    tr("The weights of {what} cannot be read from {name}.", what=what, name=file.name),
                    do=tr("Give the file of that network without the top (its name often ends in notop.h5)."),
                    details=f"{file}: {why!r}"[:2000],
                ) from why

    return load
