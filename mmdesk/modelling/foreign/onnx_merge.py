"""One ONNX graph of what goes before a foreign graph, the graph itself and what comes after it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import compose, helper, version_converter

from mmdesk.core.errors import ModelProblem
from mmdesk.inference.session import OnnxSession
from mmdesk.modelling.network.export import TOLERANCE, blank_inputs
from mmdesk.modelling.network.graph import call_within, inputs_of_calls, operations_of
from mmdesk.modelling.network.runtimes import largest_difference
from mmdesk.modelling.safety.onnx_gate import PassedOnnx
from mmdesk.modelling.safety.refusal import TRIED, refused
from mmdesk.support.files import sha256_of
from mmdesk.words import tr

_NEWEST_WRITTEN = 18
"""Version of the operators that the exporter of Keras writes at most; newer ones are converted to."""
_BATCH, _BATCH_OF_IMAGES = 1024, 16
"""Cases that are predicted at once."""
_IMAGE_AXES = 4


def merge(wrapped: keras.Model, model: keras.Model, passed: PassedOnnx, parts_folder: Path, *, single: bool) -> str:
    """Write a wrapped foreign graph as one file of ONNX under the name of its hash.

    Args:
        wrapped: The graph in the project's clothes.
        model: The graph alone, as `load_onnx` gave it.
        passed: Its file.
        parts_folder: Where the parts lie; made when not there.
        single: It is given one case at a time.

    Returns:
        The file's name.

    Raises:
        ModelProblem: It cannot be written.
    """
    node = call_within(wrapped, model)
    before, after = list(node.input_tensors), list(keras.tree.flatten(node.output_tensors))
    taken = [end.name for end in passed.inputs]
    given = [end.name for end in passed.outputs]
    used = _used(wrapped, after)
    first = keras.Model(wrapped.input, {f"to_{place}": _own(one) for place, one in enumerate(before)})
    second = keras.Model([after[place] for place in used], wrapped.output)
    whole = onnx.load(passed.clean)
    version = passed.opset
    try:
        start, ending = _exported(first, version), _exported(second, version)
        merged = _joined(start, whole, ending, taken, [given[place] for place in used], second)
        if single:
            for value in merged.graph.input:
                dim = value.type.tensor_type.shape.dim[0]
                dim.Clear()
                dim.dim_value = 1
        onnx.checker.check_model(merged)
    except ModelProblem:
        raise
    except Exception as why:  # onnx and the exporter raise what they like
        raise refused(
            tr("it could not be put together with the preparation of the project's fields"),
            tr("Export it again with opset_version={newest}.", newest=_NEWEST_WRITTEN),
            f"{type(why).__name__}: {why}"[:2000],
            safe=TRIED,
        ) from why
    parts_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parts_folder, prefix=".merge-") as folder:
        file = Path(folder) / "part.onnx"
        file.write_bytes(merged.SerializeToString())
        name = f"{sha256_of(file)}.onnx"
        file.replace(parts_folder / name)
    return name


def depends_on_company(model: keras.Model, rows: Mapping[str, NDArray[Any]]) -> bool:
    """Tell whether a case's answer depends on the cases that are given with it.

    Args:
        model: A wrapped graph.
        rows: Prepared cases.
    """
    together = {name: np.asarray(values) for name, values in model(dict(rows), training=False).items()}
    some = range(0, len(next(iter(rows.values()))), 7)
    for row in some:
        alone = model({name: values[row : row + 1] for name, values in rows.items()}, training=False)
        one = {name: values[row : row + 1] for name, values in together.items()}
        if not largest_difference(one, {name: np.asarray(values) for name, values in alone.items()}) < TOLERANCE:
            return True
    return False


def check_original(
    model: keras.Model,
    wrapped: keras.Model,
    passed: PassedOnnx,
    file: Path,
    rows: Mapping[str, NDArray[Any]],
    *,
    single: bool,
) -> float:
    """See that a merged file gives what the file as it came gives in plain ONNX Runtime.

    Args:
        model: The graph alone.
        wrapped: The same in the project's clothes.
        passed: The file as it came.
        file: The merged file.
        rows: Prepared cases.
        single: Each case is given alone.

    Returns:
        The largest difference of any output.

    Raises:
        ModelProblem: They differ by 1e-4 or more.
    """
    node = call_within(wrapped, model)
    feed = keras.Model(wrapped.input, [_own(one) for one in node.input_tensors])
    fed = [np.asarray(one) for one in keras.tree.flatten(feed(dict(rows), training=False))]
    plain = OnnxSession(passed.original)
    known = set(plain.outputs)
    given = {end.name: one.astype(end.dtype) for end, one in zip(passed.inputs, fed, strict=True)}
    blocks = _one_by_one(given) if single else [given]
    raw = [_raw(plain.run(block), [end.name for end in passed.outputs]) for block in blocks]
    outputs = {name: np.concatenate([one[name] for one in raw]) for name in raw[0] if name in known}
    after = list(keras.tree.flatten(node.output_tensors))
    used = _used(wrapped, after)
    last = keras.Model([after[place] for place in used], wrapped.output)
    names = [end.name for end in passed.outputs]
    wanted = last([outputs[names[place]].astype("float32") for place in used], training=False)
    found = OnnxSession(file).run({name: np.asarray(values) for name, values in rows.items()})
    worst = largest_difference({name: np.asarray(values) for name, values in wanted.items()}, found)
    if not worst < TOLERANCE:
        raise refused(
            tr("put together with the preparation, it gives other answers than alone"),
            tr("Export it again with the number of cases left free."),
            tr("largest difference {worst:.3g}", worst=worst),
            safe=TRIED,
        )
    return worst


def check_room(file: Path, rows: Mapping[str, NDArray[Any]]) -> None:
    """Run a merged file on as many cases as are predicted at once, under the cap on memory.

    Raises:
        MemoryError: They do not fit.
    """
    pictures = any(values.ndim >= _IMAGE_AXES for values in rows.values())
    count = _BATCH_OF_IMAGES if pictures else _BATCH
    places = np.arange(count) % len(next(iter(rows.values())))
    try:
        OnnxSession(file).run({name: values[places] for name, values in rows.items()})
    except ModelProblem as why:
        if "alloc" in why.details.lower():
            raise MemoryError from why
        raise


def _raw(found: Mapping[str, Any], names: list[str]) -> dict[str, NDArray[Any]]:
    """Return outputs as arrays; a list of maps, which scikit-learn's converter gives, as columns."""
    made = {}
    for name in names:
        values = found[name]
        if isinstance(values, list):
            values = np.array([list(row.values()) for row in values], np.float32)
        made[name] = np.asarray(values)
    return made


def _one_by_one(rows: Mapping[str, NDArray[Any]]) -> list[dict[str, NDArray[Any]]]:
    count = len(next(iter(rows.values())))
    return [{name: values[row : row + 1] for name, values in rows.items()} for row in range(count)]


def _own(tensor: Any) -> Any:
    """Return a tensor that is no input itself, so that a graph has something to compute."""
    return keras.layers.Identity()(tensor)


def _used(wrapped: keras.Model, after: list[Any]) -> list[int]:
    """Return which outputs of the graph the targets are made of."""
    wanted = {id(one) for operation in operations_of(wrapped) for one in inputs_of_calls(operation)}
    wanted |= {id(one) for one in keras.tree.flatten(wrapped.output)}
    return [place for place, one in enumerate(after) if id(one) in wanted]


def _exported(model: keras.Model, version: int) -> onnx.ModelProto:
    model(blank_inputs(model, 1))
    with tempfile.TemporaryDirectory(prefix="mmdesk-merge-") as folder:
        file = Path(folder) / "part.onnx"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter's own dependencies
            model.export(str(file), format="onnx", verbose=False, opset_version=min(version, _NEWEST_WRITTEN))
        made = onnx.load(file)
    used = {node.domain for node in made.graph.node} | {""}
    for place in reversed(range(len(made.opset_import))):
        if made.opset_import[place].domain not in used:
            del made.opset_import[place]
    if version > _NEWEST_WRITTEN:
        made = version_converter.convert_version(made, version)
    return made


def _joined(
    start: onnx.ModelProto,
    whole: onnx.ModelProto,
    ending: onnx.ModelProto,
    taken: list[str],
    given: list[str],
    second: keras.Model,
) -> onnx.ModelProto:
    """Put three graphs one behind the other; where types differ, numbers are converted."""
    newest = max(one.ir_version for one in (start, whole, ending))
    for one in (start, whole, ending):
        one.ir_version = newest
    start = compose.add_prefix(start, "before/", rename_inputs=False)
    whole = compose.add_prefix(whole, "model/")
    ending = compose.add_prefix(ending, "after/", rename_outputs=False)
    _keep_names(start.graph, "before/", inputs=True)
    _keep_names(ending.graph, "after/", inputs=False)
    kinds = {one.name: one.type.tensor_type.elem_type for one in (*whole.graph.input, *ending.graph.input)}
    pairs = [(f"before/to_{place}", f"model/{name}") for place, name in enumerate(taken)]
    _convert(start, pairs, kinds)
    merged = compose.merge_models(start, whole, io_map=pairs)
    links = [(f"model/{name}", f"after/{one.name}") for name, one in zip(given, second.inputs, strict=True)]
    _convert(merged, links, kinds)
    return compose.merge_models(merged, ending, io_map=links, outputs=[one.name for one in ending.graph.output])


def _convert(model: onnx.ModelProto, pairs: list[tuple[str, str]], kinds: Mapping[str, int]) -> None:
    """Convert outputs to the types that the inputs behind them take."""
    outputs = {one.name: one for one in model.graph.output}
    for made, wanted in pairs:
        value = outputs[made]
        if value.type.tensor_type.elem_type == kinds[wanted]:
            continue
        inner = f"{made}/as_made"
        for node in model.graph.node:
            node.output[:] = [inner if name == made else name for name in node.output]
            node.input[:] = [inner if name == made else name for name in node.input]
        model.graph.node.append(helper.make_node("Cast", [inner], [made], to=kinds[wanted]))
        value.type.tensor_type.elem_type = kinds[wanted]


def _keep_names(graph: onnx.GraphProto, prefix: str, *, inputs: bool) -> None:
    """See that the ends which other programs see bear plain names."""
    ends = graph.input if inputs else graph.output
    for value in ends:
        old, new = value.name, value.name.removeprefix(prefix)
        if old == new:
            inner = f"{prefix}{new}"
            for node in graph.node:
                node.input[:] = [new if name == inner else name for name in node.input]
                node.output[:] = [new if name == inner else name for name in node.output]
            continue
        value.name = new
        for node in graph.node:
            node.input[:] = [new if name == old else name for name in node.input]
            node.output[:] = [new if name == old else name for name in node.output]
