"""From the launch to a window, and to the first prediction on screen."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.programs import Event, module, traced
from tests.benchmarks.projects import put_back, set_aside
from tests.benchmarks.table import Row


def rows(project: Path, exchange: Path, runs: int) -> Iterator[Row]:
    """Measure mmdesk, a bare window and the naive program in turn.

    Each run begins with the same project, closed by a window, no case predicted or embedded.
    """
    set_aside(project, predictions=False)
    windows, predictions, bare, naive, first = [], [], [], [], []
    for _ in range(runs):
        put_back(project, first=True)
        first.append(_first(traced(["open", str(project)], "window_shown"), "window_shown"))
        put_back(project)
        events = traced(["open", str(project)], "prediction_shown")
        windows.append(_first(events, "window_shown"))
        predictions.append(_first(events, "prediction_shown"))
        bare.append(module("tests.benchmarks.bare")["window_shown"])
        naive.append(module("tests.benchmarks.naive", "window", str(exchange))["prediction_shown"])
    window, prediction = statistics.median(windows), statistics.median(predictions)
    yield Row(
        "launch to window, 2,700 cases",
        window,
        "s",
        "<= 0.6 s",
        window <= 0.6,
        "bare PySide6 window",
        statistics.median(bare),
        runs,
    )
    yield Row(
        "launch to window, no first page kept",
        statistics.median(first),
        "s",
        "for comparison",
        True,
        "bare PySide6 window",
        statistics.median(bare),
        runs,
    )
    reference = statistics.median(naive)
    met = prediction <= 1.2 and prediction <= 0.25 * reference
    yield Row(
        "launch to first prediction on screen",
        prediction,
        "s",
        "<= 1.2 s and <= 0.25 of naive",
        met,
        "naive",
        reference,
        runs,
    )


def _first(events: list[Event], name: str) -> float:
    return float(next(event["t"] for event in events if event["event"] == name))
