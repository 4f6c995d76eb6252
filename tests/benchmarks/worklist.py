"""The longest stall of the window's main thread while the worklist of a large project is used."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from mmdesk.core.fields.schema import Field, Schema
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase
from tests.benchmarks.programs import module
from tests.benchmarks.projects import bench_home
from tests.benchmarks.table import Row

STALL_MS = 16.0
SCHEMA = Schema(
    "Large",
    "ID",
    "ID",
    (
        Field("age", "input", "number", ("Age",), unit="years", min=0, max=120),
        Field("sex", "input", "choice", ("Sex",), options=("F", "M")),
        Field("grade", "target", "grade", ("Grade",), options=("none", "mild", "severe")),
    ),
)


def large_project(cases: int) -> Path:
    """Return a project of so many cases without images, written straight through the storage's import."""
    folder = bench_home() / f"large-{cases}.mmdesk"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        dice = random.Random(5)
        project = create_project(folder, SCHEMA)
        project.store.add_cases(
            NewCase(
                f"k{number:07d}",
                inputs={"age": float(dice.randrange(18, 95)), "sex": dice.choice("FM")},
                labels={"grade": dice.randrange(3)},
            )
            for number in range(cases)
        )
        project.close()
        (folder / "made").touch()
    return folder


def rows(cases: int) -> Iterator[Row]:
    """Compare each step's longest stall with that of the idle window."""
    longest = module("tests.benchmarks.worklist_drive", str(large_project(cases)))
    idle = longest.pop("idle")
    for name, gap in longest.items():
        yield Row(
            f"worklist of {cases:,} cases, {name}: longest stall", gap, "ms", "<= 16 ms", gap <= STALL_MS,
            "idle window", idle,
        )  # fmt: skip
