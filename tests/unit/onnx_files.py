"""ONNX files as PyTorch and scikit-learn's converter write them, made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
Change = Callable[[onnx.ModelProto], Any]


def tensor(name: str, values: Any, dtype: Any = np.float32) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(values, dtype), name)


def value(name: str, shape: Sequence[int | str | None] | None, kind: int = FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def graph(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    weights: Sequence[onnx.TensorProto] = (),
    *,
    opset: int = 17,
    domains: Sequence[tuple[str, int]] = (),
) -> onnx.ModelProto:
    made = helper.make_graph(list(nodes), "main_graph", list(inputs), list(outputs), list(weights))
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(*one) for one in domains)]
    model = helper.make_model(made, opset_imports=opsets, producer_name="pytorch", producer_version="2.9.0")
    model.ir_version = 8
    return model


def table(change: Change | None = None, *, opset: int = 17, numbers: int = 2) -> onnx.ModelProto:
    """Return a small network of some numbers that ends in a sigmoid."""
    rng = np.random.default_rng(3)
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"], name="/fc1/Gemm", transB=1),
        helper.make_node("Relu", ["h"], ["r"], name="/relu/Relu"),
        helper.make_node("Gemm", ["r", "w2", "b2"], ["l"], name="/fc2/Gemm", transB=1),
        helper.make_node("Sigmoid", ["l"], ["y"], name="/Sigmoid"),
    ]
    weights = [
        tensor("w1", rng.normal(size=(4, numbers))),
        tensor("b1", rng.normal(size=4)),
        tensor("w2", rng.normal(size=(1, 4))),
        tensor("b2", [0.1]),
    ]
    model = graph(nodes, [value("x", ["batch", numbers])], [value("y", ["batch", 1])], weights, opset=opset)
    if change:
        change(model)
    return model


def picture(
    size: int = 16, *, batch: int | str = "batch", classes: int = 2, kind: int = FLOAT, numbers: int = 1
) -> onnx.ModelProto:
    """Return a network of an image, channels first, and some numbers that gives logits."""
    rng = np.random.default_rng(4)
    nodes = [
        helper.make_node("Cast", ["image"], ["image_f"], to=FLOAT),
        helper.make_node("Conv", ["image_f", "k", "kb"], ["c"], name="/conv/Conv", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["cr"]),
        helper.make_node("GlobalAveragePool", ["cr"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"], axis=1),
        helper.make_node("Cast", ["age"], ["age_f"], to=FLOAT),
        helper.make_node("Concat", ["f", "age_f"], ["all"], axis=1),
        helper.make_node("Gemm", ["all", "w", "b"], ["logits"], name="/head/Gemm", transB=1),
    ]
    weights = [
        tensor("k", rng.normal(size=(5, 3, 3, 3)) / 5),
        tensor("kb", rng.normal(size=5)),
        tensor("w", rng.normal(size=(classes, 5 + numbers))),
        tensor("b", rng.normal(size=classes)),
    ]
    inputs = [value("image", [batch, 3, size, size], kind), value("age", [batch, numbers], kind)]
    return graph(nodes, inputs, [value("logits", [batch, classes])], weights)


def forest(*, zipmap: bool = True, texts: bool = True) -> onnx.ModelProto:
    """Return a linear classifier of two numbers as skl2onnx writes it."""
    labels: dict[str, Any] = {"classlabels_strings": ["no", "yes"]} if texts else {"classlabels_ints": [0, 1]}
    nodes = [
        helper.make_node(
            "LinearClassifier",
            ["float_input"],
            ["label", "chances"],
            domain="ai.onnx.ml",
            coefficients=[1.0, -0.5, -1.0, 0.5],
            intercepts=[0.1, -0.1],
            post_transform="SOFTMAX",
            multi_class=0,
            **labels,
        )
    ]
    outputs = [value("label", [None], TensorProto.STRING if texts else INT64)]
    if zipmap:
        key = helper.make_map_type_proto(
            TensorProto.STRING if texts else INT64, helper.make_tensor_type_proto(FLOAT, [])
        )
        nodes.append(helper.make_node("ZipMap", ["chances"], ["output_probability"], domain="ai.onnx.ml", **labels))
        outputs.append(helper.make_value_info("output_probability", helper.make_sequence_type_proto(key)))
    else:
        outputs.append(value("chances", [None, 2]))
    return graph(nodes, [value("float_input", [None, 2])], outputs, domains=[("ai.onnx.ml", 1)])


def save(file: Path, model: onnx.ModelProto) -> Path:
    file.write_bytes(model.SerializeToString())
    return file
