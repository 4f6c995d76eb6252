"""A project's own recipe: stored whole, read back after an edit by hand, both kept when in doubt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mmdesk.core.errors import LookOnly, ModelProblem, RecipeRefused, Situation
from mmdesk.core.job import SilentContext
from mmdesk.core.recipe.edit import with_encoder
from mmdesk.core.recipe.recipe import Augment, Recipe, Training, default_recipe, new_encoder, read_recipe
from mmdesk.services.models import training
from mmdesk.services.project import create_project, open_project
from mmdesk.services.recipe import recipe as recipe_service
from mmdesk.services.recipe.augmented import augmented_examples, example_cases
from mmdesk.services.recipe.recipe import (
    RECIPE_FILE,
    missing_files,
    own_recipe,
    store_recipe,
    stored_recipe,
    training_cases,
)
from mmdesk.storage.store import NewCase
from tests import recipe_cases
from tests.unit.services.test_training import FakeChild
from tests.unit.training_projects import READER, SCHEMA, make_project


@pytest.fixture
def project(tmp_path):
    project = create_project(tmp_path / "p.mmdesk", SCHEMA)
    yield project
    project.close()


def wide(project, width=64):
    recipe = default_recipe(project.schema)
    return replace(recipe, fusion=replace(recipe.fusion, width=width))


def test_a_project_without_a_file_has_the_recipe_that_fits(project):
    found = stored_recipe(project)
    assert (found.recipe, found.text, found.problem) == (default_recipe(SCHEMA), "", "")
    assert own_recipe(project) is None


def test_a_stored_recipe_comes_back_and_the_default_needs_no_file(project):
    written = store_recipe(project, wide(project), "")
    assert (project.folder / RECIPE_FILE).read_text("utf-8") == written.text
    assert stored_recipe(project).recipe == wide(project) == own_recipe(project)
    again = store_recipe(project, wide(project, 80), written.text)
    assert again.kept == "", "what the window wrote is not kept twice"
    gone = store_recipe(project, default_recipe(SCHEMA), again.text)
    assert (gone.text, gone.kept) == ("", "")
    assert not (project.folder / RECIPE_FILE).exists()


def test_what_a_person_wrote_is_read_and_kept_beside_what_is_written_over_it(project):
    written = store_recipe(project, wide(project), "")
    path = project.folder / RECIPE_FILE
    by_hand = written.text.replace("width = 64", "width = 72  # tried")
    path.write_text(by_hand, encoding="utf-8")
    found = stored_recipe(project)
    assert found.recipe == wide(project, 72)
    again = store_recipe(project, wide(project, 80), found.text)
    assert (project.folder / again.kept).read_text("utf-8") == by_hand
    path.write_text(by_hand, encoding="utf-8")
    third = store_recipe(project, wide(project, 96), again.text)
    assert {again.kept, third.kept} == {"recipe-by-hand-1.toml", "recipe-by-hand-2.toml"}


def test_a_file_that_cannot_be_read_says_the_line_and_stays(project):
    path = project.folder / RECIPE_FILE
    path.write_text("[fusion]\nwidth = wide\n", encoding="utf-8")
    found = stored_recipe(project)
    assert "recipe.toml, line 2" in found.problem
    assert found.recipe == default_recipe(SCHEMA)
    with pytest.raises(RecipeRefused, match="line 2"):
        own_recipe(project)
    with pytest.raises(RecipeRefused, match="line 2"):
        training.train(project, reader=READER, ctx=SilentContext(), child=FakeChild())
    assert path.read_text("utf-8") == "[fusion]\nwidth = wide\n"
    kept = store_recipe(project, wide(project), found.text).kept
    assert (project.folder / kept).read_text("utf-8") == "[fusion]\nwidth = wide\n"
    path.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in stored_recipe(project).problem


def test_a_recipe_that_cannot_work_is_not_written(project):
    with pytest.raises(RecipeRefused):
        store_recipe(project, Recipe((new_encoder("words", ("age",)),)), "")
    assert not (project.folder / RECIPE_FILE).exists()


def test_a_disk_that_takes_nothing_is_said_and_the_old_file_stays(project, monkeypatch):
    written = store_recipe(project, wide(project), "")

    def full(*_asked):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recipe_service, "write_whole", full)
    with pytest.raises(ModelProblem, match="cannot be written"):
        store_recipe(project, wide(project, 80), written.text)
    assert stored_recipe(project).recipe == wide(project)


def test_who_may_only_look_changes_no_recipe(project):
    looking = open_project(project.folder)
    try:
        with pytest.raises(LookOnly):
            store_recipe(looking, wide(looking), "")
    finally:
        looking.close()


def test_training_takes_the_projects_own_recipe_unless_another_is_given(project):
    child = FakeChild()
    training.train(project, reader=READER, ctx=SilentContext(), child=child)
    store_recipe(project, wide(project), "")
    training.train(project, reader=READER, ctx=SilentContext(), child=child)
    training.train(project, reader=READER, ctx=SilentContext(), child=child, recipe=wide(project, 96))
    assert child.jobs[0]["recipe"] == ""
    assert [read_recipe(job["recipe"]).fusion.width for job in child.jobs[1:]] == [64, 96]


def test_words_are_those_that_preparation_learns_and_missing_weights_are_named(tmp_path):
    from mmdesk.core.fields.splits import TRAIN

    shape = recipe_cases.make("R04-numbers-and-text", 80)
    project = create_project(tmp_path / "text.mmdesk", shape.schema)
    try:
        rows = [
            NewCase(case.name, case.group, inputs=dict(case.inputs), labels=labels)
            for case, labels in zip(shape.cases, shape.labels, strict=True)
        ]
        project.store.add_cases(rows)
        cases = training_cases(project)
        assert cases
        assert {case.split for case in cases} == {TRAIN}
    finally:
        project.close()


def test_a_file_of_weights_that_is_not_there_is_named(project):
    recipe = with_encoder(default_recipe(SCHEMA), 0, kind="application", weights="vgg.h5")
    assert missing_files(project, recipe) == ("vgg.h5",)
    (project.folder / "vgg.h5").write_bytes(b"")
    assert missing_files(project, recipe) == ()


def test_examples_are_the_images_that_training_sees(tmp_path):
    from mmdesk.imaging.augment import change, changes_of
    from mmdesk.imaging.decode import decode_for_model

    project, _, _ = make_project(tmp_path / "eyes.mmdesk", 40)
    try:
        recipe = replace(
            with_encoder(default_recipe(SCHEMA), 0, kind="cnn", size=32),
            augment=Augment(rotation=20, brightness=0.2),
            training=Training(seed=5),
        )
        cases = example_cases(project)
        assert cases == training_cases(project)
        found = augmented_examples(project, cases, recipe, "left", SilentContext(), place=2, seed=5)
        rows = [row for row, case in enumerate(cases) if hasattr(case.inputs["left"], "path")]
        case = cases[rows[2]]
        assert (found.case, found.place, found.cases) == (case.name, 2, len(rows))
        plain = decode_for_model(project.folder / case.inputs["left"].path, 32)
        np.testing.assert_array_equal(found.plain.pixels, plain)
        assert len(found.changed) == 8
        for epoch, example in enumerate(found.changed, 1):
            _, how = changes_of(recipe.augment, {"left": "left"}, (5, epoch, rows[2]))["left"]
            np.testing.assert_array_equal(example.pixels, change(plain, how))
            assert "turned" in example.words
        other = augmented_examples(project, cases, recipe, "left", SilentContext(), place=2, seed=6)
        assert any((a.pixels != b.pixels).any() for a, b in zip(found.changed, other.changed, strict=True))
        round_again = augmented_examples(project, cases, recipe, "left", SilentContext(), place=len(rows) + 2, seed=5)
        assert round_again.case == found.case
        still = augmented_examples(project, cases, replace(recipe, augment=Augment()), "left", SilentContext(), seed=5)
        assert all((example.pixels == still.plain.pixels).all() for example in still.changed)
    finally:
        project.close()


def test_without_images_there_are_no_examples(project):
    with pytest.raises(Situation, match="No case has an image"):
        augmented_examples(project, [], default_recipe(SCHEMA), "left", SilentContext(), seed=1)
