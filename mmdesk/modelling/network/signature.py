"""What a version's whole model takes and gives, written beside it for those who cannot load it."""

from __future__ import annotations

import json
from pathlib import Path

import keras

from mmdesk.core.versions.version import SIGNATURE
from mmdesk.modelling.network.bundle import MODEL_FILE
from mmdesk.support.files import sha256_of


def write_signature(folder: Path, model: keras.Model) -> None:
    """Write `signature.json`: shapes of the inputs by name, names of the outputs, hash of the model.

    Args:
        folder: The version's folder, in which its `model.keras` lies already.
        model: The model in that file, with a dict of outputs.
    """
    signature = {
        "inputs": {tensor.name: list(tensor.shape) for tensor in model.inputs},
        "outputs": list(model.output),
        "sha256": sha256_of(folder / MODEL_FILE),
    }
    (folder / SIGNATURE).write_text(json.dumps(signature, indent=1), "utf-8")
