"""Every option of training is obeyed: step sizes, precision, early stopping."""

from dataclasses import fields, replace

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from mmdesk.core.recipe.recipe import Training  # noqa: E402
from mmdesk.modelling.network.graph import layers_within  # noqa: E402
from mmdesk.modelling.network.submodels import encoders_of  # noqa: E402
from mmdesk.modelling.training.fit import Examples, callbacks_of, cosine_rate, fit_head  # noqa: E402
from mmdesk.modelling.training.image_training import train_images  # noqa: E402
from tests.unit.modelling.test_fit import SHORT, new_head, values_of  # noqa: E402
from tests.unit.modelling.test_images import SmallRecipe  # noqa: E402
from tests.unit.modelling_fixtures import RECIPES  # noqa: E402

CHANGES = {
    "epochs": 4,
    "batch": 16,
    "rate": 0.01,
    "weight_decay": 1.0,
    "smoothing": 0.4,
    "drop_inputs": 0.9,
    "balance": True,
    "seed": 9,
    "focal": 3.0,
    "schedule": "cosine",
    "precision": "mixed",
}
"""Another value of each option that changes the weights of any training."""
ELSEWHERE = {"patience", "towards", "deterministic", "broken", "pipeline"}
"""Options with a test of their own: here, in `test_modelling_fit` and `test_modelling_images`."""


def test_every_option_has_its_test():
    assert {field.name for field in fields(Training)} == CHANGES.keys() | ELSEWHERE


@pytest.mark.slow
def test_every_option_changes_what_is_learnt():
    head, inputs, targets, weights = new_head()
    start = head.get_weights()
    targets["sick"][:60] = 1
    results = {}
    for name, value in {"": None, **CHANGES}.items():
        head.set_weights(start)
        training = replace(SHORT, **{name: value}) if name else SHORT
        fit_head(head, inputs, {"sick": targets["sick"]}, weights, training)
        results[name] = head.predict(inputs, verbose=0)["sick"]
    for name in CHANGES:
        assert np.abs(results[name] - results[""]).max() > 1e-6, name


def wrong_validation(inputs, targets, weights):
    """Return cases on which a training soon becomes worse."""
    wrong = {name: 1 - values if name != "dose" else values for name, values in targets.items()}
    return Examples(inputs, wrong, weights)


def test_on_a_plateau_the_step_size_is_halved():
    head, inputs, targets, weights = new_head()
    training = replace(SHORT, epochs=14, rate=0.02, patience=6, schedule="plateau")
    validation = wrong_validation(inputs, targets, weights)
    history = fit_head(head, inputs, targets, weights, training, validation=validation)
    expected, rate, best, waited = [], training.rate, np.inf, 0
    for loss in history["val_loss"]:
        expected.append(rate)
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == training.patience // 2:
            rate, waited = rate / 2, 0
    assert history["learning_rate"] == pytest.approx(expected)
    assert expected[-1] < training.rate


def test_without_validation_the_plateau_is_that_of_the_training_loss():
    (plateau,) = callbacks_of(Training(schedule="plateau", patience=1), 10, stop_early=False)
    assert plateau.monitor == "loss"
    assert plateau.patience == 1
    assert plateau.min_lr == pytest.approx(Training().rate / 100)


def test_the_cosine_is_followed_to_a_hundredth():
    head, inputs, targets, weights = new_head()
    training = replace(SHORT, epochs=5, schedule="cosine")
    rates = fit_head(head, inputs, targets, weights, training)["learning_rate"]
    assert rates == pytest.approx([cosine_rate(training, epoch) for epoch in range(5)])
    assert rates[0] == pytest.approx(training.rate)
    assert rates[-1] == pytest.approx(training.rate / 100)


class Precisions(keras.callbacks.Callback):
    """Looks in which precision each layer calculates, and may stop the training by force."""

    def __init__(self, model, stop=False):
        super().__init__()
        self.model_of_interest, self.stop, self.seen = model, stop, {}

    def on_train_batch_end(self, batch, logs=None):
        self.seen = {
            layer.name: layer.compute_dtype
            for layer in layers_within(self.model_of_interest, include_self=False)
            if not isinstance(layer, keras.Model)
        }
        if self.stop:
            raise KeyboardInterrupt


def precisions(model):
    return {layer.dtype_policy.name for layer in layers_within(model)}


@pytest.mark.parametrize("name", ["convolution", pytest.param("recurrent", marks=pytest.mark.slow)])
def test_mixed_precision_calculates_in_bfloat16_and_leaves_float32(name):
    found = {}
    for precision in ("full", "mixed"):
        head, inputs, targets, weights = new_head(RECIPES[name])
        looking = Precisions(head)
        fit_head(head, inputs, targets, weights, replace(SHORT, precision=precision), callbacks=[looking])
        found[precision] = values_of(head)
        by = {layer: dtype for layer, dtype in looking.seen.items() if layer.startswith(("sick", "dose"))}
        assert set(by.values()) == {"float32"}
        others = {dtype for layer, dtype in looking.seen.items() if "fusion__" in layer}
        assert others == {"bfloat16" if precision == "mixed" else "float32"}
        assert precisions(head) == {"float32"}
        assert {values.dtype.name for values in head.predict(inputs, verbose=0).values()} == {"float32"}
    gaps = [np.abs(a - b).max() for a, b in zip(found["full"], found["mixed"], strict=True)]
    assert 0 < max(gaps) < 0.05


def test_precision_is_given_back_when_a_training_is_cut_off():
    head, inputs, targets, weights = new_head()
    looking = Precisions(head, stop=True)
    with pytest.raises(KeyboardInterrupt):
        fit_head(head, inputs, targets, weights, replace(SHORT, precision="mixed"), callbacks=[looking])
    assert "bfloat16" in looking.seen.values()
    assert precisions(head) == {"float32"}


@pytest.mark.slow
def test_images_are_trained_in_mixed_precision_too(tmp_path):
    small = SmallRecipe(tmp_path, precision="mixed", deterministic=False)
    model = small.model()
    encoder, _ = next(iter(encoders_of(model).values()))
    looking = Precisions(encoder)
    outcome = train_images(model, small.recipe, small.given, small.given, callbacks=[looking])
    assert looking.seen["conv0"] == looking.seen["conv3"] == "bfloat16"
    assert precisions(model) == {"float32"}
    assert np.isfinite(outcome.history["val_loss"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("schedule", ["constant", "plateau"])
def test_image_training_stops_early_and_keeps_the_best(tmp_path, schedule):
    small = SmallRecipe(tmp_path, epochs=15, rate=0.03, patience=2, schedule=schedule)
    rolled = {name: np.roll(values, 1, axis=1) for name, values in small.examples.targets.items()}
    wrong = replace(small.given, examples=replace(small.examples, targets=rolled))
    model = small.model()
    outcome = train_images(model, small.recipe, small.given, wrong)
    losses = outcome.history["val_loss"]
    assert len(losses) == int(np.argmin(losses)) + 1 + 2 < 15
    still = replace(small.recipe.training, epochs=1, rate=1e-8)
    again = train_images(model, replace(small.recipe, training=still), small.given, wrong)
    assert again.history["val_loss"][0] == pytest.approx(min(losses), rel=1e-3)
