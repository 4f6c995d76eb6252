"""Load a foreign model that passed the gate, and say what goes in and comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from mmdesk.core.model.foreign import End
from mmdesk.modelling.foreign.hints import input_hints, output_hints
from mmdesk.modelling.network.graph import calls_of, made_by, operations_of
from mmdesk.modelling.safety.refusal import LOADED, refused
from mmdesk.words import tr

_IMAGE_AXES = 3
_SAME_VALUES = frozenset(("Cast", "Reshape", "Squeeze", "ExpandDims", "Flatten", "Identity"))
"""Operations that hand on codes as they are."""
_NUMERIC = ("float", "int", "uint", "bool")


def load_foreign(clean: Path) -> keras.Model:
    """Load the archive that the gate made.

    Raises:
        ModelProblem: Keras cannot build it, or it is no model with inputs of its own.
    """
    try:
        model = keras.models.load_model(clean, compile=False, safe_mode=True)
    except Exception as why:
        if isinstance(why, MemoryError) or type(why).__name__ == "ResourceExhaustedError":
            raise refused(
                "it needs more memory than this computer can give it", tr("Use a smaller model."), safe=LOADED
            ) from why
        raise refused(
            tr("Keras cannot build it from what the file says"),
            details=f"{type(why).__name__}: {why}"[:2000],
            safe=LOADED,
        ) from why
    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None) or not model.outputs:
        raise refused(
            "it does not say what shape its inputs have",
            tr("Call the model once, or begin it with keras.Input, and save it again."),
            safe=LOADED,
        )
    for end in inputs_of(model):
        if not end.dtype.startswith((*_NUMERIC, "string")):
            raise refused(
                tr("its {name} takes {dtype}, and mmdesk gives numbers and words", name=end.name, dtype=end.dtype),
                safe=LOADED,
            )
    for end in outputs_of(model):
        if not end.dtype.startswith(_NUMERIC):
            raise refused(
                tr("its {name} gives {dtype} such as words, and mmdesk reads numbers", name=end.name, dtype=end.dtype),
                tr("End it with the probabilities, without the layer that makes words of them."),
                safe=LOADED,
            )
    return model


def inputs_of(model: keras.Model) -> tuple[End, ...]:
    """Return a model's inputs in the order of `model.inputs`."""
    names = _names(input_structure(model), [tensor.name for tensor in model.inputs])
    return tuple(
        End(name, tuple(tensor.shape[1:]), str(tensor.dtype), hints=input_hints(model, tensor))
        for name, tensor in zip(names, model.inputs, strict=True)
    )


def outputs_of(model: keras.Model) -> tuple[End, ...]:
    """Return a model's outputs in the order of `model.outputs`."""
    single = isinstance(model, keras.Sequential)
    names = _names(None if single else model.output, list(getattr(model, "output_names", [])) or ["output"])
    return tuple(
        End(name, tuple(tensor.shape[1:]), str(tensor.dtype), _is_linear(tensor), output_hints(tensor))
        for name, tensor in zip(names, model.outputs, strict=True)
    )


def codes_of(model: keras.Model) -> dict[str, tuple[bool, int]]:
    """Return which inputs take whole numbers only, by name, and one past the last code that they know."""
    found = {}
    for end, tensor in zip(inputs_of(model), model.inputs, strict=True):
        rows = _embedded(model, tensor)
        whole = end.dtype.startswith(("int", "uint")) or bool(rows)
        if whole and len(end.shape) < _IMAGE_AXES:
            found[end.name] = (True, min(rows, default=0))
    return found


def _embedded(model: Any, tensor: Any) -> list[int]:
    """Return the rows of the embeddings that an input goes into as it is, inside nested models too."""
    found, names = [], {id(tensor)}
    for operation in operations_of(model):
        for node in calls_of(operation):
            taken = [place for place, one in enumerate(node.input_tensors) if id(one) in names]
            if not taken:
                continue
            if isinstance(operation, keras.layers.Embedding):
                found.append(int(operation.input_dim))
            elif isinstance(operation, keras.Model) and getattr(operation, "inputs", None):
                found += [n for place in taken for n in _embedded(operation, operation.inputs[place])]
            elif type(operation).__name__ in _SAME_VALUES:
                names |= {id(one) for one in node.output_tensors}
    return found


def input_structure(model: keras.Model) -> Any:
    """Return a model's inputs in the structure that it takes: a tensor, a list or a dict."""
    return model.inputs[0] if isinstance(model, keras.Sequential) else model.input


def _names(structure: Any, names: list[str]) -> list[str]:
    """Return the keys of a dict, else the names, each made unique."""
    if isinstance(structure, dict) and not any(isinstance(part, dict | list | tuple) for part in structure.values()):
        return [str(path[0]) for path, _ in keras.tree.flatten_with_path(structure)]
    found: list[str] = []
    for name in names:
        same = sum(other.partition("#")[0] == name for other in found)
        found.append(f"{name}#{same + 1}" if same else name)
    return found


def _is_linear(tensor: Any) -> bool:
    """Tell whether the layer that gives a tensor, inside nested models too, has no activation."""
    operation, index = made_by(tensor)
    if isinstance(operation, keras.Model) and operation.outputs:
        return _is_linear(operation.outputs[min(index, len(operation.outputs) - 1)])
    return getattr(operation, "activation", None) is keras.activations.linear
