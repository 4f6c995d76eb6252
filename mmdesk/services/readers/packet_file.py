"""The file that goes from one workstation to another: a zip whose every part is held by its digest.

`manifest.json` names each part with its SHA-256, and `seal` is the SHA-256 of the manifest. It tells of
damage and of careless hands; a packet's cases are also held by the project that wrote it, which keeps the
seal. It cannot stop somebody who seals anew what a reader said.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmdesk.core.disk import disk_words, is_full
from mmdesk.core.errors import Situation
from mmdesk.support.files import whole
from mmdesk.words import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".mmpacket"
FORM = 1
CASES, ANSWERS = "cases", "answers"
_MANIFEST, _SEAL = "manifest.json", "seal"
_NAME = re.compile(r"(project\.toml|cases\.jsonl|answers\.json|images/[0-9A-Za-z_-]+(\.[0-9A-Za-z]+){0,2})")


@dataclass(frozen=True, slots=True)
class Packet:
    """An open packet, held against its digests.

    Attributes:
        path: The file.
        facts: What its manifest says: `kind`, `id`, `reader` and the like.
        seal: The digest of the manifest.
        parts: The open zip.
    """

    path: Path
    facts: Mapping[str, Any]
    seal: str
    parts: zipfile.ZipFile

    def text(self, name: str) -> str:
        """Return a part as text."""
        return self.parts.read(name).decode("utf-8")


def write(out: Path, facts: Mapping[str, Any], texts: Mapping[str, str], files: Mapping[str, Path]) -> str:
    """Write a packet whole or not at all; return its seal.

    Args:
        out: The file, replaced when there.
        facts: What the manifest says.
        texts: Parts that are texts, by name.
        files: Parts that are files, by name.

    Raises:
        Situation: It cannot be written.
    """
    try:
        with whole(out) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as parts:
            digests = {}
            for name, text in texts.items():
                parts.writestr(name, text)
                digests[name] = sha256(text.encode()).hexdigest()
            for name, path in files.items():
                data = path.read_bytes()
                parts.writestr(name, data)
                digests[name] = sha256(data).hexdigest()
            manifest = json.dumps({**facts, "form": FORM, "parts": digests}, ensure_ascii=False, sort_keys=True)
            seal = sha256(manifest.encode()).hexdigest()
            parts.writestr(_MANIFEST, manifest)
            parts.writestr(_SEAL, seal)
    except OSError as problem:
        if is_full(problem) and (full := disk_words(problem, subject=out.name)):
            raise full from problem
        what = tr("The packet {name} cannot be written.", name=out.name)
        raise Situation(what, do=tr("Choose a folder where you may write."), details=str(problem)) from problem
    return seal


@contextmanager
def reading(path: Path) -> Iterator[Packet]:
    """Open a packet after all of it was held against its digests.

    Raises:
        Situation: It is no packet, a newer one, or not as it was written.
    """
    try:
        parts = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as problem:
        raise _refused(path, tr("is no packet that can be read"), str(problem)) from problem
    with parts:
        yield _checked(path, parts)


def _checked(path: Path, parts: zipfile.ZipFile) -> Packet:
    try:
        manifest = parts.read(_MANIFEST)
        facts = json.loads(manifest)
        seal = parts.read(_SEAL).decode()
        told = dict(facts["parts"])
        form = int(facts["form"])
        names = parts.namelist()
        sound = sha256(manifest).hexdigest() == seal and sorted(names) == sorted([*told, _MANIFEST, _SEAL])
        sound = sound and all(_NAME.fullmatch(name) for name in told)
        sound = sound and all(_digest(parts, name) == digest for name, digest in told.items())
    except (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile, NotImplementedError) as problem:
        raise _refused(path, tr("is not as it was written"), str(problem)) from problem
    except Exception as problem:  # a part whose compressed bytes were changed
        if type(problem).__name__ != "error":
            raise
        raise _refused(path, tr("is not as it was written"), str(problem)) from problem
    if form > FORM:
        raise _refused(path, tr("was written by a newer mmdesk"))
    if not sound:
        raise _refused(path, tr("was changed after it was written"))
    return Packet(path, facts, seal, parts)


def _digest(parts: zipfile.ZipFile, name: str) -> str:
    digest = sha256()
    with parts.open(name) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _refused(path: Path, why: str, details: str = "") -> Situation:
    what = tr("The packet {name} {why}.", name=path.name, why=why)
    return Situation(what, tr("Nothing of it was taken."), tr("Ask for the packet again."), details)
