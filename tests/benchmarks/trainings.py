"""Trainings measured in a process of their own: mmdesk's, and what plain Keras takes for the same.

python -m tests.benchmarks.trainings feed|frozen|blocks PROJECT OUT.json
python -m tests.benchmarks.trainings memory FOLDER OUT.json
"""

from __future__ import annotations

# First of all, as in `modelling.worker`: TensorFlow brings symbols of an older SQLite.
import mmdesk.storage.database.dialect  # noqa: F401  # isort: skip

import json
import os
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.splits import SPLITS, TEST, TRAIN, VALIDATION
from mmdesk.core.judge.metrics import auc
from mmdesk.core.model.prepare import learn_preparation, prepare, prepare_targets
from mmdesk.core.recipe.recipe import Recipe, Training, default_recipe, new_encoder, new_fusion
from mmdesk.imaging.decode import decode_for_model
from mmdesk.inference.session import cores
from mmdesk.modelling.network.build import build_model, head_of
from mmdesk.modelling.snapshot import Snapshot, take_snapshot
from mmdesk.modelling.training.fit import Examples, compile_trainer
from mmdesk.modelling.training.image_training import ImageCases, image_files, train_images
from mmdesk.modelling.training.pipelines import Batches, CaseDataset, DecodedImages, as_tf_data
from mmdesk.modelling.training.train import learn_head
from mmdesk.modelling.training.train_whole import Learnt, learn_whole

EPOCHS = 5
BLOCKS = 2
BATCH = 32
RATE = 0.005
"""Step size: five epochs are few."""
FED = 3
"""How often the images are fed in each way."""
REPEATED = 4
"""How often each case stands in what is fed: an epoch of 600 cases, not of 150."""
SAMPLED = 0.05
"""Seconds between two looks at the memory."""

Splits = Mapping[str, Sequence[Case]]


class Silent:
    """A job's context that nobody listens to."""

    def tell(self, event: str, **facts: object) -> None:
        """Take an event."""

    def progress(self, progress: object) -> None:
        """Take a step."""

    def check_cancelled(self) -> None:
        """Go on."""

    def stop_asked(self) -> bool:
        """Go on."""
        return False


def feed(folder: Path) -> dict[str, Any]:
    """Return images a second: decoded alone, by both ways of feeding."""
    snapshot, splits, recipe = _project(folder)
    cases = [case for split in SPLITS for case in splits[split]] * REPEATED
    paths = _paths(snapshot, recipe, cases)
    images = image_files(paths, recipe, {})
    count = len(cases)
    record = {f"{name}__present": np.ones((count, 1), np.float32) for name in recipe.images}
    examples = Examples(record, {"t": np.zeros((count, 1))}, {"t": np.ones(count)})
    pool = ThreadPoolExecutor(cores())
    batches = Batches(examples, DecodedImages(images), recipe.training, learning=True, pool=pool)
    files = [(Path(file), images.sizes[name]) for name, found in paths.items() for file in found if file]
    eater = _eater(batches)

    def alone() -> None:
        for _ in pool.map(lambda one: decode_for_model(*one), files):
            pass

    data, dataset = as_tf_data(batches), CaseDataset(batches)
    ways: dict[str, Callable[[], object]] = {
        "alone": alone,
        "tf.data": lambda: eater.evaluate(data, verbose=0),
        "pydataset": lambda: eater.evaluate(dataset, verbose=0),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(FED + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            if turn:
                rates[name].append(len(files) / (time.perf_counter() - start))
    pool.shutdown()
    return {name: statistics.median(found) for name, found in rates.items()}


def _eater(batches: Batches) -> keras.Model:
    """Return a model that takes the batches and does next to nothing with them."""
    given, _, _ = batches.batch(0, 0)
    inputs = {name: keras.Input(values.shape[1:], name=name, dtype=values.dtype.name) for name, values in given.items()}
    firsts = [keras.ops.cast(keras.layers.Flatten()(one)[:, :1], "float32") for one in inputs.values()]
    model = keras.Model(inputs, {"t": keras.ops.sum(keras.ops.concatenate(firsts, axis=1), axis=1, keepdims=True)})
    model.compile(loss="mse")
    return model


def frozen(folder: Path) -> dict[str, Any]:
    """Train a head behind the frozen backbone, through embeddings and by plain Keras."""
    return _both(folder, 0, learn_head)


def blocks(folder: Path) -> dict[str, Any]:
    """Train the last blocks of the backbone, through kept activations and by plain Keras."""
    return _both(folder, BLOCKS, learn_whole)


def _both(folder: Path, trained: int, learn: Callable[..., Learnt]) -> dict[str, Any]:
    snapshot, splits, recipe = _project(folder, trained)
    held = [*splits[VALIDATION], *splits[TEST]]
    shutil.rmtree(folder / "cache", ignore_errors=True)
    (folder / "cache").mkdir()
    start = time.perf_counter()
    learnt = learn(snapshot, recipe, splits, Silent())
    rows = slice(len(splits[TRAIN]), None)
    outputs = head_of(learnt.model).predict({n: v[rows] for n, v in learnt.arrays.items()}, verbose=0)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    other = _plain(snapshot, splits, recipe, held)
    return {
        "seconds": ours,
        "auc": _auc(snapshot, held, outputs),
        "plain_seconds": time.perf_counter() - start,
        "plain_auc": _auc(snapshot, held, other),
        "cases": sum(len(cases) for cases in splits.values()),
    }


def _plain(snapshot: Snapshot, splits: Splits, recipe: Recipe, held: Sequence[Case]) -> dict[str, Any]:
    """Train the whole model as one does with Keras alone; return its outputs for the held cases."""
    preparation = learn_preparation(snapshot.schema, splits[TRAIN], snapshot.values(splits[TRAIN]), recipe)
    keras.utils.set_random_seed(recipe.training.seed)
    model = build_model(recipe, snapshot.schema, preparation, folder=snapshot.folder)

    def examples(cases: Sequence[Case]) -> tuple[Examples, dict[str, list[str]]]:
        paths = _paths(snapshot, recipe, cases)
        present = {name: np.array([bool(file) for file in found]) for name, found in paths.items()}
        inputs = prepare(preparation, snapshot.schema, cases, present)
        return Examples(inputs, *prepare_targets(snapshot.schema, snapshot.values(cases))), paths

    train, train_paths = examples(splits[TRAIN])
    stopping, stopping_paths = examples(splits[VALIDATION])
    last, last_paths = examples(held)
    trainer = compile_trainer(model, train, recipe.training)
    trainer.fit(
        _plain_data(train, train_paths, recipe, shuffled=True),
        epochs=recipe.training.epochs,
        validation_data=_plain_data(stopping, stopping_paths, recipe),
        callbacks=[keras.callbacks.EarlyStopping(patience=EPOCHS, restore_best_weights=True)],
        shuffle=False,
        verbose=0,
    )
    found: dict[str, Any] = trainer.predict(_plain_data(last, last_paths, recipe), verbose=0)
    return found


def _plain_data(
    examples: Examples, paths: Mapping[str, Sequence[str]], recipe: Recipe, *, shuffled: bool = False
) -> tf.data.Dataset:
    """Return a pipeline out of the book: read, decode, resize, batch, prefetch."""

    def picture(file: Any, size: int) -> Any:
        def there() -> Any:
            image = tf.io.decode_image(tf.io.read_file(file), channels=3, expand_animations=False)
            return tf.image.resize(image, (size, size), antialias=True)

        image = tf.cond(tf.strings.length(file) > 0, there, lambda: tf.zeros((size, size, 3)))
        return tf.ensure_shape(image, (size, size, 3))

    def read(given: Any, targets: Any, weights: Any, files: Any) -> Any:
        sizes = {name: recipe.encoder_of(name).pixels for name in files}
        return given | {name: picture(file, sizes[name]) for name, file in files.items()}, targets, weights

    parts = (dict(examples.inputs), dict(examples.targets), dict(examples.weights), dict(paths))
    data = tf.data.Dataset.from_tensor_slices(parts)
    if shuffled:
        data = data.shuffle(len(examples), seed=recipe.training.seed)
    return data.map(read, num_parallel_calls=tf.data.AUTOTUNE).batch(BATCH).prefetch(tf.data.AUTOTUNE)


def memory(folder: Path) -> dict[str, Any]:
    """Train a small network for two epochs on all images of a folder; return the most memory in MB."""
    files = sorted(str(file) for file in (folder / "images").iterdir())
    schema = Schema(
        "Many",
        "ID",
        "ID",
        (Field("scan", "input", "image", ("S",)), Field("sick", "target", "flag", ("T",))),
    )
    encoder = new_encoder("cnn", ("scan",), width=8, size=32)
    recipe = Recipe((encoder,), new_fusion(width=8), Training(epochs=2, batch=BATCH, patience=2))
    cases = [Case(n, str(n), str(n), TRAIN, {"scan": ImageRef(file, "")}) for n, file in enumerate(files)]
    labels = [{"sick": bool(n % 2)} for n in range(len(files))]
    preparation = learn_preparation(schema, cases, labels, recipe)
    inputs = prepare(preparation, schema, cases, {"scan": np.ones(len(cases), bool)})
    given = ImageCases(Examples(inputs, *prepare_targets(schema, labels)), image_files({"scan": files}, recipe, {}))
    model = build_model(recipe, schema, preparation)
    found: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(SAMPLED):
            status = Path("/proc/self/status").read_text("ascii")
            found.append(int(status.split("VmRSS:")[1].split()[0]) / 1024)

    watch = threading.Thread(target=look)
    watch.start()
    try:
        train_images(model, recipe, given, None)
    finally:
        done.set()
        watch.join()
    return {"before": found[0], "most": max(found), "images": len(files)}


def _project(folder: Path, trained: int = 0) -> tuple[Snapshot, dict[str, list[Case]], Recipe]:
    """Return a project, its labelled cases by split, and the recipe that its fields have by default.

    Chance (dropout, hidden inputs, early stopping) is taken out, so that two ways of training
    can be held against each other.
    """
    snapshot = take_snapshot(folder)
    splits = {
        split: [case for case in snapshot.cases if case.split == split and case.id in snapshot.truths]
        for split in SPLITS
    }
    recipe = default_recipe(snapshot.schema)
    encoders = tuple(replace(e, blocks=trained) if e.kind == "backbone" else e for e in recipe.encoders)
    training = replace(recipe.training, epochs=EPOCHS, patience=EPOCHS, batch=BATCH, rate=RATE, drop_inputs=0.0)
    fusion = replace(recipe.fusion, dropout=0.0)
    return snapshot, splits, replace(recipe, encoders=encoders, fusion=fusion, training=training)


def _paths(snapshot: Snapshot, recipe: Recipe, cases: Sequence[Case]) -> dict[str, list[str]]:
    def path(value: object) -> str:
        return str(snapshot.folder / value.path) if isinstance(value, ImageRef) else ""

    return {name: [path(case.inputs[name]) for case in cases] for name in recipe.images}


def _auc(snapshot: Snapshot, cases: Sequence[Case], outputs: Mapping[str, Any]) -> float:
    """Return the mean AUC over flags and the steps of grades."""
    targets, _ = prepare_targets(snapshot.schema, snapshot.values(cases))
    once = np.ones((1, len(cases)))
    found = [
        auc(targets[field.name][:, k] > 0, np.asarray(outputs[field.name])[:, k].astype(float), once)[0]
        for field in snapshot.schema.targets
        if field.kind in {"flag", "grade"}
        for k in range(targets[field.name].shape[1])
    ]
    return float(np.nanmean(found))


if __name__ == "__main__":
    work = {"feed": feed, "frozen": frozen, "blocks": blocks, "memory": memory}[sys.argv[1]]
    Path(sys.argv[3]).write_text(json.dumps(work(Path(sys.argv[2]))))
