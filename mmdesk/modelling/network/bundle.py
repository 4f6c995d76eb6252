"""Keras models from disk: those that come with the program and those of a project."""

from __future__ import annotations

from pathlib import Path

import keras

from mmdesk.core.errors import ModelProblem
from mmdesk.core.recipe.encoders.backbone import Backbone
from mmdesk.core.recipe.recipe import read_recipe
from mmdesk.core.versions.version import EncoderPart, read_parts
from mmdesk.modelling.network.export import blank_inputs
from mmdesk.modelling.network.submodels import BACKBONE, encoders_of
from mmdesk.support.resources import resource
from mmdesk.words import tr

BUNDLED = ("fundus-pair", "phantom-pair")
"""Names of the models that come with the program; each folder is `resources/models/NAME`."""

MODEL_FILE = "model.keras"


def load_model(file: Path) -> keras.Model:
    """Load a model and call it once, which export needs.

    Args:
        file: A `.keras` file.

    Raises:
        ModelProblem: Keras refuses the file, or it holds code that would run.
    """
    try:
        model = keras.models.load_model(file, compile=False, safe_mode=True)
        model(blank_inputs(model, 1))
    except Exception as reason:
        raise ModelProblem(
            tr("The model {name} cannot be loaded.", name=file.name),
            do=tr("Choose another model version."),
            details=f"{type(reason).__name__}: {reason}"[:2000],
        ) from reason
    return model


def bundled_parts() -> Path:
    """Return the folder of the compiled parts that come with the program."""
    return resource("models", "parts")


def bundled_backbone(name: str) -> keras.Model:
    """Return the pretrained backbone, taken out of the bundled model that holds it.

    Args:
        name: One of `core.recipe.encoders.backbone.BACKBONES`.

    Raises:
        ModelProblem: No bundled model has it.
    """
    folder = _holder(name)
    return encoders_of(load_model(folder / MODEL_FILE))[BACKBONE][0]


def bundled_encoder(name: str) -> EncoderPart:
    """Return the compiled form of a pretrained backbone; its file lies in `bundled_parts()`.

    Args:
        name: One of `core.recipe.encoders.backbone.BACKBONES`.

    Raises:
        ModelProblem: No bundled model has it.
    """
    return read_parts((_holder(name) / "parts.toml").read_text("utf-8")).encoders[0]


def _holder(name: str) -> Path:
    for bundled in BUNDLED:
        folder = resource("models", bundled)
        recipe = read_recipe((folder / "recipe.toml").read_text("utf-8"))
        if any(isinstance(one, Backbone) and one.backbone == name for one in recipe.encoders):
            return folder
    raise ModelProblem(
        tr("No model with the backbone {name} comes with the program.", name=name), do=tr("Name another backbone.")
    )
