"""One ONNX graph from the compiled parts of a version, so that other programs load one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnx
from onnx import compose

from mmdesk.core.errors import ModelProblem
from mmdesk.core.versions.version import EncoderPart, Parts
from mmdesk.inference.session import part_file
from mmdesk.words import tr

_IMAGE, _EMBEDDING = "image", "embedding"
"""What every compiled encoder calls its input and output."""


def merge_parts(parts: Parts, folder: Path, file: Path) -> None:
    """Write the whole model: each image through its encoder into the head.

    An encoder that serves several inputs is there once for each; its weights are there once.

    Args:
        parts: The version's compiled parts; there is a head.
        folder: Where they lie.
        file: The file to write.

    Raises:
        ModelProblem: The parts do not go together.
    """
    head = onnx.load(part_file(folder, parts.head))
    try:
        for encoder in parts.encoders:
            head = _before(head, encoder, onnx.load(part_file(folder, encoder.file)))
    except (ValueError, KeyError) as why:
        raise ModelProblem(
            tr("The compiled parts of this model do not go together as one file."),
            tr("The model is unchanged."),
            tr("Choose another form; keras always works."),
            details=str(why)[:2000],
        ) from why
    onnx.save(head, file)


def _before(head: onnx.ModelProto, encoder: EncoderPart, part: onnx.ModelProto) -> onnx.ModelProto:
    """Put an encoder before each input of the head that it serves."""
    newest = max(head.ir_version, part.ir_version)
    head.ir_version = part.ir_version = newest
    _same_operators(head, part)
    wanted = {one.name for one in head.graph.input}
    for name in encoder.inputs:
        if f"{name}__embedding" not in wanted:
            continue
        copy = compose.add_prefix(part, f"{encoder.name}:{name}/", rename_initializers=False)
        copy = compose.add_prefix(
            copy,
            f"{encoder.name}/",
            rename_nodes=False,
            rename_edges=False,
            rename_inputs=False,
            rename_outputs=False,
            rename_value_infos=False,
            rename_functions=False,
        )
        prefix = f"{encoder.name}:{name}/"
        _rename_input(copy.graph, f"{prefix}{_IMAGE}", name)
        known = {one.name for one in head.graph.initializer}
        shared = [one for one in copy.graph.initializer if one.name in known]
        for one in shared:
            copy.graph.initializer.remove(one)
        head = _joined(copy, head, (f"{prefix}{_EMBEDDING}", f"{name}__embedding"))
    return head


def _joined(first: onnx.ModelProto, second: onnx.ModelProto, edge: tuple[str, str]) -> onnx.ModelProto:
    """Return both as one graph, the output of the first being the input of the second."""
    given, taken = edge
    made = onnx.ModelProto()
    made.CopyFrom(second)
    graph = made.graph
    del graph.node[:], graph.input[:]
    graph.node.extend(first.graph.node)
    graph.node.extend(second.graph.node)
    for node in graph.node[len(first.graph.node) :]:
        for index, name in enumerate(node.input):
            if name == taken:
                node.input[index] = given
    graph.input.extend(first.graph.input)
    graph.input.extend(one for one in second.graph.input if one.name != taken)
    graph.initializer.extend(first.graph.initializer)
    graph.value_info.extend(first.graph.value_info)
    return made


def _rename_input(graph: onnx.GraphProto, old: str, new: str) -> None:
    for one in graph.input:
        if one.name == old:
            one.name = new
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name == old:
                node.input[index] = new


def _same_operators(*models: onnx.ModelProto) -> Sequence[onnx.ModelProto]:
    """See that both parts use the same operators.

    Raises:
        ValueError: They do not.
    """
    sets = [{one.domain: one.version for one in model.opset_import} for model in models]
    for domain in set.intersection(*map(set, sets)):
        if len({one[domain] for one in sets}) > 1:
            raise ValueError(f"operator sets differ: {sets}")
    return models
