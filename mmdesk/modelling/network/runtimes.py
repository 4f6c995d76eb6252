"""An exported model is loaded by its own runtime and held against what it was made from."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ModelProblem
from mmdesk.modelling.network.export import TOLERANCE
from mmdesk.words import QT_TR_NOOP, tr

Arrays = Mapping[str, NDArray[Any]]
Run = Callable[[Arrays], Arrays]
_FLEX = "Flex"


def largest_difference(wanted: Arrays, found: Arrays) -> float:
    """Return the largest difference of any output, relative where its values exceed 1.

    Args:
        wanted: Outputs by name.
        found: Those of another form of the model.
    """
    worst = 0.0
    for name, values in wanted.items():
        one, other = (np.asarray(some, np.float64) for some in (values, found[name]))
        if one.shape != other.shape or not (np.isfinite(one).all() and np.isfinite(other).all()):
            return float("inf")
        scale = max(1.0, float(np.abs(one).max(initial=0)))
        worst = max(worst, float(np.abs(one - other).max(initial=0)) / scale)
    return worst


def check_written(form: str, file: Path, rows: Arrays, wanted: Arrays) -> float:
    """See that a written file gives what the model gives, together and one case alone.

    Args:
        form: `keras`, `onnx`, `savedmodel` or `litert`.
        file: What was written.
        rows: Cases by input.
        wanted: What the model gives for them, by output.

    Returns:
        The largest difference.

    Raises:
        ModelProblem: Its runtime does not load it, does not run it, or gives something else.
    """
    runtime, opened = _RUNTIMES[form]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the runtimes' own dependencies
            run = opened(file)
            worst = largest_difference(wanted, run(rows))
            alone = run({name: values[:1] for name, values in rows.items()})
            worst = max(worst, largest_difference({k: v[:1] for k, v in wanted.items()}, alone))
    except ModelProblem:
        raise
    except Exception as why:  # the runtimes raise what they like; it is one situation
        raise unwritten(form, tr("{runtime} does not run what was written", runtime=runtime), f"{why}") from why
    if not worst < TOLERANCE:
        raise unwritten(
            form,
            tr("{runtime} gives other answers than the model", runtime=runtime),
            tr("largest difference {worst:.3g}", worst=worst),
        )
    return worst


def runtime_of(form: str) -> str:
    """Return the name of the runtime that loads a form."""
    return _RUNTIMES[form][0]


def unwritten(form: str, lacks: str, details: str = "") -> ModelProblem:
    """Return the situation of a model that cannot be had in a form.

    Args:
        form: As the command line calls it.
        lacks: What prevents it, as the end of a sentence without a full stop.
        details: Technical words.
    """
    return ModelProblem(
        tr("This model cannot be written as {form}: {lacks}.", form=form, lacks=lacks),
        tr("Nothing was written, and the model is unchanged."),
        tr("Choose another form.") if form == "keras" else tr("Choose another form; keras always works."),
        details[:2000],
    )


def _keras(file: Path) -> Run:
    import keras

    model = keras.models.load_model(file, compile=False, safe_mode=True)
    return lambda rows: {name: np.asarray(values) for name, values in model(dict(rows)).items()}


def _onnx(file: Path) -> Run:
    from mmdesk.inference.runtime import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    taken = [one.name for one in session.get_inputs()]
    return lambda rows: dict(zip(names, session.run(names, {name: rows[name] for name in taken}), strict=True))


def _saved_model(file: Path) -> Run:
    import tensorflow as tf

    served = tf.saved_model.load(str(file))
    return lambda rows: {name: np.asarray(values) for name, values in served.serve(dict(rows)).items()}


def _litert(file: Path) -> Run:
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(str(file))
    operations = {str(one["op_name"]) for one in interpreter._get_ops_details()}  # noqa: SLF001
    if flex := sorted(name for name in operations if name.startswith(_FLEX)):
        raise unwritten(
            "litert",
            tr(
                "LiteRT alone does not run it; operations of its layers (an LSTM or GRU, most often) need the "
                "Flex delegate, which is TensorFlow: {flex}",
                flex=", ".join(name.removeprefix(_FLEX) for name in flex),
            ),
        )
    runner = interpreter.get_signature_runner()
    taken = list(runner.get_input_details())
    return lambda rows: dict(runner(**{name: rows[name] for name in taken}))


_RUNTIMES: dict[str, tuple[str, Callable[[Path], Run]]] = {
    "keras": ("Keras", _keras),
    "onnx": (QT_TR_NOOP("ONNX Runtime"), _onnx),
    "savedmodel": ("TensorFlow", _saved_model),
    "litert": ("LiteRT", _litert),
}
