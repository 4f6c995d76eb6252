"""The window's pulse while it works, and the time from a key to the next case's paint."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.programs import module
from tests.benchmarks.projects import put_back, set_aside
from tests.benchmarks.table import Row, percentile


def stalls(project: Path, exchange: Path, runs: int, finetune_project: Path) -> Iterator[Row]:
    """Compare heartbeats while starting, predicting and fine-tuning with those of an idle window."""
    set_aside(project, predictions=False)
    set_aside(finetune_project)
    idle = [_gaps("idle", project) for _ in range(runs)]
    rest = statistics.median(max(gaps) for gaps in idle)
    places = {"start": project, "predict": project, "finetune": finetune_project}
    words = {"start": "starting", "predict": "predicting all cases", "finetune": "fine-tuning"}
    for scenario, place in places.items():
        found = [_gaps(scenario, place) for _ in range(runs)]
        often = statistics.median(percentile(gaps, 0.99) for gaps in found)
        yield Row(
            f"heartbeat gap while {words[scenario]}, p99", often, "ms", "<= 50 ms", often <= 50,
            "idle window", statistics.median(percentile(gaps, 0.99) for gaps in idle), runs,
        )  # fmt: skip
        longest = statistics.median(max(gaps) for gaps in found)
        yield Row(
            f"longest gap while {words[scenario]}", longest, "ms", "<= idle + 50 ms",
            longest <= rest + 50, "idle window", rest, runs,
        )  # fmt: skip
    naive = [_longest(module("tests.benchmarks.naive", "window", str(exchange))["beats"]) for _ in range(runs)]
    yield Row("longest gap of naive while starting", statistics.median(naive), "ms", "for comparison", True,
              "idle window", rest, runs)  # fmt: skip


def next_case(project: Path, runs: int) -> Iterator[Row]:
    """Time the next case's paint, neighbours prefetched, on pairs of 2000 x 2000 JPEG."""
    found = [percentile(module("tests.benchmarks.drive", "browse", str(project))["paints"], 0.95)
             for _ in range(runs)]  # fmt: skip
    figure = statistics.median(found)
    yield Row(
        "key to next case painted, pair of 2000 x 2000 JPEG, p95",
        figure,
        "ms",
        "<= 30 ms",
        figure <= 30,
        runs=runs,
    )


def _gaps(scenario: str, project: Path) -> list[float]:
    put_back(project)
    gaps: list[float] = module("tests.benchmarks.drive", scenario, str(project))["gaps"]
    return gaps


def _longest(beats: list[float]) -> float:
    return max((after - before) * 1000 for before, after in itertools.pairwise(beats))
