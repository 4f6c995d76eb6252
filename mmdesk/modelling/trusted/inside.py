"""The process that runs a model maker's code, once: it loads the model and writes it as ONNX.

What it says before the code runs is our own word; all that it writes afterwards is looked at as a
stranger's file.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import types
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mmdesk.modelling.trusted.guards import before_code, before_libraries
from mmdesk.words import tr

MODEL, CODE, RESULT, ANSWERS, COMPILED = "model.keras", "code.py", "result.json", "answers.npz", "compiled.onnx"
ROWS = 64
_LONGEST = 4_000
_IMAGE_AXES = 3


def main(folder: Path, *, required: bool) -> int:
    """Run the code of the model in a folder; called by the hidden command `trusted`.

    Args:
        folder: Holds the model and the code; the results go there too.
        required: Run nothing unless all guards hold.
    """
    silent = os.open(os.devnull, os.O_WRONLY)
    parent = os.dup(1)
    os.dup2(silent, 1)
    network, files = before_libraries(folder)
    import keras
    import numpy as np
    import onnx
    import tf2onnx

    del onnx, tf2onnx
    guards = before_code(network, files)
    told = {"network": guards.network, "files": guards.files, "processes": guards.processes}
    os.write(parent, json.dumps(told).encode() + b"\n")
    os.close(parent)
    if required and not guards.whole:
        return 0
    os.dup2(silent, 2)
    os.chdir(folder)
    warnings.simplefilter("ignore")
    try:
        result = _compiled(keras, np, folder)
    except MemoryError:
        result = {"problem": tr("it needs more memory than it may have")}
    except BaseException as why:  # noqa: BLE001 - a stranger's code raises what it likes
        result = {"problem": tr("its code did not run"), "details": _details(why)}
    (folder / RESULT).write_text(json.dumps(result), "utf-8")
    return 0


def _compiled(keras: Any, np: Any, folder: Path) -> dict[str, Any]:
    known = _run_code(folder / CODE)
    try:
        model = keras.models.load_model(folder / MODEL, custom_objects=known, compile=False, safe_mode=False)
    except Exception as why:  # noqa: BLE001 - Keras and the code raise what they like
        return {"problem": tr("Keras cannot build it with this code"), "details": _details(why)}
    from mmdesk.modelling.foreign.trial import culprit

    try:
        whole = _with_ends(keras, model)
    except Exception as why:  # noqa: BLE001
        return {"problem": tr("it does not say what shape its inputs have"), "details": _details(why)}
    if whole is None:
        return {"problem": tr("it does not say what shape its inputs have")}
    rows = _rows(np, whole)
    try:
        answers = whole(dict(rows), training=False)
        whole.export(str(folder / COMPILED), format="onnx", verbose=False)
    except Exception as why:  # noqa: BLE001
        return {"problem": tr("it does not compile"), "layer": culprit(model, _details(why)), "details": _details(why)}
    if layer := _not_compiled(folder / COMPILED, model):
        return {"problem": tr("it does not compile"), "layer": layer}
    held = {f"in{place}": values for place, values in enumerate(rows.values())}
    held |= {f"out{place}": np.asarray(values) for place, values in enumerate(answers.values())}
    np.savez(folder / ANSWERS, **held)
    return {"inputs": list(rows), "outputs": list(answers)}


def _not_compiled(file: Path, model: Any) -> str:
    """Return the layer that the exporter wrote as an operator which ONNX does not have; empty for none."""
    import onnx

    from mmdesk.modelling.foreign.trial import culprit

    for node in onnx.load(file).graph.node:
        if not onnx.defs.has(node.op_type, node.domain):
            return culprit(model, f"/{node.name}/ {node.op_type}")
    return ""


def _run_code(file: Path) -> Mapping[str, Any]:
    """Run the file of code; return the classes and functions that it makes."""
    if not file.is_file():
        return {}
    text = file.read_text("utf-8")
    module = types.ModuleType("layers")
    module.__file__ = str(file)
    sys.modules["layers"] = module
    exec(compile(text, "layers.py", "exec"), module.__dict__)  # noqa: S102 - by a person's word
    made = {name: one for name, one in vars(module).items() if callable(one) and not name.startswith("__")}
    for name, one in made.items():
        setattr(sys.modules["__main__"], name, one)
    return made


def _with_ends(keras: Any, model: Any) -> Any:
    """Return the model with named inputs and a dict of outputs; None where nobody knows its inputs."""
    from mmdesk.modelling.foreign.loading import inputs_of, outputs_of

    if getattr(model, "inputs", None):
        names = [end.name for end in inputs_of(model)]
        structure = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
        dtypes = [str(tensor.dtype) for tensor in model.inputs]
        shapes = [tuple(tensor.shape) for tensor in model.inputs]
        outputs = [end.name for end in outputs_of(model)]
    else:
        shape = (model.get_build_config() or {}).get("input_shape")
        if shape is None:
            return None
        structure = keras.tree.map_shape_structure(keras.KerasTensor, shape)
        flat = keras.tree.flatten(structure)
        shapes, dtypes = [(None, *one.shape[1:]) for one in flat], ["float32" for one in flat]
        named = isinstance(shape, dict)
        names = sorted(shape) if named else [f"input_{place + 1}" for place in range(len(flat))]
        outputs = []
    made = {
        name: keras.Input(batch_shape=shape, dtype=dtype, name=_plain(name))
        for name, shape, dtype in zip(names, shapes, dtypes, strict=True)
    }
    given = model(keras.tree.pack_sequence_as(structure, list(made.values())))
    flat = keras.tree.flatten(given)
    if not outputs:
        outputs = sorted(given) if isinstance(given, dict) else [f"output_{place + 1}" for place in range(len(flat))]
    whole = keras.Model({one.name: one for one in made.values()}, dict(zip(map(_plain, outputs), flat, strict=True)))
    with suppress(Exception):
        whole(
            {
                name: keras.ops.zeros((1, *(s or 1 for s in one.shape[1:])), one.dtype)
                for name, one in whole.input.items()
            }
        )
    return whole


def _plain(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign == "_" else "_" for sign in name)


def _rows(np: Any, model: Any) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    rows = {}
    for name, tensor in model.input.items():
        shape = (ROWS, *(size or 32 for size in tensor.shape[1:]))
        if str(tensor.dtype).startswith("float"):
            drawn = rng.uniform(0, 1, shape)
            if len(shape) > _IMAGE_AXES:
                drawn[ROWS // 2 :] *= 255
        else:
            drawn = rng.integers(0, 2, shape)
        rows[name] = drawn.astype(tensor.dtype)
    return rows


def _details(why: BaseException) -> str:
    with suppress(Exception):
        return "".join(traceback.format_exception(why))[-_LONGEST:]
    return type(why).__name__
