"""A file of weights for a network of `keras.applications` is looked at before Keras sees it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from mmdesk.core.errors import ModelProblem
from mmdesk.modelling.safety.pretrained import weights_for

SHAPES = [(3, 3, 3, 8), (8,), (8, 4)]
HOSTILE: dict[str, tuple[str, Callable[[Path], None]]] = {}


def hostile(reason: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    def keep(make: Callable[[Path], None]) -> Callable[[Path], None]:
        HOSTILE[make.__name__] = (reason, make)
        return make

    return keep


def write(file: Path, change: Callable[[h5py.File], object] = lambda h5: None) -> None:
    """Write the weights as Keras did before its third version, and change them."""
    with h5py.File(file, "w") as h5:
        h5.attrs["layer_names"] = [b"conv", b"dense"]
        for place, shape in enumerate(SHAPES):
            name = f"conv/conv/{place}" if place < 2 else "dense/dense/kernel:0"
            h5.create_dataset(name, data=np.full(shape, 0.5, np.float32))
        change(h5)


@hostile("point to another file on this computer")
def external_link(file: Path) -> None:
    write(file, lambda h5: h5.__setitem__("x", h5py.ExternalLink("/etc/hostname", "/")))


@hostile("a link instead of numbers")
def soft_link(file: Path) -> None:
    write(file, lambda h5: h5.__setitem__("x", h5py.SoftLink("/conv")))


@hostile("read from another file on this computer")
def numbers_of_another_file(file: Path) -> None:
    def change(h5: h5py.File) -> None:
        h5.create_dataset("x", (16,), "f4", external=[("/etc/hostname", 0, 64)])

    write(file, change)


@hostile("put together from other files")
def virtual_numbers(file: Path) -> None:
    def change(h5: h5py.File) -> None:
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource("/etc/hostname", "x", (4,))
        h5.create_virtual_dataset("x", layout)

    write(file, change)


@hostile("claim more numbers than they hold")
def numbers_never_written(file: Path) -> None:
    write(file, lambda h5: h5.create_dataset("x", (1 << 20, 1 << 20), "f4", chunks=(1 << 10, 1 << 10)))


@hostile("claim more numbers than they hold")
def numbers_that_unpack_for_ever(file: Path) -> None:
    write(file, lambda h5: h5.create_dataset("x", data=np.zeros(1 << 22), compression="gzip"))


@hostile("not plain numbers")
def objects(file: Path) -> None:
    write(file, lambda h5: h5.create_dataset("x", data=["a", "b"], dtype=h5py.string_dtype()))


@hostile("the same part twice")
def a_ring(file: Path) -> None:
    write(file, lambda h5: h5["conv"].__setitem__("ring", h5["/"]))


@hostile("no sound HDF5 file")
def a_pickle(file: Path) -> None:
    file.write_bytes(pickle.dumps({"weights": [1, 2]}))


@hostile("no sound HDF5 file")
def half_a_file(file: Path) -> None:
    write(file)
    file.write_bytes(file.read_bytes()[:-700])


@hostile("no sound HDF5 file")
def nothing(file: Path) -> None:
    file.write_bytes(b"")


@hostile("there is no such file")
def no_file(file: Path) -> None:
    assert not file.exists()


@hostile("it is a folder")
def a_folder(file: Path) -> None:
    file.mkdir()


@hostile("it is a link to another file")
def a_link(file: Path) -> None:
    write(file.with_name("other.h5"))
    file.symlink_to(file.with_name("other.h5"))


@hostile("holds 348 numbers, and Tiny without the top has 256")
def with_the_top(file: Path) -> None:
    write(file, lambda h5: h5.create_dataset("top", data=np.zeros(92, np.float32)))


@hostile("its arrays have other shapes")
def of_another_network(file: Path) -> None:
    def change(h5: h5py.File) -> None:
        del h5["dense"]
        h5.create_dataset("dense/kernel", data=np.zeros((4, 8), np.float32))

    write(file, change)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_plain_file_of_the_network_is_refused_in_words(name: str, tmp_path: Path):
    reason, make = HOSTILE[name]
    file = tmp_path / "tiny_notop.h5"
    make(file)
    with pytest.raises(ModelProblem) as refusal, weights_for("Tiny", SHAPES, file):
        pytest.fail("it was handed on")
    words = refusal.value.what
    assert words.startswith("The weights of Tiny were not taken from tiny_notop.h5: ")
    assert reason in words
    assert words.endswith(".")
    assert refusal.value.safe
    assert "without the top" in refusal.value.do


@pytest.mark.parametrize("name", ["tiny_notop.h5", "tiny.weights.h5", "TINY.H5"])
def test_plain_weights_are_handed_on_as_a_copy_that_is_gone_afterwards(name: str, tmp_path: Path):
    file = tmp_path / name
    write(file, lambda h5: h5.create_dataset("seed/state", data=np.zeros(2, np.uint32)))
    with weights_for("Tiny", SHAPES, file) as copy:
        assert copy != file
        assert copy.read_bytes() == file.read_bytes()
        assert copy.name.endswith(".weights.h5") == name.endswith(".weights.h5")
    assert not copy.exists()
    assert not copy.parent.exists()


def test_another_form_of_file_is_refused_by_its_name(tmp_path: Path):
    file = tmp_path / "tiny.keras"
    write(file)
    with pytest.raises(ModelProblem, match=r"does not end in \.h5"), weights_for("Tiny", SHAPES, file):
        pytest.fail("it was handed on")


@pytest.mark.tf
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("make", [external_link, half_a_file, with_the_top])
def test_keras_never_sees_such_a_file(make, tmp_path: Path, monkeypatch):
    keras = pytest.importorskip("keras")
    from mmdesk.core.recipe.recipe import Recipe, new_encoder
    from mmdesk.modelling.network.image_encoders import image_encoders

    file = tmp_path / "some_notop.h5"
    make(file)
    monkeypatch.setattr(keras.Model, "load_weights", lambda *_: pytest.fail("Keras was given the file"))
    encoder = new_encoder("application", ("scan",), size=32, architecture="MobileNetV3Small", weights=file.name)
    with pytest.raises(ModelProblem, match="The weights of MobileNetV3Small were not taken"):
        image_encoders(Recipe((encoder,)), None, tmp_path)


@pytest.mark.tf
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("architecture", ["MobileNetV3Small", "EfficientNetB0"])
@pytest.mark.parametrize("name", ["own_notop.h5", "own.weights.h5"])
def test_weights_that_keras_saved_are_taken(architecture: str, name: str, tmp_path: Path):
    keras = pytest.importorskip("keras")
    from mmdesk.core.recipe.recipe import Recipe, new_encoder
    from mmdesk.modelling.network.image_encoders import image_encoders

    keras.utils.set_random_seed(3)
    make = getattr(keras.applications, architecture)
    network = make(include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg")
    network.compile("adam", "mse")
    network.optimizer.build(network.trainable_variables)
    if name.endswith(".weights.h5"):
        network.save_weights(tmp_path / name)
    else:
        network.save(tmp_path / name)
    encoder = new_encoder("application", ("scan",), size=32, architecture=architecture, weights=name)
    built = image_encoders(Recipe((encoder,)), None, tmp_path)["scan"]
    inner = built.layers[-1]
    assert inner.count_params() == network.count_params()
    for ours, theirs in zip(inner.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
