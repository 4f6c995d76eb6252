"""Through the gate as an ONNX file: what ONNX Runtime is given is a graph of our own writing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

from mmdesk.core.model.foreign import End
from mmdesk.modelling.safety.archive import check_regular, copy_of
from mmdesk.modelling.safety.onnx_ends import ends_of
from mmdesk.modelling.safety.onnx_graph import check_graph
from mmdesk.modelling.safety.onnx_sizes import check_sizes
from mmdesk.modelling.safety.refusal import Refusal, refused
from mmdesk.words import tr

SUFFIX = ".onnx"
LARGEST = 1 << 30
"""Bytes of an ONNX file at most."""
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class PassedOnnx:
    """An ONNX file that may be loaded.

    Attributes:
        original: Its copy, byte for byte.
        clean: The graph for ONNX Runtime: as it was understood, without what it does not need.
        sha256: Hex digest of the original.
        size: Its bytes.
        opset: Version of the standard operators.
        producer: What wrote it, as it says.
        operators: How often it names each operator.
        inputs: Its inputs, by name.
        outputs: Its outputs, by name.
        single: It takes one case at a time.
        notes: What was left out, in words.
    """

    original: Path
    clean: Path
    sha256: str
    size: int
    opset: int
    producer: str
    operators: Mapping[str, int]
    inputs: tuple[End, ...]
    outputs: tuple[End, ...]
    single: bool
    notes: Sequence[str]


def pass_onnx_gate(source: Path, folder: Path, *, sha256: str = "") -> PassedOnnx:
    """Look at an ONNX file without running it.

    Args:
        source: The file that the person chose.
        folder: An empty folder of our own.
        sha256: The digest that it had when the person agreed to it; any when empty.

    Raises:
        Refusal: It is not taken; the words say why.
    """
    check_regular(source)
    copied = copy_of(source, folder / f"incoming{SUFFIX}")
    if sha256 and copied.sha256 != sha256:
        raise refused(tr("it has changed since it was looked at"), tr("Choose it again."))
    if copied.size > LARGEST:
        raise refused(tr("it is larger than {largest} GB", largest=LARGEST >> 30), tr("Use a smaller model."))
    try:
        model = _parse(copied.file)
        operators = check_graph(model)
        ends = ends_of(model)
        _clean(model)
        check_sizes(model, ends.inputs)
    except Refusal:
        raise
    except MemoryError:
        raise
    except Exception as why:  # onnx raises what it likes about a file that was put together by hand
        raise refused(
            tr("it is no sound ONNX file"), tr("Export it again."), f"{type(why).__name__}: {why}"[:2000]
        ) from why
    clean = folder / f"clean{SUFFIX}"
    clean.write_bytes(model.SerializeToString())
    producer = " ".join(f"{model.producer_name} {model.producer_version}".split())[:_SHOWN]
    return PassedOnnx(
        copied.file,
        clean,
        copied.sha256,
        copied.size,
        next(one.version for one in model.opset_import if not one.domain),
        producer,
        Counter(operators),
        tuple(sorted(ends.inputs, key=_name)),
        tuple(sorted(ends.outputs, key=_name)),
        ends.single,
        ends.notes,
    )


def _parse(file: Path) -> onnx.ModelProto:
    data = file.read_bytes()
    if data[:4] == b"PK\3\4":
        raise refused(tr("it is no ONNX file, whatever its name says"), tr("Choose the file that was exported."))
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except MemoryError:
        raise
    except Exception as why:  # the parser has its own classes, which are no part of its interface
        raise refused(tr("it is no sound ONNX file"), tr("Export it again."), str(why)[:500]) from why
    model.DiscardUnknownFields()
    return model


def _clean(model: onnx.ModelProto) -> None:
    """Take out what ONNX Runtime does not need, and what could say something else than the graph."""
    graph = model.graph
    model.doc_string = graph.doc_string = ""
    for field in ("metadata_props", "training_info", "functions"):
        model.ClearField(field)
    for field in ("metadata_props", "value_info", "quantization_annotation"):
        graph.ClearField(field)
    used = {node.domain for node in graph.node} | {""}
    kept = [one for one in model.opset_import if _plain(one.domain) in used]
    versions = {_plain(one.domain): one.version for one in kept}
    model.ClearField("opset_import")
    model.opset_import.extend(onnx.helper.make_opsetid(domain, version) for domain, version in versions.items())
    for node in graph.node:
        node.doc_string = ""
        node.ClearField("metadata_props")
    onnx.checker.check_model(model)


def _name(end: End) -> str:
    return end.name


def _plain(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain
