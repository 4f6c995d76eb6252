"""What fine-tuning pulls at, and how hard: corrections, labels, the base's answers, the starting weights."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from mmdesk.core.cases.case import Case  # noqa: E402
from mmdesk.core.cases.truth import Truth  # noqa: E402
from mmdesk.core.fields.schema import Field, Schema  # noqa: E402
from mmdesk.core.fields.states import TargetState  # noqa: E402
from mmdesk.core.model.prepare import Preparation  # noqa: E402
from mmdesk.core.recipe.recipe import Training  # noqa: E402
from mmdesk.modelling.training.finetune import training_examples  # noqa: E402
from mmdesk.modelling.training.fit import Examples, fit_head  # noqa: E402

SCHEMA = Schema("Small", "ID", "ID", (Field("age", "input", "number"), Field("sick", "target", "flag")))
QUIET = Training(epochs=1, batch=64, rate=0.01, drop_inputs=0.0, weight_decay=0.0)


def examples_of(labels, answers):
    """Training examples of cases with a reader's labels (None: unread), where the base answers so."""
    cases = [Case(number, str(number), str(number), "train", {"age": 50.0}) for number in range(len(labels))]
    truths = {
        number: Truth({"sick": label}, frozenset({"sick"})) for number, label in enumerate(labels) if label is not None
    }
    snapshot = SimpleNamespace(
        schema=SCHEMA,
        truths=truths,
        values=lambda some: [truths.get(case.id, Truth()).values for case in some],
    )
    base = np.array(answers, np.float32)[:, None]
    gathered = SimpleNamespace(train={"age": np.zeros((len(labels), 1), np.float32)}, base_train={"sick": base})
    preparation = Preparation({}, {"sick": TargetState("flag")})
    return training_examples(snapshot, cases, gathered, SimpleNamespace(preparation=preparation))


def test_a_correction_pulls_twice_as_hard_as_a_label_that_agrees():
    examples, corrected = examples_of([True, False], [0.9, 0.9])
    assert corrected == 1
    assert examples.weights["sick"].tolist() == [1.0, 2.0]
    assert examples.targets["sick"][:, 0].tolist() == [1.0, 0.0]


def test_an_unread_case_pulls_gently_towards_what_the_base_says():
    examples, corrected = examples_of([True, None], [0.9, 0.25])
    assert corrected == 0
    assert examples.weights["sick"].tolist() == [1.0, pytest.approx(0.3)]
    assert examples.targets["sick"][:, 0].tolist() == [1.0, pytest.approx(0.25)]


def small_head(seed=1):
    """A head over one number that may be missing, and cases whose answer needs that number."""
    keras.utils.set_random_seed(seed)
    inputs = {"age": keras.Input((1,), name="age"), "age__present": keras.Input((1,), name="age__present")}
    joined = keras.layers.Concatenate()([inputs["age"] * inputs["age__present"], inputs["age__present"]])
    hidden = keras.layers.Dense(4, "relu", name="hidden")(joined)
    head = keras.Model(inputs, {"sick": keras.layers.Dense(1, "sigmoid", name="sick")(hidden)}, name="head")
    age = np.linspace(-2, 2, 64, dtype=np.float32)[:, None]
    arrays = {"age": age, "age__present": np.ones((64, 1), np.float32)}
    targets = {"sick": (age > 0).astype(np.float32)}
    return head, arrays, targets, {"sick": np.ones(64, np.float32)}


def distance(head, start):
    return sum(float(((a - np.array(b)) ** 2).sum()) for a, b in zip(start, head.trainable_variables, strict=True))


def test_the_pull_towards_the_starting_weights_holds_them():
    moved = []
    for strength in (0.0, 10.0):
        head, inputs, targets, weights = small_head()
        start = [np.array(variable) for variable in head.trainable_variables]
        training = replace(QUIET, epochs=20, towards=strength)
        fit_head(head, inputs, targets, weights, training, towards=start)
        moved.append(distance(head, start))
    assert moved[0] > 0.01
    assert moved[1] < 0.2 * moved[0]


def test_inputs_are_hidden_now_and_then_while_training():
    """Always hidden, an input's own weights never move."""
    moved = []
    for share in (0.0, 1.0):
        head, inputs, targets, weights = small_head()
        targets = {"sick": np.ones((64, 1), np.float32)}
        kernel = head.get_layer("hidden").get_weights()[0].copy()
        fit_head(head, inputs, targets, weights, replace(QUIET, epochs=10, drop_inputs=share))
        moved.append(np.abs(head.get_layer("hidden").get_weights()[0] - kernel)[0].sum())
    assert moved[0] > 0.1
    assert moved[1] == 0.0


def test_examples_of_weight_zero_pull_at_nothing():
    head, inputs, targets, _weights = small_head()
    start = [np.array(variable) for variable in head.trainable_variables]
    fit_head(head, inputs, targets, {"sick": np.zeros(64, np.float32)}, QUIET)
    assert distance(head, start) == 0.0


def test_validation_chooses_the_best_epoch():
    head, inputs, targets, weights = small_head()
    wrong = {"sick": 1 - targets["sick"]}
    start = [np.array(variable) for variable in head.trainable_variables]
    history = fit_head(
        head,
        inputs,
        targets,
        weights,
        replace(QUIET, epochs=30, rate=0.05, patience=3),
        validation=Examples(inputs, wrong, weights),
    )
    assert len(history["val_loss"]) < 30
    assert distance(head, start) < 0.5
