"""How large the results inside an ONNX graph become, found without running it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import onnx

from mmdesk.core.model.foreign import FREE_LENGTH, FREE_SIZE, End
from mmdesk.modelling.safety.refusal import refused
from mmdesk.words import tr

LARGEST_RESULT = 1 << 27
"""Numbers of one result, for one case."""
LARGEST_SUM = 1 << 31
"""Numbers of all results together, for one case."""
_IMAGE_AXES = 3


def check_sizes(model: onnx.ModelProto, inputs: Sequence[End]) -> None:
    """See that no result is larger than a computer of today can hold.

    What cannot be found so is found when the model is tried under a cap on memory.

    Args:
        model: A graph whose sizes do not depend on the numbers of a case.
        inputs: Its inputs.

    Raises:
        Refusal: A result is too large.
    """
    trial = onnx.ModelProto()
    trial.CopyFrom(model)
    free = {end.name: FREE_SIZE if len(end.shape) >= _IMAGE_AXES else FREE_LENGTH for end in inputs}
    for value in trial.graph.input:
        dims = value.type.tensor_type.shape.dim
        for place, one in enumerate(dims):
            if not one.dim_value and value.name in free:
                one.dim_value = free[value.name] if place else 1
    for value in trial.graph.output:
        if value.type.WhichOneof("value") == "tensor_type":
            value.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(trial, check_type=False, strict_mode=False, data_prop=True)
    total = 0
    for value in (*inferred.graph.value_info, *inferred.graph.output):
        dims = value.type.tensor_type.shape.dim
        if not all(one.HasField("dim_value") for one in dims):
            continue
        count = math.prod(one.dim_value for one in dims)
        total += count
        if count > LARGEST_RESULT or total > LARGEST_SUM or any(one.dim_value < 0 for one in dims):
            made = {name: node.op_type for node in inferred.graph.node for name in node.output}
            raise refused(
                tr(
                    "its {operator} makes {count:,} numbers for one case, more than any model needs",
                    operator=made.get(value.name, "graph"),
                    count=count,
                ),
                tr("Use a smaller model."),
                value.name[:500],
            )
