"""A model that looks up words is added, compiled, and answers as plain Keras does with the words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.core.model.reading import Reading, usual_reading
from mmdesk.services.models import comparing
from mmdesk.services.models import foreign_models as bringing
from mmdesk.services.models.prediction import Predictor
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase
from tests.unit.training_projects import READER

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from keras import layers  # noqa: E402

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

COLOURS = ("red", "green", "blue", "odd")
SCHEMA = Schema(
    "Words",
    "ID",
    "ID",
    (
        Field("colour", "input", "choice", options=COLOURS),
        Field("report", "input", "text"),
        Field("code", "input", "number"),
        Field("sick", "target", "flag"),
    ),
)
CASES = [
    ("red", "Chest pain, no fever", 7),
    ("blue", "no PAIN", 9),
    ("odd", "something else: fever", 5),
    ("green", "fever", 7),
    ("green", "fever", 3.7),
    ("red", None, 7),
]


@pytest.fixture
def project(tmp_path):
    project = create_project(tmp_path / "p.mmdesk", SCHEMA)
    rows = []
    for at, (colour, report, code) in enumerate(CASES):
        text = Missing(Reason.ABSENT) if report is None else report
        rows.append(NewCase(f"c{at}", inputs={"colour": colour, "report": text, "code": float(code)}, labels={}))
    project.store.add_cases(rows)
    yield project
    project.close()


def model_of_words(file: Path, **colour) -> keras.Model:
    a = keras.Input((1,), dtype="string", name="colour")
    b = keras.Input((1,), dtype="string", name="report")
    c = keras.Input((1,), dtype="int64", name="code")
    text = layers.TextVectorization(output_sequence_length=6)
    text.adapt(["chest pain", "no fever", "no pain"])
    y = layers.Concatenate()(
        [
            layers.StringLookup(vocabulary=["red", "green", "blue"], output_mode="one_hot", **colour)(a),
            layers.GlobalAveragePooling1D()(layers.Embedding(10, 4)(text(b))),
            layers.CategoryEncoding(5, output_mode="one_hot")(layers.IntegerLookup(vocabulary=[7, 9])(c)),
        ]
    )
    model = keras.Model([a, b, c], layers.Dense(1, "sigmoid", name="sick")(y))
    model.layers[-1].set_weights(
        [np.random.default_rng(1).normal(size=w.shape) for w in model.layers[-1].get_weights()]
    )
    model.save(file)
    return model


def answers(project, version: str) -> tuple[list[float | None], list[str]]:
    """Return what is answered for each case, and why some have no answer."""
    predictor = Predictor(project, version)
    ids = [case.id for case in project.store.cases()]
    found = []
    try:
        predictor.predict_cases(ids, SilentContext())
        why = {case: one.say() for case, one in predictor.refused.items()}
        for case in ids:
            said = None if case in why else predictor.predict_case(case)
            found.append(said.targets["sick"].probabilities["sick"] if said and said.targets else None)
    finally:
        predictor.close()
    return found, list(why.values())


def added(project, file: Path, child, said=None, reading=None) -> str:
    foreign = bringing.look_at(project, file, SilentContext(), child)
    found = bringing.match_settled(foreign, project, said or {})
    usual = usual_reading(foreign, found, project.schema)
    told = usual.said(reading) if reading else usual
    ctx = SilentContext()
    return bringing.add(project, file, foreign, found, reader=READER, ctx=ctx, reading=told, child=child).version


def plain(model, at: int) -> float:
    colour, report, code = CASES[at]
    given = [tf.constant([[colour]]), tf.constant([[report]]), tf.constant([[code]], "int64")]
    return float(np.asarray(model(given))[0, 0])


def test_words_are_looked_up_as_keras_does(project, tmp_path, child):
    model = model_of_words(tmp_path / "m.keras")
    version = added(project, tmp_path / "m.keras", child)
    card = comparing.version(project, version).card
    assert card.compiled, card.facts["compiled"]
    assert card.facts["lookups"]["largest_difference"] < 1e-4
    assert any("of colour" in note and "odd" in note for note in card.facts["notes"])
    found, _ = answers(project, version)
    assert found[:4] == pytest.approx([plain(model, at) for at in range(4)], abs=1e-4)
    assert found[4:] == [None, None]
    kept = json.loads((project.folder / comparing.version(project, version).folder / "preparation.json").read_text())
    assert {one["layer"].partition(" (")[2] for one in kept["lookups"].values()} == {
        "StringLookup)",
        "TextVectorization)",
        "IntegerLookup)",
    }


def test_a_word_outside_a_list_without_others_is_named(project, tmp_path, child):
    model = model_of_words(tmp_path / "m.keras", num_oov_indices=0)
    version = added(project, tmp_path / "m.keras", child)
    found, refused = answers(project, version)
    assert found[2] is None
    assert found[:2] == pytest.approx([plain(model, at) for at in range(2)], abs=1e-4)
    assert any("colour holds what the model's list does not know" in why for why in refused), refused
    assert any("red, green, blue" in why for why in refused)
    assert any("code holds 3.7" in why for why in refused)


def test_texts_by_the_word_list_of_the_author(project, tmp_path, child):
    x = keras.Input((5,), name="tokens")
    y = layers.GlobalAveragePooling1D()(layers.Embedding(6, 4)(x))
    model = keras.Model(x, layers.Dense(1, "sigmoid", name="sick")(y))
    model.save(tmp_path / "m.keras")
    said = [
        ("tokens", "vocabulary", ("", "[UNK]", "pain", "no", "fever", "chest")),
        ("tokens", "padding", "before"),
        ("tokens", "kept", "last"),
    ]
    version = added(project, tmp_path / "m.keras", child, {"tokens": ["report"]}, said)
    found, _ = answers(project, version)
    wanted = np.asarray(model(np.array([[0, 5, 2, 3, 4], [0, 0, 0, 3, 2], [0, 0, 1, 1, 4]], "float32")))[:, 0]
    assert found[:3] == pytest.approx(list(wanted), abs=1e-4)
    assert comparing.version(project, version).card.compiled
    assert isinstance(Reading.from_json(comparing.version(project, version).card.facts["reading"]), Reading)
