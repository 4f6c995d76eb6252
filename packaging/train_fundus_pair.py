"""Train the bundled model `fundus-pair` on ODIR-5K and write its folder and card.

    PYTHONPATH=. python packaging/build_backbone.py BUILD
    PYTHONPATH=. python packaging/train_eye_encoder.py --data ODIR --backbone BUILD --out EYES
    PYTHONPATH=. python packaging/train_fundus_pair.py --data ODIR --frozen BUILD --backbone EYES \
        --out resources/models

ODIR holds `full_df.csv` and `images/`. Patients are split by the program's own rule, so a
project made from the same table tests on patients that this model never saw.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import bundled_training as shared
import keras
import numpy as np
from bundled_training import Data
from numpy.typing import NDArray

from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.judge.bootstrap import draws, replicated
from mmdesk.core.judge.metrics import accuracy, auc, average_precision, calibration_error, quadratic_kappa
from mmdesk.core.model import out_of_distribution as familiarity
from mmdesk.core.model.prepare import Preparation, learn_preparation, prepare_targets
from mmdesk.core.recipe.encoders.backbone import BACKBONES
from mmdesk.core.recipe.recipe import Recipe, read_recipe
from mmdesk.core.versions.card import RESEARCH_USE, Card
from mmdesk.core.versions.version import EncoderPart
from mmdesk.modelling.network.build import assemble, build_head
from mmdesk.modelling.network.bundle import load_model
from mmdesk.modelling.training.fit import Examples, calibrate, fit_head
from mmdesk.modelling.version_writer import NewVersion, write_version
from mmdesk.support.resources import resource

NAME, TARGET = "fundus-pair", "findings"
SIZE = BACKBONES["efficientnet-lite0-fundus"][0]
SEEDS = (1, 2, 3)
PROTOTYPES = 60


@dataclass(frozen=True)
class Trained:
    """Heads of one recipe, one a seed, and what they say of the cases of two splits."""

    preparation: Preparation
    heads: list[keras.Model]
    surprise: list[float]
    answers: list[NDArray[Any]]
    validation: list[NDArray[Any]]

    @property
    def best(self) -> keras.Model:
        """The head with the lowest validation loss; the test cases have no say."""
        return self.heads[int(np.argmin(self.surprise))]


def main() -> None:
    """Embed, train, judge, write."""
    arguments = _arguments()
    schema = read_schema(resource("schemas", "odir.toml").read_text("utf-8"))
    recipe = read_recipe(resource("recipes", f"{NAME}.toml").read_text("utf-8"))
    cases, labels = shared.read_table(arguments.data / "full_df.csv", schema)
    data = _seen_by(arguments.backbone, SIZE, cases, labels, schema)
    frozen = _seen_by(arguments.frozen, 224, cases, labels, schema)
    full = train(data, recipe)
    floor = train(data, replace(recipe, encoders=tuple(e for e in recipe.encoders if e.kind != "backbone")))
    steps = [
        {"step": "age and sex alone", **validated(data, floor)},
        {"step": "with both eyes, ImageNet's backbone", **validated(frozen, train(frozen, recipe))},
        {"step": "with an encoder trained whole on single eyes", **validated(data, full)},
    ]
    card = card_of(data, recipe, full, floor) | {"steps_on_the_validation_split": steps}
    print(card["metrics"], card["floor"], *card["findings"], *steps, card["missing_inputs"], sep="\n")
    part = next((arguments.backbone / "parts").glob("*.onnx"))
    write(arguments, part, data, recipe, full, card)


def train(data: Data, recipe: Recipe) -> Trained:
    """Train one head a seed on the training split, stopping on the validation split."""
    rows = data.rows("train")
    preparation = learn_preparation(
        data.schema, [data.cases[row] for row in rows], [data.labels[row] for row in rows], recipe
    )
    validation = shared.examples(data, data.rows("validation"), preparation, recipe)
    test = shared.examples(data, data.rows("test"), preparation, recipe)
    trained = Trained(preparation, [], [], [], [])
    cases = _with_mirrored(data, rows, shared.examples(data, rows, preparation, recipe), recipe)
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        head = build_head(recipe, data.schema, preparation)
        training = replace(recipe.training, seed=seed)
        history = fit_head(head, cases.inputs, cases.targets, cases.weights, training, validation=validation)
        calibrate(head, validation)
        trained.heads.append(head)
        trained.surprise.append(min(history["val_loss"]))
        trained.answers.append(head.predict(test.inputs, verbose=0, batch_size=512)[TARGET])
        trained.validation.append(head.predict(validation.inputs, verbose=0, batch_size=512)[TARGET])
        print(
            f"seed {seed}: {len(history['loss'])} epochs, validation loss {trained.surprise[-1]:.4f}",
            flush=True,
        )
    return trained


def _with_mirrored(data: Data, rows: NDArray[np.int64], cases: Examples, recipe: Recipe) -> Examples:
    """Add each pair seen in a mirror: the left eye's mirror image looks like a right eye."""
    if not recipe.images:
        return cases
    inputs = dict(cases.inputs)
    for one, other in (("left", "right"), ("right", "left")):
        inputs[f"{one}__embedding"] = data.embeddings[other][rows, 1]
        inputs[f"{one}__present"] = cases.inputs[f"{other}__present"]
    return shared.joined([cases, Examples(inputs, cases.targets, cases.weights)])


def _seen_by(folder: Path, size: int, cases: Any, labels: Any, schema: Any) -> Data:
    """Return the cases as an encoder sees them; its folder keeps what it saw."""
    part = next((folder / "parts").glob("*.onnx"))
    seen = shared.embed(cases, schema, part, size=size, mirrored=True, cache=folder / "seen.npz")
    return Data(schema, cases, labels, *seen)


def validated(data: Data, trained: Trained) -> dict[str, Any]:
    """Return the validation split's figures, each the mean of the seeds."""
    rows = data.rows("validation")
    wanted = prepare_targets(data.schema, [data.labels[row] for row in rows])[0][TARGET]
    return {
        name: _mean_of_seeds(metric, wanted, trained.validation, data.groups(rows))
        for name, metric in (("macro_auc", shared.macro_auc), ("challenge_score", challenge_score))
    }


def _mean_of_seeds(
    metric: Any, wanted: NDArray[Any], answers: Sequence[NDArray[Any]], groups: list[str]
) -> dict[str, Any]:
    def mean(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.mean([metric(wanted, one, weights) for one in answers], axis=0))

    return shared.figure(mean, groups)


def challenge_score(wanted: NDArray[Any], found: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ODIR's score, (r,): the mean of kappa, F1 and AUC over all answers at once.

    Each of the n x 8 answers counts as one; from a half on it is a yes. F1 averaged over both
    answers by their number is the share of right answers; of two answers, kappa with quadratic weights is Cohen's.
    """
    truth, scores = (wanted > 0.5).ravel(), found.astype(np.float64).ravel()
    each = np.repeat(weights, wanted.shape[1], axis=1)
    said = (scores >= 0.5).astype(np.int64)
    parts = [
        replicated(quadratic_kappa, truth.astype(np.int64), said, each),
        replicated(accuracy, truth.astype(np.int64), said, each),
        replicated(auc, truth, scores, each),
    ]
    return np.asarray(np.mean(parts, axis=0))


def card_of(data: Data, recipe: Recipe, full: Trained, floor: Trained) -> dict[str, Any]:
    """Return the card: what it was trained on and how well it does."""
    rows = data.rows("test")
    test = shared.examples(data, rows, full.preparation, recipe)
    wanted, groups = test.targets[TARGET], data.groups(rows)
    final = full.best.predict(test.inputs, verbose=0, batch_size=512)[TARGET]

    def macro(answers: list[NDArray[Any]], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.mean([shared.macro_auc(wanted, one, weights) for one in answers], axis=0))

    def challenge(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return challenge_score(wanted, final, weights)

    return {
        "title": "fundus-pair: eight findings from both eyes",
        "name": NAME,
        "use": RESEARCH_USE + " It shows how a model joins two fundus photographs with age and sex.",
        "data": {
            "source": "ODIR-5K (Ocular Disease Intelligent Recognition, 2019), both eyes' photographs",
            "patients": len(data.cases),
            "licence": "published without a licence; no picture or record is part of this program",
            "left_out": "the diagnostic keywords, which no input holds; those of the training split "
            "told the backbone which eye has what",
        },
        "split": {"rule": "by patient, mmdesk split 1", **data.counts()},
        "metrics": {
            "macro_auc_mean_of_three_seeds": shared.figure(lambda w: macro(full.answers, w), groups),
            "macro_auc_of_this_model": shared.figure(lambda w: macro([final], w), groups),
            "challenge_score_of_this_model": shared.figure(challenge, groups),
            "mean_calibration_error": shared.figure(lambda w: _calibration(wanted, final, w), groups),
        },
        "floor": {
            "age_and_sex_alone_macro_auc": shared.figure(lambda w: macro(floor.answers, w), groups),
            "difference_to_full_model": shared.figure(
                lambda w: macro(full.answers, w) - macro(floor.answers, w), groups
            ),
        },
        "findings": _findings(data, wanted, final, groups),
        "missing_inputs": _missing(full.best, test, groups),
        "training": {
            "backbone": "EfficientNet-Lite0, ImageNet-1k (see NOTICE), then trained whole on the training split's "
            "single eyes at 384 pixels (packaging/train_eye_encoder.py)",
            "head_parameters": full.best.count_params(),
            "stopped_on": "validation split",
            "calibrated_on": "validation split",
            "augmentation": "each pair also seen in a mirror, the sides exchanged",
        },
        "limits": [
            "One collection of photographs, from hospitals in China; nothing else was tried.",
            "Labels are of the patient and were read off keywords, as were those of each eye.",
            "Rare findings rest on few test cases; see the intervals.",
            "Photographs are seen at 384 pixels: small lesions are lost.",
            "Probabilities are calibrated for the frequency of findings in this collection.",
        ],
    }


def _calibration(wanted: NDArray[Any], found: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    columns = range(wanted.shape[1])
    scores = found.astype(np.float64)
    errors = [replicated(calibration_error, wanted[:, k] > 0.5, scores[:, k], weights) for k in columns]
    return np.asarray(np.mean(errors, axis=0))


def _findings(data: Data, wanted: NDArray[Any], found: NDArray[Any], groups: list[str]) -> list[dict[str, Any]]:
    weights, rows = draws(groups), []
    for place, option in enumerate(data.schema.field(TARGET).options):
        truth, scores = wanted[:, place] > 0.5, found[:, place].astype(np.float64)
        plain = np.ones((1, len(truth)))
        rows.append(
            {
                "finding": option,
                "positive": int(truth.sum()),
                "auc": round(float(auc(truth, scores, plain)[0]), 4),
                "interval": shared.interval(replicated(auc, truth, scores, weights)),
                "average_precision": round(float(average_precision(truth, scores, plain)[0]), 4),
                "calibration_error": round(float(calibration_error(truth, scores, plain)[0]), 4),
            }
        )
    return rows


def _missing(head: keras.Model, test: Examples, groups: list[str]) -> list[dict[str, Any]]:
    """Return how well the model does with some inputs taken away."""
    rows = []
    for hidden in (("left",), ("right",), ("age", "sex"), ("left", "right")):
        gone = {f"{name}__present": np.zeros((len(groups), 1), np.float32) for name in hidden}
        found = head.predict({**test.inputs, **gone}, verbose=0, batch_size=512)[TARGET]
        figure = shared.figure(partial(shared.macro_auc, test.targets[TARGET], found), groups)
        rows.append({"without": " and ".join(hidden), "macro_auc": figure["value"], "interval": figure["interval"]})
    return rows


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
    known = {
        name: familiarity.learn(
            data.embeddings[name][rows, 0][data.present[name][rows]],
            data.embeddings[name][stop, 0][data.present[name][stop]],
        )
        for name in recipe.images
    }
    new = NewVersion(
        model=assemble(full.best, dict.fromkeys(recipe.images, backbone)),
        recipe=recipe,
        preparation=full.preparation,
        card=Card.from_json(card),
        head_inputs=cases.inputs,
        familiarity=known,
        prototypes=shared.prototypes(cases.inputs, cases.targets, PROTOTYPES),
        encoders={"backbone": EncoderPart("backbone", part.name, recipe.images, SIZE, 1280)},
    )
    written = write_version(arguments.out / NAME, parts, new)
    shared.pack(arguments.out / NAME / "model.keras")
    print("parity", written.facts["parity"], "compiled", written.compiled)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the bundled model fundus-pair.")
    parser.add_argument("--data", type=Path, required=True, help="folder of full_df.csv and images/")
    parser.add_argument("--backbone", type=Path, required=True, help="folder that train_eye_encoder.py wrote")
    parser.add_argument("--frozen", type=Path, required=True, help="folder that build_backbone.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundled models")
    return parser.parse_args()


if __name__ == "__main__":
    main()
