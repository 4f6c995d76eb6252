"""A model with code of its maker's, by the real command: refused, by a person's word, forbidden by the policy."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.cli.app import Doors, run
from mmdesk.core.errors import ModelProblem, Situation, TrainingRefused
from mmdesk.core.job import SilentContext
from mmdesk.core.versions.version import ORIGINAL, ORIGINAL_CODE, ORIGINAL_ONNX
from mmdesk.services.models import comparing, training, trusting
from mmdesk.services.models import versions as results
from mmdesk.services.models.export import export_model
from mmdesk.services.models.prediction import Predictor
from mmdesk.services.project import open_project
from mmdesk.support.policy import Policy
from tests.unit.training_projects import READER, RECORD_ONLY, make_project

LAYERS = """
import keras

class Halved(keras.layers.Layer):
    def call(self, x):
        return x * 0.5
"""
WHY = "by Ann Example, read today"


@pytest.fixture
def folder(tmp_path: Path):
    project, _facts, _wanted = make_project(tmp_path / "p.mmdesk", 12, schema=RECORD_ONLY)
    project.close()
    return tmp_path / "p.mmdesk"


def said(capsys, *words: str) -> tuple[int, str, str]:
    code = run(list(words), Doors(window=lambda _p: 0, screenshots=lambda *_a: 0))
    told = capsys.readouterr()
    return code, told.out, told.err


def lines_of_journal(folder: Path) -> list[Any]:
    project = open_project(folder)
    try:
        return [(one.action, one.why, one.new) for one in project.store.journal(50)]
    finally:
        project.close()


def test_a_word_is_needed_and_the_policy_may_forbid_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(Situation, match="nobody vouches"):
        trusting.check_word("  ")
    monkeypatch.setattr(trusting, "policy", lambda: Policy(model_code="forbid"))
    with pytest.raises(ModelProblem, match="administrator"):
        trusting.check_word(WHY)
    monkeypatch.setattr(trusting, "policy", lambda: Policy(model_code="guarded"))
    monkeypatch.setattr(trusting, "_can_shut_in", lambda: False)
    with pytest.raises(ModelProblem, match="cannot shut such code in"):
        trusting.check_word(WHY)
    assert "with your rights" in trusting.say_guards()
    monkeypatch.setattr(trusting, "_can_shut_in", lambda: True)
    assert trusting.check_word(f" {WHY} ") == WHY


def test_only_text_that_a_person_can_read_is_code(tmp_path: Path):
    (tmp_path / "layers.py").write_text(LAYERS)
    code = trusting.read_code(tmp_path / "layers.py")
    assert (code.text, code.sha256) == (LAYERS, sha256(LAYERS.encode()).hexdigest())
    (tmp_path / "long.py").write_text("#" * 200_001)
    (tmp_path / "odd.py").write_bytes(b"\xff\xfe\x00")
    for name in ("long.py", "odd.py", "none.py"):
        with pytest.raises(Situation):
            trusting.read_code(tmp_path / name)


@pytest.mark.slow
@pytest.mark.tf
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_command_refuses_then_takes_it_by_a_word(
    folder: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    keras = pytest.importorskip("keras")
    made: dict[str, Any] = {}
    exec(LAYERS, made)
    age = keras.Input((1,), name="age")
    x = keras.layers.Lambda(lambda v: v / 100.0)(made["Halved"]()(age))
    model = keras.Model(age, keras.layers.Dense(1, activation="sigmoid", name="sick")(x))
    file, code = tmp_path / "net.keras", tmp_path / "layers.py"
    model.save(file)
    code.write_text(LAYERS)
    add = ["models", str(folder), "add", str(file), "--reader", READER, "--json"]
    word = [*add, "--code", str(code), "--trust", WHY]

    status, _out, err = said(capsys, *add)
    assert status == 1
    assert "Rescaling(1 / 100.0)" in err
    assert "--trust" in err
    assert said(capsys, *add, "--code", str(code))[0] == 1, "a file alone is nobody's word"
    with monkeypatch.context() as forbidding:
        forbidding.setattr(trusting, "policy", lambda: Policy(model_code="forbid"))
        status, _out, err = said(capsys, *word)
        assert status == 1
        assert "administrator" in err
    assert not [one for one in lines_of_journal(folder) if one[0] == "code"], "nothing ran so far"

    status, out, err = said(capsys, *word)
    assert status == 0, err
    told = json.loads(out)
    assert told["compiled"] is True
    assert told["code"]["why"] == WHY
    assert told["code"]["sha256"] == sha256(LAYERS.encode()).hexdigest()
    journal = lines_of_journal(folder)
    began = next(one for one in journal if one[0] == "code")
    assert began[1] == WHY
    assert json.loads(began[2])["code"] == told["code"]["sha256"]
    assert any(action == "version" and WHY in why and told["code"]["sha256"] in why for action, why, _new in journal)
    assert not list((folder / "models" / "incoming").glob("*"))

    project = open_project(folder)
    try:
        version = told["candidate"]
        card = comparing.version(project, version).card
        assert card.facts["code"]["trusted_by"] == READER
        assert card.facts["source"]["sha256"] == sha256(file.read_bytes()).hexdigest()
        assert card.facts["classes"]["Halved"] == 1
        kept = folder / "models" / version
        assert (kept / ORIGINAL).read_bytes() == file.read_bytes()
        assert (kept / ORIGINAL_CODE).read_text() == LAYERS
        assert (kept / ORIGINAL_ONNX).is_file()
        results.promote(project, version, READER, "tried", anyway=True)
        predictor = Predictor(project, version)
        cases = [case for case in project.store.cases() if isinstance(case.inputs["age"], float)][:5]
        for case in cases:
            wanted = float(np.asarray(model(np.array([[case.inputs["age"]]], np.float32)))[0, 0])
            given = next(iter(predictor.predict_case(case.id).targets["sick"].probabilities.values()))
            assert abs(given - wanted) < 1e-4
        predictor.close()
        with pytest.raises(TrainingRefused, match="compiled to"):
            training.check_own(project)
        with pytest.raises(ModelProblem, match="compiled to"):
            export_model(project, version, "keras", tmp_path / "out", SilentContext())
    finally:
        project.close()

    plain = keras.Model(age, keras.layers.Dense(1, activation="sigmoid", name="sick")(age))
    plain.save(tmp_path / "plain.keras")
    words = ["models", str(folder), "add", str(tmp_path / "plain.keras"), "--trust", WHY, "--reader", READER]
    status, _out, err = said(capsys, *words)
    assert status == 1
    assert "runs no code" in err
