"""Answers of a model that has no compiled form, asked for from the model process."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ModelProblem
from mmdesk.core.job import SilentContext
from mmdesk.core.versions.version import SIGNATURE
from mmdesk.jobs.child import Child
from mmdesk.support.unfinished import private_folder
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Signature:
    """What a version's whole model takes and gives.

    Attributes:
        inputs: Shape of each input by name, with the batch; None where any size goes.
        outputs: Names of the outputs.
        sha256: Hex digest of `model.keras`.
    """

    inputs: Mapping[str, tuple[int | None, ...]]
    outputs: tuple[str, ...]
    sha256: str


def read_signature(folder: Path) -> Signature:
    """Read the `signature.json` of a version's folder.

    Raises:
        ModelProblem: It is not there or cannot be read.
    """
    try:
        raw = json.loads((folder / SIGNATURE).read_text(encoding="utf-8"))
        inputs = {str(name): tuple(shape) for name, shape in raw["inputs"].items()}
        return Signature(inputs, tuple(map(str, raw["outputs"])), str(raw["sha256"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as why:
        raise ModelProblem(
            tr("This model has no compiled form, so it cannot predict here."),
            do=tr("Choose another model version."),
            details=repr(why),
        ) from why


class AskedHead:
    """A version's whole model in the model process; one question at a time.

    Args:
        folder: The version's folder.
        child: The model process.

    Raises:
        ModelProblem: The folder does not say what the model takes.
    """

    def __init__(self, folder: Path, child: Child) -> None:
        signature = read_signature(folder)
        self.inputs: Mapping[str, tuple[Any, ...]] = signature.inputs
        self.outputs = signature.outputs
        self._folder = folder
        self._child = child
        self._asking = threading.Lock()

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return the outputs by name; arrays that the model does not take are left out.

        Raises:
            ModelProblem: An input is not there, or the model cannot answer.
            JobDied: The model process ended early.
        """
        if absent := [name for name in self.inputs if name not in arrays]:
            raise ModelProblem(
                tr("This model asks for {absent}, which these cases do not have.", absent=", ".join(absent)),
                do=tr("Choose another model version."),
            )
        with self._asking, private_folder("mmdesk-ask-") as place:
            given, out = place / "given.npz", place / "found.npz"
            np.savez(given, allow_pickle=False, **{name: arrays[name] for name in self.inputs})
            job = {"kind": "predict", "folder": str(self._folder), "arrays": str(given), "out": str(out)}
            self._child.run(job, SilentContext())
            with np.load(out, allow_pickle=False) as found:
                return dict(found)
