"""Every recipe that comes with the program: it fits its fields, builds, masks what is absent."""

from dataclasses import replace

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from mmdesk.core.model.prepare import learn_preparation, prepare, prepare_targets  # noqa: E402
from mmdesk.core.recipe.recipe import check_recipe, read_recipe, write_recipe  # noqa: E402
from mmdesk.core.recipe.registry import FUSIONS, as_merge  # noqa: E402
from mmdesk.modelling.network.build import build_head, build_model, encoders_of, head_of  # noqa: E402
from mmdesk.modelling.network.bundle import load_model  # noqa: E402
from mmdesk.modelling.network.export import check_parity, export_part, with_missing_patterns  # noqa: E402
from mmdesk.modelling.training.fit import Examples, compile_trainer, fit_head  # noqa: E402
from mmdesk.modelling.version_writer import made_up_pictures  # noqa: E402
from tests import recipe_cases  # noqa: E402

FAST = ("R07", "R09", "R13")
"""Recipes whose heads compile quickly; recurrent layers take their time."""
COUNTS = {"R03a-frozen-backbone": 260, "R13-four-images-log-number": 160, "R03b-frozen-application": 260}
"""Cases made where a backbone looks at them."""


def head_inputs(shape, preparation, seed=1):
    """Return the head's inputs, embeddings drawn at random."""
    present = {name: shape.present(name) for name in shape.recipe.images}
    inputs = prepare(preparation, shape.schema, shape.cases, present)
    rng = np.random.default_rng(seed)
    for name in shape.recipe.images:
        width = shape.recipe.encoder_of(name).embedding
        inputs[f"{name}__embedding"] = rng.normal(size=(len(shape.cases), width)).astype(np.float32)
    return inputs


def head_and_inputs(name, count=64, recipe=None, missing=0.2):
    shape = recipe_cases.make(name, count, missing=missing, size=8)
    recipe = recipe or shape.recipe
    preparation = learn_preparation(shape.schema, shape.cases, shape.labels, recipe)
    keras.utils.set_random_seed(3)
    return build_head(recipe, shape.schema, preparation), head_inputs(shape, preparation), shape


def spoiled(key, values, inputs, rng):
    """Return values that hold anything at all wherever their input is absent."""
    gone = inputs[f"{key.split('__')[0]}__present"][:, 0] == 0
    values = values.copy()
    shape = values[gone].shape
    if values.dtype == bool:
        values[gone] = rng.random(shape) < 0.5
    elif values.dtype == np.int32:
        values[gone] = rng.integers(-5, 10**6, shape)
    else:
        values[gone] = rng.choice(np.array([np.nan, np.inf, -np.inf, 1e30, 0.0], np.float32), shape)
    return values


def spoil(inputs):
    rng = np.random.default_rng(4)
    return {
        key: values if key.endswith("__present") else spoiled(key, values, inputs, rng)
        for key, values in inputs.items()
    }


@pytest.mark.parametrize("name", recipe_cases.NAMES)
def test_a_recipe_fits_its_fields_and_survives_its_text(name):
    schema, recipe = recipe_cases.load(name)
    check_recipe(recipe, schema)
    assert read_recipe(write_recipe(recipe)) == recipe
    assert {n for e in recipe.encoders for n in e.inputs} == {field.name for field in schema.inputs}


@pytest.mark.parametrize(
    "name",
    [name if name[:3] in FAST else pytest.param(name, marks=pytest.mark.slow) for name in recipe_cases.NAMES],
)
def test_absent_inputs_change_nothing_and_it_compiles(name, tmp_path):
    head, inputs, _ = head_and_inputs(name)
    cases = with_missing_patterns(inputs)
    expected, found = head(cases, training=False), head(spoil(cases), training=False)
    for target, values in expected.items():
        assert np.isfinite(np.asarray(values)).all()
        np.testing.assert_array_equal(np.asarray(values), np.asarray(found[target]), err_msg=target)
    assert check_parity(head, tmp_path / export_part(head, tmp_path), cases) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("merge", FUSIONS)
def test_each_fusion_masks_and_compiles(merge, tmp_path):
    name = "R12a-many-targets-attention"
    _, recipe = recipe_cases.load(name)
    recipe = replace(recipe, fusion=as_merge(recipe.fusion, merge))
    head, inputs, _ = head_and_inputs(name, recipe=recipe)
    cases = with_missing_patterns(inputs)
    expected, found = head(cases, training=False), head(spoil(cases), training=False)
    for target, values in expected.items():
        np.testing.assert_array_equal(np.asarray(values), np.asarray(found[target]), err_msg=target)
        assert np.asarray(values).std() > 0
    assert check_parity(head, tmp_path / export_part(head, tmp_path), cases) < 1e-4


def test_an_unknown_target_has_no_gradient():
    import tensorflow as tf

    head, inputs, shape = head_and_inputs("R12a-many-targets-attention", 32)
    targets, weights = prepare_targets(shape.schema, shape.labels)
    for hidden in targets:
        some = {name: np.zeros_like(w) if name == hidden else w for name, w in weights.items()}
        trainer = compile_trainer(head, Examples(inputs, targets, some), shape.recipe.training)
        with tf.GradientTape() as tape:
            found = trainer(inputs, training=False)
            loss = trainer.compute_loss(y=targets, y_pred=found, sample_weight=some)
        gradients = tape.gradient(loss, [v.value for v in head.trainable_variables])
        own = [
            g
            for g, v in zip(gradients, head.trainable_variables, strict=True)
            if v.path.split("/")[-2] in {hidden, f"{hidden}__standard"}
        ]
        assert len(own) == 2
        assert all(g is None or not np.asarray(g).any() for g in own), hidden
        assert any(g is not None and np.asarray(g).any() for g in gradients)


@pytest.mark.slow
@pytest.mark.parametrize("start", ["R02", "R06", "R10", "R12a", "R12b", "R13"])
def test_every_kind_of_layer_is_trained_in_mixed_precision(start):
    (name,) = (name for name in recipe_cases.NAMES if name.startswith(f"{start}-"))
    head, inputs, shape = head_and_inputs(name, 32)
    before = [np.array(variable) for variable in head.trainable_variables]
    training = replace(shape.recipe.training, epochs=1, precision="mixed", weight_decay=0.0)
    history = fit_head(head, inputs, *prepare_targets(shape.schema, shape.labels), training)
    assert np.isfinite(history["loss"]).all()
    assert any((old != np.array(v)).any() for old, v in zip(before, head.trainable_variables, strict=True))
    assert {layer.dtype_policy.name for layer in head.layers} == {"float32"}


def trained(name, tmp_path, count=520):
    """Train a recipe for real; return model, shape, the head's inputs of the last quarter and its labels."""
    count = COUNTS.get(name, count)
    shape = recipe_cases.make(name, count, missing=0.25 if name.startswith("R11") else 0.05)
    recipe = shape.recipe
    if name.startswith("R03b"):
        recipe = with_random_weights(recipe, tmp_path)
    first, stop = int(count * 0.6), int(count * 0.75)
    preparation = learn_preparation(shape.schema, shape.cases[:first], shape.labels[:first], recipe)
    keras.utils.set_random_seed(recipe.training.seed)
    model = build_model(recipe, shape.schema, preparation)
    present = {image: shape.present(image) for image in recipe.images}
    record = prepare(preparation, shape.schema, shape.cases, present)
    targets, weights = prepare_targets(shape.schema, shape.labels)
    if recipe.trains_images:
        trainee, inputs = model, record | {k: v.astype(np.float32) for k, v in shape.pictures.items()}
    else:
        trainee, inputs = head_of(model), record | embeddings(model, shape)
    train, validation = (
        Examples(*({k: v[rows] for k, v in part.items()} for part in (inputs, targets, weights)))
        for rows in (slice(0, first), slice(first, stop))
    )
    fit_head(trainee, train.inputs, train.targets, train.weights, recipe.training, validation=validation)
    rows = record | embeddings(model, shape)
    return model, shape, {k: v[stop:] for k, v in rows.items()}, shape.labels[stop:]


def embeddings(model, shape):
    found = {}
    for encoder, served in encoders_of(model).values():
        for name in served:
            pictures = shape.pictures[name].astype(np.float32)
            found[f"{name}__embedding"] = encoder.predict(pictures, batch_size=32, verbose=0)
    return found


def with_random_weights(recipe, folder):
    """Return the recipe with a file of weights of the right shape in it."""
    keras.utils.set_random_seed(9)
    encoders = []
    for encoder in recipe.encoders:
        if encoder.kind == "application":
            make = getattr(keras.applications, encoder.architecture)
            size = encoder.size
            file = folder / "some.weights.h5"
            make(include_top=False, weights=None, input_shape=(size, size, 3), pooling="avg").save_weights(file)
            encoder = replace(encoder, weights=str(file))  # noqa: PLW2901
        encoders.append(encoder)
    return replace(recipe, encoders=tuple(encoders))


@pytest.mark.parametrize("name", ["R12a-many-targets-attention", "R13-four-images-log-number", "R10-image-and-text"])
def test_answers_by_chance_do_not_pass_for_learning(name):
    shape = recipe_cases.make(name, 130, size=8)
    rng = np.random.default_rng(2)
    targets, _ = prepare_targets(shape.schema, shape.labels)
    by_chance = {key: rng.permutation(np.asarray(values)) for key, values in targets.items()}
    assert not any(recipe_cases.beats(row) for row in recipe_cases.figures(shape.schema, shape.labels, by_chance))
    assert all(recipe_cases.beats(row) for row in recipe_cases.figures(shape.schema, shape.labels, targets))


@pytest.mark.slow
@pytest.mark.parametrize("name", recipe_cases.NAMES)
def test_a_recipe_learns_and_its_compiled_parts_agree(name, tmp_path, record_property):
    model, shape, inputs, labels = trained(name, tmp_path)
    outputs = head_of(model).predict(inputs, verbose=0)
    rows = recipe_cases.figures(shape.schema, labels, outputs)
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    head = head_of(again)
    for target, values in outputs.items():
        np.testing.assert_allclose(values, head.predict(inputs, verbose=0)[target], rtol=1e-5, atol=1e-6)
    cases = with_missing_patterns(inputs)
    worst = check_parity(head, tmp_path / export_part(head, tmp_path), cases)
    for encoder, _ in encoders_of(again).values():
        pictures = made_up_pictures(encoder.input_shape[1])
        file = tmp_path / export_part(encoder, tmp_path)
        worst = max(worst, check_parity(encoder, file, {"image": pictures}))
    record_property("figures", [rows, worst])
    print(name, [(t, m, *(round(x, 3) for x in rest)) for t, m, *rest in rows], f"{worst:.1e}")
    assert all(recipe_cases.beats(row) for row in rows), rows
