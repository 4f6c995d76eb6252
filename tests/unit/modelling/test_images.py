"""Training from files of images: two ways with the same batches, cut and kept, resumed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from mmdesk.core.cases.case import ImageRef  # noqa: E402
from mmdesk.core.model.prepare import learn_preparation, prepare, prepare_targets  # noqa: E402
from mmdesk.core.recipe.recipe import Augment, new_encoder  # noqa: E402
from mmdesk.imaging.augment import Draw, change, draws_of, places_of  # noqa: E402
from mmdesk.modelling.network.build import build_model, encoders_of, head_of  # noqa: E402
from mmdesk.modelling.training.activations import KeptActivations, cut_model  # noqa: E402
from mmdesk.modelling.training.fit import Examples  # noqa: E402
from mmdesk.modelling.training.image_training import ImageCases, embed_images, image_files, train_images  # noqa: E402
from mmdesk.modelling.training.pipelines import Batches, CaseDataset, DecodedImages, as_tf_data  # noqa: E402
from tests import recipe_cases  # noqa: E402

NAME = "R08a-two-images-siamese"
SHAKEN = Augment(rotation=10, shift=0.05, zoom=0.1, brightness=0.1, contrast=0.1, blur=1, jpeg=40)


class SmallRecipe:
    """A recipe of two images with its cases on disk."""

    def __init__(self, folder, count=40, **training):
        shape = recipe_cases.make(NAME, count, missing=0.1, size=32)
        (encoder,) = shape.recipe.encoders
        self.schema = shape.schema
        self.recipe = replace(
            shape.recipe,
            encoders=(replace(encoder, size=16),),
            training=replace(shape.recipe.training, **{"epochs": 3, "batch": 16, "deterministic": True} | training),
        )
        self.cases = recipe_cases.write_pictures(shape, folder)
        self.preparation = learn_preparation(self.schema, self.cases, shape.labels, self.recipe)
        present = {name: np.zeros(count, bool) for name in self.recipe.images}
        inputs = prepare(self.preparation, self.schema, self.cases, present)
        self.examples = Examples(inputs, *prepare_targets(self.schema, shape.labels))
        paths = {name: [getattr(case.inputs[name], "path", "") for case in self.cases] for name in self.recipe.images}
        self.images = image_files(paths, self.recipe, {"left": "left", "right": "right"})
        self.given = ImageCases(self.examples, self.images)

    def model(self, recipe=None, backbone=None):
        keras.utils.set_random_seed(2)
        return build_model(recipe or self.recipe, self.schema, self.preparation, backbone)


@pytest.fixture
def small(tmp_path):
    return SmallRecipe(tmp_path / "pictures")


def flat(batch):
    return {f"{place}{name}": np.asarray(v) for place, part in enumerate(batch) for name, v in part.items()}


def test_both_pipelines_give_the_same_batches(small):
    training = replace(small.recipe.training, drop_inputs=0.3)
    reader = DecodedImages(small.images, SHAKEN, 5)
    batches = Batches(small.examples, reader, training, learning=True)
    with ThreadPoolExecutor(3) as pool:
        compare(batches, CaseDataset(Batches(small.examples, reader, training, learning=True, pool=pool)))


def compare(batches, second):
    seen = []
    for epoch in (0, 1):
        batches.epoch = second.batches.epoch = epoch
        found = [flat(batch) for batch in as_tf_data(batches)]
        assert len(found) == len(second) == len(batches) == 3
        for place, one in enumerate(found):
            other = flat(second[place])
            assert one.keys() == other.keys()
            for name, values in one.items():
                np.testing.assert_array_equal(values, other[name], err_msg=name)
        seen.append(found[0]["0left"])
    assert not np.array_equal(*seen)


@pytest.mark.slow
def test_training_is_the_same_in_both_ways(small):
    weights = []
    for way in ("tf.data", "pydataset"):
        recipe = replace(small.recipe, training=replace(small.recipe.training, pipeline=way), augment=SHAKEN)
        model = small.model(recipe)
        train_images(model, recipe, small.given, None)
        weights.append(model.get_weights())
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.slow
def test_every_intended_weight_moves_and_broken_images_are_counted(small):
    left = [case.inputs["left"] for case in small.cases]
    broken = next(ref.path for ref in left if isinstance(ref, ImageRef))
    Path(broken).write_bytes(b"no picture")
    model = small.model()
    before = [np.array(v) for v in model.trainable_variables]
    outcome = train_images(model, small.recipe, small.given, small.given)
    assert outcome.broken == {"left": 2}
    assert outcome.weights == sum(v.size for v in before)
    assert {"conv0", "conv3", "side"} <= set(outcome.trained)
    moved = [not np.array_equal(old, np.array(v)) for old, v in zip(before, model.trainable_variables, strict=True)]
    assert all(moved)
    assert len(outcome.history["val_loss"]) == 3


@pytest.mark.parametrize(("rule", "weight"), [("mask", 1.0), ("leave out", 0.0)])
def test_a_broken_image_is_masked_or_its_case_left_out(small, rule, weight):
    row = next(r for r, case in enumerate(small.cases) if isinstance(case.inputs["right"], ImageRef))
    Path(small.cases[row].inputs["right"].path).unlink()
    training = replace(small.recipe.training, broken=rule, batch=40, drop_inputs=0.0)
    batches = Batches(small.examples, DecodedImages(small.images), training, learning=False)
    inputs, _, weights = batches.batch(0, 0)
    assert inputs["right__present"][row] == 0
    assert not inputs["right"][row].any()
    assert weights["side"][row] == weight
    assert weights["side"].sum() == 39 + weight
    assert batches.reader.broken == {(row, "right")}


@pytest.mark.slow
@pytest.mark.parametrize("schedule", ["constant", "plateau"])
def test_an_interrupted_training_ends_with_the_same_weights(small, tmp_path, schedule):
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    training = replace(small.recipe.training, epochs=4, rate=0.1, patience=3, schedule=schedule)
    recipe = replace(small.recipe, training=training)
    whole = small.model()
    train_images(whole, recipe, small.given, small.given)
    state = tmp_path / "state.npz"
    with pytest.raises(KeyboardInterrupt):
        train_images(small.model(), recipe, small.given, small.given, state=state, mark="a", callbacks=[Interrupt()])
    other = train_images(small.model(), recipe, small.given, None, state=tmp_path / "none.npz", mark="a")
    assert other.first == 0
    again = small.model()
    outcome = train_images(again, recipe, small.given, small.given, state=state, mark="a")
    assert outcome.first == 2
    assert not state.exists()
    for first, second in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def blocky_backbone():
    """Return a tiny backbone with numbered blocks, batch norms and the real one's width."""
    keras.utils.set_random_seed(5)
    x = image = keras.Input((32, 32, 3), name="image")
    x = keras.layers.Rescaling(1 / 128, offset=-1, name="preprocess")(x)
    for number in range(3):
        start = x = keras.layers.Conv2D(8, 3, strides=2, padding="same", name=f"block{number:02}_conv")(x)
        x = keras.layers.BatchNormalization(name=f"block{number:02}_bn")(x)
        x = keras.layers.ReLU(6.0, name=f"block{number:02}_relu6")(x)
        x = keras.layers.Add(name=f"block{number:02}_add")([start, x])
    x = keras.layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return keras.Model(image, keras.layers.Dense(1280, "relu", name="head_dense")(x), name="backbone")


def last_block(small):
    return replace(
        small.recipe,
        encoders=(new_encoder("backbone", ("left", "right"), width=8, compare=True, blocks=1),),
    )


def at_32(small):
    return ImageCases(small.examples, replace(small.images, sizes={"left": 32, "right": 32}))


@pytest.mark.slow
def test_the_last_block_is_trained_and_nothing_before_it(small):
    recipe = last_block(small)
    model = small.model(recipe, blocky_backbone())
    encoder, _ = encoders_of(model)["left__encoder"]
    before = {v.path: np.array(v) for v in encoder.weights}
    outcome = train_images(model, recipe, at_32(small), None)
    moved = {v.path.split("/")[-2] for v in encoder.weights if not np.array_equal(before[v.path], np.array(v))}
    assert moved == {"block02_conv", "head_dense"}
    assert set(outcome.trained) >= moved


@pytest.mark.slow
def test_kept_activations_train_to_the_same_as_whole_images(small):
    recipe = last_block(small)
    found = []
    for keep in (True, False):
        model = small.model(recipe, blocky_backbone())
        outcome = train_images(model, recipe, at_32(small), at_32(small), keep=keep)
        found.append(outcome.history["val_loss"])
    np.testing.assert_allclose(*found, rtol=2e-3)


def test_a_cut_model_gives_what_the_whole_gives(small, tmp_path):
    recipe = last_block(small)
    model = small.model(recipe, blocky_backbone())
    cut = cut_model(model)
    still = DecodedImages(at_32(small).images)
    shaken = DecodedImages(at_32(small).images, replace(SHAKEN, variants=2), 3)
    kept = KeptActivations(still, shaken, cut.fronts, 40, tmp_path, variants=2, seed=1)
    assert {kept.read(epoch, 3)[0]["left__cut"].tobytes() for epoch in range(12)}.__len__() == 2
    plain = KeptActivations(still, still, cut.fronts, 40, tmp_path / "plain")
    training = replace(recipe.training, batch=40, drop_inputs=0.0)
    whole = Batches(small.examples, still, training, learning=False).batch(0, 0)[0]
    parts = Batches(small.examples, plain, training, learning=False).batch(0, 0)[0]
    expected, found = model(whole, training=False)["side"], cut.model(parts, training=False)["side"]
    np.testing.assert_allclose(np.asarray(expected), np.asarray(found), atol=2e-3)


def test_embeddings_are_those_of_the_encoder(small):
    model = small.model()
    values, present, broken = embed_images(model, small.images, len(small.cases))
    assert not broken
    whole = Batches(
        small.examples,
        DecodedImages(small.images),
        replace(small.recipe.training, batch=40, drop_inputs=0.0),
        learning=False,
    ).batch(0, 0)[0]
    expected = model(whole, training=False)["side"]
    inputs = {name: whole[name] for name in whole if name.endswith("__present")}
    for name in values:
        np.testing.assert_array_equal(present[name], whole[f"{name}__present"][:, 0] > 0)
        inputs[f"{name}__embedding"] = values[name]
    found = head_of(model)(inputs, training=False)["side"]
    np.testing.assert_allclose(np.asarray(expected), np.asarray(found), atol=1e-5)


def picture(seed=1):
    return np.random.default_rng(seed).integers(0, 256, (24, 24, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    "how",
    [
        Draw(flip=True),
        Draw(flip_vertical=True),
        Draw(angle=20),
        Draw(across=0.2),
        Draw(down=0.2),
        Draw(zoom=1.3),
        Draw(brightness=0.2),
        Draw(contrast=0.5),
        Draw(blur=2.0),
        Draw(quality=20),
    ],
)
def test_each_change_changes_the_picture(how):
    changed = change(picture(), how)
    assert changed.shape == (24, 24, 3)
    assert changed.dtype == np.uint8
    assert not np.array_equal(changed, picture())
    np.testing.assert_array_equal(change(picture(), Draw()), picture())


def test_shifts_and_flips_go_where_they_should():
    one = picture()
    np.testing.assert_array_equal(change(one, Draw(flip=True)), one[:, ::-1])
    np.testing.assert_array_equal(change(one, Draw(flip_vertical=True)), one[::-1])
    np.testing.assert_array_equal(change(one, Draw(across=0.25))[:, 6:], one[:, :-6])
    np.testing.assert_array_equal(change(one, Draw(down=0.25))[6:], one[:-6])
    bright = change(np.full((4, 4, 3), 100, np.uint8), Draw(brightness=0.1))
    assert (bright == 126).all()


def test_a_pair_gets_the_same_draw_and_a_mirrored_pair_changes_sides():
    names, sides = ("left", "right"), {"left": "left", "right": "right"}
    augment = replace(SHAKEN, flip=True)
    for row in range(8):
        draws = draws_of(augment, names, (1, 0, row))
        assert draws["left"] == draws["right"] == draws_of(augment, names, (1, 0, row))["left"]
        swapped = {"left": "right", "right": "left"} if draws["left"].flip else {"left": "left", "right": "right"}
        assert places_of(draws, sides) == swapped
        assert places_of(draws, {}) == {"left": "left", "right": "right"}
    assert len({draws_of(augment, names, (1, 0, row))["left"] for row in range(8)}) == 8
    own = draws_of(replace(SHAKEN, same=False), names, (1, 0, 0))
    assert own["left"] != own["right"]
