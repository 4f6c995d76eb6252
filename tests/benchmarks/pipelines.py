"""Training from images: how fast they are fed, what is saved by looking once, how much memory it takes."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.benchmarks.programs import module
from tests.benchmarks.table import Row

SIDE = 512
"""Pixels of the square images that fill the memory's folders."""
FEW_BYTES = 200 << 20
TIMES = 10
EQUAL = 0.03
"""By how much the AUC of two ways of training may differ; chance alone moves it by as much."""


def rows(project: Path, home: Path, runs: int) -> Iterator[Row]:
    """Measure everything about training from images.

    Args:
        project: Its labelled cases are trained on.
        home: Where the folders of many images are made.
        runs: How often each training is repeated.
    """
    yield from _feeding(project, runs)
    yield from _saving(project, "frozen", "train behind the frozen backbone", runs)
    yield from _saving(project, "blocks", "train its last two blocks", runs)
    yield _memory(home, runs)


def _feeding(project: Path, runs: int) -> Iterator[Row]:
    found = [_measured("feed", project) for _ in range(runs)]
    alone = statistics.median(one["alone"] for one in found)
    for name in ("tf.data", "pydataset"):
        figure = statistics.median(one[name] for one in found)
        yield Row(
            f"images fed by {name}", figure, "images/s", ">= 0.9 of decoding alone",
            figure >= 0.9 * alone, "decoding alone, as many threads", alone, runs,
        )  # fmt: skip


def _saving(project: Path, part: str, words: str, runs: int) -> Iterator[Row]:
    found = [_measured(part, project) for _ in range(runs)]
    ours, plain, auc, plain_auc = (
        statistics.median(one[key] for one in found) for key in ("seconds", "plain_seconds", "auc", "plain_auc")
    )
    name = f"{words}, {found[0]['cases']} cases, five epochs"
    yield Row(name, ours, "s", "faster", ours < plain, "plain Keras fit of the whole model", plain, runs)
    yield Row(
        f"mean AUC on held cases: {words}", auc, "", f"equal within {EQUAL}",
        abs(auc - plain_auc) <= EQUAL, "plain Keras fit of the whole model", plain_auc, runs,
    )  # fmt: skip


def _memory(home: Path, runs: int) -> Row:
    few, many = home / "few-images", home / "many-images"
    count = _made_up(few)
    _linked(few, many)
    small, large = (
        statistics.median(_measured("memory", folder)["most"] for _ in range(runs)) for folder in (few, many)
    )
    name = f"resident memory, training on {count * TIMES:,} images (2 GB)"
    bar, other = "<= 1.1 of a tenth of them", f"on {count} images (200 MB)"
    return Row(name, large, "MB", bar, large <= 1.1 * small, other, small, runs)


def _measured(part: str, folder: Path) -> dict[str, Any]:
    return module("tests.benchmarks.trainings", part, str(folder))


def _made_up(folder: Path) -> int:
    """Fill a folder with images of noise, 200 MB of them; return how many they are."""
    count = FEW_BYTES // (SIDE * SIDE * 3)
    images = folder / "images"
    if images.exists() and len(list(images.iterdir())) == count:
        return count
    shutil.rmtree(folder, ignore_errors=True)
    images.mkdir(parents=True)
    rng = np.random.default_rng(1)
    for number in range(count):
        pixels = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(images / f"{number:04}.bmp")
    return count


def _linked(few: Path, many: Path) -> None:
    """Fill another folder with ten times as many files, links to the same bytes."""
    shutil.rmtree(many, ignore_errors=True)
    (many / "images").mkdir(parents=True)
    for file in (few / "images").iterdir():
        for copy in range(TIMES):
            os.link(file, many / "images" / f"{copy}-{file.name}")
