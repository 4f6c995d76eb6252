"""What a Keras model's graph consists of.

Keras has no public way to these facts. Its private names stand in this file alone, each behind a
function that a test holds against the installed release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras


def layers_within(model: keras.Model, *, include_self: bool = True) -> list[Any]:
    """Return all layers of a model, those inside nested models, wrappers and cells too."""
    return list(model._flatten_layers(include_self=include_self))  # noqa: SLF001


def made_by(tensor: Any) -> tuple[Any, int]:
    """Return the operation that gives a symbolic tensor, and which of its outputs the tensor is."""
    operation, _call, index = tensor._keras_history  # noqa: SLF001
    return operation, index


def calls_of(operation: Any) -> list[Any]:
    """Return the nodes at which an operation was called, in any model; none for what is no operation."""
    return list(getattr(operation, "_inbound_nodes", ()))


def inputs_of_calls(operation: Any) -> Iterator[Any]:
    """Yield the symbolic tensors that an operation was called with, over all its calls."""
    for node in calls_of(operation):
        yield from node.input_tensors


def call_within(wrapped: keras.Model, model: Any) -> Any:
    """Return the node of a wrapped model at which it calls a model; other wrapped models may call it too."""
    levels = wrapped._nodes_by_depth.values()  # noqa: SLF001
    return next(node for nodes in levels for node in nodes if node.operation is model)


def operations_of(model: keras.Model) -> list[Any]:
    """Return the operations of a functional or sequential model, its inputs among them."""
    return list(_functional(model)._operations)  # noqa: SLF001


def run_anew(model: keras.Model, inputs: list[Any], call: Callable[..., Any]) -> Any:
    """Run a model's graph on other tensors, node by node.

    Args:
        model: A functional or sequential model.
        inputs: A tensor for each of `model.inputs`.
        call: Given each operation and the arguments of its call; returns what counts as its outputs.

    Returns:
        The outputs, in the structure that the model gives.
    """
    return _functional(model)._run_through_graph(inputs, call_fn=call)  # noqa: SLF001


def inputs_behind(outputs: list[Any]) -> list[Any]:
    """Return the symbolic tensors of inputs that some tensors are computed from."""
    found: dict[int, Any] = {}
    seen: set[int] = set()
    waiting = list(outputs)
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        operation, call, _index = tensor._keras_history  # noqa: SLF001
        node = operation._inbound_nodes[call]  # noqa: SLF001
        if node.is_input:
            found[id(tensor)] = tensor
        waiting += node.input_tensors
    return list(found.values())


def _functional(model: keras.Model) -> Any:
    """Return the functional model that a sequential one consists of."""
    return model._functional if isinstance(model, keras.Sequential) else model  # noqa: SLF001
