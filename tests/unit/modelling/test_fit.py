"""Training a head: what counts, what does not, and when it stops."""

from dataclasses import replace

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from mmdesk.core.recipe.recipe import Training  # noqa: E402
from mmdesk.modelling.network.build import build_head  # noqa: E402
from mmdesk.modelling.training.fit import Examples, calibrate, fit_head  # noqa: E402
from tests.unit.modelling_fixtures import RECIPES, SCHEMA, made_up_data  # noqa: E402

RECIPE = RECIPES["record only"]
SHORT = Training(epochs=2, batch=32, drop_inputs=0.0, weight_decay=0.0)


def new_head(recipe=RECIPE, count=96):
    preparation, inputs, targets, weights = made_up_data(recipe, count)
    keras.utils.set_random_seed(4)
    return build_head(recipe, SCHEMA, preparation), inputs, targets, weights


def values_of(head):
    return [np.array(variable) for variable in head.trainable_variables]


def test_an_unknown_target_pulls_at_nothing():
    head, inputs, targets, weights = new_head()
    before = {name: head.get_layer(name).get_weights() for name in ("sick", "cause")}
    weights = {name: np.zeros_like(w) if name != "cause" else w for name, w in weights.items()}
    fit_head(head, inputs, targets, weights, SHORT)
    for old, new in zip(before["sick"], head.get_layer("sick").get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert any((a != b).any() for a, b in zip(before["cause"], head.get_layer("cause").get_weights(), strict=True))


@pytest.mark.slow
def test_the_value_of_an_unknown_target_does_not_matter():
    results = []
    for filler in (0.0, 1.0):
        head, inputs, targets, weights = new_head()
        weights["sick"][::2] = 0
        targets["sick"][::2] = filler
        fit_head(head, inputs, targets, weights, SHORT)
        results.append(values_of(head))
    for first, second in zip(*results, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_every_intended_weight_moves():
    recipe = RECIPES["convolution"]
    head, inputs, targets, weights = new_head(recipe)
    before = values_of(head)
    fit_head(head, inputs, targets, weights, SHORT)
    still = [v.path for v, old in zip(head.trainable_variables, before, strict=True) if (np.array(v) == old).all()]
    assert not still


@pytest.mark.slow
def test_it_learns_and_numbers_come_out_in_their_unit():
    recipe = RECIPES["convolution"]
    head, inputs, targets, weights = new_head(recipe, 400)
    training = Training(epochs=40, batch=64, rate=0.02, drop_inputs=0.0)
    history = fit_head(head, inputs, targets, weights, training)
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    found = head.predict(inputs, verbose=0)
    there = inputs["complaint__present"][:, 0] == 1
    assert ((found["sick"] > 0.5) == (targets["sick"] > 0.5))[there].mean() > 0.95
    aged = inputs["age__present"][:, 0] == 1
    assert np.abs(found["dose"] - targets["dose"])[aged].mean() < 0.4 * targets["dose"].std()


@pytest.mark.slow
def test_it_stops_early_and_keeps_the_best_weights():
    head, inputs, targets, weights = new_head()
    wrong = {name: 1 - values if name != "dose" else values for name, values in targets.items()}
    validation = Examples(inputs, wrong, weights)
    training = Training(epochs=60, rate=0.01, patience=2)
    history = fit_head(head, inputs, targets, weights, training, validation=validation)
    assert len(history["val_loss"]) < 60
    after = fit_head(head, inputs, targets, weights, replace(training, epochs=1, rate=1e-8), validation=validation)
    assert after["val_loss"][0] == pytest.approx(min(history["val_loss"]), rel=1e-3)


@pytest.mark.slow
def test_towards_holds_the_weights_and_lets_go_afterwards():
    moved = []
    for strength in (0.0, 10.0):
        head, inputs, targets, weights = new_head()
        start = values_of(head)
        training = replace(SHORT, epochs=8, rate=0.01, towards=strength)
        fit_head(head, inputs, targets, weights, training, towards=start)
        moved.append(sum(float(((a - b) ** 2).sum()) for a, b in zip(start, values_of(head), strict=True)))
        assert not head.losses
        assert all(variable.regularizer is None for variable in head.trainable_variables)
    assert moved[1] < 0.2 * moved[0]


@pytest.mark.slow
def test_hidden_inputs_teach_to_do_without():
    """With inputs hidden in training, a case without any gets a sober probability."""
    head, inputs, targets, weights = new_head(count=400)
    fit_head(head, inputs, targets, weights, Training(epochs=30, rate=0.01, drop_inputs=0.3))
    nothing = {n: np.zeros_like(v) if n.endswith("__present") else v for n, v in inputs.items()}
    assert np.abs(head.predict(nothing, verbose=0)["sick"] - targets["sick"].mean()).max() < 0.15


def test_calibration_corrects_overconfidence():
    head, inputs, targets, weights = new_head(count=400)
    fit_head(head, inputs, targets, weights, Training(epochs=20, rate=0.01))
    for name in ("sick", "cause"):
        kernel, bias = head.get_layer(name).get_weights()
        head.get_layer(name).set_weights([kernel * 6, bias * 6])
    rng = np.random.default_rng(1)
    flipped = np.where(rng.random(targets["sick"].shape) < 0.2, 1 - targets["sick"], targets["sick"])
    validation = Examples(inputs, targets | {"sick": flipped.astype(np.float32)}, weights)

    def surprise(name):
        p = np.clip(head.predict(inputs, verbose=0)[name], 1e-7, 1 - 1e-7)
        y = validation.targets[name]
        return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())

    before = {name: surprise(name) for name in ("sick", "cause")}
    answers = head.predict(inputs, verbose=0)["cause"].argmax(1)
    temperatures = calibrate(head, validation)
    assert set(temperatures) >= {"sick", "cause", "findings", "stage"}
    assert surprise("sick") < before["sick"]
    assert surprise("cause") <= before["cause"]
    assert (head.predict(inputs, verbose=0)["cause"].argmax(1) == answers).all()


def test_nothing_is_calibrated_on_few_cases():
    head, inputs, targets, weights = new_head(count=40)
    before = values_of(head)
    assert calibrate(head, Examples(inputs, targets, weights)) == {}
    for old, new in zip(before, values_of(head), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_deterministic_recipe_repeats_to_the_last_bit():
    results = []
    for _ in range(2):
        head, inputs, targets, weights = new_head()
        training = Training(epochs=2, drop_inputs=0.3, deterministic=True)
        fit_head(head, inputs, targets, weights, training)
        results.append(values_of(head))
    for first, second in zip(*results, strict=True):
        np.testing.assert_array_equal(first, second)
