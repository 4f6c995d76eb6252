"""A model made elsewhere becomes a candidate that predicts, in the real model process."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.cli.app import Doors, run
from mmdesk.core.errors import LookOnly, ModelProblem, Situation, TrainingRefused
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.job import SilentContext
from mmdesk.core.model.foreign import match
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.readings import ImageReading
from mmdesk.core.versions.version import read_parts
from mmdesk.services.models import comparing, training
from mmdesk.services.models import foreign_models as bringing
from mmdesk.services.models import versions as results
from mmdesk.services.models.export import export_model
from mmdesk.services.models.prediction import Predictor
from mmdesk.services.project import open_project
from tests.unit import model_files as good
from tests.unit.training_projects import READER, RECORD_ONLY, SCHEMA, make_project

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture
def project(tmp_path):
    project, _facts, _wanted = make_project(tmp_path / "p.mmdesk", 12, schema=RECORD_ONLY)
    yield project
    project.close()


def number_model(file: Path, *, odd: bool = False) -> keras.Model:
    """Return a model of every number of the schema, saved as people save models."""
    numbers = [one.name for one in RECORD_ONLY.inputs if one.kind in ("number", "flag")]
    target = RECORD_ONLY.targets[0]
    ends = [keras.Input((1,), name=name) for name in numbers]
    joined = layers.concatenate(ends) if len(ends) > 1 else ends[0]
    x = layers.Normalization(mean=[50.0] * len(ends), variance=[100.0] * len(ends))(joined)
    x = layers.Dense(4, "gelu")(x)
    if odd:
        x = keras.ops.erfinv(0.9 * keras.ops.tanh(x))
    kind = "sigmoid" if target.kind in ("flag", "labels") else "softmax"
    out = layers.Dense(kind_of(target).outputs(target), kind, name=target.name, dtype="float32")(x)
    model = keras.Model(ends, out)
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, layers.Dense):
            layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    model.save(file)
    return model


def brought(project, file, child) -> str:
    foreign = bringing.look_at(project, file, SilentContext(), child)
    found = bringing.match_settled(foreign, project, {})
    return bringing.add(project, file, foreign, found, reader=READER, ctx=SilentContext(), child=child).version


def test_a_model_is_added_compiled_and_predicts_what_keras_does(project, tmp_path, child):
    file = tmp_path / "theirs.keras"
    model = number_model(file)
    version = brought(project, file, child)
    row = comparing.version(project, version)
    folder = project.folder / row.folder
    assert row.state == "candidate"
    assert row.card.compiled
    assert "normalization" in " ".join(row.card.facts["replaced"])
    assert row.card.facts["source"]["sha256"] == sha256(file.read_bytes()).hexdigest()
    assert row.card.facts["added_by"] == READER
    assert (folder / "original.keras").read_bytes() == file.read_bytes()
    assert read_parts((folder / "parts.toml").read_text()).head
    assert file.stem in (folder / "card.md").read_text()
    assert list((project.folder / "models" / bringing.INCOMING).iterdir()) == []

    case = next(case for case in project.store.cases() if expected(model, case) is not None)
    predictor = Predictor(project, version)
    try:
        assert predictor.slower == ""
        said = predictor.predict_case(case.id)
    finally:
        predictor.close()
    check(said, model, case)


@pytest.mark.parametrize("form", ["onnx", "litert"])
def test_what_keras_alone_exports_to_no_runtime_is_exported_from_the_proven_parts(project, tmp_path, child, form):
    number_model(tmp_path / "theirs.keras")
    version = brought(project, tmp_path / "theirs.keras", child)
    made = export_model(project, version, form, tmp_path / "out", SilentContext(), child)
    assert (made.cases, made.largest_difference < 1e-4) == (64, True)
    assert "made-up cases" in made.say()


def test_a_model_that_does_not_compile_predicts_in_the_model_process(project, tmp_path, child):
    file = tmp_path / "odd.keras"
    model = number_model(file, odd=True)
    version = brought(project, file, child)
    card = comparing.version(project, version).card
    assert not card.compiled
    assert card.facts["prevented_by"] == "erfinv (Erfinv)"
    case = next(case for case in project.store.cases() if expected(model, case) is not None)
    predictor = Predictor(project, version)
    try:
        assert "slower" in predictor.slower
        said = predictor.predict_case(case.id)
        assert predictor.predict_cases([one.id for one in project.store.cases()], SilentContext()) == 12
    finally:
        predictor.close()
    check(said, model, case)


def expected(model, case):
    values = [case.inputs[tensor.name] for tensor in model.inputs]
    if not all(isinstance(value, int | float) for value in values):
        return None
    return np.asarray(model([np.array([[value]], "float32") for value in values]))[0]


def check(said, model, case):
    target = RECORD_ONLY.targets[0]
    answer = said.targets[target.name]
    wanted = expected(model, case)
    names = [target.name] if target.kind == "flag" else target.options
    assert [answer.probabilities[name] for name in names] == pytest.approx(list(wanted), abs=1e-4)


def test_names_that_say_nothing_are_asked_about(project, tmp_path, child):
    x = keras.Input((1,), name="input_layer")
    target = RECORD_ONLY.targets[0]
    keras.Model(x, layers.Dense(kind_of(target).outputs(target), "sigmoid", name="out")(x)).save(tmp_path / "m.keras")
    foreign = bringing.look_at(project, tmp_path / "m.keras", SilentContext(), child)
    with pytest.raises(ModelProblem, match="--map") as refusal:
        bringing.match_settled(foreign, project, {})
    assert "input_layer (float32, 1) would be" in refusal.value.do
    number = next(one.name for one in RECORD_ONLY.inputs if one.kind == "number")
    found = bringing.match_settled(foreign, project, {"input_layer": [number], "out": [target.name]})
    assert found.inputs == {"input_layer": (number,)}


def test_a_hostile_file_is_refused_by_the_process_and_leaves_nothing(project, tmp_path, child):
    evil = good.layer("hidden", "Lambda", {"function": "x"}, "x")
    file = good.save(tmp_path / "evil.keras", described=good.config(good.with_layer(evil)))
    with pytest.raises(ModelProblem, match="Lambda layer"):
        bringing.look_at(project, file, SilentContext(), child)
    assert list((project.folder / "models" / bringing.INCOMING).iterdir()) == []
    assert project.store.versions() == []


def test_what_was_made_elsewhere_is_not_fine_tuned(project, tmp_path, child):
    number_model(tmp_path / "theirs.keras")
    version = brought(project, tmp_path / "theirs.keras", child)
    results.promote(project, version, READER, "as good as it gets", anyway=True)
    with pytest.raises(TrainingRefused, match="made elsewhere"):
        training.finetune(project, reader=READER, ctx=SilentContext())
    assert "made elsewhere" in training.training_counts(project).refusal


def test_a_model_made_elsewhere_is_compared_with_the_current_one(tmp_path, child):
    project, _facts, _wanted = make_project(tmp_path / "p.mmdesk", 200, schema=RECORD_ONLY)
    number_model(tmp_path / "theirs.keras")
    number_model(tmp_path / "odd.keras", odd=True)
    try:
        first = brought(project, tmp_path / "theirs.keras", child)
        with pytest.raises(Situation, match="has no figures: nothing says how good it is"):
            results.promote(project, first, READER, "It is theirs.")
        results.promote(project, first, READER, "It is theirs.", anyway=True)
        second = brought(project, tmp_path / "odd.keras", child)
        assert "was not made yet" in comparing.standing(project, second).doubt
        made = comparing.compare_again(project, second, READER, SilentContext(), child)
        assert (made.candidate, made.current, made.rows[0].target) == (second, first, "sick")
        assert made.has_figures
        notes = " ".join(made.notes)
        assert f"{second} does not answer dose; the versions are compared without that." in notes
        assert "it was made elsewhere, or before that was kept" in notes
        assert comparing.standing(project, second).doubt == ""
        beside = comparing.version(project, first).card.scores
        assert beside.figures[0].value == made.rows[0].current
    finally:
        project.close()


def test_who_only_looks_adds_nothing(project, tmp_path):
    other = open_project(project.folder, look=True)
    try:
        with pytest.raises(LookOnly):
            bringing.look_at(other, tmp_path / "m.keras", SilentContext())
    finally:
        other.close()


def test_an_image_model_takes_the_pixels_that_it_was_trained_on(tmp_path, child):
    project, _facts, _wanted = make_project(tmp_path / "i.mmdesk", 3)
    name = SCHEMA.images[0].name
    image = keras.Input((24, 24, 3), name=name)
    pooled = layers.GlobalAveragePooling2D()(image)
    target = SCHEMA.targets[0]
    keras.Model(image, layers.Dense(kind_of(target).outputs(target), name=target.name)(pooled)).save(
        tmp_path / "m.keras"
    )
    try:
        foreign = bringing.look_at(project, tmp_path / "m.keras", SilentContext(), child)
        found = match(foreign, project.schema)
        version = bringing.add(
            project,
            tmp_path / "m.keras",
            foreign,
            found,
            reader=READER,
            ctx=SilentContext(),
            reading=Reading({name: ImageReading("unit")}),
            child=child,
        ).version
        card = json.loads((project.folder / "models" / version / "card.json").read_text())
        assert card["reading"]["inputs"][name]["pixels"] == "unit"
        assert card["logits"] == [target.name]
        predictor = Predictor(project, version)
        try:
            said = predictor.predict_case(project.store.cases()[0].id)
        finally:
            predictor.close()
        assert all(0 <= p <= 1 for p in said.targets[target.name].probabilities.values())
    finally:
        project.close()


def test_the_command_lists_what_would_fit_and_adds_what_is_said(project, tmp_path, capsys):
    x = keras.Input((1,), name="input_layer")
    target = RECORD_ONLY.targets[0].name
    keras.Model(x, layers.Dense(1, "sigmoid", name="out")(x)).save(tmp_path / "m.keras")
    folder = str(project.folder)
    project.close()
    command = ["models", folder, "add", str(tmp_path / "m.keras"), "--reader", READER]
    doors = Doors(window=lambda project: 0, screenshots=lambda project, folder, reader: [])
    assert run(command, doors) == 1
    assert "input_layer (float32, 1) would be age" in " ".join("".join(capsys.readouterr()).split())
    assert run([*command, "--map", "input_layer=age", "--map", f"out={target}", "--json"], doors) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["candidate"] == "v1"
    assert facts["inputs"] == {"input_layer": ["age"]}
    assert facts["compiled"] is True
