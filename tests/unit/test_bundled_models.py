"""The models that come with the program: whole, small, and the same compiled as in Keras."""

import json

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from mmdesk.core.fields.schema_toml import read_schema  # noqa: E402
from mmdesk.core.model import out_of_distribution as familiarity  # noqa: E402
from mmdesk.core.model.outputs import read_outputs  # noqa: E402
from mmdesk.core.model.prepare import Preparation  # noqa: E402
from mmdesk.core.recipe.recipe import check_recipe, read_recipe  # noqa: E402
from mmdesk.core.versions.version import read_parts  # noqa: E402
from mmdesk.inference.session import OnnxSession  # noqa: E402
from mmdesk.modelling.network.build import encoders_of, head_of  # noqa: E402
from mmdesk.modelling.network.bundle import BUNDLED, MODEL_FILE, bundled_encoder, bundled_parts, load_model  # noqa: E402
from mmdesk.modelling.network.export import check_parity, with_missing_patterns  # noqa: E402
from mmdesk.modelling.version_writer import made_up_pictures  # noqa: E402
from mmdesk.support.files import sha256_of  # noqa: E402
from mmdesk.support.resources import resource  # noqa: E402

SCHEMAS = {"fundus-pair": "odir.toml", "phantom-pair": "phantom.toml"}
LARGEST = 45_000_000


def read(name, file):
    return (resource("models", name) / file).read_text("utf-8")


def made_up_inputs(head, count=64):
    """Return inputs of the right shapes and types for a head, some of each missing."""
    rng = np.random.default_rng(1)
    inputs = {}
    for tensor in head.inputs:
        shape = (count, *tensor.shape[1:])
        if tensor.dtype == "int32":
            inputs[tensor.name] = rng.integers(0, 4, shape).astype(np.int32)
        elif tensor.dtype == "bool":
            inputs[tensor.name] = np.arange(shape[1]) < rng.integers(0, shape[1] + 1, (count, 1))
        elif tensor.name.endswith("__embedding"):
            inputs[tensor.name] = rng.gamma(0.5, 0.5, shape).astype(np.float32)
        else:
            inputs[tensor.name] = rng.normal(size=shape).astype(np.float32)
    return with_missing_patterns(inputs)


@pytest.fixture(scope="module", params=BUNDLED)
def bundled(request):
    model = load_model(resource("models", request.param) / MODEL_FILE)
    return request.param, model, read_parts(read(request.param, "parts.toml"))


def test_each_compiled_part_is_the_keras_model(bundled):
    _, model, parts = bundled
    (encoder,) = parts.encoders
    nested, served = encoders_of(model)[encoder.name]
    assert served == encoder.inputs == ("left", "right")
    assert check_parity(nested, bundled_parts() / encoder.file, {"image": made_up_pictures(encoder.size)}) < 1e-4
    head = head_of(model)
    assert check_parity(head, bundled_parts() / parts.head, made_up_inputs(head)) < 1e-4


def test_the_parts_one_after_the_other_are_the_whole_model(bundled):
    _, model, parts = bundled
    inputs = {name: values[:4] for name, values in made_up_inputs(head_of(model)).items()}
    pictures = made_up_pictures(parts.encoders[0].size)
    whole = {name: values for name, values in inputs.items() if "__embedding" not in name}
    for place, name in enumerate(parts.encoders[0].inputs):
        given = pictures[4 * place : 4 * place + 4]
        whole[name] = given
        inputs[f"{name}__embedding"] = OnnxSession(bundled_parts() / parts.encoders[0].file).run({"image": given})[
            "embedding"
        ]
    compiled = OnnxSession(bundled_parts() / parts.head).run(inputs)
    for target, values in model(whole, training=False).items():
        np.testing.assert_allclose(np.asarray(values), compiled[target], rtol=1e-4, atol=1e-4)


def test_its_files_agree_with_each_other_and_with_the_schema(bundled):
    name, model, parts = bundled
    schema = read_schema(resource("schemas", SCHEMAS[name]).read_text("utf-8"))
    recipe = read_recipe(read(name, "recipe.toml"))
    check_recipe(recipe, schema)
    assert recipe == read_recipe(resource("recipes", f"{name}.toml").read_text("utf-8"))
    preparation = Preparation.from_json(read(name, "preparation.json"))
    assert set(preparation.inputs) == {field.name for field in schema.inputs}
    assert {t: state.kind for t, state in preparation.targets.items()} == {t.name: t.kind for t in schema.targets}
    for target in schema.targets:
        assert not target.options or preparation.targets[target.name].options == target.options
    outputs = OnnxSession(bundled_parts() / parts.head).run(made_up_inputs(head_of(model)))
    assert set(read_outputs(schema, preparation, outputs)[0]) == {target.name for target in schema.targets}
    with np.load(resource("models", name) / "familiarity.npz") as arrays:
        assert set(familiarity.unpack(arrays)) == set(recipe.images)


def test_the_card_says_what_it_is_for_and_how_well_it_does(bundled):
    name, _, parts = bundled
    card = json.loads(read(name, "card.json"))
    assert card["compiled"] is True
    assert max(card["parity"]["largest_difference"].values()) < 1e-4
    assert card["parity"]["cases"] >= 64
    assert card["limits"]
    assert "research use" in read(name, "card.md")
    assert parts.head


def test_fundus_pair_is_well_above_its_floor():
    card = json.loads(read("fundus-pair", "card.json"))
    mean = card["metrics"]["macro_auc_mean_of_three_seeds"]["value"]
    assert mean >= 0.83
    assert card["metrics"]["challenge_score_of_this_model"]["value"] >= 0.72
    assert mean - card["floor"]["age_and_sex_alone_macro_auc"]["value"] >= 0.12
    assert len(card["findings"]) == 8
    steps = [step["macro_auc"]["value"] for step in card["steps_on_the_validation_split"]]
    assert steps == sorted(steps)


def test_the_backbone_that_knows_fundus_photographs_is_not_the_plain_one():
    plain, tuned = (bundled_encoder(f"efficientnet-lite0{name}") for name in ("", "-fundus"))
    assert plain.file != tuned.file
    assert (plain.size, tuned.size) == (224, 384)
    assert plain.width == tuned.width


def test_phantom_pair_needs_every_input():
    card = json.loads(read("phantom-pair", "card.json"))
    assert len(card["without_each_input"]) == 9
    assert all(row["needed"] for row in card["without_each_input"])
    assert all(row["gain_of_all"][0] > 0 for row in card["best_single_input"])


@pytest.mark.shared
def test_the_backbone_agrees_with_an_independent_conversion(shared):
    other = keras.models.load_model(shared / "backbone" / "efficientnet_lite0_notop.keras", compile=False)
    (encoder,) = read_parts(read("phantom-pair", "parts.toml")).encoders
    pictures = made_up_pictures(encoder.size)[:16]
    found = OnnxSession(bundled_parts() / encoder.file).run({"image": pictures})["embedding"]
    np.testing.assert_allclose(np.asarray(other(pictures, training=False)), found, atol=1e-4)


def test_rehearsal_prototypes_are_no_single_patient():
    with np.load(resource("models", "fundus-pair") / "prototypes.npz") as arrays:
        assert arrays["cases"].min() >= 5
        assert arrays["left__embedding"].shape == (len(arrays["cases"]), 1280)
        assert arrays["target__findings"].shape == (len(arrays["cases"]), 8)


def test_parts_are_stored_once_under_their_hash_and_all_is_small():
    named = {file for name in BUNDLED for file in read_parts(read(name, "parts.toml")).files}
    files = list(bundled_parts().iterdir())
    assert {file.name for file in files} == named
    assert len(named) == 4
    assert all(file.name == f"{sha256_of(file)}.onnx" for file in files)
    everything = [file for file in resource("models").rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in everything) <= LARGEST
    assert "Apache License" in resource("models", "NOTICE").read_text("utf-8")
