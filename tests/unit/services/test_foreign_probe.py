"""Labelled cases say how a foreign model was trained to read its inputs; nothing is taken by itself."""

import json

import numpy as np
import pytest
from PIL import Image

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.cli.app import Doors, run
from mmdesk.core.cases.case import ImageRef
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.job import SilentContext
from mmdesk.core.model.probe import Probe
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.readings import CodesReading, ImageReading, OutputReading
from mmdesk.services.models import comparing, foreign_models
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase
from mmdesk.support.files import sha256_of

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
CLASSES = ("a", "b", "c")
CASES = 60


def project_of(folder, *inputs, truth, values):
    """Make a project of one input and one choice."""
    target = Field("kind", "target", "choice", ("K",), options=CLASSES)
    project = create_project(folder, Schema("Probe", "ID", "ID", (*inputs, target)))
    project.store.add_cases(
        [NewCase(f"c{n}", inputs=values(project.folder, n), labels={"kind": truth(n)}) for n in range(CASES)]
    )
    return project


def add(project, model, child, tmp_path, reading=None):
    file = tmp_path / "m.keras"
    model.save(file)
    foreign = foreign_models.look_at(project, file, SilentContext(), child)
    found = foreign_models.match_settled(foreign, project, {})
    version, _proof = foreign_models.add(
        project,
        file,
        foreign,
        found,
        reader="Ann",
        ctx=SilentContext(),
        reading=reading,
        child=child,
    )
    return version, Probe.from_json(comparing.version(project, version).card.facts["probe"])


def classifier(end, scores):
    return keras.Model(end, layers.Activation("softmax", name="kind")(scores))


def grey(folder, number):
    """Write a picture whose brightness is its class."""
    path = folder / f"{number}.png"
    Image.fromarray(np.full((8, 8, 3), (30, 120, 210)[number % 3], np.uint8)).save(path)
    return {"left": ImageRef(path.name, sha256_of(path))}


def by_brightness(low, high):
    """Return a model that tells three levels of brightness apart between these pixel values."""
    end = keras.Input((8, 8, 3), name="left")
    mean = keras.ops.mean(end, axis=(1, 2, 3), keepdims=False)
    mean = layers.Reshape((1,))(mean)
    unit = (mean - low) / (high - low)
    levels = np.array([30, 120, 210], "float32") / 255
    return classifier(end, -200.0 * keras.ops.square(unit - levels))


@pytest.mark.parametrize(("pixels", "low", "high"), [("unit", 0.0, 1.0), ("signed", -1.0, 1.0)])
def test_another_range_of_pixels_is_named_and_not_taken(tmp_path, child, pixels, low, high):
    project = project_of(
        tmp_path / "p.mmdesk",
        Field("left", "input", "image", ("L",)),
        truth=lambda n: CLASSES[n % 3],
        values=grey,
    )
    try:
        version, probe = add(project, by_brightness(low, high), child, tmp_path)
        assert probe.better == f"--pixels {pixels}"
        assert probe.cases == CASES
        assert probe.baseline["kind"] == pytest.approx(1 / 3)
        assert comparing.version(project, version).card.facts["read_as"] == "as usual", "as it was said"
        assert f"--pixels {pixels} fits the labels better" in " ".join(comparing.version(project, version).card.notes)
        _, probe = add(project, by_brightness(low, high), child, tmp_path, Reading({"left": ImageReading(pixels)}))
        assert (probe.better, probe.rows[0]["figures"]["kind"]) == ("", 1.0)
    finally:
        project.close()


def codes(_folder, number):
    return {"sex": "fmx"[number % 3]}


SEX = Field("sex", "input", "choice", ("S",), options=("f", "m", "x"))


def by_code(table):
    """Return a model that looks up a class by a code."""
    end = keras.Input((1,), dtype="int32", name="sex")
    looked = layers.Embedding(len(table), 3, weights=[8.0 * np.eye(3, dtype="float32")[table]])
    return classifier(end, layers.Flatten()(looked(end)))


def test_codes_from_one_and_a_turned_order_are_found(tmp_path, child):
    project = project_of(tmp_path / "p.mmdesk", SEX, truth=lambda n: CLASSES[n % 3], values=codes)
    try:
        _, probe = add(project, by_code([0, 0, 1, 2, 2]), child, tmp_path)
        assert probe.better == "--offset 1"
        _, probe = add(project, by_code([0, 0, 1, 2, 2]), child, tmp_path, Reading({"sex": CodesReading(1)}))
        assert (probe.better, probe.rows[0]["figures"]["kind"]) == ("", 1.0)
        _, probe = add(project, by_code([2, 0, 1, 1, 1]), child, tmp_path)
        assert probe.better == '--order "kind=b|c|a"'
        _, probe = add(
            project,
            by_code([2, 0, 1, 1, 1]),
            child,
            tmp_path,
            Reading({}, {"kind": OutputReading(order=("b", "c", "a"))}),
        )
        assert (probe.better, probe.rows[0]["figures"]["kind"]) == ("", 1.0)
    finally:
        project.close()


def test_standardised_numbers_are_found_and_the_command_says_all(tmp_path, child, capsys):
    fields = [Field(f"x{n}", "input", "number", (f"X{n}",)) for n in range(1, 4)]
    project = project_of(
        tmp_path / "p.mmdesk",
        *fields,
        truth=lambda n: CLASSES[n % 3],
        values=lambda _folder, n: {f"x{k}": 100.0 + 10 * (n % 3) for k in range(1, 4)},
    )
    project.close()
    end = keras.Input((3,), name="vector")
    mean = layers.Dense(1, kernel_initializer=keras.initializers.Constant(1 / 3))(end)
    scores = -4.0 * keras.ops.square(mean - np.array([-1.2247, 0, 1.2247], "float32"))
    classifier(end, scores).save(tmp_path / "m.keras")
    words = [
        "models",
        str(project.folder),
        "add",
        str(tmp_path / "m.keras"),
        "--map",
        "vector=x1..x3",
        "--reader",
    ]
    doors = Doors(window=lambda *_: 0, screenshots=lambda *_: [])
    assert run([*words, "Ann"], doors) == 0
    said = capsys.readouterr().out
    assert "--numbers standardised fits the labels better" in said
    assert "most frequent answer" in said
    assert run([*words, "Ann", "--numbers", "standardised", "--json"], doors) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["probe"]["rows"][0]["figures"]["kind"] == 1.0
    assert facts["inputs"] == {"vector": ["x1", "x2", "x3"]}
