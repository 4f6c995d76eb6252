"""Compile a part of a model to ONNX, and prove that it is the same model."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ModelProblem
from mmdesk.support.files import PRIVATE_FILE, sha256_of, sync, sync_folder
from mmdesk.words import tr

TOLERANCE = 1e-4
"""A part counts as compiled when no output differs by as much."""

CASES = 64
PATTERNS = 1024
"""Patterns of missing inputs tried at most; every pattern up to ten inputs."""


def export_part(model: keras.Model, parts_folder: Path) -> str:
    """Write a model as ONNX under the name of its hash.

    Args:
        model: An encoder (its output gets the name `embedding`), a head or a whole foreign
            model with a dict of outputs.
        parts_folder: Where the parts lie; made when not there.

    Returns:
        The file's name.

    Raises:
        ModelProblem: Keras cannot export the model; the details name what prevented it.
    """
    parts_folder.mkdir(parents=True, exist_ok=True)
    if not isinstance(model.output, dict):
        model = keras.Model(model.input, {"embedding": model.output}, name=model.name)
    model(blank_inputs(model, 1))
    with tempfile.TemporaryDirectory(dir=parts_folder, prefix=".export-") as folder:
        file = Path(folder) / "part.onnx"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the exporter's own dependencies
                model.export(str(file), format="onnx", verbose=False)
        except Exception as reason:
            raise ModelProblem(
                tr("This model cannot be compiled."),
                do=tr("It still works, more slowly."),
                details=f"{type(reason).__name__}: {reason}"[:2000],
            ) from reason
        name = f"{sha256_of(file)}.onnx"
        sync(file)
        file.chmod(PRIVATE_FILE)
        file.replace(parts_folder / name)
        sync_folder(parts_folder)
    return name


def blank_inputs(model: keras.Model, count: int) -> Any:
    """Return zeros for each input of a model, in the structure that it takes."""
    return keras.tree.map_structure(
        lambda tensor: np.zeros((count, *(size or 1 for size in tensor.shape[1:])), tensor.dtype), model.input
    )


def _open(file: Path) -> Any:
    from mmdesk.inference.runtime import onnxruntime

    return onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])


def _run(session: Any, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    names = [output.name for output in session.get_outputs()]
    given = {wanted.name: inputs[wanted.name] for wanted in session.get_inputs()}
    return dict(zip(names, session.run(names, given), strict=True))


def check_parity(model: keras.Model, file: Path, inputs: Mapping[str, NDArray[Any]], *, fewest: int = CASES) -> float:
    """See that a compiled part gives what the Keras model gives, at batch 1 and 64.

    Args:
        model: The Keras model, with one output or a dict of outputs.
        file: Its ONNX file.
        inputs: Rows of each of its inputs.
        fewest: Rows that there must be; fewer than 64 only for a part that was compared when
            it was compiled, to see that it is still the same.

    Returns:
        The largest absolute difference of any output (relative to the largest value of an
        output whose values exceed 1).

    Raises:
        ModelProblem: ONNX Runtime refuses the file or differs by 1e-4 or more.
    """
    count = len(next(iter(inputs.values())))
    if count < fewest:
        raise ValueError(f"{count} cases are too few to compare on")
    try:
        session = _open(file)
        batches = [range(start, min(start + CASES, count)) for start in range(0, count, CASES)]
        singles = [[row] for row in sorted(set(np.linspace(0, count - 1, 8).astype(int).tolist()))]
        worst = max(_difference(model, session, _rows(inputs, places)) for places in [*batches, *singles])
    except ModelProblem:
        raise
    except Exception as reason:
        raise _unlike(f"{type(reason).__name__}: {reason}"[:2000]) from reason
    if not worst < TOLERANCE:
        raise _unlike(tr("largest difference {worst:.3g}", worst=worst))
    return worst


def with_missing_patterns(
    inputs: Mapping[str, NDArray[Any]], *, seed: int = 1, at_least: int = CASES
) -> dict[str, NDArray[Any]]:
    """Return cases that between them have every pattern of missing inputs.

    With more than ten inputs there are all patterns of up to two missing or up to two
    present inputs, and others drawn at random.

    Args:
        inputs: A head's inputs by name; the rows are taken in turn.
        seed: Of the drawing.
        at_least: Rows returned at least.
    """
    present = [name for name in inputs if name.endswith("__present")]
    patterns = _patterns(len(present), seed)
    count = max(at_least, len(patterns))
    rows = np.arange(count) % len(next(iter(inputs.values())))
    cases = {name: values[rows].copy() for name, values in inputs.items()}
    for index, name in enumerate(present):
        hidden = [patterns[row % len(patterns)][index] for row in range(count)]
        cases[name][:] = 1
        cases[name][np.array(hidden, bool)] = 0
    return cases


def _patterns(count: int, seed: int) -> list[tuple[bool, ...]]:
    if 2**count <= PATTERNS:
        return list(itertools.product((False, True), repeat=count))
    few = [places for size in (0, 1, 2) for places in itertools.combinations(range(count), size)]
    found = {tuple((index in places) is yes for index in range(count)) for places in few for yes in (True, False)}
    rng = np.random.default_rng(seed)
    while len(found) < PATTERNS:
        found.add(tuple(bool(x) for x in rng.random(count) < 0.5))
    return sorted(found)


def _difference(model: keras.Model, session: Any, inputs: Mapping[str, NDArray[Any]]) -> float:
    compiled = _run(session, inputs)
    single = len(model.inputs) == 1 and not isinstance(model.input, dict)
    expected = model(next(iter(inputs.values())) if single else dict(inputs), training=False)
    if not isinstance(expected, dict):
        expected = {next(iter(compiled)): expected}
    worst = 0.0
    for name, values in expected.items():
        wanted = np.asarray(values)
        scale = max(1.0, float(np.abs(wanted).max()))
        worst = max(worst, float(np.abs(wanted - compiled[name]).max()) / scale)
        if np.isnan(wanted).any() or np.isnan(compiled[name]).any():
            raise _unlike(tr("{name} is not a number", name=name))
    return worst


def _rows(inputs: Mapping[str, NDArray[Any]], places: Sequence[int]) -> dict[str, NDArray[Any]]:
    return {name: values[list(places)] for name, values in inputs.items()}


def _unlike(details: str) -> ModelProblem:
    return ModelProblem(
        tr("The compiled form of this model is not the same as the model."),
        do=tr("It still works, more slowly."),
        details=details,
    )
