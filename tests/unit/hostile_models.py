"""One hostile model file for each known way to harm a reader of model files.

The names are those of the CVE records; where a record has several forms, each has its file.
"""

from __future__ import annotations

import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.unit import model_files as good

Make = Callable[[Path], Path]
HOSTILE: dict[str, tuple[str, Make]] = {}


def hostile(record: str, reason: str) -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        HOSTILE[f"{record} {make.__name__}"] = (reason, make)
        return make

    return keep


def described(file: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    return good.save(file, described=good.config(change))


def stored(file: Path, change: Callable[[h5py.File], None]) -> Path:
    return good.save(file, stored=good.weights(change))


def activation(value: Any) -> Callable[[dict[str, Any]], None]:
    return good.with_layer(good.layer("hidden", "Dense", {"units": 3, "activation": value}, "x"))


LAMBDA = good.layer(
    "hidden",
    "Lambda",
    {"function": {"class_name": "__lambda__", "config": {"value": "4wEAAAA=", "defaults": None}}},
    "x",
)


@hostile("CVE-2024-3660", "Lambda layer, which runs Python code")
def marshalled_lambda(file: Path) -> Path:
    return described(file, good.with_layer(LAMBDA))


@hostile("CVE-2024-3660", "Python code of its own")
def marshalled_activation(file: Path) -> Path:
    return described(file, activation(LAMBDA["config"]["function"]))


@hostile("CVE-2024-55459", "not among the layers")
def hostile_tar_by_get_file(file: Path) -> Path:
    fetch = {"fname": "x", "origin": "http://127.0.0.1/x.tar", "untar": True, "cache_dir": "/tmp"}
    return described(file, good.with_layer(good.layer("hidden", "get_file", fetch, "x", module="keras.utils")))


@hostile("CVE-2025-1550", "a class that is not part of Keras")
def any_module_and_function(file: Path) -> Path:
    run = good.layer("hidden", "Popen", {"args": ["touch", "/tmp/owned"]}, "x", module="subprocess")
    return described(file, good.with_layer(run))


@hostile("CVE-2025-1550", "not an activation of Keras")
def any_function(file: Path) -> Path:
    run = {"class_name": "function", "config": "system", "module": "os", "registered_name": "system"}
    return described(file, activation(run))


@hostile("CVE-2025-8747", "not an activation of Keras")
def keras_function_as_gadget(file: Path) -> Path:
    run = {
        "class_name": "function",
        "config": "get_file",
        "module": "keras.utils",
        "registered_name": "get_file",
    }
    return described(file, activation(run))


@hostile("CVE-2025-8747", "not among the layers")
def internal_module_as_gadget(file: Path) -> Path:
    load = good.layer("hidden", "load_model", {"filepath": "/tmp/x.keras"}, "x", module="keras.src.saving.saving_api")
    return described(file, good.with_layer(load))


UNSAFE = {
    "class_name": "function",
    "config": "enable_unsafe_deserialization",
    "module": "keras.config",
    "registered_name": "enable_unsafe_deserialization",
}


@hostile("CVE-2025-9906", "not an activation of Keras")
def switches_safety_off(file: Path) -> Path:
    return described(file, activation(UNSAFE))


@hostile("CVE-2025-9906", "Lambda layer, which runs Python code")
def switches_safety_off_for_a_lambda(file: Path) -> Path:
    def change(model: dict[str, Any]) -> None:
        model["config"]["layers"][0]["config"]["optional"] = UNSAFE
        model["config"]["layers"].append(LAMBDA)

    return described(file, change)


@hostile("CVE-2025-9905", "HDF5 file of the older kind")
def older_hdf5(file: Path) -> Path:
    old = file.with_suffix(".h5")
    with h5py.File(old, "w") as opened:
        opened.attrs["model_config"] = json.dumps({"class_name": "Lambda"})
    return old


@hostile("CVE-2025-9905", "no Keras 3 file, whatever its name says")
def older_hdf5_renamed(file: Path) -> Path:
    return older_hdf5(file).rename(file)


@hostile("CVE-2025-49655", "PyTorch module")
def torch_module(file: Path) -> Path:
    torch = good.layer("hidden", "TorchModuleWrapper", {"module": "gASVAAAA"}, "x")
    return described(file, good.with_layer(torch))


@hostile("CVE-2025-12058", "StringLookup")
def vocabulary_from_a_file(file: Path) -> Path:
    lookup = good.layer("hidden", "StringLookup", {"vocabulary": "/etc/passwd"}, "x")
    return described(file, good.with_layer(lookup))


@hostile("CVE-2025-12058", "names a file to read")
def boundaries_from_a_file(file: Path) -> Path:
    bins = good.layer("hidden", "Discretization", {"bin_boundaries": "/etc/passwd"}, "x")
    return described(file, good.with_layer(bins))


@hostile("CVE-2025-12060", "not among the layers")
def tar_with_long_links_by_get_file(file: Path) -> Path:
    fetch = {"fname": "x", "origin": "file:///tmp/x.tar.gz", "extract": True}
    gadget = good.layer("hidden", "get_file", fetch, "x", module="keras.src.utils.file_utils")
    return described(file, good.with_layer(gadget))


@hostile("CVE-2026-0897", "claim more numbers than they hold")
def shape_bomb(file: Path) -> Path:
    return stored(file, lambda h5: h5.create_dataset("layers/z/vars/0", (1 << 40,), "float32"))


@hostile("CVE-2026-1669", "read from another file")
def external_dataset(file: Path) -> Path:
    return stored(
        file,
        lambda h5: h5.create_dataset("layers/z/vars/0", (16,), "uint8", external=[("/etc/passwd", 0, 16)]),
    )


@hostile("CVE-2026-1462", "loads another program")
def saved_model_layer(file: Path) -> Path:
    return described(file, good.with_layer(good.layer("hidden", "TFSMLayer", {"filepath": "/tmp/saved_model"}, "x")))


@hostile("GHSA-hqp4-2352-xf5r", "leads out of it")
def name_that_climbs(file: Path) -> Path:
    return good.save(file, more=lambda archive: archive.writestr("../../.bashrc", "touch /tmp/owned"))


@hostile("GHSA-hqp4-2352-xf5r", "leads out of it")
def absolute_name(file: Path) -> Path:
    return good.save(file, more=lambda archive: archive.writestr("/etc/cron.d/x", "x"))


@hostile("CVE-2026-12481", "Lambda layer, which runs Python code")
def lambda_inside_a_wrapper(file: Path) -> Path:
    wrapper = good.layer("hidden", "TimeDistributed", {"layer": LAMBDA}, "x")
    return described(file, good.with_layer(wrapper))


@hostile("CVE-2026-12481", "Lambda layer, which runs Python code")
def lambda_of_a_keras_function(file: Path) -> Path:
    function = {
        "class_name": "function",
        "config": "relu",
        "module": "builtins",
        "registered_name": "function",
    }
    return described(file, good.with_layer(good.layer("hidden", "Lambda", {"function": function}, "x")))


@hostile("CVE-2026-12570", "claim more numbers than they hold")
def unbounded_allocation(file: Path) -> Path:
    def change(h5: h5py.File) -> None:
        h5.create_dataset("layers/z/vars/0", data=np.zeros(1 << 24, "float32"), compression="gzip")

    return stored(file, change)


@hostile("CVE-2026-12480", "not among the layers")
def class_that_nobody_looked_at(file: Path) -> Path:
    return described(file, good.with_layer(good.layer("hidden", "FeatureSpace", {"features": {}}, "x")))


@hostile("no CVE, 3.12.3", "hold a link instead of numbers")
def soft_link(file: Path) -> Path:
    def change(h5: h5py.File) -> None:
        h5["layers/z"] = h5py.SoftLink("/layers/y")

    return stored(file, change)


@hostile("no CVE, 3.12.3", "point to another file")
def external_link(file: Path) -> Path:
    def change(h5: h5py.File) -> None:
        h5["layers/z"] = h5py.ExternalLink("/etc/other.h5", "/x")

    return stored(file, change)


@hostile("no CVE, 3.12.3", "put together from other files")
def virtual_dataset(file: Path) -> Path:
    def change(h5: h5py.File) -> None:
        layout = h5py.VirtualLayout((4,), "float32")
        layout[:] = h5py.VirtualSource("/etc/other.h5", "x", (4,))
        h5.create_virtual_dataset("layers/z/vars/0", layout)

    return stored(file, change)


@hostile("no CVE, 3.12.3", "holds more than the parts of a model")
def pickled_npz(file: Path) -> Path:
    return good.save(file, more=lambda archive: archive.writestr("model.weights.npz", b"\x93NUMPY"))


@hostile("no CVE, 3.12.3", "holds a link to another file")
def symbolic_link(file: Path) -> Path:
    def change(archive: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo("link")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")

    return good.save(file, more=change)


@hostile("no CVE, 3.12.3", "many times its size")
def zip_bomb(file: Path) -> Path:
    padded = good.config()[:-1] + b" " * 8_000_000 + b"}"
    return good.save(file, described=padded, compression=zipfile.ZIP_DEFLATED)


@hostile("no CVE, 3.15.1", "the same part twice")
def intermediate_groups_in_a_ring(file: Path) -> Path:
    def change(h5: h5py.File) -> None:
        h5["layers/y/again"] = h5["layers"]

    return stored(file, change)


@hostile("no CVE, 3.15.1", "unpack to many times its size")
def bomb_among_the_assets(file: Path) -> Path:
    def change(archive: zipfile.ZipFile) -> None:
        archive.writestr("assets/string_lookup/vocabulary.txt", b"a\n" * 100_000, zipfile.ZIP_DEFLATED)

    return good.save(file, more=change)


@hostile("no CVE, 3.15.1", "not plain numbers")
def pickles_in_a_dataset(file: Path) -> Path:
    def change(h5: h5py.File) -> None:
        h5.create_dataset("layers/z/vars/0", data=["cos\nsystem"], dtype=h5py.string_dtype())

    return stored(file, change)


@hostile("measured", "larger than any model needs")
def padded_description(file: Path) -> Path:
    return good.save(file, described=good.config() + b" " * (17 << 20))


@hostile("measured", "more than any layer needs")
def twenty_million_units(file: Path) -> Path:
    return described(file, good.with_layer(good.layer("hidden", "Dense", {"units": 20_000_000}, "x")))


@hostile("measured", "holds only 19 weights")
def more_units_than_weights(file: Path) -> Path:
    return described(file, good.with_layer(good.layer("hidden", "Dense", {"units": 60_000}, "x")))


@hostile("measured", "embedding of 9,000,000 rows")
def embedding_without_weights(file: Path) -> Path:
    table = good.layer("hidden", "Embedding", {"input_dim": 9_000_000, "output_dim": 8}, "x")
    return described(file, good.with_layer(table))


@hostile("shape", "nested deeper")
def nested_without_end(file: Path) -> Path:
    return good.save(file, described=b'{"a":' * 5000 + b"1" + b"}" * 5000)


@hostile("shape", "no plain JSON")
def key_twice(file: Path) -> Path:
    return good.save(file, described=good.config().replace(b'{"module"', b'{"class_name": "Lambda", "module"', 1))


@hostile("shape", "no plain JSON")
def not_a_number(file: Path) -> Path:
    return described(file, lambda model: model["config"].update(trainable=float("nan")))


@hostile("shape", "one member twice")
def member_twice(file: Path) -> Path:
    def change(archive: zipfile.ZipFile) -> None:
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("config.json", b"{}")

    return good.save(file, more=change)


@hostile("shape", "other members than it holds")
def member_with_two_names(file: Path) -> Path:
    data = bytearray(good.save(file).read_bytes())
    place = data.index(b"config.json")
    data[place : place + 11] = b"konfig.json"
    file.write_bytes(data)
    return file


@hostile("shape", "overlap")
def members_that_overlap(file: Path) -> Path:
    data = bytearray(good.save(file).read_bytes())
    entry = data.rindex(b"PK\1\2")
    struct.pack_into("<L", data, entry + 42, 10)
    file.write_bytes(data)
    return file


@hostile("shape", "encrypted")
def encrypted(file: Path) -> Path:
    data = bytearray(good.save(file).read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    file.write_bytes(data)
    return file


@hostile("shape", "damaged")
def flipped_bit_in_the_weights(file: Path) -> Path:
    data = bytearray(good.save(file).read_bytes())
    data[data.index(b"\x89HDF") + 600] ^= 1
    file.write_bytes(data)
    return file


@hostile("shape", "a class that is not part of Keras")
def registered_elsewhere(file: Path) -> Path:
    own = good.layer("hidden", "Dense", {"units": 3}, "x", registered_name="evil>Dense")
    return described(file, good.with_layer(own))


@hostile("shape", "not among the layers")
def module_that_looks_like_keras(file: Path) -> Path:
    own = good.layer("hidden", "Dense", {"units": 3}, "x", module="keras.layers.core.os")
    return described(file, good.with_layer(own))


@hostile("shape", "a class that is not part of Keras")
def module_that_begins_like_keras(file: Path) -> Path:
    own = good.layer("hidden", "Dense", {"units": 3}, "x", module="keras_evil.layers")
    return described(file, good.with_layer(own))


@hostile("shape", "not saved by Keras 3")
def saved_by_keras_2(file: Path) -> Path:
    return good.save(file, about=b'{"keras_version": "2.15.0"}')


@hostile("shape", "a link to another file")
def link_on_the_disk(file: Path) -> Path:
    real = good.save(file.with_name("real.keras"))
    file.symlink_to(real)
    return file


@hostile("shape", "a folder")
def folder(file: Path) -> Path:
    file.mkdir()
    return file


@hostile("shape", "lacks model.weights.h5")
def without_weights(file: Path) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", json.dumps(good.METADATA))
        archive.writestr("config.json", good.config())
    return file
