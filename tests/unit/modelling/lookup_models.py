"""Small models that begin with lookup layers, as people write them with plain Keras, and cases for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

COLOURS = ["red", "green", "blue", "teal", "grey"]
TEXTS = ["no pain today", "Severe chest-pain, 3 days", "fever and COUGH; fever", "chest pain. no fever", "Été à la mer"]
NUMBERS = [3, 7, 11, 1 << 40]
CASES = 40
Made = tuple[keras.Model, dict[str, Any]]
MODELS: dict[str, Callable[[], Made]] = {}


def _words(width: int, *, known: bool = False) -> Any:
    at = np.random.default_rng(1).integers(0, 5 if known else 9, (CASES, width))
    return np.array([[COLOURS[i] if i < 5 else f"odd{i}" for i in row] for row in at], object)


def _texts(shape: tuple[int, ...] = (1,)) -> Any:
    rng = np.random.default_rng(2)
    made = [" ".join(TEXTS[i] for i in rng.integers(0, 5, rng.integers(0, 3))) for _ in range(CASES)]
    return np.array(made, object).reshape(CASES, *shape)


def _numbers(width: int = 1, *, known: bool = False) -> Any:
    return np.random.default_rng(3).choice(NUMBERS if known else [*NUMBERS, 0, 5, 6, -4, 900], (CASES, width))


def _slug(name: str) -> str:
    return "".join(one if one.isalnum() else "_" for one in name)


def _headed(x: Any, y: Any) -> keras.Model:
    if "int" in y.dtype:
        y = layers.Embedding(80, 4)(y)
    y = layers.Flatten()(y) if len(y.shape) > 2 else y
    return keras.Model(x, layers.Dense(2)(y))


def _string(name: str, width: int = 1, shape: tuple[int, ...] | None = None, **said: Any) -> None:
    def make() -> Made:
        x = keras.Input((width,) if shape is None else shape, dtype="string", name=_slug(name))
        given = _words(width, known=said.get("num_oov_indices") == 0)
        return _headed(x, layers.StringLookup(vocabulary=COLOURS, **said)(x)), {
            x.name: given.reshape(CASES, *x.shape[1:])
        }

    MODELS[f"StringLookup {name}"] = make


def _integer(name: str, width: int = 1, **said: Any) -> None:
    def make() -> Made:
        x = keras.Input((width,), dtype="int64", name=_slug(name))
        given = _numbers(width, known=said.get("num_oov_indices") == 0)
        return _headed(x, layers.IntegerLookup(vocabulary=NUMBERS, **said)(x)), {x.name: given}

    MODELS[f"IntegerLookup {name}"] = make


def _text(name: str, shape: tuple[int, ...] = (1,), **said: Any) -> None:
    def make() -> Made:
        x = keras.Input(shape, dtype="string", name=_slug(name))
        layer = layers.TextVectorization(**said)
        layer.adapt(TEXTS)
        return _headed(x, layer(x)), {x.name: _texts(shape)}

    MODELS[f"TextVectorization {name}"] = make


def _hashing(name: str, dtype: str = "string", **said: Any) -> None:
    def make() -> Made:
        x = keras.Input((1,), dtype=dtype, name=_slug(name))
        given = _words(1) if dtype == "string" else _numbers()
        return _headed(x, layers.Hashing(num_bins=20, **said)(x)), {x.name: given}

    MODELS[f"Hashing {name}"] = make


_string("int")
_string("of a scalar", shape=())
_string("without others", num_oov_indices=0)
_string("three others", num_oov_indices=3)
_string("three others, salted", num_oov_indices=3, salt=[3, 4])
_string("mask", mask_token="odd6")
_string("one_hot", output_mode="one_hot")
_string("one_hot of three", 3, output_mode="one_hot")
_string("multi_hot", 3, output_mode="multi_hot")
_string("count, mask", 3, output_mode="count", mask_token="odd7")
_string("tf_idf", 3, output_mode="tf_idf", idf_weights=[0.1, 0.2, 0.3, 0.4, 0.5])
_string("padded", 1, output_mode="multi_hot", max_tokens=12, pad_to_max_tokens=True)
_integer("int")
_integer("without others", num_oov_indices=0)
_integer("three others", num_oov_indices=3)
_integer("three others, hashed", num_oov_indices=3, oov_method="farmhash")
_integer("mask", mask_token=0)
_integer("one_hot", output_mode="one_hot")
_integer("count", 4, output_mode="count")
_text("int", output_sequence_length=6)
_text("int of a scalar", (), output_sequence_length=6)
_text("multi_hot", output_mode="multi_hot")
_text("count", output_mode="count")
_text("tf_idf", (), output_mode="tf_idf")
_text("lower", standardize="lower", output_sequence_length=6)
_text("strip_punctuation", standardize="strip_punctuation", output_sequence_length=6)
_text("no standard", standardize=None, output_sequence_length=6)
_text("characters", split="character", output_sequence_length=20)
_text("unsplit", split=None, output_mode="count")
_text("ngrams 2", ngrams=2, output_mode="tf_idf")
_text("ngrams (2, 3)", ngrams=(2, 3), output_sequence_length=8)
_text("padded", max_tokens=6, output_mode="count", pad_to_max_tokens=True)
_hashing("int")
_hashing("salted", salt=[1, 2])
_hashing("mask", mask_value="red")
_hashing("one_hot", output_mode="one_hot")
_hashing("multi_hot", output_mode="multi_hot")
_hashing("of numbers", "int64")
_hashing("of numbers, mask", "int64", mask_value=3)


def feature_space() -> Made:
    import tensorflow as tf

    make, rng = keras.utils.FeatureSpace, np.random.default_rng(4)
    space = make(
        features={
            "age": make.float_normalized(),
            "sex": make.string_categorical(),
            "cp": make.integer_categorical(),
            "thal": make.string_hashed(num_bins=8),
            "zip": make.integer_hashed(num_bins=9),
            "chol": make.float_discretized(num_bins=5),
            "bmi": make.float_rescaled(scale=0.1),
        },
        crosses=[("sex", "cp"), ("chol", "sex")],
        crossing_dim=16,
    )
    seen = {
        "age": rng.uniform(20, 80, CASES).astype("float32"),
        "sex": _words(1)[:, 0].astype(str),
        "cp": rng.integers(0, 5, CASES).astype("int32"),
        "thal": _words(1)[:, 0].astype(str),
        "zip": rng.integers(0, 99999, CASES).astype("int32"),
        "chol": rng.uniform(100, 400, CASES).astype("float32"),
        "bmi": rng.uniform(15, 40, CASES).astype("float32"),
    }
    space.adapt(tf.data.Dataset.from_tensor_slices(seen))
    given = {name: values.reshape(CASES, 1) for name, values in seen.items()}
    given |= {name: given[name].astype(object) for name in ("sex", "thal")}
    given["cp"] = given["cp"] + 3
    return keras.Model(space.get_inputs(), layers.Dense(2)(space.get_encoded_features())), given


MODELS["FeatureSpace"] = feature_space


def nested() -> Made:
    a, b, n = (
        keras.Input((k,), dtype=t, name=x) for x, k, t in (("a", 1, "string"), ("b", 2, "string"), ("n", 2, None))
    )
    reader = keras.Sequential(
        [
            keras.Input((1,), dtype="string"),
            layers.TextVectorization(vocabulary=["no", "pain", "fever"], output_sequence_length=5),
            layers.Embedding(9, 3),
            layers.GlobalAveragePooling1D(),
        ]
    )
    second = layers.StringLookup(vocabulary=COLOURS, output_mode="one_hot")(b[:, 1:2])
    both = layers.Flatten()(layers.Embedding(9, 2)(layers.StringLookup(vocabulary=COLOURS)(b)))
    every = layers.StringLookup(vocabulary=COLOURS, output_mode="multi_hot")(layers.Concatenate()([a, b]))
    y = layers.Concatenate()([reader(a), second, both, n, every])
    outputs = {"one": layers.Dense(1)(y), "two": layers.Dense(2, name="other")(y)}
    numbers = np.random.default_rng(5).normal(size=(CASES, 2)).astype("float32")
    return keras.Model({"a": a, "b": b, "n": n}, outputs), {"a": _texts(), "b": _words(2), "n": numbers}


MODELS["nested"] = nested
