"""A project of tiny versions that came by every way, for the tests of the models page."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmdesk.core.judge.verdict import Comparison, FigureRow, judge
from mmdesk.core.versions.card import BROUGHT, Card
from mmdesk.services.models import versions as results
from mmdesk.services.project import Project, create_project
from mmdesk.storage.store import NewCase
from tests.unit import tiny_model as tiny

READER = "Reader 1"
FIGURE = {"metric": "bad AUC", "key": "auc", "n": 40, "value": 0.8, "low": 0.7, "high": 0.9, "positives": 20}


def compared(candidate: str, current: str) -> Comparison:
    """Return a comparison as a training makes it."""
    rows = (
        FigureRow("bad AUC", "auc", "all", 40, 20, 0.8, 0.9, 0.1, 0.05, 0.2, target="bad"),
        FigureRow("bad sensitivity", "sensitivity", "all", 4, 2, words="too few cases for a figure", target="bad"),
    )
    return Comparison(candidate, current, *judge(rows), labels="abc")


def trained(candidate: str, current: str, kind: str = "trained") -> Card:
    """Return a card as a training writes it."""
    evaluation = {"split": "test", "figures": [FIGURE]}
    return Card.from_json(
        {
            "name": f"Tiny {candidate}",
            "kind": kind,
            "training": {"loss": [0.9, 0.5, 0.4]},
            "evaluation": evaluation,
            "comparison": compared(candidate, current).as_json(),
            "compiled": True,
        }
    )


def make_versions(folder: Path, cases: int = 120) -> Project:
    """Make a project whose versions came as follows, and return it open.

    v1 is brought along and promoted, v2 and v3 are trained, v3 is promoted, v4 is fine-tuned.
    """
    project = create_project(folder / "p.mmdesk", tiny.SCHEMA)
    red = tiny.colour_file(project.folder, "red.png", (255, 0, 0))
    ages = np.linspace(20, 80, cases)
    rng = np.random.default_rng(5)
    rows = [
        NewCase(
            f"c{number}",
            inputs={"left": red, "age": float(age)},
            labels={"bad": bool(age + rng.normal(0, 8) > 50), "score": float(age - 50) / 10},
        )
        for number, age in enumerate(ages)
    ]
    project.store.add_cases(rows)
    brought = Card(name="theirs, made elsewhere", kind=BROUGHT, facts={"compiled": True, "replaced": []})
    add(project, "v1", brought)
    results.promote(project, "v1", READER, "The first.", anyway=True)
    add(project, "v2", trained("v2", "v1"))
    add(project, "v3", trained("v3", "v1"))
    results.promote(project, "v3", READER, "Better.")
    add(project, "v4", trained("v4", "v3", "fine-tuned"))
    return project


def add(project: Project, name: str, card: Card) -> None:
    """Write a tiny version and make it known, as every way to a version does."""
    models = project.folder / "models"
    tiny.write_version(models / name, models / "parts", kick=len(name) + int(name[1:]) / 10)
    results.register(project, name, card, READER, "Made for a test.")
