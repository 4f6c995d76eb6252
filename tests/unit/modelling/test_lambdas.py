"""The usual Lambda layers are recognised without being run; what is not recognised gets general advice."""

from __future__ import annotations

import base64
import json
import marshal
from typing import Any

import pytest

from mmdesk.core.errors import RunsCode
from mmdesk.modelling.safety.config import read_structure
from mmdesk.modelling.safety.lambdas import GENERAL, say_equal
from mmdesk.modelling.safety.marshalled import read_code

K: Any = None
tf: Any = None


def layer(function: Any, **more: Any) -> dict[str, Any]:
    """A Lambda layer as Keras writes it."""
    code = base64.b64encode(marshal.dumps(function.__code__)).decode()
    inner = {"code": code, "defaults": None, "closure": None, **more}
    return {"name": "fusion", "function": {"class_name": "__lambda__", "config": inner}, "arguments": {}}


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda img: img / 255.0, "keras.layers.Rescaling(1 / 255.0)(x)"),
        (lambda x: tf.cast(x, tf.float32) / 255.0, "keras.layers.Rescaling(1 / 255.0)(x)"),
        (lambda x: x / 127.5 - 1, "keras.layers.Rescaling(1 / 127.5, offset=-1)(x)"),
        (lambda pair: K.abs(pair[0] - pair[1]), "keras.ops.abs(a - b)"),
        (lambda tensors: tf.math.abs(tensors[0] - tensors[1]), "keras.ops.abs(a - b)"),
        (
            lambda t: K.sqrt(K.maximum(K.sum(K.square(t[0] - t[1]), axis=1, keepdims=True), K.epsilon())),
            "keras.ops.square(a - b), axis=1",
        ),
        (lambda t: K.sum(K.abs(t[0] - t[1]), axis=-1, keepdims=True), "keras.ops.abs(a - b), axis=-1"),
        (lambda x: tf.expand_dims(x, -1), "keras.ops.expand_dims(x, axis=-1)"),
        (lambda x: tf.squeeze(x, axis=1), "keras.ops.squeeze(x, axis=1)"),
        (lambda x: tf.reduce_mean(x, axis=[1, 2]), "keras.ops.mean(x, axis=(1, 2))"),
        (lambda x: K.sum(x, axis=1), "keras.ops.sum(x, axis=1)"),
        (lambda x: tf.math.l2_normalize(x, axis=1), "keras.layers.UnitNormalization(axis=1)(x)"),
        (lambda x: x[:, -1, :], "x[:, -1, :]"),
        (lambda x: x[..., 0:3], "x[..., 0:3]"),
    ],
)
def test_the_usual_forms_are_recognised(function: Any, words: str):
    said = say_equal(layer(function))
    assert words in said
    assert "fusion" in said


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x - 255.0,
        lambda pair: pair[1] - pair[0],
        lambda x: __import__("os").system("true"),
        lambda x, y: x / 255.0,
        lambda x, y=3: x / 255.0,
        lambda *x: x[0],
        lambda x: [one for one in x],  # noqa: C416
        lambda x: K.abs(x[0] + x[1]),
        lambda x: K.sum(K.abs(x[0] - x[1]), axis=2, keepdims=True),
    ],
)
def test_what_only_looks_like_one_is_not(function: Any):
    assert say_equal(layer(function)) == GENERAL


def test_a_default_an_argument_or_a_closure_makes_it_another_function():
    assert say_equal(layer(lambda x: x / 2, defaults=[1])) == GENERAL
    assert say_equal(layer(lambda x: x / 2, closure=[1])) == GENERAL
    assert say_equal({**layer(lambda x: x / 2), "arguments": {"y": 1}}) == GENERAL


def test_a_named_function_is_said_with_its_condition():
    function = {"class_name": "function", "config": "euclidean_distance"}
    said = say_equal({"name": "distance", "function": function, "arguments": {}})
    assert "If it does what it is called" in said
    assert "keras.ops.square" in said


def test_bytes_that_are_no_function_do_no_harm():
    whole = marshal.dumps((lambda x: x / 255.0).__code__)
    for cut in range(len(whole)):
        assert read_code(whole[:cut]) is None
    for at in range(len(whole)):
        read_code(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
    for odd in (
        b"(" * 500,
        b"\xa9" + b"\xff" * 9,
        b"(\xff\xff\xff\x7f",
        b"r\x00\x00\x00\x00",
        b"\xa9\x01r\x00\x00\x00\x00",
    ):
        assert read_code(odd) is None
    for wrong in (
        None,
        {},
        {"name": "x"},
        {"name": "x", "function": {"class_name": "__lambda__", "config": {"code": "%"}}},
    ):
        assert say_equal(wrong) == GENERAL


def test_the_refusal_says_what_to_write_and_that_it_runs_code():
    lambdas = [{"module": "keras.layers", "class_name": "Lambda", "registered_name": None, "config": layer(function)}
               for function in (lambda x: x / 255.0, lambda x: x[:, 0])]  # fmt: skip
    own = {"module": "layers", "class_name": "Distance", "registered_name": "Own>Distance", "config": {}}
    config = {"module": "keras", "class_name": "Functional", "config": {"layers": [*lambdas, own]}}
    with pytest.raises(RunsCode) as refusal:
        read_structure(json.dumps(config).encode(), b'{"keras_version": "3.10.0"}', 100)
    assert "Rescaling(1 / 255.0)" in refusal.value.do
    assert "x[:, 0]" in refusal.value.do
    assert "Own>Distance, a class that is not part of Keras" in refusal.value.details
    assert "Nothing of it was run" in refusal.value.safe
