"""One ONNX file for each way to harm, or to mislead, who reads such files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.unit import onnx_files as good
from tests.unit.onnx_files import FLOAT, INT64, graph, tensor, value

Make = Callable[[Path], Path]
HOSTILE: dict[str, tuple[str, Make]] = {}


def hostile(reason: str) -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        HOSTILE[make.__name__] = (reason, make)
        return make

    return keep


def edited(file: Path, change: Callable[[onnx.ModelProto], Any]) -> Path:
    return good.save(file, good.table(change))


def before(file: Path, *nodes: onnx.NodeProto, weights: tuple[onnx.TensorProto, ...] = ()) -> Path:
    """Save a graph whose x goes through some nodes; the last of them makes y."""
    return good.save(file, graph(nodes, [value("x", ["batch", 2])], [value("y", None)], weights))


def node(op: str, inputs: list[str], made: str = "y", **more: Any) -> onnx.NodeProto:
    return helper.make_node(op, inputs, [made], **more)


@hostile("weights lie in another file")
def weights_in_another_file(file: Path) -> Path:
    def change(model: onnx.ModelProto) -> None:
        one = model.graph.initializer[0]
        one.ClearField("raw_data")
        one.data_location = TensorProto.EXTERNAL
        entry = one.external_data.add()
        entry.key, entry.value = "location", "../../../../etc/passwd"

    return edited(file, change)


@hostile("weights lie in another file")
def constant_in_another_file(file: Path) -> Path:
    held = tensor("t", [1.0, 2.0])
    held.data_location = TensorProto.EXTERNAL
    entry = held.external_data.add()
    entry.key, entry.value = "location", "/etc/shadow"
    return before(file, node("Constant", [], "c", value=held), node("Add", ["x", "c"]))


@hostile("which is not part of ONNX")
def operator_of_its_own(file: Path) -> Path:
    return before(file, node("Shell", ["x"], domain="evil.example"))


@hostile("which is not part of ONNX")
def operator_of_pytorch(file: Path) -> Path:
    return before(file, node("ATen", ["x"], domain="org.pytorch.aten"))


@hostile("not among those that mmdesk knows to be safe")
def operator_that_decodes(file: Path) -> Path:
    return before(file, node("ImageDecoder", ["x"]))


@hostile("not among those that mmdesk knows to be safe")
def operator_of_sequences(file: Path) -> Path:
    return before(file, node("SequenceConstruct", ["x"], "s"), node("SequenceAt", ["s", "s"]))


@hostile("which draws by chance")
def answer_by_chance(file: Path) -> Path:
    return before(file, node("RandomNormalLike", ["x"]))


def _body() -> onnx.GraphProto:
    return helper.make_graph([node("Identity", ["i"], "o")], "body", [value("i", [1])], [value("o", [1])])


@hostile("loop (Loop)")
def loop_without_end(file: Path) -> Path:
    return before(
        file,
        node("Loop", ["n", "", "x"], body=_body()),
        weights=(tensor("n", 1 << 60, np.int64),),
    )


@hostile("loop (Scan)")
def scan(file: Path) -> Path:
    return before(file, node("Scan", ["x"], body=_body(), num_scan_inputs=1))


@hostile("branch (If)")
def branch(file: Path) -> Path:
    return before(file, node("If", ["c"], then_branch=_body(), else_branch=_body()), weights=(tensor("c", True, bool),))


@hostile("holds a graph of its own")
def graph_inside_a_plain_operator(file: Path) -> Path:
    return before(file, node("Relu", ["x"], body=_body()))


@hostile("functions of its own")
def functions_that_call_one_another(file: Path) -> Path:
    def change(model: onnx.ModelProto) -> None:
        for level in range(30):
            inner = f"f{level + 1}" if level < 29 else "Relu"
            domain = "own" if level < 29 else ""
            model.functions.append(
                helper.make_function(
                    "own",
                    f"f{level}",
                    ["a"],
                    ["c"],
                    [node(inner, ["a"], "b", domain=domain), node(inner, ["b"], "c", domain=domain)],
                    [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)],
                )
            )

    return edited(file, change)


@hostile("makes 1,099,511,627,776 numbers for one case")
def constant_of_a_terabyte(file: Path) -> Path:
    return before(
        file,
        node("ConstantOfShape", ["s"], "big"),
        node("ReduceMax", ["big"], "m", keepdims=0),
        node("Add", ["x", "m"]),
        weights=(tensor("s", [1 << 20, 1 << 20], np.int64),),
    )


@hostile("more than any model needs")
def expanded(file: Path) -> Path:
    return before(file, node("Expand", ["x", "s"]), weights=(tensor("s", [1 << 20, 1 << 10, 1, 2], np.int64),))


@hostile("more than any model needs")
def tiled(file: Path) -> Path:
    return before(file, node("Tile", ["x", "s"]), weights=(tensor("s", [1, 1 << 40], np.int64),))


@hostile("more than any model needs")
def padded(file: Path) -> Path:
    return before(file, node("Pad", ["x", "p"]), weights=(tensor("p", [0, 0, 0, 1 << 32], np.int64),))


@hostile("more than any model needs")
def counted(file: Path) -> Path:
    return before(
        file,
        node("Range", ["a", "b", "c"], "r"),
        node("ReduceMax", ["r"], "m", keepdims=0),
        node("Cast", ["m"], "f", to=FLOAT),
        node("Add", ["x", "f"]),
        weights=(tensor("a", 0, np.int64), tensor("b", 1 << 40, np.int64), tensor("c", 1, np.int64)),
    )


@hostile("more than any model needs")
def resized(file: Path) -> Path:
    return before(
        file,
        node("Resize", ["x", "", "", "s"], mode="nearest"),
        weights=(tensor("s", [1, 1 << 36], np.int64),),
    )


@hostile("more than any model needs")
def squared_again_and_again(file: Path) -> Path:
    nodes, name = [], "x"
    for level in range(6):
        nodes += [
            node("Unsqueeze", [name, "one"], f"a{level}"),
            node("Unsqueeze", [name, "two"], f"b{level}"),
            node("Add", [f"a{level}", f"b{level}"], f"c{level}"),
            node("Reshape", [f"c{level}", "flat"], f"d{level}"),
        ]
        name = f"d{level}"
    nodes.append(node("Identity", [name]))
    weights = (tensor("one", [1], np.int64), tensor("two", [2], np.int64), tensor("flat", [1, -1], np.int64))
    return before(file, *nodes, weights=weights)


@hostile("depends on the numbers of a case")
def size_from_a_case(file: Path) -> Path:
    return before(
        file,
        node("Cast", ["x"], "i", to=INT64),
        node("ReduceMax", ["i"], "m", keepdims=0),
        node("Unsqueeze", ["m", "zero"], "s"),
        node("ConstantOfShape", ["s"], "big"),
        node("ReduceMax", ["big"], "f", keepdims=0),
        node("Add", ["x", "f"]),
        weights=(tensor("zero", [0], np.int64),),
    )


@hostile("not among those that mmdesk knows to be safe")
def size_from_what_is_not_zero(file: Path) -> Path:
    return before(file, node("NonZero", ["x"]))


@hostile("claims 1,073,741,824 numbers and holds 8")
def weights_that_are_not_there(file: Path) -> Path:
    def change(model: onnx.ModelProto) -> None:
        del model.graph.initializer[0].dims[:]
        model.graph.initializer[0].dims.extend([1 << 15, 1 << 15])

    return edited(file, change)


@hostile("a shape that no model needs")
def weights_of_a_negative_size(file: Path) -> Path:
    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer[0].dims[0] = -4
        model.graph.initializer[0].dims[1] = -2

    return edited(file, change)


@hostile("cut into pieces")
def weights_in_pieces(file: Path) -> Path:
    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer[0].segment.begin = 0
        model.graph.initializer[0].segment.end = 1 << 40

    return edited(file, change)


@hostile("stored as sparse tensors")
def sparse_weights(file: Path) -> Path:
    def change(model: onnx.ModelProto) -> None:
        sparse = model.graph.sparse_initializer.add()
        sparse.values.CopyFrom(tensor("v", [1.0]))
        sparse.indices.CopyFrom(tensor("i", [1 << 50], np.int64))
        sparse.dims.extend([1 << 51])

    return edited(file, change)


@hostile("of the type STRING")
def weights_of_text(file: Path) -> Path:
    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(helper.make_tensor("t", TensorProto.STRING, [1], [b"x"]))

    return edited(file, change)


@hostile("two of its results have the same name")
def one_name_twice(file: Path) -> Path:
    return before(file, node("Relu", ["x"], "h"), node("Abs", ["x"], "h"), node("Add", ["h", "h"]))


@hostile("uses a result that nothing made before")
def a_circle(file: Path) -> Path:
    return before(file, node("Add", ["x", "b"], "a"), node("Relu", ["a"], "b"), node("Relu", ["b"]))


@hostile("version 99 of the operators")
def operators_of_the_future(file: Path) -> Path:
    return edited(file, lambda model: setattr(model.opset_import[0], "version", 99))


@hostile("takes texts")
def texts_as_input(file: Path) -> Path:
    return good.save(
        file,
        graph(
            [node("LabelEncoder", ["x"], domain="ai.onnx.ml", keys_strings=["a"], values_floats=[1.0])],
            [value("x", ["n", 1], TensorProto.STRING)],
            [value("y", ["n", 1])],
            domains=[("ai.onnx.ml", 2)],
        ),
    )


@hostile("takes no plain numbers")
def sequence_as_input(file: Path) -> Path:
    def change(model: onnx.ModelProto) -> None:
        kind = helper.make_sequence_type_proto(helper.make_tensor_type_proto(FLOAT, [1]))
        model.graph.input[0].type.CopyFrom(kind)

    return edited(file, change)


@hostile("does not say what shape")
def input_without_a_shape(file: Path) -> Path:
    return edited(file, lambda model: model.graph.input[0].type.tensor_type.ClearField("shape"))


@hostile("a size that no case has")
def input_of_a_petabyte(file: Path) -> Path:
    def change(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1 << 50

    return edited(file, change)


@hostile("a fixed number of cases")
def batches_of_eight(file: Path) -> Path:
    def change(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 8

    return edited(file, change)


@hostile("no sound ONNX file")
def noise(file: Path) -> Path:
    file.write_bytes(np.random.default_rng(1).bytes(5000))
    return file


@hostile("no ONNX file, whatever its name says")
def an_archive(file: Path) -> Path:
    file.write_bytes(b"PK\3\4" + b"\0" * 100)
    return file


@hostile("holds no graph")
def nothing(file: Path) -> Path:
    file.write_bytes(b"")
    return file


@hostile("a link to another file")
def a_link(file: Path) -> Path:
    target = good.save(file.with_name("elsewhere.onnx"), good.table())
    file.symlink_to(target)
    return file


@hostile("longer than any model needs")
def a_name_of_a_megabyte(file: Path) -> Path:
    return before(file, node("Relu", ["x"], "h" * (1 << 20)), node("Relu", ["h" * (1 << 20)]))


@hostile("more parts than any model needs")
def a_hundred_thousand_nodes(file: Path) -> Path:
    nodes = [node("Relu", ["x" if not level else f"r{level - 1}"], f"r{level}") for level in range(30_000)]
    return before(file, *nodes, node("Relu", ["r29999"]))


@hostile("gives texts and no numbers")
def only_words_come_out(file: Path) -> Path:
    model = good.forest(zipmap=False)
    del model.graph.output[1]
    return good.save(file, model)
