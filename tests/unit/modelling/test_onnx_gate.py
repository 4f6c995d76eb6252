"""The gate for ONNX files: no hostile graph gets in, and the files that people have do."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdesk.core.errors import ModelProblem
from mmdesk.core.model.foreign import End
from mmdesk.inference.runtime import onnxruntime
from mmdesk.modelling.safety.limits import memory_cap
from mmdesk.modelling.safety.onnx_gate import PassedOnnx, pass_onnx_gate
from tests.unit import onnx_files as good
from tests.unit.hostile_onnx import HOSTILE


def through(model: onnx.ModelProto, place: Path) -> PassedOnnx:
    (place / "incoming").mkdir(exist_ok=True)
    return pass_onnx_gate(good.save(place / "model.onnx", model), place / "incoming")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_graph_is_refused_with_its_reason(name: str, tmp_path: Path):
    reason, make = HOSTILE[name]
    (tmp_path / "incoming").mkdir()
    file = make(tmp_path / "model.onnx")
    with memory_cap(1 << 30), pytest.raises(ModelProblem) as refusal:
        pass_onnx_gate(file, tmp_path / "incoming")
    assert reason in refusal.value.what, refusal.value.what
    assert refusal.value.do
    assert not (tmp_path / "incoming" / "clean.onnx").exists()


def test_a_file_of_pytorch_passes_and_says_its_ends(tmp_path: Path):
    passed = through(good.picture(16), tmp_path)
    assert passed.inputs == (End("age", (1,)), End("image", (3, 16, 16)))
    assert passed.outputs == (End("logits", (2,), logits=True),)
    assert passed.producer == "pytorch 2.9.0"
    assert (passed.opset, passed.single) == (17, False)
    assert passed.operators["Conv"] == 1
    assert through(good.table(), tmp_path).outputs == (End("y", (1,)),)


def test_what_the_runtime_gets_gives_the_same_and_holds_only_the_graph(tmp_path: Path):
    def change(model: onnx.ModelProto) -> None:
        model.metadata_props.add(key="secret", value="words of the maker")
        model.graph.node[0].doc_string = "words of the maker"
        model.graph.value_info.append(good.value("h", ["batch", 3]))
        model.opset_import.append(onnx.helper.make_opsetid("pkg.torch", 1))

    passed = through(good.table(change), tmp_path)
    assert b"words of the maker" not in passed.clean.read_bytes()
    assert [one.domain for one in onnx.load(passed.clean).opset_import] == [""]
    rows = {"x": np.random.default_rng(1).normal(size=(8, 2)).astype(np.float32)}
    one, other = (
        onnxruntime.InferenceSession(str(file)).run(None, rows)[0] for file in (passed.original, passed.clean)
    )
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("texts", [True, False])
@pytest.mark.parametrize("zipmap", [True, False])
def test_a_classifier_of_scikit_learn_gives_its_probabilities(zipmap: bool, texts: bool, tmp_path: Path):
    passed = through(good.forest(zipmap=zipmap, texts=texts), tmp_path)
    assert len(passed.outputs) == 1
    assert any("left out" in note for note in passed.notes)
    assert any(("no, yes" if texts else "0, 1") in note for note in passed.notes) is zipmap
    found = onnxruntime.InferenceSession(str(passed.clean)).run(None, {"float_input": np.ones((3, 2), np.float32)})
    assert found[0].shape == (3, 2)
    np.testing.assert_allclose(found[0].sum(1), 1, rtol=1e-5)


def test_one_case_at_a_time_is_seen(tmp_path: Path):
    assert through(good.picture(8, batch=1), tmp_path).single


def test_a_file_that_changed_since_is_refused(tmp_path: Path):
    file = good.save(tmp_path / "m.onnx", good.table())
    (tmp_path / "incoming").mkdir()
    with pytest.raises(ModelProblem, match="has changed since"):
        pass_onnx_gate(file, tmp_path / "incoming", sha256="0" * 64)


GOOD = good.table().SerializeToString()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_an_edited_file_is_refused_in_words_or_is_sound(edits: list[tuple[int, int]], tmp_path: Path):
    data = bytearray(GOOD)
    for place, byte in edits:
        data[place] = byte
    (tmp_path / "incoming").mkdir(exist_ok=True)
    (tmp_path / "m.onnx").write_bytes(bytes(data))
    with suppress(ModelProblem):  # any other exception is a fault of ours
        passed = pass_onnx_gate(tmp_path / "m.onnx", tmp_path / "incoming")
        onnx.checker.check_model(onnx.load(passed.clean))
