"""The graph of an ONNX file: bounded, of known operators, with its weights inside."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

import onnx
from onnx import AttributeProto, TensorProto

from mmdesk.modelling.safety.onnx_allowed import (
    NEWEST,
    OLDEST,
    SIZED_BY,
    SIZES_ONLY,
    STANDARD,
    why_no_operator,
)
from mmdesk.modelling.safety.refusal import refused
from mmdesk.words import QT_TR_NOOP, tr

MOST_NODES = 20_000
MOST_TENSORS = 50_000
MOST_ENDS = 1_000
LONGEST_NAME = 2_000
LONGEST_LIST = 20_000_000
"""Numbers of one attribute; a forest of trees keeps its own there."""
DEEPEST_RANK = 8
NUMBERS = {
    TensorProto.FLOAT: 4,
    TensorProto.UINT8: 1,
    TensorProto.INT8: 1,
    TensorProto.UINT16: 2,
    TensorProto.INT16: 2,
    TensorProto.INT32: 4,
    TensorProto.INT64: 8,
    TensorProto.BOOL: 1,
    TensorProto.FLOAT16: 2,
    TensorProto.DOUBLE: 8,
    TensorProto.UINT32: 4,
    TensorProto.UINT64: 8,
}
"""Bytes of each kind of number that weights may be."""
_ONE_FILE = QT_TR_NOOP(
    "With PyTorch: torch.onnx.export(..., external_data=False); "
    "or in Python: onnx.save(onnx.load('NAME.onnx'), 'ONE.onnx')."
)
_SUBGRAPHS = {AttributeProto.GRAPH, AttributeProto.GRAPHS}
_PLAIN = {
    AttributeProto.FLOAT,
    AttributeProto.INT,
    AttributeProto.STRING,
    AttributeProto.TENSOR,
    AttributeProto.FLOATS,
    AttributeProto.INTS,
    AttributeProto.STRINGS,
}


def check_graph(model: onnx.ModelProto) -> Counter[str]:
    """See that a graph is bounded and consists of known operators; return how often it names each.

    Raises:
        Refusal: It does not; the words say what.
    """
    graph = model.graph
    if not graph.node:
        raise refused(tr("it holds no graph"), tr("Export it again."))
    if model.functions:
        raise refused(
            tr("it brings functions of its own ({name})", name=model.functions[0].name[:80]),
            tr("Export it again with the functions written out, or with dynamo=False in PyTorch."),
        )
    if len(graph.node) > MOST_NODES or len(graph.initializer) > MOST_TENSORS:
        raise refused(tr("it has more parts than any model needs"), tr("Use a smaller model."))
    if len(graph.input) + len(graph.output) > MOST_ENDS + len(graph.initializer):
        raise refused(tr("it has more inputs and outputs than any model needs"))
    _check_versions(model)
    if graph.sparse_initializer:
        raise refused(tr("its weights are stored as sparse tensors"), tr("Export it again with dense weights."))
    for tensor in graph.initializer:
        _check_tensor(tensor)
    for node in graph.node:
        _check_node(node)
    _check_names(graph)
    _check_flow(graph)
    return Counter(node.op_type for node in graph.node)


def _check_versions(model: onnx.ModelProto) -> None:
    versions: dict[str, int] = {}
    for one in model.opset_import:
        domain = STANDARD if one.domain == "ai.onnx" else one.domain
        if versions.setdefault(domain, one.version) != one.version:
            raise refused(tr("it names two versions of the same operators"), tr("Export it again."))
    if STANDARD not in versions:
        raise refused(tr("it does not say which version of the operators it uses"), tr("Export it again."))
    for domain, version in versions.items():
        if domain in OLDEST and not OLDEST[domain] <= version <= NEWEST[domain]:
            raise refused(
                tr(
                    "it uses version {version} of the operators {domain}, and mmdesk knows {oldest} to {newest}",
                    version=version,
                    domain=domain or "ai.onnx",
                    oldest=OLDEST[domain],
                    newest=NEWEST[domain],
                ),
                tr("Export it again with opset_version={newest} or lower.", newest=min(18, NEWEST[domain])),
            )


def _check_node(node: onnx.NodeProto) -> None:
    if node.domain == "ai.onnx":
        node.domain = STANDARD
    reason, do = why_no_operator(node.domain, node.op_type)
    if reason:
        raise refused(tr("it holds {problem}", problem=reason), do, f"{node.domain}.{node.op_type} {node.name}"[:500])
    for one in node.attribute:
        if one.type in _SUBGRAPHS or one.HasField("g") or one.graphs:
            raise refused(tr("its {operator} holds a graph of its own", operator=node.op_type), tr("Export it again."))
        if one.type not in _PLAIN or one.ref_attr_name:
            raise refused(
                tr("its {operator} has a setting that mmdesk does not take", operator=node.op_type), details=one.name
            )
        if max(len(one.ints), len(one.floats), len(one.strings)) > LONGEST_LIST:
            raise refused(tr("its {operator} has a setting larger than any model needs", operator=node.op_type))
        if one.HasField("t"):
            _check_tensor(one.t)


def _check_tensor(tensor: onnx.TensorProto) -> None:
    name = tensor.name[:80]
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise refused(tr("its weights lie in another file"), tr(_ONE_FILE), f"{name}: {tensor.external_data}"[:500])
    if tensor.data_type not in NUMBERS:
        kind = TensorProto.DataType.Name(tensor.data_type) if tensor.data_type in TensorProto.DataType.values() else "?"
        raise refused(
            tr("its {name} is of the type {kind}, which mmdesk does not take", name=name or "constant", kind=kind),
            tr("Export it again with float32 weights."),
        )
    if tensor.HasField("segment"):
        raise refused(tr("its weights are cut into pieces"), tr("Export it again."))
    if len(tensor.dims) > DEEPEST_RANK or any(size < 0 for size in tensor.dims):
        raise refused(tr("its {name} has a shape that no model needs", name=name or "constant"))
    count = math.prod(tensor.dims)
    held = _held(tensor)
    if held != count:
        raise refused(
            tr(
                "its {name} claims {count:,} numbers and holds {held:,}",
                name=name or "constant",
                count=count,
                held=held,
            ),
            tr("Export it again."),
        )


def _held(tensor: onnx.TensorProto) -> int:
    if tensor.HasField("raw_data"):
        size = NUMBERS[tensor.data_type]
        return len(tensor.raw_data) // size if len(tensor.raw_data) % size == 0 else -1
    match tensor.data_type:
        case TensorProto.FLOAT:
            return len(tensor.float_data)
        case TensorProto.DOUBLE:
            return len(tensor.double_data)
        case TensorProto.INT64:
            return len(tensor.int64_data)
        case TensorProto.UINT32 | TensorProto.UINT64:
            return len(tensor.uint64_data)
    return len(tensor.int32_data)


def _check_names(graph: onnx.GraphProto) -> None:
    """See that each result has one name, and that each name is made before it is used."""
    inputs = [one.name for one in graph.input]
    weights = [one.name for one in graph.initializer]
    made = [name for node in graph.node for name in node.output if name]
    if any(len(name) > LONGEST_NAME for name in (*inputs, *weights, *made)):
        raise refused(tr("it holds a name longer than any model needs"))
    if any(count > 1 for some in (inputs, weights, [*made, *set(inputs) | set(weights)]) for count in _counts(some)):
        raise refused(tr("two of its results have the same name"), tr("Export it again."))
    known = set(inputs) | set(weights) | {""}
    for node in graph.node:
        if absent := [name for name in node.input if name not in known]:
            raise refused(
                tr("its {operator} uses a result that nothing made before", operator=node.op_type),
                tr("Export it again."),
                absent[0][:500],
            )
        known |= set(node.output)
    if absent := [one.name for one in graph.output if one.name not in known]:
        raise refused(tr("it has an output that nothing makes"), tr("Export it again."), absent[0][:500])


def _counts(names: Iterable[str]) -> Iterable[int]:
    return Counter(names).values()


def _check_flow(graph: onnx.GraphProto) -> None:
    """See that no size depends on the numbers of a case: only on sizes and on the weights.

    Then a trial on made-up cases needs as much time and memory as any other cases will.
    """
    weights = {one.name for one in graph.initializer}
    varies: Mapping[str, bool] = {one.name: one.name not in weights for one in graph.input}
    varies = dict(varies)
    for node in graph.node:
        for place in SIZED_BY.get(node.op_type, ()) if node.domain == STANDARD else ():
            if place < len(node.input) and varies.get(node.input[place], False):
                raise refused(
                    tr(
                        "how large the result of its {operator} is depends on the numbers of a case",
                        operator=node.op_type,
                    ),
                    tr("Export it again with inputs of fixed sizes, only the number of cases left free."),
                    node.name[:500],
                )
        from_case = node.op_type not in SIZES_ONLY and any(varies.get(name, False) for name in node.input)
        varies |= dict.fromkeys(node.output, from_case)
