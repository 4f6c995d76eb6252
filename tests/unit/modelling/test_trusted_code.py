"""A model that runs its maker's code is compiled once, shut in, and is what its code computes."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mmdesk.core.errors import ModelProblem
from mmdesk.inference.runtime import onnxruntime
from mmdesk.modelling.trusted import outside
from mmdesk.modelling.trusted.job import run

pytestmark = [pytest.mark.slow, pytest.mark.tf, pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")]
LAYERS = """
import keras

class Distance(keras.layers.Layer):
    def call(self, pair):
        a, b = pair
        return keras.ops.sqrt(keras.ops.sum(keras.ops.square(a - b), axis=-1, keepdims=True) + 1e-9)
"""
ATTACK = """
import os, socket
stopped = []
for work in (lambda: open({outside!r}, "w"), lambda: socket.socket(), os.fork, lambda: os.kill(os.getppid(), 9)):
    try:
        work()
    except OSError:
        stopped.append(1)
assert len(stopped) == 4, stopped
"""


class Silent:
    def progress(self, _step: Any) -> None: ...

    def check_cancelled(self) -> None: ...


def siamese(file: Path, code: str = LAYERS) -> keras.Model:
    made: dict[str, Any] = {}
    exec(code, made)
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    tower = keras.layers.Dense(4, activation="tanh")
    distance = made["Distance"]()([tower(left), tower(right)])
    gap = keras.layers.Lambda(lambda pair: abs(pair[0] - pair[1]))([left, right])
    joined = keras.layers.Concatenate()([distance, gap])
    model = keras.Model([left, right], keras.layers.Dense(1, activation="sigmoid", name="same")(joined))
    model.save(file)
    return model


def trusted(place: Path, model: Path, code: str, *, guarded: bool = False) -> dict[str, Any]:
    (place / "layers.py").write_text(code)
    (place / "incoming").mkdir()
    job = {
        "source": str(model),
        "code": str(place / "layers.py"),
        "code_sha256": sha256(code.encode()).hexdigest(),
        "incoming": str(place / "incoming"),
        "guarded": guarded,
        "out": str(place / "out.onnx"),
    }
    return run(job, Silent())


def test_custom_layers_and_lambdas_compile_to_what_they_compute(tmp_path: Path):
    model = siamese(tmp_path / "m.keras")
    (tmp_path / "outside").mkdir()
    code = LAYERS + (ATTACK.format(outside=str(tmp_path / "outside" / "x")) if sys.platform == "linux" else "")
    found = trusted(tmp_path, tmp_path / "m.keras", code)
    assert found["classes"]["Distance"] == 1
    assert found["guarded"] is (sys.platform == "linux")
    assert not list((tmp_path / "outside").iterdir())
    rng = np.random.default_rng(5)
    rows = {name: rng.normal(size=(64, 3)).astype(np.float32) for name in ("left", "right")}
    compiled = onnxruntime.InferenceSession(str(tmp_path / "out.onnx")).run(["same"], rows)[0]
    wanted = np.asarray(model([rows["left"], rows["right"]]))
    assert float(np.abs(compiled - wanted).max()) < 1e-4


def test_a_subclassed_model_is_given_ends(tmp_path: Path):
    code = """
import keras

class Own(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.last = keras.layers.Dense(2, activation="softmax")

    def call(self, x):
        return self.last(x)
"""
    made: dict[str, Any] = {}
    exec(code, made)
    model = made["Own"]()
    rows = np.random.default_rng(1).normal(size=(8, 3)).astype(np.float32)
    wanted = np.asarray(model(rows))
    model.save(tmp_path / "m.keras")
    trusted(tmp_path, tmp_path / "m.keras", code)
    session = onnxruntime.InferenceSession(str(tmp_path / "out.onnx"))
    np.testing.assert_allclose(session.run(None, {session.get_inputs()[0].name: rows})[0], wanted, atol=1e-5)


def test_a_layer_that_does_not_compile_is_named(tmp_path: Path):
    code = LAYERS + "\nimport tensorflow as tf\n\n"
    code += "class Distance(Distance):\n    def call(self, pair):\n        a, b = pair\n"
    code += "        return keras.ops.reshape(tf.py_function(lambda x: x, [a], 'float32'), (-1, 4))[:, :1]\n"
    siamese(tmp_path / "m.keras")
    with pytest.raises(ModelProblem, match="distance") as problem:
        trusted(tmp_path, tmp_path / "m.keras", code)
    assert "ran once" in problem.value.safe


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os; os._exit(0)", "ended without a result"),
        ("while True: pass", "took longer than"),
        ("import time; time.sleep(1e6)", "took longer than"),
    ],
)
def test_code_that_does_not_come_back_is_ended(code: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    siamese(tmp_path / "m.keras")
    if "longer" in words:
        monkeypatch.setattr(outside.run_inside, "__kwdefaults__", {"required": False, "seconds": 1.0})
    with pytest.raises(ModelProblem, match=words):
        trusted(tmp_path, tmp_path / "m.keras", code)


def test_a_result_that_leads_elsewhere_is_not_followed(tmp_path: Path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "incoming").mkdir()
    (tmp_path / "secret.json").write_text(json.dumps({"inputs": [], "outputs": []}))
    (tmp_path / "inside" / "result.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(ModelProblem, match="ended without a result"):
        outside.take_compiled(tmp_path / "inside", tmp_path / "incoming")


def test_without_guards_nothing_runs_where_they_are_required(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    siamese(tmp_path / "m.keras")
    started = outside.own_command

    def unguarded(name: str) -> list[str]:
        weak = "import sys; from pathlib import Path; from mmdesk.modelling.trusted import inside as one; "
        weak += "one.before_libraries = lambda folder: (False, False); "
        weak += "one.main(Path(sys.argv[1]), required=len(sys.argv) > 2)"
        return [started(name)[0], "-c", weak]

    monkeypatch.setattr(outside, "own_command", unguarded)
    with pytest.raises(ModelProblem, match="cannot shut its code in"):
        trusted(tmp_path, tmp_path / "m.keras", LAYERS, guarded=True)
    assert not (tmp_path / "incoming" / "inside" / "result.json").exists()


def test_code_that_changed_since_it_was_read_does_not_run(tmp_path: Path):
    siamese(tmp_path / "m.keras")
    (tmp_path / "incoming").mkdir()
    (tmp_path / "layers.py").write_text(LAYERS)
    job = {"source": str(tmp_path / "m.keras"), "code": str(tmp_path / "layers.py"), "code_sha256": "0" * 64}
    with pytest.raises(ModelProblem, match="has changed since"):
        run({**job, "incoming": str(tmp_path / "incoming"), "guarded": False, "out": ""}, Silent())
