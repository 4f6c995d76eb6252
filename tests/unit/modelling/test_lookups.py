"""A model without its lookups, fed by steps, answers as plain Keras does with words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from keras import layers  # noqa: E402

from mmdesk.core.errors import ModelProblem  # noqa: E402
from mmdesk.modelling.foreign.loading import input_structure, inputs_of, load_foreign, outputs_of  # noqa: E402
from mmdesk.modelling.foreign.lookups import take_apart  # noqa: E402
from mmdesk.modelling.safety.repack import pass_gate  # noqa: E402
from tests.unit.modelling.lookup_models import MODELS  # noqa: E402

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def through_the_gate(model: Any, folder: Path) -> Any:
    file = folder / "m.keras"
    model.save(file)
    (folder / "incoming").mkdir()
    return load_foreign(pass_gate(file, folder / "incoming").clean)


KINDS = sorted({name.partition(" ")[0] for name in MODELS})


def together(kind: str) -> tuple[Any, dict[str, Any]]:
    """Return all models of a kind as one, which saves their time."""
    made = [make() for name, make in MODELS.items() if name.partition(" ")[0] == kind]
    if len(made) == 1:
        return made[0]
    model = keras.Model([one.input for one, _ in made], [one.output for one, _ in made])
    return model, {name: values for _, given in made for name, values in given.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_answers_are_those_of_plain_keras(kind: str, tmp_path: Path):
    made, given = together(kind)
    model = through_the_gate(made, tmp_path)
    ends = inputs_of(model)
    fed = [tf.constant(given[end.name], tensor.dtype) for end, tensor in zip(ends, model.inputs, strict=True)]
    wanted = keras.tree.flatten(model(keras.tree.pack_sequence_as(input_structure(model), fed)))
    apart = take_apart(model)
    raw = {end.name: np.reshape(given[end.name], (len(given[end.name]), -1)).tolist() for end in ends}
    arrays = {name: lookup.array(raw) for name, lookup in apart.lookups.items()}
    found = apart.model([arrays[one.name] if one.name in arrays else given[one.name] for one in apart.model.inputs])
    assert len(apart.lookups) >= len([name for name in MODELS if name.startswith(kind)])
    assert all(one.dtype != "string" for one in apart.model.inputs)
    order = outputs_of(apart.model)
    names = [end.name for end in outputs_of(model)]
    by_name = dict(zip([end.name for end in order], keras.tree.flatten(found), strict=True))
    for name, one in zip(names, wanted, strict=True):
        assert np.abs(np.asarray(one) - np.asarray(by_name[name])).max() < 1e-5, name


def refused(model: Any, folder: Path) -> str:
    with pytest.raises(ModelProblem) as why:
        take_apart(through_the_gate(model, folder))
    return why.value.what


def test_words_that_nothing_looks_up_are_refused(tmp_path: Path):
    x = keras.Input((1,), dtype="string", name="x")
    n = keras.Input((1,), name="n")
    assert "its x gives string such as words" in refused(keras.Model([x, n], [layers.Dense(1)(n), x]), tmp_path)


def test_a_lookup_of_what_the_model_computed_is_refused(tmp_path: Path):
    x = keras.Input((3,), name="x")
    y = layers.IntegerLookup(vocabulary=[0, 1, 2])(keras.ops.argmax(layers.Dense(3)(x), axis=-1, keepdims=True))
    model = keras.Model(x, layers.Flatten()(layers.Embedding(9, 2)(y)))
    assert "looks up what the model computed" in refused(model, tmp_path)


def test_a_model_that_gives_words_is_refused(tmp_path: Path):
    x = keras.Input((1,), dtype="int64", name="x")
    model = keras.Model(x, layers.StringLookup(vocabulary=["a", "b"], invert=True)(x))
    with pytest.raises(ModelProblem, match="words"):
        take_apart(through_the_gate(model, tmp_path))
