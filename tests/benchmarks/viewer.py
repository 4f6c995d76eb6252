"""How fast the images follow the eye: next case, window, zoom, very large files, memory."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks import viewer_files
from tests.benchmarks.programs import module
from tests.benchmarks.table import Row, percentile
from tests.benchmarks.viewer_drive import EACH

MEGABYTE = 1024 * 1024
SETTLED = 500
"""Cases after which the memory is to stay flat."""
CURVE = (1000, 2000, 3000, 5000, 7500)
"""Cases after which it is told."""


def rows(predictable: Path, runs: int, browsed: int) -> Iterator[Row]:
    """Measure the viewer.

    Args:
        predictable: A project of pairs of 2000 x 2000 JPEG with a model, to predict while reading.
        runs: How often each is measured.
        browsed: Cases browsed for the memory's curve, above 500.
    """
    yield from _next_case(runs)
    yield from _window(runs)
    yield from _moving(runs)
    yield from _large(runs)
    yield from _memory(browsed)
    paints = [time for _ in range(runs) for time in _drive("predict", predictable, 60)["paints"]]
    figure = percentile(paints or [float("inf")], 0.95)
    name = f"next case while all cases are predicted, p95 of {len(paints)}"
    yield Row(name, figure, "ms", "<= 30 ms", figure <= 30, runs=runs)


def _next_case(runs: int) -> Iterator[Row]:
    project = viewer_files.pairs_of_jpeg(120)
    told = [_drive("next", project, 40) for _ in range(runs)]
    figure = statistics.median(percentile(one["paints"], 0.95) for one in told)
    worked = statistics.median(percentile(one["worked"], 0.95) for one in told)
    name = "next case, pair of 2000 x 2000 JPEG, read ahead, p95"
    yield Row(name, figure, "ms", "<= 16 ms", figure <= 16, "by processor time", worked, runs)
    ours, plain = [], []
    for _ in range(runs):
        told = _drive("cold", project, 20)
        ours.append(statistics.median(told["paints"]))
        plain.append(statistics.median(told["plain"]))
    figure, reference = statistics.median(ours), statistics.median(plain)
    yield Row(
        "case never read ahead, pair of 2000 x 2000 JPEG", figure, "ms", "<= 1.2 of Pillow",
        figure <= 1.2 * reference, "Pillow alone, at the size shown", reference, runs,
    )  # fmt: skip


def _window(runs: int) -> Iterator[Row]:
    project = viewer_files.pairs_of_16_bits()
    told = [_drive("window", project, 150) for _ in range(runs)]
    for size in ("fitted", "enlarged"):
        frames = statistics.median(statistics.mean(one[size]) for one in told)
        longest = statistics.median(max(one[size]) for one in told)
        worked = statistics.median(statistics.mean(one[f"{size} worked"]) for one in told)
        name = f"window dragged, two 3000 x 3000 of 16 bits, {size}"
        yield Row(
            name, 1000 / frames, "frames/s", ">= 30", 1000 / frames >= 30,
            "by processor time", 1000 / worked, runs,
        )  # fmt: skip
        worked = statistics.median(max(one[f"{size} worked"]) for one in told)
        yield Row(
            f"{name}, longest frame", longest, "ms", "<= 33 ms", longest <= 33,
            "by processor time", worked, runs,
        )  # fmt: skip


def _moving(runs: int) -> Iterator[Row]:
    project = viewer_files.pairs_of_jpeg(120)
    told = [_drive("pan", project, 120) for _ in range(runs)]
    for name in ("zoom", "pan"):
        figure = statistics.median(percentile(one[name], 0.95) for one in told)
        words = f"{name} of a pair of 2000 x 2000, frame p95"
        worked = statistics.median(percentile(one[f"{name} worked"], 0.95) for one in told)
        met = figure <= 16.7
        yield Row(words, figure, "ms", "<= 16.7 ms", met, "by processor time", worked, runs)


def _large(runs: int) -> Iterator[Row]:
    tiff = [_drive("open", viewer_files.huge("tiff"), 150) for _ in range(runs)]
    first = statistics.median(one["first"] for one in tiff)
    name = "20,000 x 20,000 tiled TIFF"
    yield Row(f"{name}, first picture", first / 1000, "s", "<= 1 s", first <= 1000, runs=runs)
    memory = max(one["memory"] for one in tiff) / MEGABYTE
    yield Row(f"{name}, memory over the baseline", memory, "MB", "<= 400 MB", memory <= 400, runs=runs)
    longest = statistics.median(max(one["gaps"]) for one in tiff)
    yield Row(f"{name}, longest frame while panning", longest, "ms", "<= 33 ms", longest <= 33, runs=runs)
    jpeg = [_drive("open", viewer_files.huge("jpeg"), 20) for _ in range(runs)]
    first = statistics.median(one["first"] for one in jpeg)
    yield Row("100-megapixel JPEG, first picture", first / 1000, "s", "<= 3 s", first <= 3000, runs=runs)


def _memory(browsed: int) -> Iterator[Row]:
    """Yield the curve: the memory taken after ever more cases, held against that after the first."""
    project = viewer_files.pairs_of_jpeg(browsed + 50, side=1200)
    memory = [taken / MEGABYTE for taken in _drive("browse", project, browsed)["memory"]]

    def after(cases: int) -> float:
        place = cases // EACH
        return statistics.median(memory[place - 2 : place + 2])

    early = after(SETTLED)
    for cases in [*(count for count in CURVE if count < browsed), browsed]:
        name = f"memory after {cases:,} cases browsed"
        yield Row(name, after(cases), "MB", "<= 1.05", after(cases) <= 1.05 * early, f"after {SETTLED}", early)


def _drive(scenario: str, project: Path, count: int) -> dict[str, Any]:
    return module("tests.benchmarks.viewer_drive", scenario, str(project), str(count))
