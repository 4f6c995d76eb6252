"""An ONNX file as a Keras model among others: the graph is one layer, which ONNX Runtime computes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import onnx
from numpy.typing import NDArray

from mmdesk.core.errors import ModelProblem
from mmdesk.core.model.foreign import FREE_LENGTH, FREE_SIZE, End
from mmdesk.inference.session import OnnxSession
from mmdesk.modelling.safety.onnx_gate import PassedOnnx
from mmdesk.modelling.safety.refusal import LOADED, refused
from mmdesk.words import tr

_TRIED = 2
_IMAGE_AXES = 3
_SAME_VALUES = frozenset({"Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"})
"""Operators that hand on codes as they are."""
_KERAS_TYPES = {"float16": "float32", "float64": "float32", "uint64": "int64"}


class OnnxGraph(keras.layers.Layer):  # type: ignore[misc]
    """A graph of ONNX that passed the gate, computed by ONNX Runtime.

    Args:
        session: The loaded graph.
        ends: Its inputs.
        shapes: What each output is for one case, by name.
    """

    def __init__(self, session: OnnxSession, ends: tuple[End, ...], shapes: Mapping[str, tuple[int, ...]]) -> None:
        super().__init__(name="onnx", trainable=False, autocast=False)
        self._session, self._ends, self._shapes = session, ends, dict(shapes)
        self.built = True

    def call(self, tensors: Any) -> list[Any]:
        """Return the outputs, in the order of the graph."""
        given = {
            end.name: np.asarray(keras.ops.convert_to_numpy(one)).astype(end.dtype)
            for end, one in zip(self._ends, tensors, strict=True)
        }
        found = self._session.run(given)
        return [keras.ops.convert_to_tensor(found[name].astype("float32")) for name in self._shapes]

    def compute_output_spec(self, _tensors: Any) -> list[keras.KerasTensor]:
        """Return what the outputs are, without computing them."""
        return [keras.KerasTensor((None, *shape), "float32") for shape in self._shapes.values()]


class OnnxOutput(keras.layers.Layer):  # type: ignore[misc]
    """An output as it is; its activation says whether the graph ends without one.

    Args:
        name: The layer's name.
        linear: The graph ends without an activation.
    """

    def __init__(self, name: str, *, linear: bool) -> None:
        super().__init__(name=name, trainable=False, autocast=False)
        self.activation = keras.activations.linear if linear else None
        self.built = True

    def call(self, tensor: Any) -> Any:
        """Return what comes in."""
        return tensor

    def compute_output_spec(self, tensor: Any) -> keras.KerasTensor:
        """Return the same."""
        return keras.KerasTensor(tensor.shape, tensor.dtype)


def load_onnx(passed: PassedOnnx) -> keras.Model:
    """Load a graph that passed the gate.

    Args:
        passed: The file.

    Returns:
        A model whose inputs and outputs bear the graph's names.

    Raises:
        ModelProblem: ONNX Runtime refuses it, or it does not give an answer for each case.
    """
    try:
        session = OnnxSession(passed.clean)
        found = session.run({end.name: _blank(end) for end in passed.inputs})
    except ModelProblem as why:
        if "alloc" in why.details.lower():
            raise MemoryError from why
        raise refused(
            tr("ONNX Runtime does not run it"), tr("Export it again."), why.details[:2000], safe=LOADED
        ) from why
    shapes = {}
    for end in passed.outputs:
        shape = found[end.name].shape
        if not shape or shape[0] != _TRIED:
            raise refused(
                tr("its output {name} does not hold one row for each case", name=end.name),
                tr("Export it again with the number of cases as the first size of each output."),
                str(shape),
                safe=LOADED,
            )
        shapes[end.name] = tuple(shape[1:])
    inputs = {
        end.name: keras.Input(end.shape, dtype=_KERAS_TYPES.get(end.dtype, end.dtype), name=_plain(end.name, place))
        for place, end in enumerate(passed.inputs)
    }
    given = OnnxGraph(session, passed.inputs, shapes)(list(inputs.values()))
    outputs = {
        end.name: OnnxOutput(f"given_{place}", linear=end.logits)(tensor)
        for place, (end, tensor) in enumerate(zip(passed.outputs, given, strict=True))
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names of layers cannot be those of every graph
        return keras.Model(inputs, outputs, name="onnx_file")


def weights_in(passed: PassedOnnx) -> int:
    """Return how many numbers a graph holds."""
    graph = onnx.load(passed.clean).graph
    return sum(math.prod(one.dims) for one in graph.initializer)


def codes_in(passed: PassedOnnx) -> dict[str, tuple[bool, int]]:
    """Return which inputs take whole numbers only, by name, and one past the last code that they know."""
    graph = onnx.load(passed.clean).graph
    rows = {one.name: one.dims[0] for one in graph.initializer if one.dims}
    found = {}
    for end in passed.inputs:
        names, known = {end.name}, []
        for node in graph.node:
            if node.op_type in _SAME_VALUES and node.input[0] in names:
                names |= set(node.output)
            elif node.op_type == "Gather" and len(node.input) > 1 and node.input[1] in names:
                axis = next((one.i for one in node.attribute if one.name == "axis"), 0)
                known += [rows[node.input[0]]] if not axis and node.input[0] in rows else []
        if (end.dtype.startswith(("int", "uint")) or known) and len(end.shape) < _IMAGE_AXES:
            found[end.name] = (True, min(known, default=0))
    return found


def _blank(end: End) -> NDArray[Any]:
    free = FREE_SIZE if len(end.shape) >= _IMAGE_AXES else FREE_LENGTH
    return np.zeros((_TRIED, *(size or free for size in end.shape)), end.dtype)


def _plain(name: str, place: int) -> str:
    kept = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in name)
    return f"in{place}_{kept}"
