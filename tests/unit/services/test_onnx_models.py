"""An ONNX file becomes a candidate that answers as the file alone does, in the real model process."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.cli.app import Doors, run
from mmdesk.core.errors import ModelProblem, TrainingRefused
from mmdesk.core.job import SilentContext
from mmdesk.core.model.foreign import match
from mmdesk.core.model.reading import usual_reading
from mmdesk.core.versions.version import ORIGINAL_ONNX
from mmdesk.inference.runtime import onnxruntime
from mmdesk.jobs.child import Child
from mmdesk.services.doctor import examine
from mmdesk.services.models import comparing, training
from mmdesk.services.models import foreign_models as bringing
from mmdesk.services.models import versions as results
from mmdesk.services.models.export import export_model
from mmdesk.services.models.prediction import Predictor
from tests.unit import onnx_files as good
from tests.unit.training_projects import READER, RECORD_ONLY, SCHEMA, make_project

pytest.importorskip("keras")
pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture
def project(tmp_path: Path):
    project, _facts, _wanted = make_project(tmp_path / "p.mmdesk", 12, schema=RECORD_ONLY)
    yield project
    project.close()


def added(project, file: Path, child: Child, said: dict[str, list[str]], answers=()) -> str:
    foreign = bringing.look_at(project, file, SilentContext(), child)
    found = match(foreign, project.schema, said)
    reading = usual_reading(foreign, found, project.schema).said(list(answers))
    made = bringing.add(project, file, foreign, found, reader=READER, ctx=SilentContext(), reading=reading, child=child)
    return made.version


def test_a_table_of_pytorch_answers_as_the_file_alone(project, child, tmp_path: Path):
    file = good.save(tmp_path / "net.onnx", good.table(numbers=1))
    version = added(project, file, child, {"x": ["age"], "y": ["sick"]})
    card = comparing.version(project, version).card
    assert card.compiled
    assert card.facts["parity"]["cases"] == 64
    assert card.facts["parity"]["largest_difference"]["model"] < 1e-4
    assert "pytorch 2.9.0" in card.facts["source"]["saved_by"]
    results.promote(project, version, READER, "tried", anyway=True)
    session = onnxruntime.InferenceSession(str(file))
    cases = [case for case in project.store.cases() if isinstance(case.inputs["age"], float)][:6]
    predictor = Predictor(project, version)
    assert cases
    for case in cases:
        said = predictor.predict_case(case.id)
        alone = session.run(None, {"x": np.array([[case.inputs["age"]]], np.float32)})[0][0, 0]
        assert abs(next(iter(said.targets["sick"].probabilities.values())) - alone) < 1e-4
    predictor.what_if(cases[0].id, {"age": 20.0})
    predictor.close()
    assert not [one for one in examine(project, SilentContext()) if "model.keras" in str(one)]
    with pytest.raises(TrainingRefused, match="ONNX file"):
        training.check_own(project)
    for form in ("keras", "savedmodel", "litert"):
        with pytest.raises(ModelProblem, match="came as an ONNX file"):
            export_model(project, version, form, tmp_path / f"out-{form}", SilentContext(), child)
    out = export_model(project, version, "onnx", tmp_path / "out.onnx", SilentContext(), child)
    assert (out.runtime, out.cases) == ("ONNX Runtime", 64)


@pytest.mark.parametrize(
    ("batch", "kind"),
    [("batch", TensorProto.FLOAT), (1, TensorProto.FLOAT), ("batch", TensorProto.FLOAT16), ("n", TensorProto.DOUBLE)],
)
def test_an_image_channels_first_with_a_number(batch, kind, child, tmp_path: Path):
    project, _facts, _wanted = make_project(tmp_path / "p.mmdesk", 12, schema=SCHEMA)
    try:
        file = good.save(tmp_path / "net.onnx", good.picture(16, batch=batch, kind=kind))
        version = added(project, file, child, {"image": ["left"], "age": ["age"], "logits": ["sick"]})
        card = comparing.version(project, version).card
        assert card.facts["parity"]["largest_difference"]["model"] < 1e-4
        assert card.facts["one_at_a_time"] is (batch == 1)
        assert any("one case at a time" in note for note in card.notes) is (batch == 1)
        assert (project.folder / "models" / version / ORIGINAL_ONNX).read_bytes() == file.read_bytes()
    finally:
        project.close()


def test_a_quantised_answer_does_not_depend_on_the_cases_beside_it(project, child, tmp_path: Path):
    def change(model: onnx.ModelProto) -> None:
        nodes = list(model.graph.node)
        nodes[0].input[0] = "x_again"
        first = onnx.helper.make_node("DynamicQuantizeLinear", ["x"], ["x_q", "x_s", "x_z"])
        second = onnx.helper.make_node("DequantizeLinear", ["x_q", "x_s", "x_z"], ["x_again"])
        del model.graph.node[:]
        model.graph.node.extend([first, second, *nodes])

    file = good.save(tmp_path / "net.onnx", good.table(change, numbers=1))
    version = added(project, file, child, {"x": ["age"], "y": ["sick"]})
    card = comparing.version(project, version).card
    assert card.facts["one_at_a_time"]
    assert any("depends on the cases beside it" in note for note in card.notes)


def test_a_statically_quantised_file_answers_as_it_does_alone(child, tmp_path: Path):
    quantization = import_module("onnxruntime.quantization")

    class Rows(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            rng = np.random.default_rng(6)
            self.rows = [
                {
                    "image": rng.uniform(0, 255, (4, 3, 16, 16)).astype(np.float32),
                    "age": rng.uniform(20, 90, (4, 1)).astype(np.float32),
                }
                for _ in range(4)
            ]

        def get_next(self):
            return self.rows.pop() if self.rows else None

    plain = good.save(tmp_path / "plain.onnx", good.picture(16))
    file = tmp_path / "net.onnx"
    kinds = {"activation_type": quantization.QuantType.QUInt8, "weight_type": quantization.QuantType.QInt8}
    quantization.quantize_static(
        plain, file, Rows(), quant_format=quantization.QuantFormat.QDQ, per_channel=True, **kinds
    )
    used = {node.op_type for node in onnx.load(file).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= used
    project, _facts, _wanted = make_project(tmp_path / "p.mmdesk", 12, schema=SCHEMA)
    try:
        version = added(project, file, child, {"image": ["left"], "age": ["age"], "logits": ["sick"]})
        card = comparing.version(project, version).card
        assert card.facts["parity"]["largest_difference"]["model"] < 1e-4
        assert card.facts["classes"]["QuantizeLinear"] == sum(
            node.op_type == "QuantizeLinear" for node in onnx.load(file).graph.node
        )
    finally:
        project.close()


def test_scikit_learn_by_the_command_line(tmp_path: Path, capsys):
    project, _facts, _wanted = make_project(tmp_path / "p.mmdesk", 12, schema=RECORD_ONLY)
    project.close()
    file = good.save(tmp_path / "forest.onnx", good.forest())
    words = ["models", str(tmp_path / "p.mmdesk"), "add", str(file), "--reader", READER, "--json"]
    said = ["--map", "float_input=age,age", "--map", "output_probability=sick"]
    code = run([*words, *said], Doors(window=lambda _p: 0, screenshots=lambda *_a: 0))
    told = capsys.readouterr()
    assert code == 0, told.err
    assert json.loads(told.out)["compiled"] is True
