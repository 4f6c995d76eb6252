"""Train the bundled model `phantom-pair` on made-up cases and write its folder and card.

    PYTHONPATH=. python packaging/build_backbone.py BUILD
    PYTHONPATH=. python packaging/train_phantom_pair.py --phantoms CASES --backbone BUILD \
        --out resources/models

The cases are made in CASES when they are not there. A rule gives their truth, so the best
score that any model can reach is known; the card names it beside the model's, with what is
lost when the model is trained without one of the inputs or on one of them alone.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bundled_training as shared
import keras
import numpy as np
from bundled_training import Data
from numpy.typing import NDArray

from mmdesk.core.fields.arrays import grade_probabilities
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.judge.bootstrap import draws, replicated
from mmdesk.core.judge.metrics import auc, calibration_error, mean_absolute_error, quadratic_kappa
from mmdesk.core.model import out_of_distribution as familiarity
from mmdesk.core.model.outputs import conformal_interval
from mmdesk.core.model.prepare import Preparation, learn_preparation
from mmdesk.core.recipe.recipe import Recipe, read_recipe
from mmdesk.core.versions.card import RESEARCH_USE, Card
from mmdesk.core.versions.version import EncoderPart
from mmdesk.modelling.network.build import assemble, build_head
from mmdesk.modelling.network.bundle import load_model
from mmdesk.modelling.training.fit import Examples, calibrate, fit_head
from mmdesk.modelling.version_writer import NewVersion, write_version
from mmdesk.services.demo.phantoms import TABLE, TRUTH, PhantomOptions, generate
from mmdesk.support.resources import resource

NAME = "phantom-pair"
COUNT, SEED = 7500, 2026
FIGURES = {"referable": "AUC", "severity": "quadratic kappa", "thickness": "mean absolute error, µm"}

Scores = Mapping[str, NDArray[Any]]
"""Of the test cases: probability of `referable`, grade of `severity`, `thickness` in µm."""


@dataclass(frozen=True)
class Trained:
    """A head and what it says of the test cases."""

    preparation: Preparation
    head: keras.Model
    scores: Scores


def main() -> None:
    """Make the cases, embed, train with and without each input, judge, write."""
    arguments = _arguments()
    schema = read_schema(resource("schemas", "phantom.toml").read_text("utf-8"))
    recipe = read_recipe(resource("recipes", f"{NAME}.toml").read_text("utf-8"))
    if not (arguments.phantoms / TABLE).exists():
        generate(arguments.phantoms, PhantomOptions(COUNT, seed=SEED, labelled=1.0))
    part = next((arguments.backbone / "parts").glob("*.onnx"))
    cases, labels = shared.read_table(arguments.phantoms / TABLE, schema)
    embeddings, present = shared.embed(cases, schema, part, mirrored=False, cache=arguments.cache)
    data = Data(schema, cases, labels, embeddings, present)
    full = train(data, recipe)
    best = best_scores(arguments.phantoms / TRUTH, data)
    print_figures(data, {"model": full.scores, "best possible": best})
    if arguments.quick:
        return
    names = [field.name for field in schema.inputs]
    without = {name: train(data, only(recipe, [n for n in names if n != name])).scores for name in names}
    alone = {name: train(data, only(recipe, [name])).scores for name in names}
    card = card_of(data, full, best, without, alone)
    for entry in ("metrics", "without_each_input", "best_single_input"):
        print(entry, *card[entry], sep="\n  ")
    write(arguments, part, data, recipe, full, card)


def only(recipe: Recipe, names: Sequence[str]) -> Recipe:
    """Return the recipe for some of the inputs."""
    encoders = []
    for encoder in recipe.encoders:
        kept = tuple(name for name in encoder.inputs if name in names)
        if kept:
            encoders.append(encoder.serving(kept))
    return replace(recipe, encoders=tuple(encoders))


def train(data: Data, recipe: Recipe) -> Trained:
    """Train a head on the training split, stopping on the validation split."""
    rows, stop = data.rows("train"), data.rows("validation")
    preparation = learn_preparation(
        data.schema, [data.cases[row] for row in rows], [data.labels[row] for row in rows], recipe
    )
    cases, validation, test = (
        shared.examples(data, places, preparation, recipe) for places in (rows, stop, data.rows("test"))
    )
    keras.utils.set_random_seed(recipe.training.seed)
    head = build_head(recipe, data.schema, preparation)
    history = fit_head(head, cases.inputs, cases.targets, cases.weights, recipe.training, validation=validation)
    calibrate(head, validation)
    preparation = _with_intervals(preparation, head, validation)
    served = ", ".join(name for encoder in recipe.encoders for name in encoder.inputs)
    print(f"{served}: {len(history['loss'])} epochs, validation {min(history['val_loss']):.4f}", flush=True)
    return Trained(preparation, head, scores_of(head, test.inputs))


def _with_intervals(preparation: Preparation, head: keras.Model, validation: Examples) -> Preparation:
    found = head.predict(dict(validation.inputs), verbose=0, batch_size=512)
    targets = dict(preparation.targets)
    for name, state in targets.items():
        if state.kind == "number":
            known = validation.weights[name] > 0
            residuals = (found[name] - validation.targets[name])[known, 0]
            targets[name] = replace(state, interval=conformal_interval(residuals))
    return Preparation(preparation.inputs, targets)


def scores_of(head: keras.Model, inputs: Mapping[str, NDArray[Any]]) -> Scores:
    """Return a head's answers to the test cases."""
    found = head.predict(dict(inputs), verbose=0, batch_size=512)
    return {
        "referable": found["referable"][:, 0].astype(np.float64),
        "severity": grade_probabilities(found["severity"]).argmax(1),
        "thickness": found["thickness"][:, 0].astype(np.float64),
    }


def best_scores(truth: Path, data: Data) -> Scores:
    """Return what the rule itself would answer from the inputs that are not missing."""
    with truth.open(encoding="utf-8", newline="") as file:
        known = {row["case"]: row for row in csv.DictReader(file)}
    rows = [known[data.cases[row].name] for row in data.rows("test")]
    return {
        "referable": np.array([float(row["best_referable"]) for row in rows]),
        "severity": np.array([round(float(row["best_severity"])) for row in rows]),
        "thickness": np.array([float(row["best_thickness"]) for row in rows]),
    }


def metric_of(data: Data, target: str) -> Callable[[Scores, NDArray[np.float64]], NDArray[np.float64]]:
    """Return the figure of a target: from scores and weights (r, n) to values (r,), more is better."""
    values = [data.labels[row][target] for row in data.rows("test")]
    if target == "referable":
        truth = np.array(values, bool)
        return lambda scores, weights: replicated(auc, truth, scores[target], weights)
    if target == "severity":
        grades = np.array(values, np.int64)
        return lambda scores, weights: replicated(quadratic_kappa, grades, scores[target], weights)
    numbers = np.array(values, np.float64)
    return lambda scores, weights: -replicated(mean_absolute_error, numbers, scores[target], weights)


def print_figures(data: Data, answers: Mapping[str, Scores]) -> None:
    """Print the figures of several answers beside each other."""
    plain = np.ones((1, len(data.rows("test"))))
    for target, figure in FIGURES.items():
        metric = metric_of(data, target)
        print(target, figure, {name: round(abs(float(metric(s, plain)[0])), 4) for name, s in answers.items()})


def card_of(
    data: Data, full: Trained, best: Scores, without: Mapping[str, Scores], alone: Mapping[str, Scores]
) -> dict[str, Any]:
    """Return the card: how near to the best possible, and what each input is worth."""
    rows = data.rows("test")
    weights, plain = draws(data.groups(rows)), np.ones((1, len(rows)))
    metrics, singles, costs = [], [], []
    for target, figure in FIGURES.items():
        metric = metric_of(data, target)
        values = {name: float(metric(scores, plain)[0]) for name, scores in alone.items()}
        single = max(values, key=lambda name: values[name])
        metrics.append(
            {
                "target": target,
                "figure": figure,
                "model": _tidy(metric(full.scores, plain)[0]),
                "interval": sorted(map(abs, shared.interval(metric(full.scores, weights)))),
                "best_possible": _tidy(metric(best, plain)[0]),
            }
        )
        gain = metric(full.scores, weights) - metric(alone[single], weights)
        singles.append(
            {
                "target": target,
                "input": single,
                "alone": _tidy(values[single]),
                "gain_of_all": shared.interval(gain),
            }
        )
    for name, scores in without.items():
        row: dict[str, Any] = {"input": name}
        for target in FIGURES:
            metric = metric_of(data, target)
            row[f"lost_on_{target}"] = shared.interval(metric(full.scores, weights) - metric(scores, weights))
        costs.append(row | {"needed": any(row[f"lost_on_{target}"][0] > 0 for target in FIGURES)})
    truth = np.array([data.labels[row]["referable"] for row in rows], bool)
    return {
        "title": "phantom-pair: made-up eyes with every kind of input",
        "name": NAME,
        "use": RESEARCH_USE + " It was trained on made-up cases and knows nothing of real patients.",
        "data": {"source": "cases and pictures made by mmdesk", "cases": len(data.cases), "seed": SEED},
        "split": {"rule": "by patient, mmdesk split 1", **data.counts()},
        "metrics": metrics,
        "best_single_input": singles,
        "without_each_input": costs,
        "calibration": {
            "referable_calibration_error": _tidy(calibration_error(truth, full.scores["referable"], plain)[0]),
            "thickness_interval_half_width": _tidy(full.preparation.targets["thickness"].interval or 0),
            "thickness_interval_held": _tidy(_held(data, full)),
        },
        "training": {
            "backbone": "EfficientNet-Lite0, ImageNet-1k, frozen (see NOTICE)",
            "head_parameters": full.head.count_params(),
            "stopped_and_calibrated_on": "validation split",
        },
        "notes": [
            "best possible: what the rule that made the cases would answer from the inputs not missing",
            "gains and losses: 95 % intervals of the difference on the same test cases; above 0 it is needed",
        ],
        "limits": ["Made-up cases only. Real pictures look unlike them."],
    }


def _held(data: Data, full: Trained) -> float:
    numbers = np.array([float(data.labels[row]["thickness"]) for row in data.rows("test")])
    half = full.preparation.targets["thickness"].interval or 0.0
    return float((np.abs(full.scores["thickness"] - numbers) <= half).mean())


def _tidy(value: float) -> float:
    return round(abs(float(value)), 4)


def write(
    arguments: argparse.Namespace, part: Path, data: Data, recipe: Recipe, full: Trained, card: dict[str, Any]
) -> None:
    """Write the version's folder into the bundled models."""
    rows, stop = data.rows("train"), data.rows("validation")
    cases = shared.examples(data, rows, full.preparation, recipe)
    parts = arguments.out / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(part, parts / part.name)
    backbone = load_model(arguments.backbone / "backbone.keras")
    new = NewVersion(
        model=assemble(full.head, dict.fromkeys(recipe.images, backbone)),
        recipe=recipe,
        preparation=full.preparation,
        card=Card.from_json(card),
        head_inputs=cases.inputs,
        familiarity={
            name: familiarity.learn(
                data.embeddings[name][rows, 0][data.present[name][rows]],
                data.embeddings[name][stop, 0][data.present[name][stop]],
            )
            for name in recipe.images
        },
        encoders={"backbone": EncoderPart("backbone", part.name, recipe.images, 224, 1280)},
    )
    written = write_version(arguments.out / NAME, parts, new)
    shared.pack(arguments.out / NAME / "model.keras")
    print("parity", written.facts["parity"], "compiled", written.compiled)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the bundled model phantom-pair.")
    parser.add_argument("--phantoms", type=Path, required=True, help="folder of the made-up cases")
    parser.add_argument("--backbone", type=Path, required=True, help="folder that build_backbone.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundled models")
    parser.add_argument("--cache", type=Path, help="file that keeps the embeddings between runs")
    parser.add_argument("--quick", action="store_true", help="train once, print the figures, write nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
