"""What goes into an ONNX graph and comes out of it, with what only a programmer needs left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx
from onnx import TensorProto

from mmdesk.core.model.foreign import End
from mmdesk.modelling.safety.onnx_graph import DEEPEST_RANK, NUMBERS
from mmdesk.modelling.safety.refusal import refused
from mmdesk.words import tr

LARGEST_SIZE = 1 << 20
_LABELS = frozenset({"ArgMax", "LabelEncoder", "LinearClassifier", "SVMClassifier", "TreeEnsembleClassifier"})
_PASSING = frozenset(
    {"Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "QuantizeLinear", "DequantizeLinear"}
)
"""Operators that hand values on as they are; a quantised model ends in the last two."""
_OPEN = frozenset(
    {"Add", "Conv", "Gemm", "LinearRegressor", "LogSoftmax", "MatMul", "QLinearMatMul", "QGemm", "Sub", "FusedGemm"}
)
"""Operators at the end of a graph whose values are not bounded to 0..1, so that they may be logits."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends of a graph.

    Attributes:
        inputs: What goes in.
        outputs: What comes out; the shapes as far as the file says.
        single: It takes one case at a time.
        notes: What was left out, in words.
    """

    inputs: tuple[End, ...]
    outputs: tuple[End, ...]
    single: bool
    notes: Sequence[str]


def ends_of(model: onnx.ModelProto) -> Ends:
    """Read the ends; outputs that are no numbers are taken out of the graph.

    Raises:
        Refusal: An input takes something that mmdesk does not give, or nothing useful comes out.
    """
    graph = model.graph
    weights = {one.name for one in graph.initializer}
    inputs, batches = [], set()
    for value in [one for one in graph.input if one.name not in weights]:
        end, batch = _input(value)
        inputs.append(end)
        batches.add(batch)
    if not inputs:
        raise refused(tr("it has no inputs"), tr("Export it again."))
    if batches - {None, 1} or len(batches) > 1:
        raise refused(
            tr("it takes a fixed number of cases at once"),
            tr("Export it again with the first size of each input left free (dynamic_axes in PyTorch)."),
        )
    notes = [*_without_maps(graph), *_without_labels(graph)]
    if not graph.output:
        raise refused(
            tr("it gives texts and no numbers"),
            tr("Export it with probabilities: with skl2onnx, options={'zipmap': False}."),
        )
    _prune(graph)
    _say_shapes(model)
    outputs = tuple(_output(graph, value) for value in graph.output)
    return Ends(tuple(inputs), outputs, batches == {1}, notes)


def _input(value: onnx.ValueInfoProto) -> tuple[End, int | None]:
    name = value.name[:80]
    if value.type.WhichOneof("value") != "tensor_type":
        raise refused(tr("its input {name} takes no plain numbers", name=name))
    tensor = value.type.tensor_type
    if tensor.elem_type == TensorProto.STRING:
        raise refused(
            tr("its input {name} takes texts, and mmdesk gives numbers only", name=name),
            tr("Export the part behind the encoding of texts, and let the choices be codes."),
        )
    if tensor.elem_type not in NUMBERS:
        raise refused(tr("its input {name} takes numbers of a type that mmdesk does not give", name=name))
    if not tensor.HasField("shape") or not 1 <= len(tensor.shape.dim) <= DEEPEST_RANK:
        raise refused(
            tr("it does not say what shape its input {name} has", name=name),
            tr("Export it again with the shape of each input."),
        )
    sizes = [one.dim_value if one.HasField("dim_value") else None for one in tensor.shape.dim]
    sizes = [size or None for size in sizes]
    if any(size is not None and not 0 < size <= LARGEST_SIZE for size in sizes):
        raise refused(tr("its input {name} has a size that no case has", name=name))
    return End(value.name, tuple(sizes[1:]), _dtype(tensor.elem_type)), sizes[0]


def _output(graph: onnx.GraphProto, value: onnx.ValueInfoProto) -> End:
    tensor = value.type.tensor_type
    known = tensor.shape.dim if tensor.HasField("shape") else []
    sizes = [one.dim_value or None for one in known]
    logits = _last(graph, value.name) in _OPEN
    return End(value.name, tuple(sizes[1:]), _dtype(tensor.elem_type or TensorProto.FLOAT), logits)


def _last(graph: onnx.GraphProto, name: str) -> str:
    """Return the operator that gives a value, behind those that only hand it on."""
    makers = {made: node for node in graph.node for made in node.output}
    for _ in range(len(graph.node)):
        node = makers.get(name)
        if node is None:
            return ""
        if node.op_type not in _PASSING:
            return str(node.op_type)
        name = node.input[0]
    return ""


def _without_maps(graph: onnx.GraphProto) -> list[str]:
    """Take out the ZipMap that scikit-learn's converter puts behind probabilities; return what it named."""
    notes = []
    for node in [one for one in graph.node if one.op_type == "ZipMap"]:
        names = [
            text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
            for one in node.attribute
            if one.name.startswith("classlabels")
            for text in (*one.strings, *one.ints)
        ]
        source, made = node.input[0], node.output[0]
        graph.node.remove(node)
        graph.node.append(onnx.helper.make_node("Identity", [source], [made]))
        for value in graph.output:
            if value.name == made:
                value.type.Clear()
                value.type.tensor_type.elem_type = TensorProto.FLOAT
        notes.append(
            tr(
                "The columns of {name} are, as the file says: {classes}.",
                name=made[:80],
                classes=", ".join(names)[:500] or tr("unnamed"),
            )
        )
    return notes


def _without_labels(graph: onnx.GraphProto) -> list[str]:
    """Take out outputs that are texts, and bare classes where probabilities come beside them."""
    labels = [one for one in graph.output if _is_text(one) or _is_label(graph, one)]
    if len(labels) == len(graph.output):
        labels = [one for one in labels if _is_text(one)]
    for one in labels:
        graph.output.remove(one)
    return [
        tr("Its output {name} gives a class without a probability and is left out.", name=one.name[:80])
        for one in labels
    ]


def _is_text(value: onnx.ValueInfoProto) -> bool:
    kind = value.type.WhichOneof("value")
    return bool(kind != "tensor_type" or value.type.tensor_type.elem_type == TensorProto.STRING)


def _is_label(graph: onnx.GraphProto, value: onnx.ValueInfoProto) -> bool:
    whole = value.type.tensor_type.elem_type in (TensorProto.INT64, TensorProto.INT32)
    return whole and _last(graph, value.name) in _LABELS


def _say_shapes(model: onnx.ModelProto) -> None:
    """Write the shape of each output that the file does not say."""
    silent = [one for one in model.graph.output if not one.type.tensor_type.HasField("shape")]
    if not silent:
        return
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    known = {one.name: one.type for one in inferred.graph.output}
    for value in silent:
        if not known[value.name].tensor_type.HasField("shape"):
            raise refused(
                tr("it does not say what shape its output {name} has", name=value.name[:80]),
                tr("Export it again with the shape of each output."),
            )
        value.type.CopyFrom(known[value.name])


def _prune(graph: onnx.GraphProto) -> None:
    """Take out what no output needs."""
    needed = {one.name for one in graph.output}
    for place in reversed(range(len(graph.node))):
        node = graph.node[place]
        if needed & set(node.output):
            needed |= set(node.input)
        else:
            del graph.node[place]
    for place in reversed(range(len(graph.initializer))):
        if graph.initializer[place].name not in needed:
            del graph.initializer[place]


def _dtype(kind: int) -> str:
    return str(onnx.helper.tensor_dtype_to_np_dtype(kind))
