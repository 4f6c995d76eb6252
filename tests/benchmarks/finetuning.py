"""From the click on Fine-tune to a candidate with its metrics, against the naive program."""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmdesk.core.cases.truth import truth_of
from mmdesk.core.fields.splits import TEST, TRAIN
from mmdesk.core.fields.values import Value
from mmdesk.core.job import SilentContext
from mmdesk.core.judge.metrics import auc
from mmdesk.core.model.prepare import Preparation, prepare_targets
from mmdesk.core.model.training_set import TrainingSet, choose_training_set
from mmdesk.core.recipe.recipe import Recipe, read_recipe
from mmdesk.inference.scorer import Scorer
from mmdesk.jobs.child import Child
from mmdesk.services.cases import reading
from mmdesk.services.demo.phantoms import TRUTH
from mmdesk.services.models.prediction import Predictor, resolve_version
from mmdesk.services.models.training import finetune
from mmdesk.services.project import Project, open_project
from mmdesk.storage.embedding_cache import EmbeddingCache
from tests.benchmarks.programs import module
from tests.benchmarks.projects import write_exchange
from tests.benchmarks.table import Row

CORRECTIONS = 300
EPOCHS = 10
READER = "Benchmark"


def prepare_reading(folder: Path) -> None:
    """Predict every case of a project and store the 300 corrections in it."""
    project = open_project(folder)
    try:
        _read_cases(project, folder.parent)
        _predict_everything(project)
    finally:
        project.close()


def rows(project: Path, runs: int, seeds: int) -> Iterator[Row]:
    """Fine-tune on 300 corrections cold and warm, and naively on the same cases."""
    opened = open_project(project)
    try:
        yield from _rows(opened, project, runs, seeds)
    finally:
        opened.close()


def _rows(project: Project, folder: Path, runs: int, seeds: int) -> Iterator[Row]:
    truth = _truth(folder.parent)
    recipe = _recipe(project)
    material = _material(project)
    cold = [_finetune(project, recipe, seed)[0] for seed in range(runs)]
    with_child = Child()
    with_child.prewarm()
    _finetune(project, recipe, 0, with_child)
    warm = [_finetune(project, recipe, seed, with_child)[0] for seed in range(runs)]
    with_child.close()
    exchange = folder.parent / "exchange"
    _write(project, material, exchange, recipe, 0)
    naive = [module("tests.benchmarks.naive", "finetune", str(exchange))["seconds"]]
    whole = _macro_auc_of(_outputs(exchange), project, truth)
    ours_auc, naive_auc = [], []
    for seed in range(seeds):
        ours_auc.append(_macro_auc(project, _finetune(project, recipe, seed)[1], truth))
        _write(project, material, exchange, recipe, seed)
        module("tests.benchmarks.naive_head", str(exchange))
        naive_auc.append(_macro_auc_of(_outputs(exchange), project, truth))
    reference = statistics.median(naive)
    name = f"fine-tune on {CORRECTIONS} corrections, click to candidate"
    figure = statistics.median(cold)
    yield Row(
        f"{name}, child cold",
        figure,
        "s",
        "<= 0.1 of naive",
        figure <= 0.1 * reference,
        "naive",
        reference,
        runs,
    )
    figure = statistics.median(warm)
    yield Row(f"{name}, child warm", figure, "s", "given too", True, "naive", reference, runs)
    figure, other = statistics.mean(ours_auc), statistics.mean(naive_auc)
    yield Row(
        "macro AUC after it, mean of seeds", figure, "", "equal within 0.01",
        abs(figure - other) <= 0.01, "naive, its backbone run once", other, seeds,
    )  # fmt: skip
    yield Row(
        "macro AUC of one whole naive run", whole, "", "as with its backbone run once",
        abs(whole - naive_auc[0]) <= 0.01, "naive, its backbone run once", naive_auc[0],
    )  # fmt: skip


def _outputs(exchange: Path) -> dict[str, np.ndarray]:
    return dict(np.load(exchange / "naive-outputs.npz"))


def _truth(folder: Path) -> dict[str, dict[str, Value]]:
    with (folder / TRUTH).open(encoding="utf-8", newline="") as file:
        return {
            row["case"]: {
                "referable": row["referable"] == "1",
                "severity": int(row["severity"]),
                "thickness": float(row["thickness"]),
            }
            for row in csv.DictReader(file)
        }


def _read_cases(project: Project, folder: Path) -> None:
    """Label 300 unlabelled training cases, and all validation and test cases, with the truth."""
    truth = _truth(folder)
    known = project.store.labels()
    left = CORRECTIONS
    for case in project.store.cases():
        if known.get(case.id) or (case.split == TRAIN and not left):
            continue
        left -= case.split == TRAIN
        reading.store_labels(project, case.id, truth[case.name], READER)


def _predict_everything(project: Project) -> None:
    predictor = Predictor(project)
    predictor.predict_cases([case.id for case in project.store.cases()], SilentContext())
    predictor.close()


def _recipe(project: Project) -> Recipe:
    """Return the base's recipe with ten epochs and without early stopping."""
    _, base, _ = resolve_version(project, "")
    recipe = read_recipe((base / "recipe.toml").read_text(encoding="utf-8"))
    training = replace(recipe.training, epochs=EPOCHS, patience=EPOCHS, rate=recipe.training.rate / 2)
    return replace(recipe, training=training)


def _finetune(project: Project, recipe: Recipe, seed: int, child: Child | None = None) -> tuple[float, str]:
    start = time.perf_counter()
    version = finetune(project, reader=READER, ctx=SilentContext(), child=child, recipe=recipe, seed=seed)
    return time.perf_counter() - start, version


def _material(project: Project) -> TrainingSet:
    labels = project.store.labels()
    truths = {case: truth_of(given) for case, given in labels.items()}
    return choose_training_set(project.store.cases(), truths)


def _write(project: Project, material: TrainingSet, out: Path, recipe: Recipe, seed: int) -> None:
    cases = project.store.cases()
    place = {case.id: row for row, case in enumerate(cases)}
    labels = project.store.labels()
    values = [truth_of(labels.get(case.id, {})).values for case in cases]
    _, base, _ = resolve_version(project, "")
    preparation = Preparation.from_json((base / "preparation.json").read_text(encoding="utf-8"))
    kinds = {field.name: field.kind for field in project.schema.targets}
    scale = {name: state.scale for name, state in preparation.targets.items()}
    names = {field.name: None for field in project.schema.targets}
    write_exchange(
        project, base, out,
        rows={
            "train": [place[case.id] for case in (*material.read, *material.replay)],
            "validation": [place[case.id] for case in material.validation],
            "test": [place[case.id] for case in cases if case.split == TEST],
        },
        labels=[{**names, **given} for given in values],
        seed=seed,
        epochs=EPOCHS,
        rate=recipe.training.rate,
        encoders=["backbone"],
        losses={name: "mse" if kind == "number" else "binary_crossentropy" for name, kind in kinds.items()},
        loss_weights={n: 1 / scale[n] ** 2 if kind == "number" else 1.0 for n, kind in kinds.items()},
    )  # fmt: skip
    np.savez(out / "embeddings.npz", **_embeddings(project))


def _embeddings(project: Project) -> dict[str, np.ndarray]:
    _, folder, parts = resolve_version(project, "")
    scorer = Scorer(folder, parts, EmbeddingCache(project.folder / "cache"), schema=project.schema)
    arrays = scorer.arrays(project.store.cases(), project.folder)
    scorer.close()
    return {name: values for name, values in arrays.items() if name.endswith("__embedding")}


def _macro_auc(project: Project, version: str, truth: dict[str, dict[str, Value]]) -> float:
    _, folder, parts = resolve_version(project, version)
    scorer = Scorer(folder, parts, None, schema=project.schema)
    cases = [case for case in project.store.cases() if case.split == TEST]
    outputs = scorer.run_head(scorer.arrays(cases, project.folder))
    scorer.close()
    return _macro_auc_of(outputs, project, truth)


def _macro_auc_of(outputs: dict[str, np.ndarray], project: Project, truth: dict[str, dict[str, Value]]) -> float:
    """Return the mean AUC over the flag and the grade's steps, on the test split."""
    cases = [case for case in project.store.cases() if case.split == TEST]
    targets, _ = prepare_targets(project.schema, [truth[case.name] for case in cases])
    found = []
    for field in project.schema.targets:
        if field.kind != "number":
            wanted = targets[field.name]
            once = np.ones((1, len(wanted)))
            found += [
                auc(wanted[:, k] > 0, outputs[field.name][:, k].astype(float), once)[0] for k in range(wanted.shape[1])
            ]
    return float(np.mean(found))
