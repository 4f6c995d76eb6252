"""The weights that the drawing of a recipe shows are those of the model that Keras builds."""

import math
from dataclasses import replace

import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from mmdesk.core.model.prepare import learn_preparation  # noqa: E402
from mmdesk.core.recipe.lite0 import lite0_weights  # noqa: E402
from mmdesk.core.recipe.parts import APPLICATIONS, IMAGE_KINDS, WORDS_ALLOWED  # noqa: E402
from mmdesk.core.recipe.recipe import check_recipe  # noqa: E402
from mmdesk.core.recipe.weights import Weights, count_weights  # noqa: E402
from mmdesk.modelling.network.backbones import efficientnet_lite0  # noqa: E402
from mmdesk.modelling.network.build import build_model, head_of  # noqa: E402
from tests import recipe_cases  # noqa: E402
from tests.unit.test_recipes import with_random_weights  # noqa: E402

SMALL = ("MobileNet", "MobileNetV2", "MobileNetV3Small", "NASNetMobile", "EfficientNetB0")


def counted(model):
    return Weights(model.count_params(), sum(math.prod(v.shape) for v in model.trainable_variables))


def compare(name, tmp_path, recipe=None):
    """Build the model of a recipe and hold its weights against the sums, part by part."""
    shape = recipe_cases.make(name, 40, size=8)
    recipe = recipe or shape.recipe
    if name.startswith("R03b"):
        recipe = with_random_weights(recipe, tmp_path)
    check_recipe(recipe, shape.schema)
    preparation = learn_preparation(shape.schema, shape.cases, shape.labels, recipe)
    model = build_model(recipe, shape.schema, preparation)
    words = {key: len(state.known) for key, state in preparation.inputs.items() if state.kind == "text"}
    found = count_weights(recipe, shape.schema, words)
    assert found.whole == counted(model)
    head = head_of(model)
    for target in shape.schema.targets:
        layers = [head.get_layer(n) for n in (target.name, f"{target.name}__standard") if _has(head, n)]
        assert found.targets[target.name].total == sum(layer.count_params() for layer in layers)
    fused = [layer for layer in head.layers if "fusion_" in layer.name]
    assert found.fusion.total == sum(layer.count_params() for layer in fused)


def _has(head, name):
    return any(layer.name == name for layer in head.layers)


@pytest.mark.slow
@pytest.mark.parametrize("name", recipe_cases.NAMES)
def test_the_sums_are_those_of_keras(name, tmp_path):
    compare(name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("merge", WORDS_ALLOWED["merge"])
def test_so_are_those_of_each_merge(merge, tmp_path):
    _, recipe = recipe_cases.load("R12a-many-targets-attention")
    compare(
        "R12a-many-targets-attention", tmp_path, replace(recipe, fusion=replace(recipe.fusion, merge=merge))
    )


@pytest.mark.slow
@pytest.mark.parametrize("reading", WORDS_ALLOWED["reading"])
def test_so_are_those_of_each_reading_of_words(reading, tmp_path):
    _, recipe = recipe_cases.load("R04-numbers-and-text")
    encoders = tuple(replace(e, reading=reading) if e.kind == "words" else e for e in recipe.encoders)
    compare("R04-numbers-and-text", tmp_path, replace(recipe, encoders=encoders))


@pytest.mark.slow
@pytest.mark.parametrize(("blocks", "shared"), [(0, True), (0, False), (2, True), (2, False), (16, True)])
def test_so_are_those_of_a_backbone_trained_in_part(blocks, shared, tmp_path):
    _, recipe = recipe_cases.load("R08a-two-images-siamese")
    kept = [encoder for encoder in recipe.encoders if encoder.kind not in IMAGE_KINDS]
    names = recipe.images
    pair = replace(recipe.encoder_of(names[0]), kind="backbone", inputs=names, blocks=blocks, shared=shared)
    compare("R08a-two-images-siamese", tmp_path, replace(recipe, encoders=(pair, *kept)))


def test_the_backbone_is_counted_without_its_classifier():
    assert lite0_weights() == (efficientnet_lite0().count_params(), 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_an_architecture_has_the_weights_that_are_told(name):
    pixels, width, weights = APPLICATIONS[name]
    make = getattr(keras.applications, name)
    model = make(include_top=False, weights=None, input_shape=(pixels, pixels, 3), pooling="avg")
    assert (model.output_shape[-1], model.count_params()) == (width, weights)
