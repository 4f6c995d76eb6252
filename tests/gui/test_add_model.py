"""The person confirms how a model made elsewhere fits the project."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.foreign import End, Foreign, match
from mmdesk.core.model.probe import Probe
from mmdesk.core.model.proof import Proof, SeenCase, SeenInput
from mmdesk.core.model.readings import ImageReading
from mmdesk.ui.models.add_model import NOT_USED, AddModel, dialog_for
from mmdesk.ui.models.probe_dialog import ProbeDialog

pytestmark = pytest.mark.gui

SCHEMA = Schema(
    "pairs",
    "id",
    "id",
    (
        Field("left", "input", "image"),
        Field("right", "input", "image"),
        Field("age", "input", "number"),
        Field("ill", "target", "flag"),
        Field("size", "target", "number"),
    ),
)


def model(*inputs: End) -> Foreign:
    outputs = (End("dense", (1,)), End("dense_1", (1,)))
    return Foreign("m.keras", "0" * 64, 1, "3.15.1", inputs, outputs)


def test_the_guess_can_be_changed_and_is_confirmed(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    foreign = model(End("input_1", (64, 64, 3)), End("age", (1,)))
    dialog = AddModel(parent, foreign, SCHEMA, match(foreign, SCHEMA))
    box = dialog.cards["input_1"].box
    assert [box.itemText(at) for at in range(box.count())] == ["left", "right"]
    box.setCurrentText("right")
    assert dialog.found is not None
    assert dialog.found.inputs == {"input_1": ("right",), "age": ("age",)}
    assert dialog.found.outputs == {"dense": "ill", "dense_1": "size"}
    dialog.cards["dense_1"].box.setCurrentText("ill")
    assert not dialog.ok.isEnabled()
    assert "same target" in dialog.words.text()
    dialog.cards["dense_1"].box.setCurrentText(NOT_USED)
    assert dialog.ok.isEnabled()
    assert dialog.found.outputs == {"dense": "ill"}
    dialog.cards["dense"].box.setCurrentText(NOT_USED)
    assert not dialog.ok.isEnabled()


def test_what_cannot_fit_is_said_without_a_dialog(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    with pytest.raises(ModelProblem, match="no field fits volume"):
        dialog_for(parent, model(End("volume", (8, 8, 8, 1))), SCHEMA)


def test_how_it_reads_its_inputs_is_chosen_and_a_wrong_order_is_not_taken(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    foreign = model(End("left", (64, 64, 3)))
    dialog = AddModel(parent, foreign, SCHEMA, match(foreign, SCHEMA))
    dialog.cards["left"].answer("pixels", "caffe")
    dialog.cards["dense"].answer("order", ("yes", "no"))
    assert dialog.ok.isEnabled()
    assert dialog.reading.inputs["left"] == ImageReading("caffe")
    assert dialog.reading.outputs["dense"].order == ("yes", "no")
    dialog.cards["dense"].answer("order", ("yes", "maybe"))
    assert not dialog.ok.isEnabled()
    assert "dense=no|yes" in dialog.words.text()


def test_what_the_labels_say_is_shown_with_the_option_to_give(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    rows = ({"options": "", "figures": {"ill": 0.3}}, {"options": "--pixels unit", "figures": {"ill": 0.9}})
    probe = Probe(40, rows, {"ill": 0.5}, (), "--pixels unit", 24, "pixels of left: 0 to 1 instead of 0 to 255")
    dialog = ProbeDialog(parent, "v2", probe)
    assert "ill 90 % right instead of 30 % right" in dialog.words.text()
    assert dialog.cells[1:] == [
        ("as given", "30 % right"),
        ("--pixels unit", "90 % right"),
        ("most frequent answer", "50 % right"),
    ]


def test_some_of_the_numbers_are_typed_and_what_fits_better_is_taken_by_a_button(qtbot):
    numbers = tuple(Field(f"x{at}", "input", "number") for at in range(1, 6))
    schema = Schema("P", "id", "id", (SCHEMA.field("left"), *numbers, SCHEMA.field("ill")))
    foreign = Foreign(
        "m.keras",
        "0" * 64,
        1,
        "3.15.1",
        (End("left", (8, 8, 3)), End("first", (3,)), End("second", (2,))),
        (End("ill", (1,)),),
    )
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = dialog_for(parent, foreign, schema)
    assert not dialog.ok.isEnabled()
    dialog.cards["first"].box.setCurrentText("x3..x5")
    dialog.cards["second"].box.setCurrentText("x2, x1")
    found, reading = dialog.answer
    assert found.inputs == {"left": ("left",), "first": ("x3", "x4", "x5"), "second": ("x2", "x1")}
    better = reading.said([("left", "pixels", "unit"), ("second", "scale", "minmax")])
    rows = ({"options": "", "figures": {"ill": 0.3}}, {"options": "--pixels unit", "figures": {"ill": 0.9}})
    probe = Probe(40, rows, {"ill": 0.5}, (), "--pixels unit", 24, "pixels", better.as_json())
    seen = SeenCase("c1", (SeenInput("first", "x3 1"),), {"ill": "yes (90%)"})
    dialog.show_proof(Proof((seen,), probe), (found, reading))
    assert "c1 gets first: x3 1; the model says ill yes (90%)" in dialog.proof.said[-1]
    assert dialog.answer == (found, reading), "nothing is taken by itself"
    dialog.proof.better.click()
    assert dialog.answer == (found, better)
    dialog.show_proof(Proof((seen,), probe), (found, reading))
    assert "changed since" in dialog.proof.said[0]
