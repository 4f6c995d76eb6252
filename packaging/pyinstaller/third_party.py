"""Whose work is in a package: parts, versions, licences, sizes; as an SBOM and as texts.

What is listed is what was really collected: each file is traced to the Python package, the
system package or the Python installation that it came from.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

Entry = tuple[str, str, str]
ROOT = Path(__file__).resolve().parents[2]
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors|third_party_notices)", re.IGNORECASE)
SPDX = {
    "PySide6_Essentials": "LGPL-3.0-only",
    "shiboken6": "LGPL-3.0-only",
    "pillow": "MIT-CMU",
    "python-gdcm": "BSD-3-Clause",
    "h5py": "BSD-3-Clause",
    "pyqtgraph": "MIT",
    "pysqlite3": "Zlib",
}
"""Licences of packages whose metadata say them loosely or not at all."""


@dataclass(slots=True)
class Part:
    """Somebody's work in the package.

    Attributes:
        name: Its name there.
        version: Its version.
        purl: Its package URL.
        licence: SPDX expression, or words.
        texts: Its licences and notices, whole.
        bytes: What its files take, unpacked; a module counts as its source.
        files: How many of its files were collected.
    """

    name: str
    version: str
    purl: str
    licence: str
    texts: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    files: int = 0


class Sources:
    """Finds out where collected files came from."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}
        self._owner: dict[Path, Distribution] = {}
        for found in distributions():
            for file in found.files or ():
                self._owner[Path(str(found.locate_file(file))).resolve()] = found
        self._debian: dict[Path, str] = {}

    def count(self, source: str) -> None:
        """Count one collected file."""
        path = Path(source).resolve()
        if not path.is_file() or path.is_relative_to(ROOT):
            return
        part = self._part(path)
        part.bytes += path.stat().st_size
        part.files += 1

    def _part(self, path: Path) -> Part:
        if owner := self._owner.get(path):
            return self._kept(owner.metadata["Name"], lambda: _of_python(owner))
        if path.is_relative_to(Path(sys.base_prefix).resolve()):
            return self._kept("Python", _python)
        name = self._debian_package(path)
        return self._kept(f"debian {name}", lambda: _of_debian(name)) if name else self._unknown(path)

    def _kept(self, key: str, make: Any) -> Part:
        if key not in self.parts:
            self.parts[key] = make()
        return self.parts[key]

    def _unknown(self, path: Path) -> Part:
        return self._kept(path.name, lambda: Part(path.name, "", f"pkg:generic/{path.name}", "unknown"))

    def _debian_package(self, path: Path) -> str:
        if path not in self._debian:
            self._debian[path] = _debian_owner(path)
        return self._debian[path]


def _debian_owner(path: Path) -> str:
    if not shutil.which("dpkg-query"):
        return ""
    places = [str(path)]
    if str(path).startswith("/usr/lib"):
        places.append(str(path).removeprefix("/usr"))  # as Debian knew it before /lib moved
    for place in places:
        found = subprocess.run(["dpkg-query", "-S", place], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    return ""


def _of_python(found: Distribution) -> Part:
    name = found.metadata["Name"]
    part = Part(name, found.version, f"pkg:pypi/{name.lower().replace('_', '-')}@{found.version}", "")
    part.licence = SPDX.get(name) or _said_licence(found)
    for file in found.files or ():
        inside = len(file.parts) <= 2 or ".dist-info" in file.parts[0]
        if inside and LICENCE_FILE.search(file.name) and file.suffix.lower() in ("", ".txt", ".md", ".rst"):
            place = Path(str(found.locate_file(file)))
            if place.is_file():
                part.texts[file.name] = place.read_text(encoding="utf-8", errors="replace")
    return part


def _said_licence(found: Distribution) -> str:
    said = found.metadata.get("License-Expression") or ""
    if not said:
        classes = [c for c in found.metadata.get_all("Classifier") or [] if c.startswith("License ::")]
        said = "; ".join(c.rpartition(" :: ")[2] for c in classes)
    short = (found.metadata.get("License") or "").strip()
    return said or (short if 0 < len(short) < 60 else "see the licence text")


def _python() -> Part:
    version = ".".join(map(str, sys.version_info[:3]))
    part = Part("Python", version, f"pkg:generic/python@{version}", "PSF-2.0")
    text = Path(sysconfig.get_paths()["stdlib"]) / "LICENSE.txt"
    if text.is_file():
        part.texts["LICENSE.txt"] = text.read_text(encoding="utf-8", errors="replace")
    return part


def _of_debian(name: str) -> Part:
    ask = ["dpkg-query", "-W", "-f", "${Version}", name]
    version = subprocess.run(ask, capture_output=True, text=True, check=False).stdout
    part = Part(name, version, f"pkg:deb/debian/{name}@{version}", "see the licence text")
    text = Path("/usr/share/doc") / name / "copyright"
    if text.is_file():
        part.texts["copyright"] = text.read_text(encoding="utf-8", errors="replace")
    return part


def write(folder: Path, *, pure: Iterable[Entry], files: Iterable[Entry]) -> None:
    """Write `sbom.cdx.json`, `licences.txt` and `contents.json` for what was collected.

    Args:
        folder: Where to.
        pure: Modules, as PyInstaller lists them.
        files: Libraries and data, the same way.
    """
    sources = Sources()
    for _place, source, _kind in (*pure, *files):
        if source and Path(source).is_absolute():
            sources.count(source)
    parts = sorted(sources.parts.values(), key=lambda part: part.name.lower())
    folder.mkdir(parents=True, exist_ok=True)
    contents = {part.name: {"version": part.version, "licence": part.licence, "bytes": part.bytes,
                            "files": part.files} for part in parts}  # fmt: skip
    (folder / "contents.json").write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")
    (folder / "licences.txt").write_text(_licences(parts), encoding="utf-8")
    (folder / "sbom.cdx.json").write_text(_sbom(parts), encoding="utf-8")


def _licences(parts: list[Part]) -> str:
    lines = [
        (ROOT / "packaging" / "licences" / "QT-NOTICE.txt").read_text(encoding="utf-8"),
        "THE PARTS",
        "",
        *(f"{part.name} {part.version}: {part.licence}" for part in parts),
        "",
    ]
    own = {
        "mmdesk (Apache-2.0)": ROOT / "LICENSE",
        "bundled models and backbone": ROOT / "resources" / "models" / "NOTICE",
        "icons": ROOT / "resources" / "icons" / "LICENSE",
        "pictures of the self-test": ROOT / "resources" / "selftest" / "LICENSE",
        "GNU Lesser General Public License 3": ROOT / "packaging" / "licences" / "LGPL-3.0.txt",
        "GNU General Public License 3": ROOT / "packaging" / "licences" / "GPL-3.0.txt",
    }
    for name, path in own.items():
        lines += _text(name, path.read_text(encoding="utf-8"))
    for part in parts:
        for name, text in part.texts.items():
            lines += _text(f"{part.name} {part.version}: {name}", text)
    return "\n".join(lines) + "\n"


def _text(title: str, text: str) -> list[str]:
    return ["=" * 100, title, "=" * 100, "", text.strip(), ""]


def _sbom(parts: list[Part]) -> str:
    """Return a CycloneDX 1.6 document, checked against its schema."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    program = {
        "type": "application",
        "bom-ref": "mmdesk",
        "name": "mmdesk",
        "version": os.environ["MMDESK_VERSION"],
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    facts = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": program},
        "components": [_component(part) for part in parts],
        "dependencies": [{"ref": "mmdesk", "dependsOn": sorted(part.purl for part in parts)}],
    }
    text = json.dumps(facts, indent=1, sort_keys=True) + "\n"
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise SystemExit(f"The SBOM is not CycloneDX 1.6: {wrong}")
    return text


def _component(part: Part) -> dict[str, Any]:
    from cyclonedx.spdx import is_expression, is_supported_id

    if is_supported_id(part.licence):
        licences: list[dict[str, Any]] = [{"license": {"id": part.licence}}]
    elif is_expression(part.licence):
        licences = [{"expression": part.licence}]
    else:
        licences = [{"license": {"name": part.licence}}]
    return {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "purl": part.purl,
        "licenses": licences,
        "properties": [{"name": "mmdesk:unpacked-bytes", "value": str(part.bytes)}],
    }
