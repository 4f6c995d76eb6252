"""Recipes and the list of parts: read, written, refused in words."""

from dataclasses import replace

import pytest

from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.recipe.recipe import (
    Augment,
    Recipe,
    TargetRecipe,
    Training,
    check_recipe,
    default_recipe,
    new_encoder,
    new_fusion,
    read_recipe,
    write_recipe,
)
from mmdesk.core.versions.version import EncoderPart, Parts, read_parts, write_parts

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
        fusion=new_fusion(width=7, layers=2, dropout=0.25),
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
        ("[[encoder]]\nkind = 'dense'\ninputs = ['a']\n[fusion]\nmerge = 'mix'", "gated"),
        ("[[encoder]]\nkind = 'dense'\ninputs = ['a']\n[[target]]\nscale = 'log'", "name"),
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
        check_recipe(Recipe((new_encoder(kind, (name,)),)), SCHEMA)


IMAGES = new_encoder("cnn", ("left", "right"))
AGE = new_encoder("dense", ("age",))


@pytest.mark.parametrize(
    ("recipe", "reason", "fix"),
    [
        (Recipe(()), "no encoder", "Add"),
        (Recipe((AGE, AGE)), "two encoders", "all encoders but one"),
        (Recipe((new_encoder("words", ("age",)),)), "does not take", "dense or vector"),
        (Recipe((new_encoder("dense", ("smoker",), scaling="quantile"),)), "two values", "automatic"),
        (Recipe((new_encoder("cnn", ("left",), compare=True),)), "exactly two", "compare to false"),
        (Recipe((new_encoder("application", ("left",), architecture="X"),)), "no architecture", "VGG16"),
        (
            Recipe((new_encoder("application", ("left",), architecture="Xception", size=64),)),
            "64 pixels",
            "71",
        ),
        (Recipe((new_encoder("application", ("left",), architecture="VGG16"),)), "noise", "weights"),
        (Recipe((new_encoder("embedding", ("sex", "ward")),)), "different options", "of its own"),
        (Recipe((new_encoder("recurrent", ("pressure", "pulse")),)), "channels", "of its own"),
        (Recipe((AGE,), new_fusion(merge="sum")), "one vector only", "concatenate"),
        (Recipe((IMAGES,), new_fusion(width=30, merge="attention")), "divided", "28"),
        (Recipe((AGE,), targets=(TargetRecipe("x", "log"),)), 'no target "x"', "Take it out"),
        (Recipe((AGE,), targets=(TargetRecipe("sick", "log"),)), "is a flag", "automatic"),
        (Recipe((AGE,), targets=(TargetRecipe("dose", "log"),)), "below zero", "automatic"),
        (Recipe((AGE,), training=Training(focal=2, smoothing=0.1)), "unsure", "focal or smoothing"),
        (Recipe((AGE,), augment=Augment(blur=1)), "sees none", "augment"),
        (
            Recipe((new_encoder("backbone", ("left",), blocks=1),), augment=Augment(blur=1)),
            "looks at each image once",
            "variants",
        ),
        (Recipe((IMAGES,), augment=Augment(flip=True, same=False)), "mirrored", "same"),
    ],
)
def test_what_cannot_work_is_refused_with_a_reason_and_one_fix(recipe, reason, fix):
    more = (
        Field("ward", "input", "choice", options=("A", "B", "C")),
        Field("pulse", "input", "sequence"),
        Field("dose", "target", "number", min=-1),
    )
    schema = replace(SCHEMA, fields=SCHEMA.fields + more)
    with pytest.raises(ModelProblem) as problem:
        check_recipe(recipe, schema)
    assert reason in problem.value.what
    assert fix in problem.value.do
    assert problem.value.do.endswith(".")


def test_every_option_of_a_recipe_survives_its_text():
    recipe = Recipe(
        (
            new_encoder("backbone", ("left",), blocks=2),
            new_encoder("cnn", ("right",), size=48, shared=False),
            new_encoder("vector", ("age", "smoker"), width=9),
            new_encoder("words", ("complaint",), reading="lstm"),
            new_encoder("recurrent", ("pressure",), cell="lstm"),
            new_encoder("dense", ("seen",), scaling="quantile"),
        ),
        new_fusion(width=12, merge="attention", heads=3),
        Training(focal=2.0, schedule="plateau", precision="mixed", broken="leave out", pipeline="pydataset"),
        (TargetRecipe("dose", "log"),),
        Augment(flip=True, rotation=5, variants=3),
    )
    assert read_recipe(write_recipe(recipe)) == recipe
    assert recipe.images == ("left", "right")
    assert recipe.trains_images
    assert recipe.scale_of("dose") == "log"


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
