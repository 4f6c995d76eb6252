"""One prediction, and the predictions of all cases."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.job import SilentContext
from mmdesk.imaging.decode import decode_for_model
from mmdesk.inference.scorer import Scorer
from mmdesk.inference.session import OnnxSession
from mmdesk.services.models.prediction import Predictor, resolve_version
from mmdesk.services.project import Project, open_project
from mmdesk.storage.embedding_cache import EmbeddingCache
from tests.benchmarks.programs import module
from tests.benchmarks.table import Row

_BATCH = 16


def rows(project: Path, exchange: Path, runs: int) -> Iterator[Row]:
    """Measure single predictions against the naive program, all cases against the bare minimum."""
    opened = open_project(project)
    try:
        yield from _single(opened, exchange)
        yield from _all(opened, runs)
    finally:
        opened.close()


def _single(project: Project, exchange: Path) -> Iterator[Row]:
    naive = module("tests.benchmarks.naive", "predict", str(exchange))
    case = project.store.cases()[0]
    _, folder, parts = resolve_version(project, "")
    cold = Scorer(folder, parts, None, schema=project.schema)
    shutil.rmtree(project.folder / "cache", ignore_errors=True)
    warm = Scorer(folder, parts, EmbeddingCache(project.folder / "cache"), schema=project.schema)
    warm.score([case], project.folder)
    cold_time = _time_of(lambda: cold.score([case], project.folder), 30)
    warm_time = _time_of(lambda: warm.score([case], project.folder), 100)
    difference = _difference(cold, project, case, naive["outputs"])
    cold.close()
    warm.close()
    predict, function = naive["predict"] * 1000, naive["function"] * 1000
    yield Row(
        "one prediction, embeddings cached", warm_time, "ms", "<= 0.01 of model.predict",
        warm_time <= 0.01 * predict, "model.predict", predict, 100,
    )  # fmt: skip
    yield Row(
        "one prediction, cold", cold_time, "ms", "<= 0.25 of model.predict",
        cold_time <= 0.25 * predict, "model.predict", predict, 30,
    )  # fmt: skip
    yield Row(
        "one prediction, cold", cold_time, "ms", "<= 1.0 of a warmed tf.function",
        cold_time <= function, "tf.function", function, 30,
    )  # fmt: skip
    yield Row("largest difference from Keras", difference, "", "<= 1e-4", difference <= 1e-4)


def _difference(scorer: Scorer, project: Project, case: Case, outputs: dict[str, list[float]]) -> float:
    """Return the largest difference of the head's outputs; numbers relative to their size."""
    ours = scorer.run_head(scorer.arrays([case], project.folder))
    return max(
        float(np.max(np.abs(ours[name][0] - np.array(theirs)) / np.maximum(1, np.abs(theirs))))
        for name, theirs in outputs.items()
    )


def _time_of(call: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken[3:])


def _all(project: Project, runs: int) -> Iterator[Row]:
    ids = [case.id for case in project.store.cases()]
    ours, least, again = [], [], []
    for _ in range(runs):
        shutil.rmtree(project.folder / "cache", ignore_errors=True)
        images = _count_images(project)
        ours.append(images / _predict_all(project, ids))
        again.append(_predict_all(project, ids))
        least.append(images / _decode_and_embed(project))
    rate, reference = statistics.median(ours), statistics.median(least)
    yield Row(
        f"predict all {len(ids):,} cases, cold", rate, "images/s", ">= 0.8 of decode + backbone alone",
        rate >= 0.8 * reference, "decode + backbone alone", reference, runs,
    )  # fmt: skip
    warm = statistics.median(again)
    yield Row(f"predict all {len(ids):,} cases again, warm cache", warm, "s", "<= 1 s", warm <= 1, runs=runs)


def _predict_all(project: Project, ids: list[int]) -> float:
    predictor = Predictor(project)
    try:
        start = time.perf_counter()
        predictor.predict_cases(ids, SilentContext())
        return time.perf_counter() - start
    finally:
        predictor.close()


def _paths(project: Project) -> list[Path]:
    values = (case.inputs[field.name] for case in project.store.cases() for field in project.schema.images)
    return [project.path_of(value.path) for value in values if isinstance(value, ImageRef)]


def _count_images(project: Project) -> int:
    return len(_paths(project))


def _decode_and_embed(project: Project) -> float:
    """Return the seconds that decoding and the backbone take with nothing else around them."""
    from mmdesk.inference.model import read_version

    _, folder, parts = resolve_version(project, "")
    encoder = read_version(folder).parts.encoders[0]
    session = OnnxSession(parts / encoder.file)
    paths = _paths(project)
    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        pictures = pool.map(lambda path: decode_for_model(path, encoder.size), paths)
        batch = []
        for picture in pictures:
            batch.append(picture)
            if len(batch) == _BATCH:
                session.run({"image": np.stack(batch).astype(np.float32)})
                batch.clear()
        if batch:
            session.run({"image": np.stack(batch).astype(np.float32)})
    return time.perf_counter() - start
