"""What to write in place of the usual Lambda layers, recognised without running them.

A Lambda holds bytecode. It is compared, byte by byte, with what this Python makes of the usual
forms; where it came from another version of Python it is not recognised, and nothing is guessed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from functools import cache
from types import CodeType
from typing import Any

from mmdesk.modelling.safety.marshalled import read_code
from mmdesk.words import QT_TR_NOOP, tr

_A, _B, _C = 7_001, 7_002, 7_003
"""Numbers that stand for any in a form."""
_FREE = (_A, _B, _C)
_MODULES = ("K", "backend", "keras.backend", "tf.keras.backend", "tf", "tf.math", "tf.nn", "ops", "keras.ops")
_NUMBERS = (
    ("x / A", "keras.layers.Rescaling(1 / {0})(x)"),
    ("x * A", "keras.layers.Rescaling({0})(x)"),
    ("x / A - B", "keras.layers.Rescaling(1 / {0}, offset=-{1})(x)"),
    ("(x - A) / B", "keras.layers.Rescaling(1 / {1}, offset=-{0} / {1})(x)"),
    ("x[0] - x[1]", "keras.ops.subtract(a, b)"),
    ("x[0] * x[1]", "keras.ops.multiply(a, b)"),
    ("abs(x[0] - x[1])", "keras.ops.abs(a - b)"),
    ("x[:, A]", "x[:, {0}]"),
    ("x[:, A, :]", "x[:, {0}, :]"),
    ("x[:, :, A]", "x[:, :, {0}]"),
    ("x[:, :, A:B]", "x[:, :, {0}:{1}]"),
    ("x[:, A:]", "x[:, {0}:]"),
    ("x[:, :A]", "x[:, :{0}]"),
    ("x[:, A:B]", "x[:, {0}:{1}]"),
    ("x[:, A:B, :]", "x[:, {0}:{1}, :]"),
    ("x[..., A]", "x[..., {0}]"),
    ("x[..., A:B]", "x[..., {0}:{1}]"),
    ("x[..., :A]", "x[..., :{0}]"),
    ("x[..., A:]", "x[..., {0}:]"),
)
"""Forms of arithmetic and slicing alone, and what to write in place of each."""
_CALLS = (
    ("M.abs(x[0] - x[1])", "keras.ops.abs(a - b)"),
    ("M.square(x[0] - x[1])", "keras.ops.square(a - b)"),
    ("M.cast(x, 'float32')", 'keras.ops.cast(x, "float32")'),
    ("M.cast(x, tf.float32)", 'keras.ops.cast(x, "float32")'),
    ("M.cast(x, 'float32') / A", "keras.layers.Rescaling(1 / {0})(x)"),
    ("M.cast(x, tf.float32) / A", "keras.layers.Rescaling(1 / {0})(x)"),
    *((f"M.{name}(x)", f"keras.ops.{name}(x)") for name in (
        "abs", "exp", "log", "sqrt", "square", "sigmoid", "tanh", "relu", "softmax")),
    *((f"M.{name}(x, {axis}A)", f"keras.ops.{name}(x, axis={{0}})") for name in ("expand_dims", "squeeze")
      for axis in ("", "axis=")),
    *((f"M.l2_normalize(x{axis})", f"keras.layers.UnitNormalization(axis={shown})(x)")
      for axis, shown in ((", A", "{0}"), (", axis=A", "{0}"))),
    *((f"M.{name}(x, {axis}A{keep})", f"keras.ops.{plain}(x, axis={{0}}{keep})")
      for name, plain in (("mean", "mean"), ("sum", "sum"), ("max", "max"), ("reduce_mean", "mean"),
                          ("reduce_sum", "sum"), ("reduce_max", "max"))
      for axis in ("", "axis=") for keep in ("", ", keepdims=True")),
    *((f"M.{name}(x, axis={axes}{keep})", f"keras.ops.{plain}(x, axis=(1, 2){keep})")
      for name, plain in (("mean", "mean"), ("reduce_mean", "mean"), ("sum", "sum"), ("reduce_sum", "sum"))
      for axes in ("(1, 2)", "[1, 2]") for keep in ("", ", keepdims=True")),
    *((f"M.{name}(M.abs(x[0] - x[1]), axis={axis}, keepdims=True)",
       f"keras.ops.sum(keras.ops.abs(a - b), axis={axis}, keepdims=True)")
      for name in ("sum", "reduce_sum") for axis in (1, -1)),
    *((f"M.sqrt({inner})",
       f"keras.ops.sqrt(keras.ops.sum(keras.ops.square(a - b), axis={axis}, keepdims=True) + 1e-7)")
      for name in ("sum", "reduce_sum") for axis in (1, -1)
      for inner in (f"M.{name}(M.square(x[0] - x[1]), axis={axis}, keepdims=True)",
                    f"M.maximum(M.{name}(M.square(x[0] - x[1]), axis={axis}, keepdims=True), M.epsilon())")),
)  # fmt: skip
"""Forms that call a function of a module, and what to write in place of each."""
_NAMED = {
    ("abs_diff", "absolute_difference", "l1", "l1_diff"): "keras.ops.abs(a - b)",
    ("l1_distance", "manhattan_distance"): "keras.ops.sum(keras.ops.abs(a - b), axis=-1, keepdims=True)",
    ("euclidean_distance", "euclidean", "l2_distance", "eucl_dist"): (
        "keras.ops.sqrt(keras.ops.sum(keras.ops.square(a - b), axis=-1, keepdims=True) + 1e-7)"
    ),
    ("l2_normalize", "l2_norm"): "keras.layers.UnitNormalization(axis=-1)(x)",
}
"""Names of functions that public examples give to the same few computations."""
GENERAL = QT_TR_NOOP("Write what it does with keras.ops on the tensors, and save it again.")


def say_equal(config: object) -> str:
    """Return in words what to write in place of a Lambda layer.

    Args:
        config: The layer's description in the file.
    """
    if not isinstance(config, Mapping):
        return tr(GENERAL)
    layer, function = str(config.get("name", "lambda"))[:80], config.get("function")
    if not isinstance(function, Mapping) or config.get("arguments"):
        return tr(GENERAL)
    inner = function.get("config")
    if function.get("class_name") == "__lambda__" and (found := _recognised(inner)):
        return tr("In place of {layer} write: {found}.", layer=layer, found=found)
    if function.get("class_name") == "function" and isinstance(inner, str):
        for names, found in _NAMED.items():
            if inner in names:
                return tr(
                    "{layer} calls a function {name}, which is not in the file. If it does what it is called, "
                    "write in its place: {found}.",
                    layer=layer,
                    name=inner,
                    found=found,
                )
    return tr(GENERAL)


def _recognised(inner: object) -> str:
    """Return the equal form of a function's bytecode; empty where it is none of the usual ones."""
    if not isinstance(inner, Mapping) or inner.get("defaults") or inner.get("closure"):
        return ""
    try:
        code = read_code(base64.b64decode(str(inner.get("code", "")), validate=False))
    except (ValueError, binascii.Error):
        return ""
    if code is None or code.arguments != 1 or any(code.others):
        return ""
    for constants, shown in _forms().get((code.code, code.names), ()):
        numbers = _numbers(constants, code.constants)
        if numbers is not None:
            return shown.format(*(repr(numbers.get(one, 0)) for one in _FREE))
    return ""


def _numbers(form: tuple[Any, ...], given: tuple[Any, ...]) -> dict[int, float] | None:
    """Return the numbers that stand in a form's free ones; None where other constants differ."""
    if len(form) != len(given):
        return None
    found: dict[int, float] = {}
    for one, value in zip(form, given, strict=True):
        if type(one) is int and abs(one) in _FREE:
            if type(value) not in (int, float):
                return None
            found[abs(one)] = value
        elif type(one) is not type(value) or one != value:
            return None
    return found


@cache
def _forms() -> Mapping[tuple[bytes, tuple[Any, ...]], list[tuple[tuple[Any, ...], str]]]:
    found: dict[tuple[bytes, tuple[Any, ...]], list[tuple[tuple[Any, ...], str]]] = {}
    for source, shown in _sources():
        whole = compile(f"lambda x: {source}", "form", "eval")  # our own forms, from this module; none of them runs
        function = next(one for one in whole.co_consts if isinstance(one, CodeType))
        key = (function.co_code, function.co_names)
        found.setdefault(key, []).append((function.co_consts, shown))
    return found


def _sources() -> Iterator[tuple[str, str]]:
    for source, shown in _NUMBERS:
        yield _filled(source), shown
    for source, shown in _CALLS:
        for module in _MODULES:
            yield _filled(source.replace("M.", f"{module}.")), shown


def _filled(source: str) -> str:
    """Put the free numbers into a form; they are its only capital letters but K."""
    return source.translate({ord(sign): str(number) for sign, number in zip("ABC", _FREE, strict=True)})
