"""A small project whose current model knows women only; readers then label men, who fall ill earlier."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
from PIL import Image

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.services.cases.reading import store_labels
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase

READER = "Reader 1"
SCHEMA = Schema(
    "Small eyes",
    "ID",
    "ID",
    (
        Field("left", "input", "image", ("L",), side="left"),
        Field("age", "input", "number", ("Age",), unit="years"),
        Field("sex", "input", "choice", ("Sex",), options=("f", "m")),
        Field("sick", "target", "flag", ("Sick",), label="Sick"),
        Field("findings", "target", "labels", ("Red", "Green"), options=("Red", "Green")),
        Field("dose", "target", "number", ("Dose",), unit="mg"),
        Field("stage", "target", "grade", ("Stage",), options=("none", "some", "much")),
    ),
)
RECORD_ONLY = Schema("Small records", "ID", "ID", tuple(f for f in SCHEMA if f.name in {"age", "sex", "sick", "dose"}))


class Talk:
    """A child's context that keeps what it is told."""

    def __init__(self, stop_after=0, cancel_after=0):
        self.events, self.steps = [], []
        self.stop_after, self.cancel_after = stop_after, cancel_after

    @property
    def epochs(self):
        return [facts for name, facts in self.events if name == "epoch"]

    def tell(self, event, **facts):
        self.events.append((event, facts))

    def progress(self, progress):
        self.steps.append(progress)

    def check_cancelled(self):
        from mmdesk.core.errors import Cancelled

        if self.cancel_after and len(self.epochs) >= self.cancel_after:
            raise Cancelled

    def stop_asked(self):
        return bool(self.stop_after) and len(self.epochs) >= self.stop_after


def truth(age, sex, red, green):
    """Return the labels of a case."""
    limit = 40 if sex == "m" else 60
    return {
        "sick": age > limit,
        "findings": tuple(n for n, there in (("Red", red), ("Green", green)) if there),
        "dose": round(100 + 2 * age + 40 * (sex == "m"), 1),
        "stage": int(age > limit - 15) + int(age > limit + 5),
    }


def make_project(folder, count=420, *, read=0.6, seed=1, schema=SCHEMA):
    """Make a project: women have reference labels, men have none.

    A schema without images gives a project without pictures.

    Returns:
        The open project, the facts of each case by name, and the names of men to be read.
    """
    rng = np.random.default_rng(seed)
    project = create_project(folder, schema)
    images = project.folder / "images"
    images.mkdir()
    rows, facts = [], {}
    for number in range(count):
        age, sex = float(rng.integers(20, 90)), "fm"[rng.integers(2)]
        red, green = bool(rng.random() < 0.4), bool(rng.random() < 0.4)
        name = f"case{number}"
        left = _picture(images / f"{name}.png", red, green, rng) if schema.images else None
        facts[name] = (age, sex, red, green)
        inputs = {"age": age, "sex": sex}
        if left is not None:
            inputs["left"] = left if rng.random() > 0.1 else Missing(Reason.ABSENT)
        labels = _asked(schema, truth(*facts[name])) if sex == "f" else {}
        rows.append(NewCase(name, inputs=inputs, labels=labels))
    project.store.add_cases(rows)
    wanted = [name for name, known in facts.items() if known[1] == "m" and rng.random() < read]
    return project, facts, wanted


def read_cases(project, facts, names):
    """Have a reader label cases rightly."""
    for name in names:
        values = _asked(project.schema, truth(*facts[name]))
        store_labels(project, project.store.case_id(name), values, READER)


def _asked(schema, labels):
    return {target.name: labels[target.name] for target in schema.targets}


def _picture(path, red, green, rng):
    pixels = rng.integers(40, 90, (8, 8, 3)).astype(np.uint8)
    pixels[..., 0] += 120 * red
    pixels[..., 1] += 120 * green
    Image.fromarray(pixels).save(path)
    data, facts = path.read_bytes(), path.stat()
    return ImageRef(f"images/{path.name}", sha256(data).hexdigest(), facts.st_size, facts.st_mtime_ns)
