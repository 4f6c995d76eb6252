"""The job that answers for a model which has no compiled form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ModelProblem
from mmdesk.inference.remote_head import read_signature
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.network.bundle import MODEL_FILE, load_model
from mmdesk.support.files import sha256_of
from mmdesk.words import tr

BATCH = 64
"""Cases at once."""


def run(job: Mapping[str, Any], _ctx: ChildContext) -> dict[str, Any]:
    """Compute a model's answers for prepared cases.

    Args:
        job: `folder`, the version's; `arrays`, a file of its inputs by name; `out`, the file
            of outputs to write.

    Returns:
        `rows`, how many cases were answered.

    Raises:
        ModelProblem: The model cannot be loaded, or is not the one that was registered.
    """
    head = KerasHead(Path(job["folder"]))
    with np.load(job["arrays"], allow_pickle=False) as arrays:
        found = head.run(dict(arrays))
    with Path(job["out"]).open("wb") as file:
        np.savez(file, allow_pickle=False, **found)
    return {"rows": len(next(iter(found.values())))}


class KerasHead:
    """A version's whole model in Keras, in the form of an `inference.session.Session`.

    Args:
        folder: The version's folder.

    Raises:
        ModelProblem: The model cannot be loaded, or is not the one that was registered.
    """

    def __init__(self, folder: Path) -> None:
        signature = read_signature(folder)
        self.inputs = signature.inputs
        self.outputs = signature.outputs
        self._model = _load(folder / MODEL_FILE, signature.sha256)

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return the outputs by name.

        Raises:
            ModelProblem: It could not compute an answer.
        """
        try:
            return self._run(arrays)
        except Exception as why:  # of TensorFlow, which raises what it likes
            if isinstance(why, MemoryError) or type(why).__name__ == "ResourceExhaustedError":
                raise
            raise ModelProblem(
                tr("This model could not compute an answer."),
                do=tr("Choose another model version."),
                details=f"{type(why).__name__}: {why}"[:2000],
            ) from why

    def _run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        count = len(next(iter(arrays.values())))
        blocks = [
            self._model.predict_on_batch(
                {one.name: arrays[one.name][at : at + BATCH].astype(one.dtype) for one in self._model.inputs}
            )
            for at in range(0, count, BATCH)
        ]
        return {
            name: np.concatenate([np.asarray(block[name], np.float32) for block in blocks]) for name in self.outputs
        }


@lru_cache(maxsize=1)
def _load(file: Path, sha256: str) -> keras.Model:
    if sha256_of(file) != sha256:
        raise ModelProblem(
            tr("This model's file has changed since the model was added."),
            do=tr("Choose another model version, or restore its folder from a backup."),
        )
    return load_model(file)
