"""A good `.keras` file made by hand, without Keras, and ways to edit it."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

METADATA = {"keras_version": "3.15.1", "date_saved": "2026-11-01@12:00:00"}


def layer(name: str, class_name: str, config: dict[str, Any], source: str = "", **more: Any) -> dict[str, Any]:
    node = {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 4], "dtype": "float32", "keras_history": [source, 0, 0]},
    }
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": {"name": name, **config},
        "registered_name": None,
        "name": name,
        "inbound_nodes": [{"args": [node], "kwargs": {}}] if source else [],
        **more,
    }


CONFIG: dict[str, Any] = {
    "module": "keras.src.models.functional",
    "class_name": "Functional",
    "registered_name": "Functional",
    "config": {
        "name": "functional",
        "trainable": True,
        "layers": [
            layer("x", "InputLayer", {"batch_shape": [None, 4], "dtype": "float32", "sparse": False}),
            layer("hidden", "Dense", {"units": 3, "activation": "relu"}, "x"),
            layer("y", "Dense", {"units": 1, "activation": "sigmoid"}, "hidden"),
        ],
        "input_layers": ["x", 0, 0],
        "output_layers": ["y", 0, 0],
    },
}


def weights(change: Callable[[h5py.File], None] | None = None) -> bytes:
    """Return the bytes of a file of weights, as Keras writes it."""
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        for name, shapes in (("hidden", [(4, 3), (3,)]), ("y", [(3, 1), (1,)])):
            for place, shape in enumerate(shapes):
                values = np.linspace(-1, 1, int(np.prod(shape)), dtype="float32").reshape(shape)
                file[f"layers/{name}/vars/{place}"] = values
        if change:
            change(file)
    return memory.getvalue()


def config(change: Callable[[dict[str, Any]], None] | None = None) -> bytes:
    """Return the bytes of a description; `change` gets the whole of it."""
    made = copy.deepcopy(CONFIG)
    if change:
        change(made)
    return json.dumps(made).encode()


def with_layer(made: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Return a change that puts a layer in place of the hidden one."""

    def change(model: dict[str, Any]) -> None:
        model["config"]["layers"][1] = made

    return change


def save(
    file: Path,
    *,
    described: bytes | None = None,
    stored: bytes | None = None,
    about: bytes | None = None,
    more: Callable[[zipfile.ZipFile], None] | None = None,
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """Write a model file; what is not given is good."""
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("metadata.json", about if about is not None else json.dumps(METADATA))
        archive.writestr("config.json", described if described is not None else config())
        archive.writestr("model.weights.h5", stored if stored is not None else weights())
        if more:
            more(archive)
    return file
