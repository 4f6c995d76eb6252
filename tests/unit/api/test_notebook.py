"""What a notebook may use: the examples of the README run, readers stay blind, nothing is written unasked."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import mmdesk
from mmdesk.core.cases.case import Prediction, TargetPrediction
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.job import SilentContext
from mmdesk.services.cases.reading import set_input, store_labels
from mmdesk.services.demo.phantoms import TABLE, PhantomOptions, generate
from mmdesk.services.importing.from_table import new_project
from mmdesk.services.models.prediction import adopt_bundled
from mmdesk.services.project import open_project
from mmdesk.support.resources import resource

README = (Path(__file__).resolve().parents[3] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## In a notebook")[2].partition("## ")[0]
SURFACE = {
    "open": "(folder, reader)",
    "cases": "(search, split)",
    "truth": "(search, split)",
    "labels": "()",
    "predictions": "(version, search, split)",
    "versions": "()",
    "journal": "()",
    "image": "(case, field, frame, size, values)",
    "to_tf_dataset": "(split, batch, shuffle, inputs, targets)",
    "predict": "(search, version)",
    "export": "(out, search, split, status, labels_of, columns, models)",
    "close": "()",
}
"""The interface 1: whoever changes a line here changes `api_version` too."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of phantom cases."""
    folder = tmp_path_factory.mktemp("phantoms")
    generate(folder, PhantomOptions(40, seed=3, size=48, labelled=0.8))
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A project of them, predicted by a bundled model."""
    schema = read_schema(resource("schemas", "phantom.toml").read_text(encoding="utf-8"), "phantom.toml")
    new_project(tmp_path / "eyes.mmdesk", made / TABLE, ctx=SilentContext(), schema=schema, copy_images=True)
    project = open_project(tmp_path / "eyes.mmdesk")
    adopt_bundled(project)
    said = {
        "referable": TargetPrediction(True, {"referable": 0.8125}),
        "severity": TargetPrediction(1, {}),
        "thickness": TargetPrediction(300.0, {}, 290.0, 310.0),
    }
    known = {target.name for target in project.schema.targets}
    said = {name: answer for name, answer in said.items() if name in known}
    project.store.save_predictions([Prediction(case.id, "phantom-pair", said) for case in project.store.cases()])
    project.close()
    return tmp_path / "eyes.mmdesk"


def blocks(*, tensorflow):
    found = re.findall(r"```python( tensorflow)?\n(.*?)```", SECTION, re.DOTALL)
    return [code for needs, code in found if tensorflow or not needs]


def run(codes):
    names = {}
    for code in codes:
        exec(compile(code, "README.md", "exec"), names)
    return names


def test_the_examples_of_the_readme_run(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    names = run(blocks(tensorflow=False))
    assert names["picture"].dtype == np.uint8
    assert names["small"].shape == (64, 64, 3)
    assert names["rows"] == names["project"].cases(split="test").height
    assert names["answers"]["p(referable@phantom-pair)"].null_count() == 0
    names["project"].close()


@pytest.mark.tf
def test_the_example_with_tensorflow_runs(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    names = run(blocks(tensorflow=True))
    assert np.isfinite(names["model"].history.history["loss"]).all()


def test_the_interface_is_what_was_promised():
    def names(function):
        return f"({', '.join(name for name in inspect.signature(function).parameters if name != 'self')})"

    project = mmdesk.Project
    public = {name for name, _ in inspect.getmembers(project, inspect.isfunction) if not name.startswith("_")}
    assert {"open": names(mmdesk.open)} | {name: names(getattr(project, name)) for name in public} == SURFACE
    assert mmdesk.api_version.startswith("1.")


def test_to_look_only_changes_no_file(folder):
    before = {path: path.read_bytes() for path in folder.glob("project.*") if path.is_file()}
    with mmdesk.open(folder) as project:
        assert project.look_only
        project.predict("case:C00001")
        assert project.predictions(search="case:C00001")["p(referable@phantom-pair)"].to_list() == [0.8125]
    assert {path: path.read_bytes() for path in before} == before


def test_with_a_reader_predictions_are_stored_and_shown_only_after_the_own_read(folder):
    with mmdesk.open(folder, reader="Ann") as project:
        hidden = project.predict("case:C00001")
        assert hidden["model_note"].to_list() == ["hidden until the reader's own label is stored"]
        assert hidden["p(referable@phantom-pair)"].to_list() == [None]
        read(folder, project._project, "C00001", "Ann")
        shown = project.predictions(search="case:C00001")["p(referable@phantom-pair)"].to_list()
    assert shown != [None]
    assert shown != [0.8125], "the stored answer is the computed one"


def read(folder, project, name, reader):
    values = {"referable": True, "severity": 1, "thickness": 312.5}
    wanted = {target.name: values.get(target.name) for target in project.schema.targets}
    store_labels(project, project.store.case_id(name), wanted, reader)


def everything(project):
    frames = [project.cases(), project.truth(), project.labels(), project.predictions(), project.journal()]
    return "\n".join(frame.write_csv() for frame in frames)


def test_a_reader_sees_nothing_of_an_unread_case(folder):
    writing = open_project(folder)
    read(folder, writing, "C00002", "Zebulon")
    first = next((note for note in writing.schema.notes if note.show == "after"), None)
    if first is not None:
        set_input(writing, writing.store.case_id("C00002"), first.name, "zyxomma", "Zebulon")
    writing.close()
    with mmdesk.open(folder) as project:
        whole = everything(project)
    assert "Zebulon" in whole
    assert "0.8125" in whole
    assert "reference" in whole
    with mmdesk.open(folder, reader="Ann") as project:
        blind = everything(project)
        assert not [word for word in ("Zebulon", "0.8125", "reference", "zyxomma") if word in blind]
        with pytest.raises(mmdesk.Situation, match="would tell"):
            project.cases("p(referable):>0.5")
        read(folder, project._project, "C00002", "Ann")
        after = everything(project)
    assert "Zebulon" in after
    assert "0.8125" in after


def test_labels_are_values_and_numbers(folder):
    with mmdesk.open(folder, reader="Ann") as project:
        read(folder, project._project, "C00003", "Ann")
        mine = project.labels().filter(reader="Ann")
        assert mine.filter(target="referable").select("case", "value", "number").rows() == [("C00003", "true", 1.0)]
        assert str(mine.schema["at"]) == "Datetime(time_unit='us', time_zone='UTC')"


def test_an_image_is_the_programs_own(folder, made):
    from mmdesk.imaging.decode import decode

    with mmdesk.open(folder) as project:
        frame = project.cases()
        row = next(row for row in frame.iter_rows(named=True) if row["left"])
        seen = project.image(row["case"], "left")
        assert np.array_equal(seen, decode(folder / row["left"], None).pixels)
        assert project.image(row["case"], "left", values=True).shape[:2] == seen.shape[:2]
        lacking = [row["case"] for row in frame.iter_rows(named=True) if row["left"] is None]
        assert [project.image(name, "left") for name in lacking] == [None] * len(lacking)
        for wrong in (("C00001", "middle", 0), ("nobody", "left", 0), (row["case"], "left", 5)):
            with pytest.raises(mmdesk.Situation):
                project.image(*wrong)


def test_an_export_says_what_it_left_out(folder, tmp_path):
    with mmdesk.open(folder, reader="Ann") as project, pytest.warns(UserWarning, match="not read yet"):
        assert project.export(tmp_path / "out.csv", search="case:C00001") == 1
    with mmdesk.open(folder) as project, pytest.raises(mmdesk.Situation, match="colours"):
        project.export(tmp_path / "out.csv", columns=["colours"])


@pytest.mark.tf
def test_batches_are_what_training_sees(folder):
    with mmdesk.open(folder) as project:
        inputs, targets, weights = next(iter(project.to_tf_dataset("train", batch=64)))
        rows = project.cases(split="train").join(project.truth(), on="case")
        known = [row for row in rows.iter_rows(named=True) if row["referable"] is not None]
        assert len(targets["referable"]) >= len(known) > 0
        assert inputs["left"].dtype.name == "uint8"
        assert inputs["left"].shape[-1] == 3
        there = inputs["left__present"].numpy()[:, 0].astype(bool)
        assert not inputs["left"].numpy()[~there].any()
        assert float(weights["referable"].numpy().sum()) == len(known)
        [next(iter(batches))[0]["age"].numpy() for batches in [project.to_tf_dataset("train", shuffle=True)] * 1]
        batches = project.to_tf_dataset("train", batch=64, shuffle=True)
        first, second = (next(iter(batches))[0]["age"].numpy() for _ in range(2))
        assert not np.array_equal(first, second)
        assert np.allclose(np.sort(first, 0), np.sort(second, 0))
        with pytest.raises(mmdesk.Situation, match="half"):
            project.to_tf_dataset("half")
    with mmdesk.open(folder, reader="Ann") as project, pytest.raises(mmdesk.Situation, match="label that counts"):
        project.to_tf_dataset("train")
