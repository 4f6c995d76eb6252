"""Recipes and the list of parts: read, written, refused in words."""

from dataclasses import replace

import pytest

from mmdesk.core.errors import ModelProblem
from mmdesk.core.recipe import (
    EncoderRecipe,
    Fusion,
    Recipe,
    Training,
    check_recipe,
    default_recipe,
    read_recipe,
    write_recipe,
)
from mmdesk.core.schema import Field, Schema
from mmdesk.core.version import EncoderPart, Parts, read_parts, write_parts

SCHEMA = Schema(
    "All kinds",
    "ID",
    "ID",
    (
        Field("left", "input", "image", side="left"),
        Field("right", "input", "image", side="right"),
        Field("age", "input", "number"),
        Field("sex", "input", "choice", options=("f", "m")),
        Field("smoker", "input", "flag"),
        Field("complaint", "input", "text"),
        Field("pressure", "input", "sequence", channels=("high", "low")),
        Field("seen", "input", "date"),
        Field("sick", "target", "flag"),
    ),
)


def test_the_default_recipe_serves_every_input_once():
    recipe = default_recipe(SCHEMA)
    served = [name for encoder in recipe.encoders for name in encoder.inputs]
    assert sorted(served) == sorted(record.name for record in SCHEMA.inputs)
    assert recipe.images == ("left", "right")
    assert recipe.encoder_of("left").compare
    check_recipe(recipe, SCHEMA)


def test_images_without_sides_are_not_compared():
    fields = tuple(replace(record, side="") for record in SCHEMA.fields)
    assert not default_recipe(replace(SCHEMA, fields=fields)).encoder_of("left").compare


def test_a_recipe_survives_its_text():
    recipe = replace(
        default_recipe(SCHEMA),
        fusion=Fusion(width=7, layers=2, dropout=0.25),
        training=Training(epochs=3, rate=0.01, seed=5, deterministic=True),
    )
    assert read_recipe(write_recipe(recipe)) == recipe


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "at least one"),
        ("[[encoder]]\nkind = 'magic'\ninputs = ['a']", "one of"),
        ("[[encoder]]\nkind = 'dense'\ninputs = ['a']\nvocabulary = 3", "vocabulary"),
        ("[[encoder]]\nkind = 'dense'\ninputs = []", "inputs"),
        ("[[encoder]]\nkind = 'dense'\ninputs = ['a', 'a']", "two encoders"),
        ("[[encoder]]\nkind = 'dense'\ninputs = ['a']\nwidth = 0", "width"),
        ("[[encoder]]\nkind = 'dense'\ninputs = ['a']\nwidth = true", "whole number"),
        ("[[encoder]]\nkind = 'backbone'\ninputs = ['a']\ncompare = true", "exactly two"),
        ("[[encoder]]\nkind = 'backbone'\ninputs = ['a']\nbackbone = 'x'", "efficientnet-lite0"),
        ("[[encoder]]\nkind = 'dense'\ninputs = ['a']\n[training]\nspeed = 1", "speed"),
        ("[[encoder]]\nkind = 'dense'\ninputs = ['a']\n[training]\nsmoothing = 0.7", "smoothing"),
        ("[[encoder]]\nkind = 'dense'\ninputs = ['a']\n[other]\n", "other"),
        ("not toml", "mine.toml"),
    ],
)
def test_what_cannot_be_used_is_said(text, words):
    with pytest.raises(ModelProblem) as problem:
        read_recipe(text, "mine.toml")
    assert words in problem.value.what
    assert "mine.toml" in problem.value.what


@pytest.mark.parametrize(
    ("kind", "name", "words"), [("dense", "sex", "does not take"), ("dense", "height", "no input")]
)
def test_a_recipe_must_fit_the_schema(kind, name, words):
    with pytest.raises(ModelProblem, match=words):
        check_recipe(Recipe((EncoderRecipe(kind, (name,)),)), SCHEMA)


def test_parts_survive_their_text():
    parts = Parts((EncoderPart("backbone", "ab.onnx", ("left", "right"), 224, 1280),), "cd.onnx")
    assert read_parts(write_parts(parts)) == parts
    assert parts.files == ("ab.onnx", "cd.onnx")
    assert parts.encoder_of("right").size == 224
    assert read_parts(write_parts(Parts())) == Parts()


@pytest.mark.parametrize("text", ["", "head = 3", '[head]\nfile = "../x.onnx"', "[[encoder]]\nname = 'b'"])
def test_unusable_parts_are_refused(text):
    with pytest.raises(ModelProblem):
        read_parts(text)
