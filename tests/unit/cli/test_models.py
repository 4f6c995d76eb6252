"""The commands about models, on a tiny model written by hand."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from mmdesk.cli.app import Doors, run
from mmdesk.core.errors import ModelProblem
from mmdesk.core.job import SilentContext
from mmdesk.core.judge.verdict import Comparison, FigureRow
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.models import versions as results
from mmdesk.services.models.export import export_model
from mmdesk.services.project import create_project, open_project
from mmdesk.storage.store import NewCase
from tests.unit import tiny_model as tiny

CASES = 5


@pytest.fixture
def project(tmp_path):
    project = create_project(tmp_path / "p.mmdesk", tiny.SCHEMA)
    models = project.folder / "models"
    tiny.write_version(models / "v1", models / "parts")
    tiny.write_version(models / "v2", models / "parts", kick=3.0)
    (models / "v1" / "model.keras").write_bytes(b"a stand-in for the model's own file")
    (models / "v2" / "model.keras").write_bytes(b"another")
    project.store.add_version(
        VersionRow("v1", "First", "current", folder="models/v1", card=Card.from_json({"kind": "train"}))
    )
    project.store.add_version(VersionRow("v2", "Second", "candidate", parent="v1", folder="models/v2"))
    red = tiny.colour_file(project.folder, "red.png", (255, 0, 0))
    rows = [NewCase(f"c{i}", inputs={"left": red, "right": red, "age": 40.0 + i}) for i in range(CASES)]
    project.store.add_cases(rows)
    project.close()
    return project.folder


@pytest.fixture
def command(capsys):
    def call(*words, plain=False):
        doors = Doors(window=lambda project: 0, screenshots=lambda project, folder, reader: [])
        code = run([*map(str, words), *([] if plain else ["--json"])], doors)
        said = capsys.readouterr()
        return code, said.out if plain else json.loads(said.out), said.err

    return call


def test_list_names_every_version_and_its_state(project, command):
    code, facts, _ = command("models", project)
    assert code == 0
    assert [(row["id"], row["state"], row["parent"]) for row in facts["models"]] == [
        ("v1", "current", ""),
        ("v2", "candidate", "v1"),
    ]
    _, words, _ = command("models", project, "list", plain=True)
    assert "candidate" in words


def test_show_gives_the_card(project, command):
    code, facts, _ = command("models", project, "show", "v1")
    assert (code, facts["id"], facts["state"], facts["card"]["kind"]) == (0, "v1", "current", "train")
    _, words, _ = command("models", project, "show", "v1", plain=True)
    assert "v1, current." in words
    assert "Train." in words


def test_promote_and_roll_back(project, command):
    why = ["--reader", "Ann", "--why", "It is better."]
    code, facts, _ = command("models", project, "promote", "v2", *why)
    assert (code, "was not made yet" in facts["problem"]["what"]) == (1, True)
    assert "compare v2" in facts["problem"]["do"]
    assert command("models", project, "promote", "v2", "--anyway")[0] == 2
    code, facts, _ = command("models", project, "promote", "v2", "--anyway", *why)
    assert "was not made yet" in facts["doubt"]
    assert (code, facts["current"], facts["why"]) == (0, "v2", "It is better.")
    assert command("models", project)[1]["models"][1]["state"] == "current"
    code, facts, _ = command("models", project, "rollback", "--reader", "Ann")
    assert (code, facts["current"]) == (0, "v1")
    opened = open_project(project, look=True)
    entries = opened.store.journal(20)
    opened.close()
    assert [
        entry for entry in entries if entry.reader == "Ann" and entry.why.startswith("It is better. (Promoted anyway.")
    ]


def test_a_comparison_is_made_again_before_a_promotion(project, command):
    opened = open_project(project)
    tiny.write_version(project / "models" / "v3", project / "models" / "parts", kick=-3.0)
    ages = np.linspace(20, 80, 80)
    opened.store.add_cases(
        [NewCase(f"t{n}", inputs={"age": age}, labels=tiny_truth(age)) for n, age in enumerate(ages)]
    )
    against_v1 = Comparison("v3", "v1", (FigureRow("Bad AUC", "auc", "all", 40, 20, 0.8, 0.9, 0.1, 0.05, 0.2),))
    results.register(
        opened,
        "v3",
        Card(kind="trained", comparison=against_v1, facts={"notes": ["Two cases were left out."]}),
        "Ann",
        "Trained.",
    )
    opened.close()
    command("models", project, "promote", "v2", "--anyway", "--why", "First.")
    _, facts, _ = command("models", project)
    assert "made against v1, and v2 is current now" in facts["models"][2]["doubt"]
    assert "made against v1" in command("models", project, "show", "v3", plain=True)[1]
    code, facts, _ = command("models", project, "promote", "v3", "--why", "Better.")
    assert (code, "out of date" in facts["problem"]["what"]) == (1, True)
    code, facts, _ = command("models", project, "compare", "v3", "--reader", "Ann")
    assert (code, facts["current"], facts["comparison"]["current"]) == (0, "v2", "v2")
    assert facts["comparison"]["rows"][0]["n"] > 5
    said = command("models", project, "compare", "v3", plain=True)[1]
    assert "Two cases were left out." in said, "the notes of a comparison are read where it is made"
    shown = command("models", project, "show", "v3", plain=True)[1]
    assert "With v2" in shown
    assert "out of date" not in shown
    code, facts, _ = command("models", project, "promote", "v3", "--why", "Better.")
    assert (code, facts["current"], facts["doubt"]) == (0, "v3", "")


def test_what_cannot_be_compared_is_said(project, command):
    code, facts, _ = command("models", project, "compare", "v2")
    assert (code, "no labelled cases" in facts["problem"]["what"]) == (1, True)
    code, facts, _ = command("models", project, "compare", "v1")
    assert (code, "is the current version" in facts["problem"]["what"]) == (1, True)


def tiny_truth(age):
    return {"bad": bool(age > 50), "score": (age - 50) / 10}


@pytest.mark.parametrize("words", [["show", "v9"], ["promote", "v9"], ["rollback"]])
def test_what_is_not_there_is_a_situation(project, command, words):
    code, facts, _ = command("models", project, *words)
    assert code == 1
    assert facts["problem"]["do"]


@pytest.mark.parametrize("model", ["", "v2"])
def test_predict_writes_one_row_a_case(project, command, tmp_path, model):
    out = tmp_path / "out.csv"
    chosen = ["--model", model] if model else []
    code, facts, _ = command("predict", project, *chosen, "--out", out)
    version = model or "v1"
    assert (code, facts["model"], facts["cases"]) == (0, version, CASES)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["case"] for row in rows] == [f"c{i}" for i in range(CASES)]
    assert {row["model"] for row in rows} == {version}
    assert 0 <= float(rows[0]["p(bad)"]) <= 1
    assert float(rows[0]["low(score)"]) < float(rows[0]["score"]) < float(rows[0]["high(score)"])


def test_two_versions_predict_differently(project, command, tmp_path):
    texts = []
    for model in ("v1", "v2"):
        command("predict", project, "--model", model, "--out", tmp_path / f"{model}.csv")
        with (tmp_path / f"{model}.csv").open(encoding="utf-8-sig", newline="") as file:
            texts.append([row["score"] for row in csv.DictReader(file)])
    assert texts[0] != texts[1]


def test_predict_by_a_model_that_is_not_there(project, command):
    code, facts, _ = command("predict", project, "--model", "v9")
    assert code == 1
    assert "v9" in facts["problem"]["what"]


def test_keras_export_is_the_models_own_file(project, command, tmp_path, monkeypatch):
    monkeypatch.setattr("mmdesk.services.models.export.can_train", lambda: False)
    out = tmp_path / "their.keras"
    code, facts, _ = command("models", project, "export", "v1", "--format", "keras", "--out", out)
    assert (code, facts["out"], facts["runtime"]) == (0, str(out), "")
    assert out.read_bytes() == b"a stand-in for the model's own file"
    code, facts, _ = command("models", project, "export", "v2", "--format", "keras", "--out", out)
    assert code == 1
    assert out.read_bytes() == b"a stand-in for the model's own file", "nothing is overwritten"


def test_export_to_nowhere_is_said(project, command, tmp_path):
    out = tmp_path / "no" / "folder" / "x.keras"
    code, facts, _ = command("models", project, "export", "v1", "--format", "keras", "--out", out)
    assert code == 1
    assert str(out.parent) in facts["problem"]["what"]


def test_doctor_names_a_part_that_was_changed(project, command):
    part = sorted((project / "models" / "parts").glob("*.onnx"))[0]
    part.write_bytes(part.read_bytes() + b"x")
    (project / "models" / "v2" / "model.keras").unlink()
    code, facts, _ = command("doctor", project)
    assert code == 1
    assert [line for line in facts["problems"] if part.name in line]
    assert [line for line in facts["problems"] if "v2" in line and "model.keras" in line]


def test_doctor_names_a_card_that_cannot_be_read(project, command):
    opened = open_project(project)
    card = Card.from_json({"comparison": 3})
    opened.store.add_version(VersionRow("v3", "Third", "candidate", folder="models/v2", card=card))
    opened.close()
    _, facts, _ = command("doctor", project)
    assert "Model v3: the part comparison of its card cannot be read." in facts["problems"]


def test_a_model_that_came_without_its_keras_file_says_where_it_can_be_exported(project, tmp_path):
    (project / "models" / "v1" / "model.keras").unlink()
    opened = open_project(project)
    try:
        with pytest.raises(ModelProblem, match="full mmdesk"):
            export_model(opened, "v1", "keras", tmp_path / "out.keras", ctx=SilentContext())
    finally:
        opened.close()
    assert not (tmp_path / "out.keras").exists()
