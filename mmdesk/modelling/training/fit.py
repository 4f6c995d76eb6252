"""Train a head on prepared arrays and embeddings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from numpy.typing import NDArray

from mmdesk.core.recipe.recipe import Training
from mmdesk.modelling.network.submodels import head_of
from mmdesk.modelling.training.precision import calculating

Arrays = Mapping[str, NDArray[Any]]

STEPS = 8
"""Batches that run without coming back to Python; a stop waits for so many."""

HEAVIEST = 10.0
"""The most that a rare class weighs when classes are balanced."""

HOLD = 2.0
"""How firmly calibration holds on to probabilities as they are, in cases."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Cases to train or stop on, n rows each.

    Attributes:
        inputs: The head's inputs by name.
        targets: By target name, as `core.prepare.prepare_targets` gives them; soft targets
            (probabilities) are as good.
        weights: (n,) by target name, 0 where unknown.
    """

    inputs: Arrays
    targets: Arrays
    weights: Arrays

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values()), ()))


def fit_head(
    head: keras.Model,
    inputs: Arrays,
    targets: Arrays,
    weights: Arrays,
    training: Training,
    *,
    validation: Examples | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    towards: Sequence[NDArray[Any]] | None = None,
) -> dict[str, list[float]]:
    """Train a head, or a whole model, in place; with validation cases it ends with the best weights.

    Args:
        head: The head, or a whole model whose inputs are all given as arrays; the kind of each
            target is read off its output layer.
        inputs: Its inputs by name, n rows each.
        targets: Values by target name; targets left out are not trained.
        weights: (n,) by target name; an unknown target weighs 0 and pulls at nothing.
        training: Epochs, batch, rate and the rest.
        validation: Cases to stop early on.
        callbacks: Further Keras callbacks; `callback.model.stop_training` stops.
        towards: Weights that training is held to by `training.towards`, in the order of
            `head.trainable_variables`; weight decay is then left out.

    Returns:
        By name (`loss`, `val_loss`, `TARGET_loss`, ...), a figure for each epoch.
    """
    keras.utils.set_random_seed(training.seed)
    if training.deterministic:
        tf.config.experimental.enable_op_determinism()
    known = Examples(inputs, targets, weights)
    trainer = compile_trainer(head, known, training, decay=towards is None)
    layers_of = head_of(head).get_layer
    smooth = {name: smoothed(layers_of(name), targets[name], training.smoothing) for name in targets}
    watched = validation if validation is not None and len(validation) else None
    _hold(head, towards, training.towards)
    try:
        with calculating(head, training.precision):
            history = trainer.fit(
                _train_data(Examples(inputs, smooth, weights), training),
                epochs=training.epochs,
                validation_data=_data(watched, training.batch) if watched else None,
                callbacks=[*callbacks_of(training, len(known), stop_early=watched is not None), *callbacks],
                shuffle=False,
                verbose=0,
            )
    finally:
        _hold(head, None, 0)
    return {name: [float(figure) for figure in row] for name, row in history.history.items()}


def compile_trainer(
    model: keras.Model,
    known: Examples,
    training: Training,
    *,
    head: keras.Model | None = None,
    decay: bool = True,
) -> keras.Model:
    """Return a model over the same weights that is ready to train towards the known targets.

    Args:
        model: A head, or a whole model with a nested head.
        known: The training cases, for the balance of classes; targets left out are not trained.
        training: Rate, balance and the rest.
        head: Whose output layers tell the kind of each target; the model's own when not given.
        decay: Whether weights decay.
    """
    head = head or head_of(model)
    trainer = keras.Model(model.input, {name: model.output[name] for name in known.targets})
    losses = {}
    for name, wanted in known.targets.items():
        heavy = _class_weights(wanted, known.weights[name], training.balance)
        losses[name] = _loss(head, name, heavy, training.focal)
    trainer.compile(
        optimizer=_optimizer(training, decay=decay),
        loss=losses,
        jit_compile=False,
        steps_per_execution=STEPS,
    )
    return trainer


def callbacks_of(training: Training, cases: int, *, stop_early: bool) -> list[keras.callbacks.Callback]:
    """Return the callbacks that a recipe's training asks for: early stopping, the schedule.

    Args:
        training: The recipe's training.
        cases: Training cases, more than none.
        stop_early: Whether there are validation cases to stop on.
    """
    found: list[keras.callbacks.Callback] = []
    if stop_early:
        stop = keras.callbacks.EarlyStopping(patience=training.patience, restore_best_weights=True)
        found.append(stop)
    if training.schedule == "cosine" and cases:
        found.append(keras.callbacks.LearningRateScheduler(lambda epoch, _: cosine_rate(training, epoch)))
    if training.schedule == "plateau":
        found.append(
            keras.callbacks.ReduceLROnPlateau(
                "val_loss" if stop_early else "loss",
                factor=0.5,
                patience=max(1, training.patience // 2),
                min_delta=0.0,
                min_lr=training.rate / 100,
            )
        )
    return found


def cosine_rate(training: Training, epoch: int) -> float:
    """Return the step size of an epoch, from 0: half a cosine from the rate to a hundredth of it."""
    share = (1 + np.cos(np.pi * epoch / max(1, training.epochs - 1))) / 2
    return float(training.rate * (0.01 + 0.99 * share))


def calibrate(head: keras.Model, validation: Examples) -> dict[str, list[float]]:
    """Scale the output layers so that probabilities hold on validation cases.

    Flags, labels and grades get a slope and a shift each (Platt 1999), choices one slope.
    The correction becomes part of the layers' weights, so nothing else needs to know of it.
    A target with fewer than 50 known validation cases, and a number, stays as it is.

    Returns:
        The temperatures by target.
    """
    raw = head.predict_on_batch(dict(validation.inputs))
    temperatures: dict[str, list[float]] = {}
    for name, wanted in validation.targets.items():
        layer, known = head.get_layer(name), validation.weights[name] > 0
        if _is_number(layer) or known.sum() < 50:
            continue
        if layer.activation is keras.activations.softmax:
            logits = np.log(np.clip(raw[name][known], 1e-9, 1))
            scale, shift = np.array([_fit_softmax(logits, wanted[known])]), np.zeros(wanted.shape[1])
        else:
            p = np.clip(raw[name][known], 1e-7, 1 - 1e-7)
            pairs = [_fit_sigmoid(np.log(p / (1 - p))[:, k], wanted[known][:, k]) for k in range(p.shape[1])]
            scale, shift = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
        kernel, bias = layer.get_weights()
        layer.set_weights([kernel * scale, bias * scale + shift])
        temperatures[name] = [float(t) for t in 1 / scale]
    return temperatures


def _optimizer(training: Training, *, decay: bool) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.AdamW(training.rate, weight_decay=training.weight_decay if decay else 0.0)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def _loss(head: keras.Model, name: str, class_weights: NDArray[np.float32], focal: float) -> Callable[[Any, Any], Any]:
    """Return what measures, case by case, how far an output is from what is wanted."""
    layer = head.get_layer(name)
    if isinstance(layer, layers.Rescaling):
        return _number_loss(float(layer.scale), lambda values: values)
    if _is_number(layer):
        return _number_loss(float(head.get_layer(f"{name}__log").scale), _logarithm)
    if layer.activation is keras.activations.softmax:

        def choice(wanted: Any, found: Any) -> Any:
            heavy = ops.sum(wanted * class_weights[1], axis=-1)
            each = keras.losses.categorical_crossentropy(wanted, found)
            if focal:
                each = each * (1 - ops.sum(wanted * found, axis=-1)) ** focal
            return heavy * each

        return choice

    def several(wanted: Any, found: Any) -> Any:
        heavy = wanted * class_weights[1] + (1 - wanted) * class_weights[0]
        found = ops.clip(found, 1e-7, 1 - 1e-7)
        each = -(wanted * ops.log(found) + (1 - wanted) * ops.log(1 - found))
        if focal:
            each = each * ops.abs(wanted - found) ** focal
        return ops.mean(heavy * each, axis=-1)

    return several


def _number_loss(scale: float, rule: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def number(wanted: Any, found: Any) -> Any:
        far = keras.losses.huber(rule(wanted) / scale, rule(found) / scale, delta=2.0)
        return ops.squeeze(far[:, None], axis=-1)

    return number


def _logarithm(values: Any) -> Any:
    """Return the logarithm; an unknown value stands as 0 and weighs nothing."""
    return ops.log(ops.where(values > 0, values, 1.0))


def _is_number(layer: keras.layers.Layer) -> bool:
    """Tell whether an output layer gives a number, by itself or from its logarithm."""
    return isinstance(layer, layers.Rescaling | layers.Activation)


def _class_weights(wanted: NDArray[Any], weights: NDArray[Any], balance: bool) -> NDArray[np.float32]:
    """Return the weights (2, k) of "no" and "yes" for each column."""
    columns = wanted.shape[1]
    if not balance:
        return np.ones((2, columns), np.float32)
    known = wanted[weights > 0]
    yes = np.maximum(known.sum(0), 1)
    no = np.maximum(len(known) - known.sum(0), 1)
    heavy = np.stack([yes / no, no / yes])
    return np.asarray(np.clip(heavy, 1, HEAVIEST), np.float32)


def smoothed(layer: keras.layers.Layer, wanted: NDArray[Any], smoothing: float) -> NDArray[Any]:
    """Return a target's values with label smoothing; numbers stay as they are."""
    if _is_number(layer) or not smoothing:
        return wanted
    classes = wanted.shape[1] if layer.activation is keras.activations.softmax else 2
    smooth: NDArray[Any] = (wanted * (1 - smoothing) + smoothing / classes).astype(np.float32)
    return smooth


def _train_data(examples: Examples, training: Training) -> tf.data.Dataset:
    """Return shuffled batches in which present inputs are hidden now and then."""
    tensors = _tensors(examples)

    def pick(rows: Any) -> Any:
        inputs, targets, weights = tf.nest.map_structure(lambda values: tf.gather(values, rows), tensors)
        if training.drop_inputs:
            for name in [name for name in inputs if name.endswith("__present")]:
                chance = tf.random.uniform(tf.shape(inputs[name]))
                inputs[name] *= tf.cast(chance >= training.drop_inputs, tf.float32)
        return inputs, targets, weights

    count = len(examples)
    rows = tf.data.Dataset.range(count).shuffle(count, seed=training.seed)
    return rows.batch(training.batch).map(pick).prefetch(2)


def _data(examples: Examples, batch: int) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(_tensors(examples)).batch(max(batch, 512))


def _tensors(examples: Examples) -> Any:
    parts = (dict(examples.inputs), dict(examples.targets), dict(examples.weights))
    weights = {name: parts[2][name] for name in parts[1]}
    return tf.nest.map_structure(tf.constant, (parts[0], parts[1], weights))


def _hold(head: keras.Model, towards: Sequence[NDArray[Any]] | None, strength: float) -> None:
    """Tie each trainable variable to its starting value, or untie all."""
    for index, variable in enumerate(head.trainable_variables):
        if towards is None:
            variable.regularizer = None
        elif strength:
            variable.regularizer = _Towards(towards[index], strength)


class _Towards(keras.regularizers.Regularizer):  # type: ignore[misc]  # keras is untyped
    def __init__(self, start: NDArray[Any], strength: float) -> None:
        self._start, self._strength = np.asarray(start), strength

    def __call__(self, values: Any) -> Any:
        return self._strength * ops.sum(ops.square(values - self._start))


def _fit_sigmoid(logits: NDArray[Any], wanted: NDArray[Any]) -> tuple[float, float]:
    """Return slope and shift by damped Newton steps, held to 1 and 0 a little where cases are few."""
    rows = np.stack([logits, np.ones_like(logits)], 1).astype(np.float64)
    start = np.array([1.0, 0.0])

    def surprise(line: NDArray[Any]) -> float:
        z = rows @ line
        return float((np.logaddexp(0, z) - wanted * z).sum() + HOLD / 2 * ((line - start) ** 2).sum())

    line = start
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(rows @ line, -50, 50)))
        gradient = rows.T @ (p - wanted) + HOLD * (line - start)
        curve = (rows * (p * (1 - p))[:, None]).T @ rows + HOLD * np.eye(2)
        step = np.linalg.solve(curve, gradient)
        size = next((s for s in 0.5 ** np.arange(20) if surprise(line - s * step) < surprise(line)), 0.0)
        line = line - size * step
    slope, shift = (float(x) for x in line)
    return (slope, shift) if slope > 0 else (1.0, 0.0)


def _fit_softmax(logits: NDArray[Any], wanted: NDArray[Any]) -> float:
    """Return the slope, out of a grid, under which the labels are most probable."""
    slopes = np.geomspace(0.2, 5, 201)

    def surprise(slope: float) -> float:
        scaled = slope * logits
        top = scaled.max(1, keepdims=True)
        return float((np.log(np.exp(scaled - top).sum(1)) - (wanted * (scaled - top)).sum(1)).sum())

    return float(min(slopes, key=surprise))
