"""A small project with made pictures and a predictor without a model, for tests of the reading page."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtWidgets import QMainWindow

from mmdesk.core.cases.case import Prediction, TargetPrediction
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.cases.reading import WorklistQuery, case_ids, store_labels
from mmdesk.services.project import create_project
from mmdesk.storage.cases.imports import NewCase
from mmdesk.support.clock import utc_now
from mmdesk.support.files import sha256_of
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys, send_keys
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.kit.preferences import Preferences
from mmdesk.ui.reading.page import ReadingPage

SCHEMA = Schema(
    "Pairs",
    "ID",
    "ID",
    (
        Field("left", "input", "image", ("L",), label="Left eye", side="left"),
        Field("right", "input", "image", ("R",), label="Right eye", side="right"),
        Field("age", "input", "number", ("Age",), label="Age", unit="years", min=0, max=120),
        Field("sex", "input", "choice", ("Sex",), label="Sex", options=("F", "M")),
        Field("site", "input", "choice", ("Site",), label="Site", options=tuple("ABCDEFG")),
        Field("smoker", "input", "flag", ("Smoker",), label="Smoker"),
        Field("story", "input", "text", ("Story",), label="Story"),
        Field("seen", "input", "date", ("Seen",), label="Seen"),
        Field("pulse", "input", "sequence", ("Pulse",), label="Pulse", channels=("a", "b")),
        Field(
            "findings",
            "target",
            "labels",
            ("Normal", "Cataract", "Myopia"),
            label="Findings",
            options=("Normal", "Cataract", "Myopia"),
        ),
        Field("keywords", "note", "text", ("N",), label="Keywords"),
    ),
)
SEVERAL = Schema(
    "Several",
    "ID",
    "ID",
    (
        *SCHEMA.inputs,
        Field("refer", "target", "flag", ("Refer",), label="Referable"),
        Field("grade", "target", "grade", ("Grade",), label="Severity", options=("none", "mild", "severe")),
        Field("thick", "target", "number", ("Thick",), label="Thickness", unit="µm", min=10, max=99),
    ),
)


def picture(folder: Path, name: str, shade: int, size: int = 64):
    from mmdesk.core.cases.case import ImageRef

    pixels = np.full((size, size, 3), shade, np.uint8)
    pixels[: size // 4] = (shade, 0, 0)
    path = folder / "images" / name
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(path)
    return ImageRef(f"images/{name}", sha256_of(path), path.stat().st_size, path.stat().st_mtime_ns)


def make_project(folder: Path, schema: Schema = SCHEMA, count: int = 6, size: int = 64):
    """Cases 1 to count: the second lacks the right image, the third has a damaged left one,
    the fourth an age out of range."""
    project = create_project(folder / "pairs.mmdesk", schema)
    cases = []
    for number in range(1, count + 1):
        left = picture(project.folder, f"{number}l.png", 30 + number * 5, size)
        right = picture(project.folder, f"{number}r.png", 130 + number * 5, size)
        if number == 3:
            (project.folder / left.path).write_bytes(b"\x89PNG\r\n\x1a\n broken")
        cases.append(
            NewCase(
                f"c{number}",
                inputs={
                    "left": left,
                    "right": Missing(Reason.NO_FILE, "2r.png") if number == 2 else right,
                    "age": Missing(Reason.OUT_OF_RANGE, "150") if number == 4 else 60.0 + number,
                    "sex": "FM"[number % 2],
                    "site": "B",
                    "smoker": number % 2 == 0,
                    "story": f"story {number}",
                    "seen": date(2020, 1, 1 + number % 28),
                    "pulse": ((1.0, 2.0), (3.5, float(number))),
                },
                notes={"keywords": f"words {number}"},
            )
        )
    project.store.add_cases(cases, "importer", "table.csv")
    return project


def answer(project, case_id: int, version: str = "v1") -> Prediction:
    if any(target.name == "findings" for target in project.schema.targets):
        chances = {"Normal": 0.12, "Cataract": 0.82, "Myopia": 0.61}
        targets = {"findings": TargetPrediction(("Cataract", "Myopia"), chances)}
    else:
        targets = {
            "refer": TargetPrediction(True, {"refer": 0.82}),
            "grade": TargetPrediction(2, {"none": 0.1, "mild": 0.3, "severe": 0.6}),
            "thick": TargetPrediction(42.0, {}, 37.0, 47.0),
        }
    case = project.store.case(case_id)
    gone = tuple(f.name for f in project.schema.inputs if isinstance(case.inputs[f.name], Missing))
    return Prediction(case_id, version, targets, gone, inputs_hash="ff", at=utc_now())


class FakePredictor:
    """Stands for `services.prediction.Predictor`: the same answer for every case, stored."""

    asked: list[int] = []  # noqa: RUF012
    slower = ""

    def __init__(self, project, version=""):
        self.project, self.version = project, "v1"

    def warm(self):
        pass

    def predict_case(self, case_id):
        FakePredictor.asked.append(case_id)
        made = answer(self.project, case_id)
        self.project.store.save_predictions([made])
        return made

    def close(self):
        pass


def store_answers(bridge, case_id, values, version=""):
    """Store labels of a case as its reader, whichever page is on the screen."""
    bridge.change(
        "Storing the label",
        lambda now: store_labels(now.project, case_id, values, now.reader, version=version),
    )


class Desk:
    """The reading page in a window of its own, with real services behind it."""

    def __init__(self, qtbot, project, size=(1200, 700)):
        self.qtbot = qtbot
        self.closed = False
        self.preferences = Preferences()
        self.notices = Notices()
        self.bridge = Bridge(self.preferences, self.notices)
        self.bridge.set_warm()
        self.keys = Keys(self.preferences, self.notices)
        self.keys.page = "reading"
        self.keys.guard_ms = 0
        self.page = ReadingPage(self.bridge, self.keys)
        self.window = QMainWindow()
        self.window.setCentralWidget(self.page)
        self.window.resize(*size)
        qtbot.addWidget(self.window, before_close_func=lambda _window: self.close())
        self.painted = []
        self.page.case_painted.connect(self.painted.append)
        self.window.show()
        self.keys.watch(self.window)
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.bridge.take_project(project)
        self.ids = []
        self.bridge.read("Listing", lambda now: case_ids(now.project, WorklistQuery(), now.reader), self.ids.extend)
        qtbot.waitUntil(lambda: bool(self.ids))
        self.page.set_ids(self.ids)

    def open(self, place=0):
        self.page.open_case(self.ids[place])
        self.wait_painted(place)

    def wait_painted(self, place):
        self.qtbot.waitUntil(lambda: self.keys.painted_case == self.ids[place])

    def press(self, *keys):
        send_keys(self.window, *keys)

    def wait(self, condition):
        self.qtbot.waitUntil(condition, timeout=5000)

    def stored(self, place=0):
        labels = self.bridge.session.project.store.labels([self.ids[place]]).get(self.ids[place], {})
        return {name: given[0].value for name, given in labels.items()}

    @property
    def said(self):
        return [notice.words for notice in self.notices.kept]

    def close(self):
        if self.closed:
            return
        self.closed = True
        self.window.close()
        self.qtbot.waitUntil(lambda: not self.window.isVisible(), timeout=20_000)
        self.bridge.close()


def add_model(project):
    project.store.add_version(VersionRow("v1", "first", "current"))
