"""Edits of a recipe: encoders by input, one way back, and the drawing that follows."""

from dataclasses import replace

import pytest

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.schema import Field
from mmdesk.core.recipe.drawing import MOST, draw
from mmdesk.core.recipe.edit import (
    LEFT_OUT,
    RecipeHistory,
    choice_of,
    choices_of,
    choose_encoder,
    with_encoder,
    with_target,
    with_values,
)
from mmdesk.core.recipe.encoders.backbone import BACKBONES
from mmdesk.core.recipe.option import option, options_of
from mmdesk.core.recipe.options import AUGMENT, TRAINING, fusion_options, loss_words, repair_words
from mmdesk.core.recipe.parts import Training
from mmdesk.core.recipe.recipe import (
    Augment,
    Recipe,
    check_recipe,
    default_recipe,
    new_encoder,
    new_fusion,
    read_recipe,
)
from tests import recipe_cases
from tests.unit.core.test_recipe import SCHEMA


def inputs_of(recipe):
    return [encoder.inputs for encoder in recipe.encoders]


def test_the_first_input_takes_the_others_along_to_another_kind():
    recipe = choose_encoder(default_recipe(SCHEMA), "left", "cnn")
    assert recipe.encoders[0] == new_encoder("cnn", ("left", "right"), width=128, compare=True)


def test_any_other_input_gets_an_encoder_of_its_own_and_can_come_back():
    first = default_recipe(SCHEMA)
    apart = choose_encoder(first, "right", "cnn")
    assert inputs_of(apart)[:2] == [("left",), ("right",)]
    assert apart.encoders[1].kind == "cnn"
    assert choice_of(apart, "right") == "cnn"
    again = choose_encoder(apart, "right", "with left")
    assert again == first
    assert choice_of(again, "right") == "with left"


def test_an_input_can_be_left_out_and_taken_in_again():
    recipe = choose_encoder(default_recipe(SCHEMA), "age", LEFT_OUT)
    assert choice_of(recipe, "age") == LEFT_OUT
    check_recipe(recipe, SCHEMA)
    again = choose_encoder(recipe, "age", "vector")
    assert again.encoders[-1] == new_encoder("vector", ("age",))


def test_choices_are_those_that_the_kind_of_input_allows():
    found = [value for value, _words in choices_of(default_recipe(SCHEMA), SCHEMA, "age")]
    assert found == ["dense", "vector", "with smoker", "with seen", LEFT_OUT]
    words = dict(choices_of(default_recipe(SCHEMA), SCHEMA, "right"))
    assert words["with left"] == "with left"


def test_another_kind_keeps_the_options_that_it_has():
    recipe = Recipe((new_encoder("cnn", ("left",), width=40, size=64),))
    made = with_encoder(recipe, 0, kind="application").encoders[0]
    assert (made.width, made.size, made.architecture) == (40, 64, "MobileNetV2")
    back = with_encoder(Recipe((made,)), 0, kind="backbone").encoders[0]
    assert (back.kind, back.width) == ("backbone", 40)


def test_an_encoder_without_inputs_goes():
    recipe = default_recipe(SCHEMA)
    assert inputs_of(with_encoder(recipe, 0, inputs=())) == inputs_of(recipe)[1:]


def test_every_repair_mends_what_was_refused():
    recipes = [
        Recipe((new_encoder("words", ("age",)),)),
        Recipe((new_encoder("dense", ("smoker",), scaling="quantile"),)),
        Recipe((new_encoder("cnn", ("left",), compare=True),)),
        Recipe((new_encoder("application", ("left",), architecture="X", weights="a.h5"),)),
        Recipe((new_encoder("application", ("left",), architecture="VGG16"),)),
        Recipe((new_encoder("application", ("left",), architecture="Xception", size=64, weights="a.h5"),)),
        Recipe((new_encoder("dense", ("age", "height")),)),
        Recipe((new_encoder("dense", ("age",)),), new_fusion(merge="sum")),
        Recipe((new_encoder("cnn", ("left", "right")),), new_fusion(width=30, merge="attention")),
        Recipe((new_encoder("dense", ("age",)),), training=Training(focal=2, smoothing=0.1)),
        Recipe((new_encoder("dense", ("age",)),), augment=Augment(blur=1)),
        Recipe((new_encoder("backbone", ("left",)),), augment=Augment(blur=1)),
        Recipe((new_encoder("cnn", ("left", "right")),), augment=Augment(flip=True, same=False)),
        with_target(Recipe((new_encoder("dense", ("age",)),)), "sick", "log"),
    ]
    for recipe in recipes:
        with pytest.raises(RecipeRefused) as refused:
            check_recipe(recipe, SCHEMA)
        problem = refused.value
        assert problem.repair, problem.what
        assert repair_words(recipe, problem)
        check_recipe(with_values(recipe, problem.part, problem.index, problem.repair), SCHEMA)


def test_a_file_that_cannot_be_read_names_the_line_and_the_part():
    age = "# mine\n[[encoder]]\nkind = 'dense'\ninputs = ['age']\n"
    text = age + "\n[[encoder]]\nkind = 'cnn'\ninputs = ['left']\nsize = 4\n"
    with pytest.raises(RecipeRefused) as refused:
        read_recipe(text)
    problem = refused.value
    assert "recipe.toml, line 9" in problem.what
    assert (problem.part, problem.index, problem.key) == ("encoder", 1, "size")
    with pytest.raises(RecipeRefused, match="line 2"):
        read_recipe("[fusion]\nwidth = = 3\n")
    with pytest.raises(RecipeRefused, match="line 3"):
        read_recipe("[[encoder]]\nkind = 'dense'\ninputs = 'age'\n")


def test_undo_and_redo_walk_the_steps_and_an_edit_ends_the_way_ahead():
    first = default_recipe(SCHEMA)
    history = RecipeHistory(first)
    wide = replace(first, fusion=replace(first.fusion, width=64))
    wider = replace(first, fusion=replace(first.fusion, width=80))
    assert history.edit(wide, "width")
    assert not history.edit(wide, "width")
    assert history.edit(wider, "width"), "the same option again is one step"
    assert history.steps == (1, 0)
    assert history.undo() == "width"
    assert history.now == first
    assert history.undo() == ""
    assert history.redo() == "width"
    assert history.now == wider
    history.undo()
    other = replace(first, training=Training(epochs=3))
    history.edit(other, "epochs")
    assert history.redo() == ""
    assert history.steps == (1, 0)


def test_options_are_declared_once_and_shown_where_they_say_something():
    alone = [one.key for one in new_encoder("cnn", ("a",)).shown_options()]
    assert alone == ["width", "size"]
    pair = [one.key for one in new_encoder("cnn", ("a", "b")).shown_options()]
    assert pair == ["width", "compare", "shared", "size"]
    assert {one.key for one in TRAINING} == set(Training.__dataclass_fields__) - {"towards"}
    assert {one.key for one in AUGMENT} == set(Augment.__dataclass_fields__)
    assert "heads" not in {one.key for one in fusion_options(new_fusion())}
    assert "heads" in {one.key for one in fusion_options(new_fusion("attention"))}


@pytest.mark.parametrize(("default", "more"), [(1, {}), (1.0, {"high": 3}), ("a", {})])
def test_an_option_without_bounds_or_words_is_no_option(default, more):
    with pytest.raises(ValueError, match="Size"):
        option(default, "Size", "How large.", **more)


def test_a_value_that_an_option_cannot_have_says_why():
    by_key = {one.key: one for one in options_of(Training)}
    assert by_key["rate"].why_not(1) == ""
    assert "a number" in by_key["rate"].why_not(True)
    assert "between" in by_key["epochs"].why_not(0)
    assert "plateau" in by_key["schedule"].why_not("x")


@pytest.mark.parametrize("name", recipe_cases.NAMES)
def test_a_drawing_leads_from_every_input_to_every_target(name):
    schema, recipe = recipe_cases.load(name)
    picture = draw(recipe, schema)
    boxes = picture.boxes
    columns = [[box for box in boxes if box.column == column] for column in range(4)]
    assert len(columns[1]) == len(recipe.encoders)
    assert [box.name for box in columns[3]] == [field.name for field in schema.targets]
    assert len(columns[0]) == sum(
        1 if len(encoder.inputs) > MOST else len(encoder.inputs) for encoder in recipe.encoders
    )
    for start, end in picture.lines:
        assert boxes[end].column == boxes[start].column + 1
    assert {start for start, _ in picture.lines} | {end for _, end in picture.lines} == set(range(len(boxes)))


def test_what_the_model_does_not_see_stands_apart():
    recipe = choose_encoder(default_recipe(SCHEMA), "age", LEFT_OUT)
    picture = draw(recipe, SCHEMA)
    apart = [place for place, box in enumerate(picture.boxes) if not box.seen]
    assert [picture.boxes[place].name for place in apart] == ["age"]
    assert all(place not in line for place in apart for line in picture.lines)


def test_losses_are_said_in_words():
    sick, cost = Field("sick", "target", "flag"), Field("cost", "target", "number", min=1)
    recipe = Recipe((new_encoder("dense", ("age",)),), training=Training(focal=2, balance=True))
    assert loss_words(recipe, sick) == "binary cross-entropy, focal 2, rare classes weighed more"
    assert loss_words(recipe, cost) == "Huber loss on the scale that suits the training cases"
    assert loss_words(with_target(recipe, "cost", "log"), cost) == "Huber loss of the logarithm"
    stage = Field("stage", "target", "grade", options=("0", "1", "2"))
    assert loss_words(Recipe(()), stage) == "binary cross-entropy of each step"


def test_what_mends_a_recipe_is_said_as_a_button():
    recipe = Recipe((new_encoder("cnn", ("left", "right")),))

    def said(part, **repair):
        return repair_words(recipe, RecipeRefused("why", "do", part=part, repair=repair))

    assert said("encoder", compare=False) == "Switch off: Compare the two"
    assert said("encoder", kind="cnn") == "Use network from scratch"
    assert said("encoder", inputs=("a",)) == "Take it out"
    assert said("fusion", width=28) == "Set Width to 28"
    assert said("training", smoothing=0.0) == "Set Label smoothing to 0"
    assert said("augment", blur=0.0, jpeg=0) == "Change no image at random"
    assert said("encoder") == ""


def test_a_model_has_one_backbone(monkeypatch):
    monkeypatch.setitem(BACKBONES, "another", (224, 1280))
    pair = new_encoder("backbone", ("left",)), new_encoder("backbone", ("right",), backbone="another")
    with pytest.raises(RecipeRefused, match="two backbones") as refused:
        check_recipe(Recipe(pair), SCHEMA)
    problem = refused.value
    check_recipe(with_values(Recipe(pair), problem.part, problem.index, problem.repair), SCHEMA)
    assert "backbone" in [one.key for one in pair[0].shown_options()]
    sick = replace(SCHEMA, fields=(*SCHEMA.fields[:1], SCHEMA.fields[-1]))
    drawn = [
        draw(Recipe((replace(pair[0], backbone=name),)), sick).boxes[1].lines[0]
        for name in ("efficientnet-lite0", "another")
    ]
    assert drawn == ["width 32, frozen", "width 32, another, frozen"]
