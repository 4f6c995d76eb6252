"""Models from recipes: what is missing changes nothing, and they can be used elsewhere."""

import itertools

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from mmdesk.core.errors import ModelProblem  # noqa: E402
from mmdesk.core.fields.schema import Field, Schema  # noqa: E402
from mmdesk.core.model.prepare import learn_preparation  # noqa: E402
from mmdesk.core.recipe.recipe import Recipe, default_recipe, new_encoder  # noqa: E402
from mmdesk.modelling.network.build import build_head, build_model, encoders_of, head_of  # noqa: E402
from mmdesk.modelling.network.bundle import load_model  # noqa: E402
from tests.unit.modelling_fixtures import PIXELS, RECIPES, SCHEMA, made_up_data, tiny_backbone  # noqa: E402


def model_and_inputs(recipe, count=4):
    preparation, inputs, _, _ = made_up_data(recipe, count)
    model = build_model(recipe, SCHEMA, preparation, tiny_backbone())
    rng = np.random.default_rng(2)
    for name in recipe.images:
        del inputs[f"{name}__embedding"]
        inputs[name] = rng.uniform(0, 255, (count, PIXELS, PIXELS, 3)).astype(np.float32)
    return model, inputs


def every_subset(inputs):
    """Return rows that hide each subset of the inputs, none and all included."""
    names = [name for name in inputs if name.endswith("__present")]
    hidden = np.array(list(itertools.product((False, True), repeat=len(names))))
    rows = np.arange(len(hidden)) % len(inputs[names[0]])
    cases = {name: values[rows].copy() for name, values in inputs.items()}
    for place, name in enumerate(names):
        cases[name][:, 0] = ~hidden[:, place]
    return cases, dict(zip((name.removesuffix("__present") for name in names), hidden.T, strict=True))


def spoiled(values, hidden, rng):
    """Return the values with the hidden rows holding anything at all."""
    values = values.copy()
    shape = values[hidden].shape
    if values.dtype == bool:
        values[hidden] = rng.random(shape) < 0.5
    elif values.dtype == np.int32:
        values[hidden] = rng.integers(-5, 10**6, shape)
    else:
        anything = np.array([np.nan, np.inf, -np.inf, 1e30, -3.0, 0.0], np.float32)
        values[hidden] = rng.choice(anything, shape)
    return values


@pytest.mark.parametrize("name", RECIPES)
def test_the_content_of_a_missing_input_changes_nothing(name):
    model, inputs = model_and_inputs(RECIPES[name])
    clean, hidden = every_subset(inputs)
    rng = np.random.default_rng(3)
    anything = {
        key: values if key.endswith("__present") else spoiled(values, hidden[key.split("__")[0]], rng)
        for key, values in clean.items()
    }
    expected, found = model.predict(clean, verbose=0), model.predict(anything, verbose=0)
    for target, values in expected.items():
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(values, found[target], err_msg=target)


@pytest.mark.parametrize("name", RECIPES)
def test_a_present_input_matters(name):
    model, inputs = model_and_inputs(RECIPES[name], 24)
    expected = model.predict(inputs, verbose=0)
    for key in [key for key in inputs if key.endswith("__present")]:
        for value in (0, 1):
            changed = inputs | {key: np.full_like(inputs[key], value)}
            moved = model.predict(changed, verbose=0)
            touched = (changed[key] != inputs[key])[:, 0]
            same = [np.array_equal(moved[t][touched], expected[t][touched]) for t in expected]
            assert not touched.any() or not all(same), key


def test_steps_beyond_the_mask_and_padding_change_nothing():
    model, inputs = model_and_inputs(RECIPES["convolution"], 24)
    rng = np.random.default_rng(3)
    beyond = ~inputs["pressure__mask"]
    changed = inputs | {"pressure": spoiled(inputs["pressure"], beyond, rng)}
    for target, values in model.predict(inputs, verbose=0).items():
        np.testing.assert_array_equal(values, model.predict(changed, verbose=0)[target])


def test_a_model_survives_its_file_and_works_without_mmdesk(tmp_path):
    model, inputs = model_and_inputs(RECIPES["recurrent"])
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert {name: served for name, (_, served) in encoders_of(again).items()} == {"backbone": ("left", "right")}
    assert head_of(again).name == "head"
    for target, values in model.predict(inputs, verbose=0).items():
        np.testing.assert_array_equal(values, again.predict(inputs, verbose=0)[target])


def test_outputs_have_the_shapes_of_the_contract():
    model, inputs = model_and_inputs(RECIPES["record only"], 3)
    outputs = model.predict(inputs, verbose=0)
    assert {name: values.shape for name, values in outputs.items()} == {
        "sick": (3, 1),
        "cause": (3, 3),
        "findings": (3, 2),
        "dose": (3, 1),
        "stage": (3, 2),
    }
    np.testing.assert_allclose(outputs["cause"].sum(1), 1, rtol=1e-5)


def test_the_backbone_is_frozen_and_the_head_is_not():
    model, _ = model_and_inputs(RECIPES["convolution"])
    backbone, _ = encoders_of(model)["backbone"]
    assert not backbone.trainable_variables
    assert len(head_of(model).trainable_variables) == len(model.trainable_variables) > 0


def test_fields_may_have_the_names_of_operations():
    names = ("where", "max", "greater", "concatenate", "dense", "input_layer", "fusion")
    fields = (*(Field(name, "input", "number") for name in names), Field("sum", "target", "flag"))
    schema = Schema("Odd names", "ID", "ID", fields)
    recipe = default_recipe(schema)
    head = build_head(recipe, schema, learn_preparation(schema, [], [], recipe))
    assert list(head.output) == ["sum"]


def test_a_part_s_name_is_refused_for_an_input():
    schema = Schema("Odd", "ID", "ID", (Field("head", "input", "number"), Field("sick", "target", "flag")))
    recipe = Recipe((new_encoder("dense", ("head",)),))
    with pytest.raises(ModelProblem, match="head"):
        build_model(recipe, schema, learn_preparation(schema, [], [], recipe))


def test_a_file_that_is_no_model_is_refused_in_words(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"no model")
    with pytest.raises(ModelProblem, match=r"model\.keras"):
        load_model(tmp_path / "model.keras")
