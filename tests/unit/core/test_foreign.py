"""Matching a foreign model's ends to a project's fields."""

from __future__ import annotations

import pytest

from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.foreign import End, Foreign, match, say_open

SCHEMA = Schema(
    "pairs",
    "id",
    "id",
    (
        Field("left", "input", "image"),
        Field("right", "input", "image"),
        Field("age", "input", "number"),
        Field("smokes", "input", "flag"),
        Field("site", "input", "choice", options=("a", "b", "c")),
        Field("trace", "input", "sequence", channels=("x", "y")),
        Field("words", "input", "text"),
        Field("ill", "target", "flag"),
        Field("stage", "target", "grade", options=("0", "1", "2")),
        Field("kind", "target", "choice", options=("p", "q", "r", "s")),
    ),
)
IMAGE = (64, 64, 3)


def foreign(inputs: list[End], outputs: list[End]) -> Foreign:
    return Foreign("m.keras", "0" * 64, 1, "3.15.1", tuple(inputs), tuple(outputs))


def test_names_decide_whatever_their_case():
    model = foreign([End("Left", IMAGE), End("RIGHT", IMAGE), End("age", (1,))], [End("ILL", (1,))])
    found = match(model, SCHEMA)
    assert found.inputs == {"Left": ("left",), "RIGHT": ("right",), "age": ("age",)}
    assert found.outputs == {"ILL": "ill"}
    assert found.settled


def test_a_shape_alone_is_a_guess_that_a_person_confirms():
    model = foreign([End("input_1", IMAGE)], [End("dense", (1,))])
    found = match(model, SCHEMA)
    assert found.complete
    assert not found.settled
    assert found.guessed == ("input_1", "dense")
    assert "input_1 (float32, 64 x 64 x 3) would be left" in say_open(found, model)
    told = match(model, SCHEMA, {"input_1": ["right"], "dense": ["ill"]})
    assert told.settled
    assert told.inputs == {"input_1": ("right",)}


def test_a_vector_takes_all_the_numbers_in_their_order():
    model = foreign([End("numbers", (2,))], [End("ill", (1,))])
    assert match(model, SCHEMA).inputs == {"numbers": ("age", "smokes")}
    told = match(model, SCHEMA, {"numbers": ["smokes", "age"]})
    assert told.inputs == {"numbers": ("smokes", "age")}
    assert told.settled


@pytest.mark.parametrize(
    ("end", "fields"),
    [
        (End("x", (None, None, 3)), "left"),
        (End("x", (64, 64, 1)), "left"),
        (End("x", (), "int32"), "site"),
        (End("x", (3,)), "site"),
        (End("x", (None, 2)), "trace"),
    ],
)
def test_what_fits(end: End, fields: str):
    assert match(foreign([end], [End("ill", (1,))]), SCHEMA, {"x": [fields]}).settled


@pytest.mark.parametrize(
    ("end", "field", "why"),
    [
        (End("x", (64, 64, 4)), "left", "height x width x 3"),
        (End("x", (2,)), "age", "single number"),
        (End("x", (5,)), "site", "3 numbers, one an option"),
        (End("x", (10, 3)), "trace", "2 channels"),
        (End("x", (20, 3)), "words", "a row of codes"),
        (End("x", (1,)), "height", "no input called height"),
    ],
)
def test_what_does_not_fit_is_said_with_its_reason(end: End, field: str, why: str):
    with pytest.raises(ModelProblem, match=why):
        match(foreign([end], [End("ill", (1,))]), SCHEMA, {"x": [field]})


def test_what_nothing_fits_is_named():
    model = foreign([End("volume", (8, 8, 8, 1))], [End("many", (9,))])
    found = match(model, SCHEMA)
    assert not found.complete
    assert say_open(found, model) == ("no field fits volume (float32, 8 x 8 x 8 x 1); no target fits many (float32, 9)")


def test_an_output_may_be_a_grade_by_steps_or_by_options():
    for width in (2, 3):
        model = foreign([End("age", (1,))], [End("stage", (width,))])
        assert match(model, SCHEMA).outputs == {"stage": "stage"}
    with pytest.raises(ModelProblem, match="grade stage is 2 or 3 numbers"):
        match(foreign([End("age", (1,))], [End("o", (4,))]), SCHEMA, {"o": ["stage"]})


def test_presence_stands_for_itself():
    model = foreign([End("age", (1,)), End("age__present", (1,))], [End("ill", (1,))])
    assert match(model, SCHEMA).inputs["age__present"] == ("age__present",)


def test_a_name_that_the_model_does_not_have_is_refused():
    with pytest.raises(ModelProblem, match="no input or output called y"):
        match(foreign([End("x", (1,))], [End("ill", (1,))]), SCHEMA, {"y": ["age"]})
