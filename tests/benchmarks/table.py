"""Rows of the benchmark table: a figure, what it is held against, and the bar."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One claim of speed.

    Attributes:
        name: What was measured.
        figure: The median, in `unit`.
        unit: `s`, `ms`, `images/s`, ...
        against: What it is compared with, measured in the same run; empty when nothing.
        reference: The median of that, in the same unit.
        bar: Words for what is asked.
        met: Whether it is met.
        runs: Number of runs behind the medians.
    """

    name: str
    figure: float
    unit: str
    bar: str
    met: bool
    against: str = ""
    reference: float | None = None
    runs: int = 1

    @property
    def ratio(self) -> float | None:
        """The figure divided by its reference."""
        return self.figure / self.reference if self.reference else None


def median_of(runs: int, measure: Callable[[], float]) -> float:
    """Return the median of several runs."""
    return statistics.median(measure() for _ in range(runs))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of all values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the table with date and commit."""
    root = Path(__file__).resolve().parents[2]
    command = ["git", "-C", str(root), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    lines = [
        "# Benchmarks",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit}. Medians, from `python -m tests.benchmarks --save`.",
        "The machine is shared and noisy: read the ratios.",
        "",
        "| measured | figure | against | there | ratio | asked | met | runs |",
        "|---|---|---|---|---|---|---|---|",
        *(_line(row) for row in rows),
        "",
    ]
    return "\n".join(lines)


def _line(row: Row) -> str:
    reference = "" if row.reference is None else f"{row.reference:.4g} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
    return (
        f"| {row.name} | {row.figure:.4g} {row.unit} | {row.against} | {reference} | {ratio} "
        f"| {row.bar} | {'yes' if row.met else 'no'} | {row.runs} |"
    )
