"""ONNX Runtime sessions, set so that the window beside them stays smooth."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ModelProblem
from mmdesk.support.files import sha256_of
from mmdesk.support.resources import resource
from mmdesk.words import tr

QUIET = 4
"""ONNX Runtime's log level that leaves only what ends the process."""


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:
        return max(1, os.cpu_count() or 1)


class Head(Protocol):
    """What turns prepared cases into outputs: a compiled part, or Keras where there is none."""

    inputs: Mapping[str, tuple[Any, ...]]
    outputs: tuple[str, ...]

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return the outputs by name; arrays that it does not take are left out."""


class OnnxSession:
    """One compiled part, loaded; may be used from several threads.

    Attributes:
        inputs: Shape of each input by name; None or text where any size goes.
        outputs: Names of the outputs.
    """

    def __init__(self, file: Path) -> None:
        """Load a part.

        Args:
            file: An ONNX file in a folder of parts; a name that is a SHA-256 is checked.

        Raises:
            ModelProblem: The file is not there, damaged or no graph that runs here.
        """
        from mmdesk.inference.runtime import onnxruntime as ort

        _check_file(file)
        options = ort.SessionOptions()
        options.intra_op_num_threads = max(1, cores() - 1)
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = QUIET
        try:
            self._session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as why:
            raise ModelProblem(
                tr("A part of this model cannot be used."),
                do=tr("Choose another model version."),
                details=f"{file.name}: {why}",
            ) from why
        self.inputs: Mapping[str, tuple[Any, ...]] = {one.name: tuple(one.shape) for one in self._session.get_inputs()}
        self._single = any(shape and shape[0] == 1 for shape in self.inputs.values())
        self.outputs: tuple[str, ...] = tuple(one.name for one in self._session.get_outputs())

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return the outputs by name; arrays that the part does not take are left out.

        Raises:
            ModelProblem: An input is not there or does not fit.
        """
        if absent := [name for name in self.inputs if name not in arrays]:
            raise ModelProblem(
                tr("This model asks for {absent}, which these cases do not have.", absent=", ".join(absent)),
                do=tr("Choose another model version."),
            )
        try:
            given = {name: arrays[name] for name in self.inputs}
            found = self._one_by_one(given) if self._single else self._session.run(self.outputs, given)
        except Exception as why:
            raise ModelProblem(
                tr("This model could not compute an answer."),
                do=tr("Choose another model version."),
                details=str(why),
            ) from why
        return dict(zip(self.outputs, found, strict=True))

    def _one_by_one(self, arrays: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run a part that takes one case at a time, as some made elsewhere do."""
        count = len(next(iter(arrays.values())))
        rows = [
            self._session.run(self.outputs, {name: values[row : row + 1] for name, values in arrays.items()})
            for row in range(count)
        ]
        return [np.concatenate(some) for some in zip(*rows, strict=True)]


_ready: dict[Path, OnnxSession] = {}
_loading = threading.Lock()


def make_ready(file: Path) -> None:
    """Load a part for whoever asks `load_part` for it next.

    Raises:
        ModelProblem: As for `OnnxSession`.
    """
    with _loading:
        _ready[file] = OnnxSession(file)


def load_part(file: Path) -> OnnxSession:
    """Return a part's session: the one that was made ready, else a new one; yours alone.

    Raises:
        ModelProblem: As for `OnnxSession`.
    """
    with _loading:
        ready = _ready.pop(file, None)
    return ready or OnnxSession(file)


def part_file(parts_folder: Path, name: str) -> Path:
    """Return where a part lies: in the given folder, else among those that come with the program.

    Parts bear the names of their hashes, so either is the same part.
    """
    if not (parts_folder / name).is_file():
        with suppress(FileNotFoundError, ValueError):
            return resource("models", "parts", name)
    return parts_folder / name


def _check_file(file: Path) -> None:
    try:
        sound = len(file.stem) != 64 or sha256_of(file) == file.stem
    except OSError as why:
        raise ModelProblem(
            tr("A part of this model is not there."),
            do=tr("Choose another model version, or put the file back."),
            details=str(why),
        ) from why
    if not sound:
        raise ModelProblem(
            tr("A part of this model is damaged."),
            do=tr("Choose another model version, or put the file back."),
            details=tr("{name} has other contents than its name says", name=file.name),
        )
