"""Training and fine-tuning: what moves, what is held, what is refused, what is written."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

import mmdesk.storage.database.dialect  # noqa: E402, F401  # isort: skip  # before TensorFlow's older SQLite

keras = pytest.importorskip("keras")

from mmdesk.core.cases.case import ImageRef  # noqa: E402
from mmdesk.core.errors import Cancelled, TrainingRefused  # noqa: E402
from mmdesk.core.judge.verdict import Comparison  # noqa: E402
from mmdesk.core.recipe.recipe import default_recipe, write_recipe  # noqa: E402
from mmdesk.core.versions.card import Card  # noqa: E402
from mmdesk.core.versions.learnt import digests  # noqa: E402
from mmdesk.core.versions.version import EncoderPart, VersionRow, read_parts  # noqa: E402
from mmdesk.inference.model import learnt_of  # noqa: E402
from mmdesk.modelling import evaluate  # noqa: E402
from mmdesk.modelling.network import build  # noqa: E402
from mmdesk.modelling.network.build import encoders_of, head_of  # noqa: E402
from mmdesk.modelling.network.bundle import load_model  # noqa: E402
from mmdesk.modelling.network.export import export_part  # noqa: E402
from mmdesk.modelling.snapshot import take_snapshot  # noqa: E402
from mmdesk.modelling.training import finetune, train  # noqa: E402
from mmdesk.modelling.training.fit import Examples  # noqa: E402
from mmdesk.services.cases.reading import store_labels  # noqa: E402
from mmdesk.services.project import open_project  # noqa: E402
from mmdesk.storage.store import NewCase  # noqa: E402
from tests.unit.modelling_fixtures import PIXELS, tiny_backbone  # noqa: E402
from tests.unit.training_projects import SCHEMA, Talk, make_project, read_cases  # noqa: E402


def small_recipe(**training):
    recipe = default_recipe(SCHEMA)
    fusion = replace(recipe.fusion, width=32, dropout=0.1)
    settings = {"epochs": 25, "rate": 0.01, "batch": 32, **training}
    return replace(recipe, fusion=fusion, training=replace(recipe.training, **settings))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project with a current version v1, trained from the start; copied for each test."""
    home = tmp_path_factory.mktemp("trained")
    parts = home / "bundled-parts"
    backbone = tiny_backbone()
    file = export_part(backbone, parts)
    part = EncoderPart("backbone", file, ("left",), PIXELS, 1280)
    project, facts, wanted = make_project(home / "eyes.mmdesk")
    folder = project.folder
    talk = Talk()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "bundled_encoder", lambda name: part)
        patch.setattr(train, "bundled_parts", lambda: parts)
        patch.setattr(build, "bundled_backbone", lambda name: backbone)
        job = {"project": str(folder), "out": place(folder, "v1"), "recipe": write_recipe(small_recipe())}
        made = train.run(job, talk)
    project.store.add_version(VersionRow("v1", "v1", "current", folder="models/v1", card=Card.from_json(made["card"])))
    read_cases(project, facts, wanted)
    project.close()
    return folder, made, talk


@pytest.fixture
def folder(trained, tmp_path):
    return shutil.copytree(trained[0], tmp_path / "eyes.mmdesk")


@pytest.fixture(scope="module")
def tuned(trained, tmp_path_factory):
    """That project after a fine-tuning with seed 3, what it made, and what was told."""
    folder = shutil.copytree(trained[0], tmp_path_factory.mktemp("tuned") / "eyes.mmdesk")
    talk = Talk()
    return folder, finetuned(folder, talk, seed=3), talk


def place(folder, version):
    models = folder / "models"
    return {"id": version, "folder": str(models / version), "parts": str(models / "parts")}


def finetuned(folder, talk=None, **job):
    told = {
        "project": str(folder),
        "base": place(folder, "v1"),
        "out": place(folder, "v2"),
        "reader": "R",
        **job,
    }
    return finetune.run(told, talk or Talk())


def test_training_from_the_start_learns_and_writes_a_whole_version(trained):
    folder, made, talk = trained
    figures = {figure["metric"]: figure for figure in made["card"]["evaluation"]["figures"]}
    assert figures["macro AUC"]["value"] > 0.9
    assert figures["Sick AUC"]["low"] > 0.8
    assert made["card"]["compiled"] is True
    assert made["card"]["parity"]["largest_difference"]["head"] < 1e-4
    assert "comparison" not in made["card"]
    names = {path.name for path in (folder / "models" / "v1").iterdir()}
    assert {"model.keras", "parts.toml", "preparation.json", "recipe.toml", "card.json", "card.md"} <= names
    assert json.loads((folder / "models/v1/preparation.json").read_text())["targets"]["dose"]["interval"] > 0
    assert talk.epochs[0]["validation_loss"] > talk.epochs[-1]["validation_loss"]


def test_finetuning_learns_the_readers_rule_and_keeps_the_old_cases(tuned):
    folder, made, talk = tuned
    card = made["card"]
    comparison = Comparison.from_json(card["comparison"])
    counts = comparison.counts
    rows = {row.metric: row for row in comparison.rows}
    assert rows["Sick sensitivity"].low > 0
    assert rows["stage kappa"].low > 0
    assert rows["dose mean distance"].high < 0
    assert rows["old cases macro AUC"].candidate > 0.9
    assert rows["old cases macro AUC"].verdict == "pass"
    assert rows["corrected cases macro AUC"].n == counts["test_corrected"] > 10
    assert (comparison.current, comparison.candidate) == ("v1", "v2")
    assert comparison.labels == card["labels"] == take_snapshot(folder).hash
    assert counts["read"] > 50
    assert 0 < counts["corrected"] <= counts["read"]
    assert counts["replay"] > 50
    assert counts["distilled"] > 10
    assert counts["test_read"] > 0
    assert any("read test cases were not learnt from" in note for note in card["notes"])
    first = talk.epochs[0]
    assert {"epoch", "epochs", "loss", "validation_loss", "best_epoch", "seconds_left"} <= first.keys()
    assert card["training"]["best_epoch"] == talk.epochs[-1]["best_epoch"]


def test_only_the_heads_weights_move_and_each_of_them_does(tuned):
    folder, _, talk = tuned
    before = load_model(folder / "models/v1/model.keras")
    after = load_model(folder / "models/v2/model.keras")
    old, new = head_of(before), head_of(after)
    moved = {
        variable.path: not np.array_equal(variable, again)
        for variable, again in zip(old.weights, new.weights, strict=True)
    }
    told = dict(talk.events)["trainable"]
    assert told["weights"] == sum(int(np.prod(v.shape)) for v in old.trainable_variables) > 0
    assert all(moved[variable.path] for variable in new.trainable_variables), moved
    for (name, (encoder, _)), (_, (again, _)) in zip(
        encoders_of(before).items(), encoders_of(after).items(), strict=True
    ):
        assert name == "backbone"
        for weights, kept in zip(encoder.get_weights(), again.get_weights(), strict=True):
            np.testing.assert_array_equal(weights, kept)


def test_the_encoders_part_is_shared_and_only_the_head_is_new(tuned):
    folder = tuned[0]
    parts = [read_parts((folder / "models" / v / "parts.toml").read_text()) for v in ("v1", "v2")]
    assert parts[0].encoders == parts[1].encoders
    assert parts[0].head != parts[1].head
    files = {path.name for path in (folder / "models/parts").iterdir()}
    assert files == {*parts[0].files, *parts[1].files}


def test_the_same_seed_gives_the_same_model(tuned, folder):
    again = finetuned(folder, seed=3)
    assert again["card"]["training"]["loss"] == pytest.approx(tuned[1]["card"]["training"]["loss"], rel=1e-5)
    weights = [head_of(load_model(f / "models/v2/model.keras")).get_weights() for f in (folder, tuned[0])]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_stop_keeps_the_best_so_far(folder):
    talk = Talk(stop_after=2)
    made = finetuned(folder, talk)
    assert len(talk.epochs) <= 3
    assert made["card"]["training"]["stopped_early"] is True
    assert (folder / "models/v2/model.keras").exists()


def test_cancel_drops_everything(folder):
    with pytest.raises(Cancelled):
        finetuned(folder, Talk(cancel_after=1))
    assert {path.name for path in (folder / "models").iterdir()} == {"v1", "parts"}


def test_labels_of_the_test_split_are_never_trained_on(tuned, folder):
    """Other labels for test cases change the figures and no weight."""
    project = open_project(folder)
    for case in project.store.cases(split="test")[:30]:
        store_labels(project, case.id, {"sick": False}, "Reader 9")
    project.close()
    other = finetuned(folder, seed=3)
    assert other["card"]["labels"] != tuned[1]["card"]["labels"]
    assert other["card"]["evaluation"]["figures"] != tuned[1]["card"]["evaluation"]["figures"]
    assert other["card"]["training"]["loss"] == pytest.approx(tuned[1]["card"]["training"]["loss"], rel=1e-5)


def test_too_few_read_cases_are_refused_in_words(folder):
    few = folder.with_name("few.mmdesk")
    project, facts, wanted = make_project(few, 120, seed=4)
    read_cases(project, facts, wanted[:3])
    project.close()
    shutil.copytree(folder / "models", few / "models", dirs_exist_ok=True)
    with pytest.raises(TrainingRefused, match="too few to fine-tune on") as why:
        finetuned(few)
    assert "The current model and all labels are safe." in why.value.say()


def test_an_evaluation_gives_figures_curves_groups_and_baselines(folder):
    found = evaluate.run({"project": str(folder), "version": place(folder, "v1"), "split": "test"}, Talk())
    assert found["labels"] == take_snapshot(folder).hash
    assert found["figures"][0]["metric"] == "macro AUC"
    told = {one["key"]: one for one in found["targets"]}
    curve = told["sick"]["roc"]
    assert (curve["x"][0], curve["y"][0], curve["x"][-1], curve["y"][-1]) == (0.0, 0.0, 1.0, 1.0)
    red = told["findings/Red"]
    assert red["n"] == len(red["ids"]) == len(red["answers"]) == found["cases"]
    assert {row["group"] for row in red["groups"] if row["field"] == "sex"} == {"f", "m"}
    reached = {row["name"]: row for row in red["baselines"]}
    assert reached["age alone"]["beaten"]
    assert reached["this model without the images"]["value"] < red["figures"][0]["value"]
    json.dumps(found)


def test_cases_learnt_from_are_named_once_they_are_test_cases(tuned, tmp_path):
    folder = shutil.copytree(tuned[0], tmp_path / "eyes.mmdesk")
    project = open_project(folder)
    cases = project.store.cases()
    for version, kinds in (("v1", ("train", "validation")), ("v2", ("train", "validation"))):
        learnt = learnt_of(folder / "models" / version)
        assert not learnt & digests(case.name for case in cases if case.split == "test")
        assert learnt <= digests(case.name for case in cases if case.split in kinds)
    assert learnt_of(folder / "models/v1") < learnt_of(folder / "models/v2")
    moved = [case for case in cases if case.split == "train"][:5]
    rows = [NewCase(c.name, c.group, "test", c.inputs, c.notes, {"sick": True}) for c in moved]
    project.store.add_cases(rows, "importer", "t.csv")
    project.close()
    job = {"project": str(folder), "current": place(folder, "v1"), "candidate": place(folder, "v2")}
    notes = evaluate.run_comparison(job, Talk())["comparison"]["notes"]
    assert [note[:2] for note in notes if "learnt from" in note] == ["v1", "v2"]
    found = evaluate.run({"project": str(folder), "version": place(folder, "v1"), "split": "test"}, Talk())
    assert any(note.startswith("v1 learnt from") for note in found["notes"])
    found = evaluate.run({"project": str(folder), "version": place(folder, "v1"), "split": "train"}, Talk())
    assert not any("learnt from" in note for note in found["notes"])


def test_prototypes_are_rehearsed_with_everything_else_missing():
    rng = np.random.default_rng(0)
    inputs = {
        "left__embedding": rng.random((4, 8), np.float32),
        "left__present": np.ones((4, 1), np.float32),
        "age": rng.random((4, 1), np.float32),
        "age__present": np.ones((4, 1), np.float32),
        "sex": np.ones((4, 1), np.int32),
        "sex__present": np.ones((4, 1), np.float32),
    }
    train = Examples(
        inputs,
        {"findings": np.zeros((4, 2), np.float32), "dose": np.zeros((4, 1), np.float32)},
        {"findings": np.ones(4, np.float32), "dose": np.ones(4, np.float32)},
    )
    prototypes = {
        "left__embedding": rng.random((3, 8)).astype(np.float16),
        "target__findings": np.full((3, 2), 0.25, np.float32),
        "cases": np.array([9, 8, 7]),
    }
    more, count = finetune.with_prototypes(train, prototypes)
    assert count == 3
    np.testing.assert_array_equal(more.inputs["left__present"][4:], 1)
    np.testing.assert_array_equal(more.inputs["left__embedding"][4:], prototypes["left__embedding"])
    for name in ("age", "age__present", "sex", "sex__present"):
        np.testing.assert_array_equal(more.inputs[name][4:], 0)
        assert more.inputs[name].dtype == inputs[name].dtype
    np.testing.assert_array_equal(more.targets["findings"][4:], 0.25)
    np.testing.assert_array_equal(more.weights["findings"], 1)
    np.testing.assert_array_equal(more.weights["dose"], [1, 1, 1, 1, 0, 0, 0])
    assert finetune.with_prototypes(train, {}) == (train, 0)


def test_images_that_cannot_be_read_are_counted_and_too_many_stop_it(folder):
    training = [case for case in take_snapshot(folder).cases if case.split == "train"]
    cases = [case for case in training if isinstance(case.inputs["left"], ImageRef)]
    pictures = [folder / case.inputs["left"].path for case in cases]
    pictures[0].unlink()
    shutil.copyfile(pictures[2], pictures[1])
    pictures[3].touch()
    card = finetuned(folder)["card"]
    found = card["inputs"]
    assert (found["unread"], found["by_input"]["left"]["unread"]) == (2, 2)
    assert found["by_input"]["left"]["of"] >= len(cases)
    assert [line.split(":")[0] for line in found["list"]] == [f"case {case.name}, left" for case in cases[:2]]
    assert any(note.startswith("Inputs that could not be read") for note in card["notes"])
    assert any(note.startswith("Inputs that could not be read") for note in card["comparison"]["notes"])
    (folder / "images").rename(folder / "gone")
    shutil.rmtree(folder / "models" / "v2")
    with pytest.raises(TrainingRefused, match="images of left could not be read, more than 20 %"):
        finetuned(folder)
    assert not (folder / "models" / "v2").exists()
    job = {"project": str(folder), "version": place(folder, "v1"), "split": "test"}
    found = evaluate.run(job, Talk())
    assert found["inputs"]["by_input"]["left"]["unread"] == found["inputs"]["by_input"]["left"]["of"] > 0
    assert found["notes"]
