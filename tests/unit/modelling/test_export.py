"""Compiled parts are the same model, or they are refused."""

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from mmdesk.core.errors import ModelProblem  # noqa: E402
from mmdesk.core.model import out_of_distribution as familiarity  # noqa: E402
from mmdesk.core.model.prepare import Preparation  # noqa: E402
from mmdesk.core.recipe.recipe import read_recipe  # noqa: E402
from mmdesk.core.versions.card import Card  # noqa: E402
from mmdesk.core.versions.version import read_parts  # noqa: E402
from mmdesk.inference.session import OnnxSession  # noqa: E402
from mmdesk.modelling.network.build import build_head, build_model, encoders_of, head_of  # noqa: E402
from mmdesk.modelling.network.bundle import load_model  # noqa: E402
from mmdesk.modelling.network.export import check_parity, export_part, with_missing_patterns  # noqa: E402
from mmdesk.modelling.version_writer import NewVersion, write_version  # noqa: E402
from mmdesk.support.files import sha256_of  # noqa: E402
from tests.unit.modelling_fixtures import RECIPES, SCHEMA, made_up_data, tiny_backbone  # noqa: E402


@pytest.mark.parametrize("name", RECIPES)
def test_a_head_compiles_to_the_same_model_with_every_input_missing_or_not(name, tmp_path):
    preparation, inputs, _, _ = made_up_data(RECIPES[name])
    head = build_head(RECIPES[name], SCHEMA, preparation)
    file = tmp_path / export_part(head, tmp_path)
    assert file.name == f"{sha256_of(file)}.onnx"
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert check_parity(head, file, with_missing_patterns(inputs)) < 1e-4


def test_every_pattern_of_missing_inputs_is_there():
    _, inputs, _, _ = made_up_data(RECIPES["convolution"])
    cases = with_missing_patterns(inputs)
    present = [name for name in cases if name.endswith("__present")]
    patterns = {tuple(row) for row in np.hstack([cases[name] for name in present])}
    assert len(present) == 8
    assert len(patterns) == 2**8
    assert len(with_missing_patterns(made_up_data(RECIPES["record only"])[1])["sex"]) == 64


def test_many_inputs_have_the_telling_patterns():
    inputs = {f"f{number}__present": np.ones((3, 1), np.float32) for number in range(14)}
    cases = with_missing_patterns(inputs)
    counts = np.hstack(list(cases.values())).sum(1)
    assert (counts == 0).sum() >= 1
    assert (counts == 1).sum() >= 14
    assert (counts == 13).sum() >= 14
    assert (counts == 14).sum() >= 1


def test_another_model_s_part_is_refused(tmp_path):
    preparation, inputs, _, _ = made_up_data(RECIPES["record only"])
    one = build_head(RECIPES["record only"], SCHEMA, preparation)
    other = build_head(RECIPES["record only"], SCHEMA, preparation)
    file = tmp_path / export_part(one, tmp_path)
    with pytest.raises(ModelProblem, match="not the same") as problem:
        check_parity(other, file, inputs)
    assert "largest difference" in problem.value.details


def test_a_broken_part_is_refused(tmp_path):
    preparation, inputs, _, _ = made_up_data(RECIPES["record only"])
    head = build_head(RECIPES["record only"], SCHEMA, preparation)
    file = tmp_path / "part.onnx"
    file.write_bytes(b"not onnx")
    with pytest.raises(ModelProblem):
        check_parity(head, file, inputs)


def new_version(model, recipe, preparation, inputs):
    known = {"left": familiarity.learn(inputs["left__embedding"], inputs["left__embedding"])}
    card = {"title": "A test model", "metrics": [{"target": "sick", "auc": 0.5}], "limits": ["made up"]}
    return NewVersion(model, recipe, preparation, Card.from_json(card), inputs, known, {"mean": np.ones(3)})


def test_a_version_s_folder_is_whole_and_its_parts_make_the_model(tmp_path):
    recipe = RECIPES["convolution"]
    preparation, inputs, _, _ = made_up_data(recipe)
    model = build_model(recipe, SCHEMA, preparation, tiny_backbone())
    card = write_version(
        tmp_path / "models" / "v1", tmp_path / "parts", new_version(model, recipe, preparation, inputs)
    )
    folder = tmp_path / "models" / "v1"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["v1"]
    assert card.compiled
    assert card == Card.from_text((folder / "card.json").read_text("utf-8"))
    assert card.facts["parity"]["cases"] >= 64
    assert set(card.facts["parity"]["largest_difference"]) == {"backbone", "head"}
    assert "| sick | 0.5 |" in (folder / "card.md").read_text("utf-8")
    assert Preparation.from_json((folder / "preparation.json").read_text("utf-8")) == preparation
    assert read_recipe((folder / "recipe.toml").read_text("utf-8")).encoders[0] == recipe.encoders[0]
    with np.load(folder / "familiarity.npz") as arrays:
        assert set(familiarity.unpack(arrays)) == {"left"}
    parts = read_parts((folder / "parts.toml").read_text("utf-8"))
    pictures = np.random.default_rng(1).uniform(0, 255, (80, 8, 8, 3)).astype(np.float32)
    encoder = parts.encoder_of("right")
    assert (encoder.name, encoder.size, encoder.width) == ("backbone", 8, 1280)
    embedding = OnnxSession(tmp_path / "parts" / encoder.file).run({"image": pictures})["embedding"]
    given = inputs | {"left__embedding": embedding, "right__embedding": embedding}
    compiled = OnnxSession(tmp_path / "parts" / parts.head).run(given)
    whole = load_model(folder / "model.keras")
    direct = {n: v for n, v in inputs.items() if "__embedding" not in n} | {
        "left": pictures,
        "right": pictures,
    }
    for target, values in whole.predict(direct, verbose=0).items():
        np.testing.assert_allclose(values, compiled[target], atol=1e-4, rtol=1e-4)


def test_an_unchanged_encoder_is_not_exported_again(tmp_path):
    recipe = RECIPES["convolution"]
    preparation, inputs, _, _ = made_up_data(recipe)
    model = build_model(recipe, SCHEMA, preparation, tiny_backbone())
    first = new_version(model, recipe, preparation, inputs)
    write_version(tmp_path / "v1", tmp_path / "parts", first)
    parts = read_parts((tmp_path / "v1" / "parts.toml").read_text("utf-8"))
    head_of(model).get_layer("sick").set_weights([w + 1 for w in head_of(model).get_layer("sick").get_weights()])
    again = NewVersion(model, recipe, preparation, Card(), inputs, encoders={"backbone": parts.encoders[0]})
    write_version(tmp_path / "v2", tmp_path / "parts", again)
    second = read_parts((tmp_path / "v2" / "parts.toml").read_text("utf-8"))
    assert second.encoders == parts.encoders
    assert second.head != parts.head
    assert len(list((tmp_path / "parts").iterdir())) == 3


def test_a_model_that_cannot_be_compiled_is_written_with_the_reason(tmp_path, monkeypatch):
    recipe = RECIPES["record only"]
    preparation, inputs, _, _ = made_up_data(recipe)
    model = build_model(recipe, SCHEMA, preparation)

    def refuse(*_, **__):
        raise NotImplementedError("layer words__encoder")

    monkeypatch.setattr(type(model), "export", refuse)
    card = write_version(tmp_path / "v1", tmp_path / "parts", NewVersion(model, recipe, preparation, Card(), inputs))
    assert "words__encoder" in card.facts["compiled"]
    assert read_parts((tmp_path / "v1" / "parts.toml").read_text("utf-8")).head == ""


def test_a_folder_that_is_there_is_never_written_over(tmp_path):
    (tmp_path / "v1").mkdir()
    recipe = RECIPES["record only"]
    preparation, inputs, _, _ = made_up_data(recipe)
    model = build_model(recipe, SCHEMA, preparation)
    with pytest.raises(FileExistsError):
        write_version(tmp_path / "v1", tmp_path / "parts", NewVersion(model, recipe, preparation, Card(), inputs))
    assert not list((tmp_path / "v1").iterdir())


def test_the_encoder_s_output_is_called_embedding(tmp_path):
    model = build_model(RECIPES["convolution"], SCHEMA, made_up_data(RECIPES["convolution"])[0], tiny_backbone())
    backbone, _ = encoders_of(model)["backbone"]
    file = tmp_path / export_part(backbone, tmp_path)
    pictures = np.zeros((2, 8, 8, 3), np.float32)
    assert list(OnnxSession(file).run({"image": pictures})) == ["embedding"]
