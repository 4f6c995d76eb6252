"""A case that a foreign model cannot take is named, and the others go on."""

import json

import pytest

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.cli.app import Doors, run
from mmdesk.core.errors import JobDied, ModelProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.job import SilentContext
from mmdesk.services import doctor
from mmdesk.services.models import foreign_models
from mmdesk.services.models.prediction import Predictor
from mmdesk.services.project import create_project, open_project
from mmdesk.storage.store import NewCase

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
SCHEMA = Schema(
    "Codes",
    "ID",
    "ID",
    (
        Field("tokens", "input", "sequence", ("T",), channels=("code",)),
        Field("sex", "input", "choice", ("Sex",), options=("f", "m", "x")),
        Field("sick", "target", "flag", ("Sick",)),
    ),
)
CODES = 20
ODD = {"c7": 512.0, "c8": 3.7}


@pytest.fixture
def project(tmp_path):
    project = create_project(tmp_path / "p.mmdesk", SCHEMA)
    rows = [
        NewCase(
            f"c{n}",
            inputs={"tokens": ((1.0,), (ODD.get(f"c{n}", 5.0),), (float(n % CODES),)), "sex": "fmx"[n % 3]},
            labels={"sick": n % 2 == 0},
        )
        for n in range(40)
    ]
    project.store.add_cases(rows)
    yield project
    project.close()


def add(project, tmp_path, child, *, limited=True):
    """Add a model of codes and a one-hot choice; without `limited` its codes cannot be traced."""
    tokens, sex = keras.Input((6,), dtype="int32", name="tokens"), keras.Input((3,), name="sex")
    given = tokens if limited else keras.ops.maximum(tokens, -1)
    read = layers.GlobalAveragePooling1D()(layers.Embedding(CODES, 3)(given))
    out = layers.Dense(1, "sigmoid", name="sick")(layers.Concatenate()([read, sex]))
    keras.Model([tokens, sex], out).save(tmp_path / "m.keras")
    foreign = foreign_models.look_at(project, tmp_path / "m.keras", SilentContext(), child)
    found = foreign_models.match_settled(foreign, project, {})
    return foreign_models.add(
        project, tmp_path / "m.keras", foreign, found, reader="Ann", ctx=SilentContext(), child=child
    ).version


def command(capsys, *words):
    code = run([*map(str, words), "--json"], Doors(window=lambda *_: 0, screenshots=lambda *_: []))
    return code, json.loads(capsys.readouterr().out)


def test_a_code_that_the_model_does_not_know_stops_its_case_alone(project, tmp_path, child, capsys):
    version = add(project, tmp_path, child)
    row = next(row for row in project.store.versions() if row.id == version)
    assert row.card.compiled, "our own one-hot form compiles"
    predictor = Predictor(project, version)
    try:
        bad = project.store.case_id("c7")
        with pytest.raises(ModelProblem, match="case c7: tokens holds 512, and this model knows the codes 0 to 19"):
            predictor.predict_case(bad)
        assert predictor.predict_case(project.store.case_id("c6")).targets
    finally:
        predictor.close()
    project.close()
    code, facts = command(capsys, "predict", project.folder, "--model", version)
    assert (code, facts["cases"]) == (0, 38)
    assert [one["case"] for one in facts["refused"]] == ["c7", "c8"]
    assert "512" in facts["refused"][0]["why"]
    assert "3.7, which is no whole number" in facts["refused"][1]["why"]


def test_an_evaluation_leaves_the_case_out_and_says_so(project, tmp_path, child, capsys):
    version = add(project, tmp_path, child)
    by_split = {case.name: case.split for case in project.store.cases()}
    project.close()
    code, facts = command(capsys, "evaluate", project.folder, "--model", version, "--split", by_split["c7"])
    assert code == 0
    assert "c7" in [one["case"] for one in facts["refused"]]
    left_out = [name for name in ODD if by_split[name] == by_split["c7"]]
    assert facts["cases"] == sum(split == by_split["c7"] for split in by_split.values()) - len(left_out)
    assert [note for note in facts["notes"] if "no answer of this model: case c7" in note]


def test_where_the_codes_cannot_be_traced_the_case_at_fault_is_found(project, tmp_path, child):
    version = add(project, tmp_path, child, limited=False)
    predictor = Predictor(project, version)
    try:
        ids = [case.id for case in project.store.cases()]
        assert predictor.predict_cases(ids, SilentContext()) == 40
        refused = predictor.refused_among(ids)
        assert [one.case for one in refused] == ["c7", "c8"]
        assert "512" in refused[0].why
    finally:
        predictor.close()


def test_a_trial_that_takes_long_is_ended(project, tmp_path, child, monkeypatch):
    assert foreign_models.LOOKING.grace + foreign_models.LOOKING.terminate <= 2
    assert foreign_models.ADDING.grace + foreign_models.ADDING.terminate <= 2
    x = keras.Input((6, 1), name="tokens")
    keras.Model(x, layers.Dense(1, "sigmoid", name="sick")(layers.Flatten()(x))).save(tmp_path / "m.keras")
    short = type(foreign_models.LOOKING)(grace=0.5, terminate=0.5, limit=0.0)
    monkeypatch.setattr(foreign_models, "LOOKING", short)
    with pytest.raises(JobDied, match="took longer than"):
        foreign_models.look_at(project, tmp_path / "m.keras", SilentContext(), child)
    assert doctor.examine(project, SilentContext()) == []


def test_what_a_killed_addition_left_is_named_and_removed_at_the_next_start(project):
    left = project.folder / "models" / "incoming" / "0123"
    left.mkdir(parents=True)
    (left / "original.keras").write_bytes(b"a copy")
    named = doctor.examine(project, SilentContext())
    assert [words for words in named if "models/incoming/0123 is left" in words]
    project.close()
    open_project(project.folder, look=True).close()
    assert left.exists(), "who only looks removes nothing"
    open_project(project.folder).close()
    assert not left.exists()
