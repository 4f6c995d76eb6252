"""The compiled form of a version that has no Keras model, in the shape of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray

from mmdesk.inference.session import OnnxSession


@dataclass(frozen=True, slots=True)
class CompiledInput:
    """An input: its name, its shape with the batch (None where any size goes) and its type."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


class CompiledModel:
    """A compiled form that is called as a Keras model is.

    Attributes:
        inputs: Its inputs.

    Args:
        file: An ONNX file.
    """

    def __init__(self, file: Path) -> None:
        self._session = OnnxSession(file)
        self.inputs = [_input(value) for value in onnx.load(file, load_external_data=False).graph.input]

    def __call__(self, rows: Mapping[str, NDArray[Any]], *, training: bool = False) -> dict[str, NDArray[Any]]:
        """Return the outputs by name.

        Args:
            rows: Cases by input.
            training: There is nothing to train in a compiled form.

        Raises:
            ValueError: It is to train.
        """
        if training:
            raise ValueError("a compiled form does not train")
        return self._session.run(rows)


def _input(value: onnx.ValueInfoProto) -> CompiledInput:
    tensor = value.type.tensor_type
    sizes = tuple(one.dim_value or None for one in tensor.shape.dim)
    dtype = str(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    return CompiledInput(value.name, (None, *sizes[1:]), dtype)
