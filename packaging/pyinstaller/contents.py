"""What goes into a package and what is left out, for the spec."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

Entry = tuple[str, str, str]
"""A file as PyInstaller lists it: place in the package, source, kind."""

NEVER = [
    "IPython",
    "PySide6.QtDBus",
    "PySide6.QtNetwork",
    "PySide6.QtOpenGL",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "_pytest",
    "clang",
    "curses",
    "grimp",
    "hypothesis",
    "matplotlib",
    "mypy",
    "pip",
    "pytest",
    "readline",
    "scipy",
    "setuptools",
    "sklearn",
    "tensorboard",
    "tensorflow.python.profiler.internal._pywrap_profiler_plugin",
    "tkinter",
    "torch",
    "uv",
]
"""Modules of no flavour: tests, other windows, what TensorFlow only watches itself with."""

TRAINING = [
    "absl",
    "flatbuffers",
    "google.protobuf",
    "grpc",
    "h5py",
    "keras",
    "ml_dtypes",
    "onnx",
    "tensorflow",
    "tf2onnx",
]
"""Modules that only training and the export of models need: not in the reader's flavour."""

UNUSED_FILES = (
    "*/PySide6/Qt/translations/*",
    "*/PySide6/translations/*",
    "*/PySide6/Qt/qml/*",
    "*/plugins/egldeviceintegrations/*",
    "*/plugins/generic/*",
    "*/plugins/networkinformation/*",
    "*/plugins/platforminputcontexts/*virtualkeyboard*",
    "*/plugins/platforms/*eglfs*",
    "*/plugins/platforms/*linuxfb*",
    "*/plugins/platforms/*minimalegl*",
    "*/plugins/platforms/*vkkhrdisplay*",
    "*/plugins/platforms/*vnc*",
    "*/plugins/platforms/*webgl*",
    "*/plugins/platformthemes/*gtk3*",
    "*/plugins/imageformats/*gif*",
    "*/plugins/imageformats/*icns*",
    "*/plugins/imageformats/*pdf*",
    "*/plugins/imageformats/*tga*",
    "*/plugins/imageformats/*tiff*",
    "*/plugins/imageformats/*wbmp*",
    "*/plugins/imageformats/*webp*",
    "*/plugins/tls/*",
    "*Qt6Pdf.*",
    "*Qt6Qml*",
    "*Qt6Quick*",
    "*Qt6VirtualKeyboard*",
    "*/tensorflow/include/*",
    "*/tensorflow/python/profiler/internal/_pywrap_profiler_plugin*",
    "*/_gdcm/XML/*",
    "*/pydicom/data/test_files/*",
)
"""Files that PyInstaller would take along; patterns of their place in the package."""

SYSTEM_LIBRARIES = ("libstdc++.so*", "libgcc_s.so*")
"""Taken from the computer it runs on: an older copy would stop newer graphics drivers from loading."""


def kept(entries: list[Entry]) -> list[Entry]:
    """Return the files that stay in the package."""
    return [entry for entry in entries if not _unused(entry[0])]


def _unused(place: str) -> bool:
    path = "/" + place.replace("\\", "/")
    if any(fnmatch(path, pattern) for pattern in UNUSED_FILES):
        return True
    return "/" not in place and any(fnmatch(place, pattern) for pattern in SYSTEM_LIBRARIES)


STRIPPED = ("libtensorflow_cc.so*", "_polars_runtime*/*.so")
"""Libraries whose symbol tables are taken out: 200 MB and more that nobody reads."""


def to_strip(folder: Path) -> list[Path]:
    """Return the libraries in a frozen program whose symbol tables are taken out."""
    found = {path for pattern in STRIPPED for path in folder.rglob(pattern)}
    return sorted(path for path in found if not path.is_symlink())
