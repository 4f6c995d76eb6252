"""A project in which everything that the own read comes before is a word found nowhere else."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdesk.core.cases.case import ImageRef, Prediction, TargetPrediction
from mmdesk.core.cases.marks import Mark
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.judge.verdict import Comparison, FigureRow
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.cases.reading import refer, set_input, store_labels
from mmdesk.services.marks.edit import add_mark
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase
from mmdesk.support.clock import utc_now
from mmdesk.support.files import sha256_of

CANARIES = {
    "model": ("413729", "413,729"),
    "model's interval": ("401723", "401,723"),
    "model's probability": ("0.813741", "81 %"),
    "reference": ("635941", "635,941"),
    "other reader's label": ("524317", "524,317"),
    "other reader": ("Zebulon",),
    "other reader's mark": ("quagmark",),
    "note": ("zyxomma",),
    "note as the table had it": ("vervain",),
    "date note": ("1931-07", "07/1931", "7/1931"),
    "agreement of the others": ("corrections and", "on 3 corrections", "on 2 corrections", "on 1 correction"),
    "cell of a target": ("748193x",),
    "cell of a note": ("quoin",),
}
"""What must not be told before the own read, in the ways that it may be written."""
NEVER = ("hushword",)
"""What is told neither before nor after: a note with show = "never"."""
SCHEMA = Schema(
    "Canaries",
    "ID",
    "Person",
    (
        Field("left", "input", "image", ("Left",), label="Left eye", side="left"),
        Field("age", "input", "number", ("Age",), label="Age", min=0, max=120),
        Field("score", "target", "number", ("Score",), label="Score"),
        Field("sick", "target", "flag", ("Sick",), label="Sick"),
        Field("keywords", "note", "text", ("Keywords",), label="Keywords", show="after"),
        Field("remarks", "note", "text", ("Remarks",), label="Remarks", show="after"),
        Field("visit", "note", "date", ("Visit",), label="Visit", show="after"),
        Field("code", "note", "text", ("Code",), label="Code", show="never"),
    ),
)
OWN = {"score": 100.0, "sick": False}
PROBLEM = (
    "Score: '748193x; 748193x' is not a number; Age: 'old' is not a number; "
    "Remarks: its rows differ: quoin; Code: its rows differ: hushword | hushword"
)


def answer(case: int) -> Prediction:
    """Return what the model says of each case."""
    targets = {
        "score": TargetPrediction(413729.0, {}, 401723.0, 425731.0),
        "sick": TargetPrediction(True, {"sick": 0.813741}),
    }
    return Prediction(case, "v1", targets, inputs_hash="ff", at=utc_now())


class CanaryPredictor:
    """Stands for `services.models.prediction.Predictor`."""

    slower = ""

    def __init__(self, project, version=""):
        self.project, self.version = project, "v1"

    def warm(self):
        """Need nothing."""

    def predict_case(self, case_id):
        """Store the canary."""
        self.project.store.save_predictions([answer(case_id)])

    def close(self):
        """Hold nothing."""


def canary_place(_project, version):
    """Stand for where a version lies: v1 has no files."""
    return {"id": version or "v1", "folder": "nowhere", "parts": "nowhere"}


def canary_evaluation(_child, job, ctx, *_more):
    """Evaluate what v1 says as the model process would: the canaries stand for a model's outputs."""
    from mmdesk.modelling import evaluate

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(evaluate, "preparation_of", lambda _place: None)
        patched.setattr(evaluate.Snapshot, "fitting", lambda snapshot, *_: snapshot)
        patched.setattr(evaluate, "scorer_of", lambda *_: nullcontext(_CanaryScorer()))
        return evaluate.run(job, ctx)


class _CanaryScorer:
    inputs = ()

    def arrays(self, *_):
        """Return nothing that a model sees."""
        return {}

    def run_head(self, _arrays):
        """Return nothing: no input is hidden."""
        return {}

    def answers(self, cases, _arrays):
        """Return the canaries."""
        outputs = {"score": [[413729.0]] * len(cases), "sick": [[0.813741]] * len(cases)}
        return {name: np.asarray(rows) for name, rows in outputs.items()}, {}


def make_canaries(folder: Path) -> Path:
    """Make the project: three cases of one person, read by Zebulon, predicted by v1, and close it."""
    project = create_project(folder / "canaries.mmdesk", SCHEMA)
    cases = []
    for number in (1, 2, 3):
        path = project.folder / "images" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((48, 48, 3), 40 * number, np.uint8)).save(path)
        facts = path.stat()
        left = ImageRef(f"images/{number}.png", sha256_of(path), facts.st_size, facts.st_mtime_ns)
        cases.append(
            NewCase(
                f"c{number}",
                group="person",
                inputs={"left": left, "age": 40.0 + number},
                notes={
                    "keywords": "vervain",
                    "remarks": "quoin",
                    "visit": date(1931, 7, number),
                    "code": "hushword",
                },
                labels={"score": 635941.0, "sick": True},
                problem=PROBLEM,
            )
        )
    project.store.add_cases(cases, "importer", "table.csv")
    lost = Comparison(
        "v2",
        "v1",
        (FigureRow("AUC", "auc", "all", 40, 20, 0.8, 0.9, 0.1, 0.0, 0.2),),
        "open",
        "x",
        lost=(1, 2, 3),
    )
    created = "2026-01-01T00:00:00+00:00"
    project.store.add_version(VersionRow("v1", "v1", "current", created=created))
    project.store.add_version(VersionRow("v2", "v2", "candidate", "v1", created, "", Card(comparison=lost)))
    project.store.save_predictions([answer(case) for case in (1, 2, 3)])
    for case in (1, 2, 3):
        set_input(project, case, "keywords", "zyxomma", "Zebulon")
        store_labels(project, case, {"score": 524317.0, "sick": True}, "Zebulon")
        point = Mark(case=case, field="left", shape="point", points=((5.0, 5.0),), note="quagmark")
        add_mark(project, point, "Zebulon")
        refer(project, case, "Zebulon", "quagmark")
    project.close()
    return project.folder
