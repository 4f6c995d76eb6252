"""The gate: no hostile model file gets in, and no edit of a good one does harm."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdesk.core.errors import ModelProblem
from mmdesk.modelling.safety.limits import memory_cap
from mmdesk.modelling.safety.repack import Passed, pass_gate
from tests.unit import hostile_lookups  # noqa: F401  # adds its own
from tests.unit import model_files as good
from tests.unit.hostile_models import HOSTILE, described


def through(file: Path, place: Path) -> Passed:
    place.mkdir(exist_ok=True)
    return pass_gate(file, place)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(name: str, tmp_path: Path):
    reason, make = HOSTILE[name]
    file = make(tmp_path / "model.keras")
    with pytest.raises(ModelProblem) as refusal:
        through(file, tmp_path / "incoming")
    assert reason in refusal.value.what, refusal.value.what
    assert refusal.value.what.count(". ") == 0
    assert refusal.value.what.endswith(".")
    assert refusal.value.do
    assert not list(Path(tmp_path / "incoming").glob("clean.keras"))


def test_a_good_file_passes_and_keras_gets_another_archive(tmp_path: Path):
    file = good.save(tmp_path / "model.keras")
    passed = through(file, tmp_path / "incoming")
    assert passed.original.read_bytes() == file.read_bytes()
    assert passed.keras == "3.15.1"
    assert passed.classes["Dense"] == 2
    with zipfile.ZipFile(passed.clean) as clean, zipfile.ZipFile(file) as came:
        assert clean.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        assert clean.read("model.weights.h5") == came.read("model.weights.h5")
        assert json.loads(clean.read("config.json")) == json.loads(came.read("config.json"))


def test_what_only_training_needs_is_not_handed_on(tmp_path: Path):
    own = {"class_name": "function", "config": "my_loss", "module": "builtins", "registered_name": "my_loss"}
    file = described(tmp_path / "m.keras", lambda model: model.update(compile_config={"loss": own}))
    with zipfile.ZipFile(through(file, tmp_path / "incoming").clean) as clean:
        assert "my_loss" not in clean.read("config.json").decode()


def test_a_file_that_changed_since_is_refused(tmp_path: Path):
    file = good.save(tmp_path / "m.keras")
    (tmp_path / "incoming").mkdir()
    with pytest.raises(ModelProblem, match="has changed since"):
        pass_gate(file, tmp_path / "incoming", sha256="0" * 64)


def test_a_whole_keras_file_of_half_the_weights_passes_compressed(tmp_path: Path):
    rng = np.random.default_rng(1)

    def change(h5: h5py.File) -> None:
        h5.create_dataset("layers/z/vars/0", data=rng.normal(size=5000), compression="gzip", shuffle=True)

    file = good.save(tmp_path / "m.keras", stored=good.weights(change), compression=zipfile.ZIP_DEFLATED)
    assert through(file, tmp_path / "incoming").size == file.stat().st_size


GOOD = good.config(), good.weights()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=0, max_size=6)), min_size=1, max_size=6))
def test_no_edit_of_an_archive_gets_more_than_a_refusal(tmp_path: Path, edits: list[tuple[int, bytes]]):
    file = good.save(tmp_path / "model.keras", described=GOOD[0], stored=GOOD[1])
    data = bytearray(file.read_bytes())
    for place, new in edits:
        at = place % len(data)
        data[at : at + (len(new) or 20)] = new
    file.write_bytes(data)
    with_refusal(file, tmp_path / "incoming")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=0, max_size=6)), min_size=1, max_size=4))
def test_no_edit_of_a_description_gets_more_than_a_refusal(tmp_path: Path, edits: list[tuple[int, bytes]]):
    data = bytearray(GOOD[0])
    for place, new in edits:
        at = place % len(data)
        data[at : at + (len(new) or 20)] = new
    file = good.save(tmp_path / "model.keras", described=bytes(data), stored=GOOD[1])
    with_refusal(file, tmp_path / "incoming")


def with_refusal(file: Path, place: Path) -> None:
    with suppress(ModelProblem):
        through(file, place)


EDITING = """
import random, sys
from pathlib import Path
from tests.unit import model_files as good

from mmdesk.core.errors import ModelProblem
from mmdesk.modelling.safety.weights import count_weights
place, refused = Path(sys.argv[1]), 0
whole = good.weights()
for seed in range(int(sys.argv[2])):
    rng = random.Random(seed)
    data = bytearray(whole)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(min(len(data), rng.choice([100, 2000, 10**9])))
        data[at] = rng.choice([0, 1, 255, rng.randrange(256)])
    place.write_bytes(data)
    try:
        count_weights(place)
    except ModelProblem:
        refused += 1
print(refused)
"""


def test_no_edit_of_weights_gets_more_than_a_refusal(tmp_path: Path):
    """In a process of its own, as the library that reads them is not written in Python."""
    here = str(Path(__file__).parents[3])
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {here!r})\n{EDITING}",
            str(tmp_path / "w.h5"),
            "400",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert 20 < int(done.stdout) < 400


def test_compressed_members_are_counted_while_they_are_read(tmp_path: Path):
    """A header that says less than the member holds does not help."""
    file = good.save(tmp_path / "m.keras", compression=zipfile.ZIP_DEFLATED)
    data = bytearray(file.read_bytes())
    entry = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
    struct.pack_into("<L", data, entry + 24, 10)
    file.write_bytes(data)
    with pytest.raises(ModelProblem):
        through(file, tmp_path / "incoming")


@pytest.mark.skipif(sys.platform != "linux", reason="the cap is Linux's")
def test_memory_is_capped_and_given_back():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_AS)
    with memory_cap(256 << 20), pytest.raises(MemoryError):
        bytearray(1 << 30)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
