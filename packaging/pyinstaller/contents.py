"""What goes into a package and what is left out, for the spec."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path, PurePath

Entry = tuple[str, str, str]
"""A file as PyInstaller lists it: place in the package, source, kind."""

NEVER = [
    "_CharLS",
    "IPython",
    "PySide6.QtDBus",
    "PySide6.QtNetwork",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "_pytest",
    "clang",
    "curses",
    "grimp",
    "hypothesis",
    "jpeg_ls",
    "matplotlib",
    "mypy",
    "pip",
    "pytest",
    "readline",
    "scipy",
    "setuptools",
    "sklearn",
    "tensorboard",
    "tkinter",
    "torch",
    "uv",
]
"""Modules of no flavour: tests, other windows, and highdicom's decoder of JPEG-LS, which GDCM decodes anyway.

Python's own SQLite comes along because highdicom imports it; projects are opened by pysqlite3, and
`storage.database.dialect` refuses any other that is too old."""

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
    "*/plugins/wayland-graphics-integration-client/*drm*",
    "*/plugins/wayland-graphics-integration-client/*vulkan*",
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
    "*/_gdcm/XML/*",
    "*/pydicom/data/test_files/*",
)
"""Files that PyInstaller would take along; patterns of their place in the package."""

TRAINING_FILES = ("*/mmdesk/resources/models/*/model.keras",)
"""What of the bundled models only training and export read; predictions use the compiled parts."""

SYSTEM_LIBRARIES = (
    "libX11-xcb.so*",
    "libX11.so*",
    "libcups.so*",
    "libdbus-1.so*",
    "libfontconfig.so*",
    "libfreetype.so*",
    "libgcc_s.so*",
    "libgio-2.0.so*",
    "libglib-2.0.so*",
    "libgobject-2.0.so*",
    "libgthread-2.0.so*",
    "libstdc++.so*",
    "libwayland-*.so*",
    "libxcb.so*",
)
"""Taken from the computer it runs on, where every desktop has them: an older copy would get in the way
of newer graphics drivers, fonts, printers and buses."""


def kept(entries: list[Entry], *, full: bool = True) -> list[Entry]:
    """Return the files that stay in the package; in the reader's flavour unless full."""
    left_out = UNUSED_FILES if full else UNUSED_FILES + TRAINING_FILES
    return [entry for entry in entries if not _unused(entry[0], left_out)]


def _unused(place: str, left_out: Iterable[str]) -> bool:
    path = "/" + place.replace("\\", "/")
    if any(fnmatch(path, pattern) for pattern in left_out):
        return True
    return "/" not in place and any(fnmatch(place, pattern) for pattern in SYSTEM_LIBRARIES)


def reached(entries: list[Entry], links_of: Callable[[str], Iterable[str]]) -> list[Entry]:
    """Return the entries without system and Qt libraries that only left out files needed.

    Args:
        entries: Programs and libraries, as PyInstaller lists them.
        links_of: Returns the file names of the libraries that a file links to.
    """
    files = [(place, source) for place, source, kind in entries if kind != "SYMLINK"]
    libraries = {PurePath(place).name: source for place, source in files if _on_demand(place)}
    waiting = [source for place, source in files if not _on_demand(place)]
    needed: set[str] = set()
    while waiting:
        for name in links_of(waiting.pop()):
            if name in libraries and name not in needed:
                needed.add(name)
                waiting.append(libraries[name])
    return [
        entry
        for entry in entries
        if not (_on_demand(entry[0]) or entry[2] == "SYMLINK") or _stays(entry, needed, entries)
    ]


def links_of(file: str) -> list[str]:
    """Return the names of the libraries that a program or library asks for by itself."""
    told = subprocess.run(["objdump", "-p", file], capture_output=True, text=True, check=False).stdout
    return re.findall(r"NEEDED\s+(\S+)", told)


def _on_demand(place: str) -> bool:
    """Tell whether a library is there only because others link to it.

    Python's own is not: the program's first lines load it. Nor are modules of Python.
    """
    path = place.replace("\\", "/")
    system = "/" not in path and path.startswith("lib") and not path.startswith("libpython")
    return system or fnmatch(path, "PySide6/Qt/lib/*")


def _stays(entry: Entry, needed: set[str], entries: list[Entry]) -> bool:
    place, target, kind = entry
    if kind != "SYMLINK":
        return PurePath(place).name in needed
    targets = {other for other, _, _ in entries if not _on_demand(other)}
    return PurePath(target).name in needed or str(PurePath(place).parent / target) in targets


STRIPPED = ("libtensorflow_cc.so*", "_polars_runtime*/*.so", "libpython3*.so*")
"""Libraries whose symbol tables are taken out: 200 MB and more that nobody reads."""


def to_strip(folder: Path) -> list[Path]:
    """Return the libraries in a frozen program whose symbol tables are taken out."""
    found = {path for pattern in STRIPPED for path in folder.rglob(pattern)}
    return sorted(path for path in found if not path.is_symlink())
