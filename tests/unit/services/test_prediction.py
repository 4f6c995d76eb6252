"""Predictions of a project: stored whole, by the version asked for, never by stale inputs."""

import itertools
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import Cancelled, LookOnly, ModelProblem
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.core.model.prepare import InputState, Preparation, TargetState
from mmdesk.core.versions.version import VersionRow
from mmdesk.imaging.base.bound import BoundImages, State
from mmdesk.inference import embedding
from mmdesk.services.cases.reading import set_input
from mmdesk.services.models import prediction as module
from mmdesk.services.models.prediction import Predictor, adopt_bundled, match_bundled, resolve_version
from mmdesk.services.project import create_project, open_project
from mmdesk.storage.store import NewCase
from tests.unit import tiny_model as tiny

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def project(tmp_path):
    project = create_project(tmp_path / "p.mmdesk", tiny.SCHEMA)
    models = project.folder / "models"
    tiny.write_version(models / "v1", models / "parts")
    tiny.write_version(models / "v2", models / "parts", kick=3.0)
    project.store.add_version(VersionRow("v1", "First", "current", folder="models/v1"))
    project.store.add_version(VersionRow("v2", "Second", "candidate", parent="v1", folder="models/v2"))
    yield project
    project.close()


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """Resources that hold one bundled model, `phantom-pair`."""
    home = tmp_path / "resources"
    tiny.write_version(home / "models" / "phantom-pair", home / "models" / "parts")
    (home / "models" / "phantom-pair" / "card.json").write_text('{"name": "Phantom pairs", "created": "2026"}')

    def resource(*parts):
        path = home.joinpath(*parts)
        if not path.exists():
            raise FileNotFoundError(path)
        return path

    monkeypatch.setattr(module, "resource", resource)
    return home


def add(project, count: int) -> list[int]:
    red = tiny.colour_file(project.folder, "red.png", RED)
    blue = tiny.colour_file(project.folder, "blue.png", BLUE)
    rows = [NewCase(f"c{i}", inputs={"left": red, "right": blue, "age": float(20 + i % 60)}) for i in range(count)]
    project.store.add_cases(rows)
    return [case.id for case in project.store.cases()]


def predicted(project, version="") -> Predictor:
    return Predictor(project, version)


def test_one_case_is_computed_stored_and_returned(project):
    case_id = add(project, 1)[0]
    predictor = predicted(project)
    predictor.warm()
    got = predictor.predict_case(case_id)
    assert got.targets["score"].value == pytest.approx(tiny.expected_score(RED, BLUE, 20.0), abs=5e-3)
    stored = project.store.predictions("v1")[case_id]
    assert stored.inputs_hash == got.inputs_hash
    assert stored.targets["bad"].value == got.targets["bad"].value
    assert not stored.stale
    with pytest.raises(KeyError):
        predictor.predict_case(999)
    predictor.close()


def test_all_cases_in_chunks_with_progress(project, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 7)
    ids = add(project, 20)
    seen = []
    predictor = predicted(project)
    assert predictor.predict_cases([*ids, 999], SilentContext(seen.append)) == 20
    assert seen[-1].done == seen[-1].total == 21
    assert all(a.done <= b.done for a, b in itertools.pairwise(seen))
    found = project.store.predictions("v1")
    assert set(found) == set(ids)
    for case in project.store.cases():
        wanted = tiny.expected_score(RED, BLUE, case.inputs["age"])
        assert found[case.id].targets["score"].value == pytest.approx(wanted, abs=5e-3)
    assert predictor.predict_cases([], SilentContext()) == 0
    predictor.close()


def test_a_cancelled_run_keeps_whole_chunks(project, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 5)
    ids = add(project, 20)
    ctx = SilentContext(lambda progress: setattr(ctx, "cancelled", progress.done >= 10))
    predictor = predicted(project)
    with pytest.raises(Cancelled):
        predictor.predict_cases(ids, ctx)
    assert set(project.store.predictions("v1")) == set(ids[:10])
    predictor.close()


def test_an_edit_meanwhile_makes_the_prediction_stale(project, monkeypatch):
    case_id = add(project, 1)[0]
    predictor = predicted(project)
    score = predictor._scorer.score

    def slow(*args, **kwargs):
        found = score(*args, **kwargs)
        set_input(project, case_id, "age", 77.0, "Ada")
        return found

    monkeypatch.setattr(predictor._scorer, "score", slow)
    assert predictor.predict_case(case_id).stale
    assert project.store.predictions("v1")[case_id].stale
    monkeypatch.setattr(predictor._scorer, "score", score)
    assert not predictor.predict_case(case_id).stale
    predictor.close()


def test_unusable_images_are_masked_counted_and_told(project):
    ids = add(project, 3)
    (project.folder / "blue.png").write_bytes(b"\x89PNG broken")
    seen = []
    predictor = predicted(project)
    predictor.predict_cases(ids, SilentContext(seen.append))
    assert seen[-1].words == "Predicting cases; 3 images could not be used"
    assert {p.missing for p in project.store.predictions("v1").values()} == {("right",)}
    assert [f.input for f in predictor.failures[ids[0]]] == ["right"]
    tiny.colour_file(project.folder, "blue.png", BLUE)
    predictor.predict_cases(ids, SilentContext(seen.append))
    assert predictor.failures == {}
    assert seen[-1].words == "Predicting cases"
    predictor.close()


def test_what_if_stores_nothing(project):
    case_id = add(project, 1)[0]
    predictor = predicted(project)
    got = predictor.what_if(case_id, {"age": 60.0, "left": Missing(Reason.READER)})
    assert got.targets["score"].value == pytest.approx(tiny.expected_score(None, BLUE, 60.0), abs=5e-3)
    assert got.missing == ("left",)
    assert project.store.predictions("v1") == {}
    with pytest.raises(KeyError):
        predictor.what_if(case_id, {"height": 1.0})
    predictor.close()


def test_a_project_that_is_only_looked_at_is_predicted_but_not_written(project):
    case_id = add(project, 1)[0]
    looking = open_project(project.folder, look=True)
    predictor = predicted(looking)
    assert predictor.predict_case(case_id).version == "v1"
    with pytest.raises(LookOnly):
        predictor.predict_cases([case_id], SilentContext())
    assert project.store.predictions("v1") == {}
    predictor.close()
    looking.close()


def test_each_way_to_name_a_version(project, bundled):
    models = project.folder / "models"
    assert resolve_version(project, "") == ("v1", models / "v1", models / "parts")
    assert resolve_version(project, "v2")[0] == "v2"
    assert resolve_version(project, str(models / "v2")) == ("v2", models / "v2", models / "parts")
    assert resolve_version(project, "phantom-pair") == (
        "phantom-pair",
        bundled / "models" / "phantom-pair",
        bundled / "models" / "parts",
    )
    elsewhere = bundled / "models" / "phantom-pair"
    assert resolve_version(project, str(elsewhere)) == (
        str(elsewhere),
        elsewhere,
        bundled / "models" / "parts",
    )
    with pytest.raises(ModelProblem, match=r"no model version v9.*v1, v2, fundus-pair"):
        resolve_version(project, "v9")
    with pytest.raises(ModelProblem, match="fundus-pair are not there"):
        resolve_version(project, "fundus-pair")
    shutil.rmtree(models / "v2")
    with pytest.raises(ModelProblem, match="files of the model v2"):
        resolve_version(project, "v2")


def test_predictions_of_two_versions_stand_side_by_side(project):
    case_id = add(project, 1)[0]
    for version in ("v1", "v2"):
        predictor = predicted(project, version)
        predictor.predict_case(case_id)
        predictor.close()
    first, second = (project.store.predictions(v)[case_id].targets["score"].value for v in ("v1", "v2"))
    assert second - first == pytest.approx(3.0)


def test_a_fitting_bundled_model_is_adopted_once(tmp_path, bundled):
    assert match_bundled(tiny.SCHEMA) == "phantom-pair"
    project = create_project(tmp_path / "new.mmdesk", tiny.SCHEMA)
    with pytest.raises(ModelProblem, match="No model is in use"):
        resolve_version(project, "")
    assert adopt_bundled(project) == "phantom-pair"
    assert adopt_bundled(project) == ""
    row = project.store.versions()[0]
    assert (row.id, row.name, row.state, row.folder) == ("phantom-pair", "Phantom pairs", "current", "")
    assert resolve_version(project, "")[1] == bundled / "models" / "phantom-pair"
    case_id = add(project, 1)[0]
    predictor = Predictor(project)
    assert predictor.predict_case(case_id).version == "phantom-pair"
    predictor.close()
    project.close()


def test_a_bundled_model_fits_by_names_kinds_and_options(bundled):
    fields = tiny.SCHEMA.fields
    without_age = replace(tiny.SCHEMA, fields=tuple(f for f in fields if f.name != "age"))
    assert match_bundled(without_age) == ""
    other_kind = tuple(replace(f, kind="text") if f.name == "age" else f for f in fields)
    assert match_bundled(replace(tiny.SCHEMA, fields=other_kind)) == ""
    no_target = tuple(f for f in fields if f.role != "target")
    assert match_bundled(replace(tiny.SCHEMA, fields=no_target)) == ""
    graded = Preparation({"age": InputState("number", (0.0,), (1.0,))}, {"bad": TargetState("choice", ("a", "b"))})
    (bundled / "models" / "phantom-pair" / "preparation.json").write_text(graded.to_json())
    choice = tuple(replace(f, kind="choice", options=("a", "b")) if f.name == "bad" else f for f in fields)
    assert match_bundled(replace(tiny.SCHEMA, fields=choice)) == "phantom-pair"
    wider = tuple(replace(f, kind="choice", options=("a", "c")) if f.name == "bad" else f for f in fields)
    assert match_bundled(replace(tiny.SCHEMA, fields=wider)) == ""


def test_thousands_of_known_images_are_predicted_in_a_second(project, monkeypatch):
    """Warm: every embedding is in the cache, predictions are computed and stored anew."""
    rng = np.random.default_rng(4)
    rows, shas = [], []
    for i in range(2700):
        refs = {}
        for side in ("left", "right"):
            sha = f"{i:032x}{side:>32}".replace(" ", "0")
            refs[side] = ImageRef(f"{i}{side}.png", sha, 3, 7)
            shas.append(sha)
        rows.append(NewCase(f"c{i}", inputs={**refs, "age": float(20 + i % 60)}))
    project.store.add_cases(rows)
    predictor = predicted(project)
    monkeypatch.setattr(BoundImages, "look", lambda _self, _ref: State.SAME)
    part = embedding._part_key(predictor._scorer._files.parts.encoders[0])
    values = rng.normal(size=(len(shas), tiny.WIDTH)).astype(np.float32)
    predictor._cache.put(part, shas, embedding.halved(values))
    ids = [case.id for case in project.store.cases()]
    took = []
    for _ in range(2):
        began = time.process_time()
        assert predictor.predict_cases(ids, SilentContext()) == 2700
        took.append(time.process_time() - began)
    assert not predictor.failures
    assert min(took) < 1.5
    predictor.close()
