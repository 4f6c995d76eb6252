"""An encoder and a fusion that stand in this file only go the whole way: page, file, model, version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.schema import Field
from mmdesk.core.recipe import registry
from mmdesk.core.recipe.drawing import draw
from mmdesk.core.recipe.edit import choose_encoder, with_values
from mmdesk.core.recipe.encoder import Building, Encode, Token
from mmdesk.core.recipe.encoder_families import ValueEncoder
from mmdesk.core.recipe.fusion import Fusion
from mmdesk.core.recipe.option import option
from mmdesk.core.recipe.options import repair_words
from mmdesk.core.recipe.recipe import (
    Recipe,
    Training,
    check_recipe,
    new_encoder,
    new_fusion,
    read_recipe,
    write_recipe,
)
from mmdesk.ui.kit.keys import send_keys
from tests.gui.window_parts import SCHEMA, desk, make_project

__all__ = ["desk"]

LEARNS = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]


@dataclass(frozen=True)
class Waves(ValueEncoder):
    """A value as sines of rising frequency."""

    waves: int = option(4, "Waves", "How many frequencies.", low=1, high=16, step=1)
    shape: str = option("sine", "Shape", "What the waves look like.", allowed=("sine", "triangle"))

    kind: ClassVar[str] = "waves"
    title: ClassVar[str] = "waves of a value"

    def lines(self) -> list[str]:
        return [*super().lines(), f"{self.waves} waves"]

    def check_fields(self, fields: Sequence[Field]) -> None:
        if self.waves > self.width:
            raise self.refused(
                f"{self.waves} waves do not fit into a width of {self.width}",
                "Set waves to the width.",
                key="waves",
                repair={"waves": self.width},
            )

    def build(self, building: Building) -> Encode:
        ops = building.keras.ops
        dense = building.keras.layers.Dense(self.width, "relu", name=f"{building.prefix}_dense")

        def encode(seen):
            waves = [ops.sin(seen.value * float(2**number)) for number in range(self.waves)]
            x = ops.concatenate([seen.value, *waves], axis=-1)
            return dense(ops.abs(x) if self.shape == "triangle" else x)

        return encode


@dataclass(frozen=True)
class Lengths(Fusion):
    """The root of the sum of squares, as far as a least length."""

    least: float = option(0.1, "Least", "Below it lengths are alike.", low=0.01, high=1, step=0.01)

    merge: ClassVar[str] = "lengths"

    def join(self, keras: Any, tokens: Sequence[Token]) -> Any:
        squares = [x * x for x in self.filled(keras, tokens, 0.0)]
        return keras.ops.sqrt(sum(squares[1:], squares[0]) + self.least**2)


@pytest.fixture(autouse=True)
def registered():
    registry.register_encoder(Waves)
    registry.register_fusion(Lengths)
    yield
    del registry.ENCODERS["waves"]
    del registry.FUSIONS["lengths"]


def recipe_of(**options):
    encoders = (new_encoder("waves", ("age",), **options), new_encoder("embedding", ("sex",), width=4))
    return Recipe(encoders, new_fusion("lengths", width=16, dropout=0.0, least=0.2), Training(epochs=12, rate=0.01))


def test_its_options_are_read_written_and_held_to_their_bounds():
    recipe = recipe_of(waves=3, shape="triangle")
    text = write_recipe(recipe)
    assert read_recipe(text) == recipe
    for wrong, words in (("waves = 17", "between 1 and 16"), ("waves = 'x'", "a whole number")):
        with pytest.raises(RecipeRefused, match=words):
            read_recipe(text.replace("waves = 3", wrong))
    with pytest.raises(RecipeRefused, match="sine, triangle"):
        read_recipe(text.replace('"triangle"', '"square"'))
    with pytest.raises(RecipeRefused, match=r"between 0\.01 and 1"):
        read_recipe(text.replace("least = 0.2", "least = 7"))


def test_what_it_refuses_can_be_mended():
    recipe = Recipe((new_encoder("waves", ("age",), width=2),))
    with pytest.raises(RecipeRefused, match="4 waves do not fit") as refused:
        check_recipe(recipe, SCHEMA)
    assert repair_words(recipe, refused.value) == "Set Waves to 2"
    mended = with_values(recipe, "encoder", 0, dict(refused.value.repair))
    check_recipe(mended, SCHEMA)
    with pytest.raises(RecipeRefused, match="does not take"):
        check_recipe(Recipe((new_encoder("waves", ("left",)),)), SCHEMA)


def test_it_is_chosen_and_edited_on_the_recipe_page(desk, tmp_path):
    folder = make_project(tmp_path, 6)
    desk.open(folder)
    send_keys(desk.window, "Ctrl+6")
    page = desk.window.pages.recipe
    desk.qtbot.waitUntil(lambda: page.form is not None and page.form.ready)
    row = page.form.cards[1].inputs["age"]
    place = row.box.findData("waves")
    assert row.box.itemText(place) == "waves of a value"
    row.box.setCurrentIndex(place)
    row.box.activated.emit(place)
    options = page.form.cards[1].options.rows
    assert list(options) == ["width", "scaling", "waves", "shape"]
    options["shape"].editor.setCurrentText("triangle")
    page.form.groups["fusion"].rows["merge"].editor.setCurrentText("lengths")
    assert "least" in page.form.groups["fusion"].rows
    desk.qtbot.waitUntil(lambda: 'merge = "lengths"' in text_of(folder))
    stored = read_recipe(text_of(folder))
    assert stored == page.editor.recipe
    assert stored.encoders[1] == new_encoder("waves", ("age",), width=16, shape="triangle")
    boxes = [box.words for box in page.drawing.picture.boxes]
    assert "Encoders: Waves of a value, width 16, 4 waves." in boxes
    assert any(words.startswith("Fusion: Lengths") for words in boxes)


def text_of(folder):
    file = folder / "recipe.toml"
    return file.read_text("utf-8") if file.exists() else ""


def test_it_is_offered_where_its_kind_of_input_is():
    recipe = choose_encoder(Recipe((new_encoder("dense", ("age",), width=16),)), "age", "waves")
    assert recipe.encoders == (new_encoder("waves", ("age",), width=16),)
    assert draw(recipe, SCHEMA).boxes


def gradients(head, inputs):
    """Return how each weight pulls at the sum of all outputs; what is absent may pull at none."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        whole = sum(tf.reduce_sum(values) for values in head(inputs, training=False).values())
    return [np.asarray(one) for one in tape.gradient(whole, [v.value for v in head.trainable_variables])]


class TestTrained:
    pytestmark = LEARNS

    def test_absent_inputs_change_nothing_and_it_compiles(self, tmp_path):
        keras = pytest.importorskip("keras")
        from mmdesk.core.model.prepare import learn_preparation, prepare
        from mmdesk.modelling.network.build import build_head
        from mmdesk.modelling.network.export import check_parity, export_part, with_missing_patterns
        from tests import recipe_cases
        from tests.unit.test_recipes import spoil

        shape = recipe_cases.make("R09-numbers-and-category", 40, missing=0.3, size=8)
        names = [field.name for field in shape.schema.record if field.kind == "number"]
        recipe = Recipe((new_encoder("waves", tuple(names), shape="triangle"),), new_fusion("lengths", width=8))
        preparation = learn_preparation(shape.schema, shape.cases, shape.labels, recipe)
        keras.utils.set_random_seed(3)
        head = build_head(recipe, shape.schema, preparation)
        cases = with_missing_patterns(prepare(preparation, shape.schema, shape.cases, {}))
        expected, found = head(cases, training=False), head(spoil(cases), training=False)
        for target, values in expected.items():
            np.testing.assert_array_equal(np.asarray(values), np.asarray(found[target]))
            assert np.asarray(values).std() > 0
        for plain, spoilt in zip(gradients(head, cases), gradients(head, spoil(cases)), strict=True):
            np.testing.assert_array_equal(plain, spoilt)
        assert check_parity(head, tmp_path / export_part(head, tmp_path), cases) < 1e-4

    def test_a_version_is_trained_compiled_and_predicts(self, tmp_path):
        pytest.importorskip("keras")
        from mmdesk.inference.scorer import Scorer
        from mmdesk.modelling.network.bundle import load_model
        from mmdesk.modelling.training import train
        from tests.unit.training_projects import RECORD_ONLY, Talk
        from tests.unit.training_projects import make_project as make_records

        project, _facts, _wanted = make_records(tmp_path / "records.mmdesk", 300, schema=RECORD_ONLY)
        folder = project.folder
        project.close()
        out = {"id": "v1", "folder": str(folder / "models/v1"), "parts": str(folder / "models/parts")}
        job = {"project": str(folder), "out": out, "recipe": write_recipe(recipe_of()), "current": None}
        card = train.run(job, Talk())["card"]
        assert card["compiled"] is True
        made = load_model(folder / "models/v1/model.keras")
        assert card["training"]["weights"] == made.count_params() >= card["training"]["trainable_weights"] > 0
        assert card["parity"]["largest_difference"]["head"] < 1e-4
        assert read_recipe((folder / "models/v1/recipe.toml").read_text("utf-8")) == recipe_of()
        cases = train.take_snapshot(folder).cases
        scorer = Scorer(folder / "models/v1", folder / "models/parts", None, schema=RECORD_ONLY)
        try:
            found = scorer.score(cases, folder)
        finally:
            scorer.close()
        told = train.take_snapshot(folder).truths
        known = [(one.targets["sick"].value, told[one.case].values["sick"]) for one in found if one.case in told]
        assert np.mean([one == other for one, other in known]) > 0.85
