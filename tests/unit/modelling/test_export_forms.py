"""What is exported is loaded by its own runtime and is the model, or it is not written."""

from dataclasses import replace

import keras
import numpy as np
import onnx
import pytest
from keras import layers

from mmdesk.core.errors import ModelProblem
from mmdesk.core.job import SilentContext
from mmdesk.core.model.prepare import InputState, Preparation, TargetState
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import Parts, read_parts, write_parts
from mmdesk.modelling.export_job import run
from mmdesk.modelling.network.build import build_model
from mmdesk.modelling.network.made_up import made_up_rows
from mmdesk.modelling.version_writer import NewVersion, write_version
from mmdesk.services.project import create_project
from tests.unit.modelling_fixtures import RECIPES, SCHEMA, made_up_data, tiny_backbone

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

WRITABLE = replace(
    SCHEMA,
    fields=tuple(replace(one, columns=one.options) if one.kind == "labels" else one for one in SCHEMA.fields),
)


@pytest.fixture
def place(tmp_path):
    project = create_project(tmp_path / "p.mmdesk", WRITABLE)
    project.close()
    return project.folder


def export(project, version, form, out):
    models = project / "models"
    job = {"folder": str(models / version), "parts": str(models / "parts"), "project": str(project)}
    return run({**job, "form": form, "out": str(out)}, SilentContext())


def trained(project, recipe):
    preparation, inputs, _, _ = made_up_data(RECIPES[recipe])
    backbones = tiny_backbone() if "backbone" in str(RECIPES[recipe]) else None
    model = build_model(RECIPES[recipe], SCHEMA, preparation, backbones)
    new = NewVersion(model, RECIPES[recipe], preparation, Card(), inputs)
    write_version(project / "models" / "v1", project / "models" / "parts", new)
    return model, preparation


def test_onnx_is_the_compiled_parts_as_one_file_with_shared_weights_once(place, tmp_path):
    model, preparation = trained(place, "convolution")
    made = export(place, "v1", "onnx", tmp_path / "m.onnx")
    assert (made["runtime"], made["cases"]) == ("ONNX Runtime", 64)
    assert made["largest_difference"] < 1e-4
    graph = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(graph, full_check=True)
    assert {"left", "right", "age", "left__present"} <= {one.name for one in graph.graph.input}
    assert not [one.name for one in graph.graph.input if one.name.endswith("__embedding")]
    heavy = [one.name for one in graph.graph.initializer if 1280 in one.dims and 3 in one.dims]
    assert len(heavy) == 1, "the backbone serves two inputs, its weights are there once"
    from mmdesk.inference.runtime import onnxruntime

    rows = made_up_rows(model, preparation, SCHEMA, 3, seed=9)
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"), providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    found = dict(zip(names, session.run(names, rows), strict=True))
    for name, values in model(rows, training=False).items():
        np.testing.assert_allclose(found[name], values, atol=1e-4)


@pytest.mark.parametrize("form", ["keras", "savedmodel"])
def test_each_other_form_is_tried_too(place, tmp_path, form):
    trained(place, "recurrent")
    made = export(place, "v1", form, tmp_path / "out")
    assert made["largest_difference"] < 1e-4
    assert (tmp_path / "out").exists()


def test_litert_says_what_an_lstm_lacks_and_writes_nothing(place, tmp_path):
    written(place, layers.LSTM(3))
    with pytest.raises(ModelProblem, match="Flex delegate"):
        export(place, "v1", "litert", tmp_path / "m.tflite")
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_litert_of_plain_layers_is_loaded_and_compared(place, tmp_path):
    written(place, layers.Flatten())
    assert export(place, "v1", "litert", tmp_path / "m.tflite")["runtime"] == "LiteRT"
    assert (tmp_path / "m.tflite").read_bytes()[4:8] == b"TFL3"


def test_a_part_of_another_model_is_not_written(place, tmp_path):
    trained(place, "record only")
    parts = place / "models" / "parts"
    other = place / "models" / "v1" / "parts.toml"
    head = read_parts(other.read_text("utf-8")).head
    graph = onnx.load(parts / head)
    for weights in graph.graph.initializer:
        values = onnx.numpy_helper.to_array(weights)
        if values.dtype == np.float32 and values.ndim == 2:
            weights.CopyFrom(onnx.numpy_helper.from_array(values + np.float32(1), weights.name))
    onnx.save(graph, parts / "other.onnx")
    other.write_text(write_parts(Parts((), "other.onnx")), "utf-8")
    with pytest.raises(ModelProblem, match="gives other answers than the model"):
        export(place, "v1", "onnx", tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


def test_onnx_of_a_model_without_compiled_form_names_the_layer(place, tmp_path):
    written(place, layers.Flatten(), Card.from_json({"prevented_by": "erfinv (Erfinv)"}))
    with pytest.raises(ModelProblem, match=r"no compiled form, because of erfinv \(Erfinv\)"):
        export(place, "v1", "onnx", tmp_path / "m.onnx")


def written(project, layer, card=None):
    """Write a version of one layer over a sequence, without compiled parts."""
    steps = keras.Input((4, 2), name="pressure")
    out = layers.Dense(1, "sigmoid", name="sick")(layer(steps))
    folder = project / "models" / "v1"
    folder.mkdir(parents=True)
    keras.Model({"pressure": steps}, {"sick": out}).save(folder / "model.keras")
    states = {"pressure": InputState("sequence", offset=(0.0, 0.0), scale=(1.0, 1.0), length=4)}
    preparation = Preparation(states, {"sick": TargetState("flag", ("sick",))})
    (folder / "preparation.json").write_text(preparation.to_json(), "utf-8")
    (folder / "parts.toml").write_text(write_parts(Parts()), "utf-8")
    (folder / "card.json").write_text((card or Card()).to_text(), "utf-8")
