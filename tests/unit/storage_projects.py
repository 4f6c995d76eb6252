"""A small project for the tests of storage and cases."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from mmdesk.core.cases.case import ImageRef, Prediction, TargetPrediction
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.project import Project, create_project
from mmdesk.storage.store import NewCase

SCHEMA = Schema(
    "Pairs",
    "ID",
    "ID",
    (
        Field("left", "input", "image", ("L",), label="Left eye"),
        Field("right", "input", "image", ("R",), label="Right eye"),
        Field("age", "input", "number", ("Age",), unit="years", min=0, max=120),
        Field("sex", "input", "choice", ("Sex",), options=("F", "M")),
        Field("smoker", "input", "flag", ("Smoker",)),
        Field("seen", "input", "date", ("Seen",)),
        Field("pulse", "input", "sequence", ("Pulse",), channels=("a", "b")),
        Field("findings", "target", "labels", ("A", "B", "C"), label="Findings", options=("A", "B", "A C")),
        Field("grade", "target", "grade", ("G",), label="Grade", options=("none", "mild", "severe")),
        Field("keywords", "note", "text", ("N",)),
    ),
)
BOTH = {"findings": ("A",), "grade": 1}


def picture(name: str) -> ImageRef:
    return ImageRef(f"images/{name}.jpg", "ab" * 32, 1234, 5678)


def new_case(number: int) -> NewCase:
    return NewCase(
        name=f"c{number}",
        group=f"g{number // 2}",
        inputs={
            "left": picture(f"{number}l"),
            "right": picture(f"{number}r") if number % 3 else Missing(Reason.NO_FILE, f"{number}r.jpg"),
            "age": float(20 + number) if number % 4 else Missing(Reason.OUT_OF_RANGE, "150"),
            "sex": "FM"[number % 2],
            "smoker": number % 2 == 0,
            "seen": date(2020, 1, 1 + number % 28),
            "pulse": ((1.0, 2.0), (3.5, float(number))),
        },
        notes={"keywords": "Größe \u65e5\u672c" if number == 1 else f"words {number}"},
        labels={"findings": ("A",) if number % 2 else (), "grade": number % 3},
        problem="the right image is not there" if number == 3 else "",
    )


def make_project(folder: Path, count: int = 6) -> Project:
    project = create_project(folder / "pairs.mmdesk", SCHEMA)
    project.store.add_cases([new_case(number) for number in range(1, count + 1)], "importer", "table.csv")
    return project


def answer(case: int, findings: tuple[str, ...] = ("A",), grade: int = 1, version: str = "v1") -> Prediction:
    chances = {"A": 0.9 if "A" in findings else 0.1, "B": 0.2, "A C": 0.05 * case}
    targets = {
        "findings": TargetPrediction(findings, chances),
        "grade": TargetPrediction(grade, {"none": 0.2, "mild": 0.5, "severe": 0.3}),
    }
    return Prediction(case, version, targets, ("right",), ("left",), "ff" * 32)


def add_model(project: Project, ids: list[int], **said: object) -> None:
    project.store.add_version(VersionRow("v1", "first", "current", card=Card.from_json({"auc": 0.8})))
    project.store.save_predictions([answer(case, **said) for case in ids])  # type: ignore[arg-type]
