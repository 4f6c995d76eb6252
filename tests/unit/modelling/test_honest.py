"""Models that plain Keras code saved are not refused: the gate knows every honest layer."""

from __future__ import annotations

from pathlib import Path

import pytest

keras = pytest.importorskip("keras")

from mmdesk.modelling.foreign.loading import inputs_of, load_foreign, outputs_of  # noqa: E402
from mmdesk.modelling.safety.repack import pass_gate  # noqa: E402
from tests.unit.honest_models import MODELS  # noqa: E402

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

SLOW = {
    "augmenting",
    "bidirectional",
    "compiled_and_trained",
    "from_applications",
    "gru_stack",
    "half_precision",
    "on_top_of_applications",
    "time_distributed",
}


def passes(name: str, folder: Path) -> None:
    model = MODELS[name]()
    file = folder / f"{name}.keras"
    model.save(file)
    (folder / "incoming").mkdir()
    loaded = load_foreign(pass_gate(file, folder / "incoming").clean)
    assert [end.shape for end in inputs_of(loaded)] == [tensor.shape[1:] for tensor in model.inputs]
    assert [end.shape for end in outputs_of(loaded)] == [tensor.shape[1:] for tensor in model.outputs]
    assert loaded.count_params() == model.count_params()


def test_there_are_forty():
    assert len(MODELS) >= 40
    assert MODELS.keys() >= SLOW


@pytest.mark.parametrize("name", [name for name in MODELS if name not in SLOW])
def test_an_honest_model_is_taken(name: str, tmp_path: Path):
    passes(name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SLOW))
def test_a_larger_honest_model_is_taken(name: str, tmp_path: Path):
    passes(name, tmp_path)
