"""The outer shell of a foreign `.keras` file: a plain archive of three plain members, and maybe word lists."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from mmdesk.modelling.safety.refusal import refused
from mmdesk.modelling.safety.word_lists import FOLDER, MOST_LISTS, is_word_list, why_no_asset
from mmdesk.modelling.safety.word_lists import LARGEST as LARGEST_LIST
from mmdesk.words import QT_TR_NOOP, tr

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
MEMBERS = (METADATA, CONFIG, WEIGHTS)
LARGEST = 2 << 30
"""Bytes of a model file at most."""
LARGEST_MEMBER = {METADATA: 64 << 10, CONFIG: 16 << 20, WEIGHTS: LARGEST}
RATIO = 20
"""How much smaller than its content a compressed member may be; Keras stores them as they are."""
_BLOCK = 1 << 20
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_ENCRYPTED = 0x1
_OTHER_FORMS = {
    ".h5": QT_TR_NOOP("an HDF5 file of the older kind"),
    ".hdf5": QT_TR_NOOP("an HDF5 file of the older kind"),
    ".pb": "a SavedModel",
    ".pkl": QT_TR_NOOP("a pickle, which runs code when it is read"),
    ".pickle": QT_TR_NOOP("a pickle, which runs code when it is read"),
    ".joblib": QT_TR_NOOP("a pickle, which runs code when it is read"),
    ".pt": QT_TR_NOOP("a PyTorch file, which runs code when it is read"),
    ".pth": QT_TR_NOOP("a PyTorch file, which runs code when it is read"),
}


@dataclass(frozen=True, slots=True)
class Copied:
    """A foreign file's private copy.

    Attributes:
        file: Where it lies.
        sha256: Hex digest of its bytes.
        size: How many they are.
    """

    file: Path
    sha256: str
    size: int


def take_copy(source: Path, folder: Path) -> Copied:
    """Copy a foreign file to a folder of our own, so that nobody changes it while it is looked at.

    Args:
        source: The file that the person chose.
        folder: Where the copy goes.

    Raises:
        ModelProblem: It is no regular `.keras` file of a size that can be.
    """
    _check_file(source)
    return copy_of(source, folder / "incoming.keras")


def copy_of(source: Path, copy: Path) -> Copied:
    """Copy a file that the person chose; links are not followed.

    Args:
        source: The file.
        copy: Where its copy goes.

    Raises:
        Refusal: It is no regular file, too large, or cannot be read.
    """
    digest, size = sha256(), 0
    try:
        opened = os.open(source, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(opened, "rb") as reading, copy.open("wb") as writing:
            while block := reading.read(_BLOCK):
                size += len(block)
                if size > LARGEST:
                    raise refused(
                        tr("it is larger than {largest} GB", largest=LARGEST >> 30), tr("Use a smaller model.")
                    )
                digest.update(block)
                writing.write(block)
    except OSError as why:
        raise refused(tr("it cannot be read"), tr("Check that you may open it."), str(why)) from why
    return Copied(copy, digest.hexdigest(), size)


def _check_file(source: Path) -> None:
    suffix = source.suffix.lower()
    if str(source).startswith(("hf:", "http:", "https:", "gs:", "s3:")):
        raise refused(tr("it is an address, and mmdesk loads nothing over a network"))
    if suffix in _OTHER_FORMS:
        raise refused(
            tr("it is {other_forms}", other_forms=_OTHER_FORMS[suffix]),
            tr("Save it again with Keras 3: model.save('NAME.keras')."),
        )
    check_regular(source)
    if suffix != ".keras":
        raise refused(tr("its name does not end in .keras"), tr("Choose a file that Keras 3 saved."))


def check_regular(source: Path) -> None:
    """See that a path is a regular file of a size that can be.

    Raises:
        Refusal: It is not.
    """
    try:
        facts = source.lstat()
    except (OSError, ValueError) as why:
        raise refused(tr("there is no such file"), tr("Check its name."), str(why)) from why
    if not stat.S_ISREG(facts.st_mode):
        kinds = {stat.S_IFLNK: tr("a link to another file"), stat.S_IFDIR: "a folder"}
        kind = kinds.get(stat.S_IFMT(facts.st_mode), tr("not a regular file"))
        raise refused(tr("it is {kind}", kind=kind), tr("Choose the file itself."))
    if facts.st_size > LARGEST:
        raise refused(tr("it is larger than {largest} GB", largest=LARGEST >> 30), tr("Use a smaller model."))


def unpack(copied: Copied, folder: Path) -> dict[str, Path]:
    """Take the members out of the archive.

    Args:
        copied: The private copy.
        folder: Where they go.

    Returns:
        The file of each member.

    Raises:
        ModelProblem: It is no archive that Keras writes.
    """
    with copied.file.open("rb") as file:
        if file.read(4) != b"PK\3\4":
            raise refused(tr("it is no Keras 3 file, whatever its name says"))
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                _check_members(members)
                _check_places(file, members, archive.start_dir)
                return {
                    info.filename: _take_out(archive, info, folder / f"member-{n}") for n, info in enumerate(members)
                }
        except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError) as why:
            raise refused("its archive is damaged or was put together by hand", details=repr(why)) from why
        except (RuntimeError, EOFError, OSError, struct.error, OverflowError) as why:
            raise refused(tr("its archive cannot be read"), details=repr(why)) from why


def pack(members: dict[str, Path], out: Path) -> None:
    """Write the archive that Keras is given: our own, with the members that were looked at.

    Args:
        members: The file of each member.
        out: The archive to write.
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in (*MEMBERS, *sorted(members.keys() - set(MEMBERS))):
            archive.write(members[name], name)


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in members]
    for info in members:
        _check_name(info)
    if len(set(names)) != len(names):
        raise refused(tr("its archive holds one member twice"))
    if absent := [name for name in MEMBERS if name not in names]:
        raise refused(tr("its archive lacks {absent}", absent=absent[0]))
    if len(members) - len(MEMBERS) > MOST_LISTS:
        raise refused(tr("it brings more word lists than any model needs"))
    for info in members:
        _check_member(info)


def _check_name(info: zipfile.ZipInfo) -> None:
    name = info.filename
    raw = info.orig_filename
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
        raise refused("its archive holds a name that leads out of it", details=raw[:200])
    if stat.S_ISLNK(info.external_attr >> 16):
        raise refused("its archive holds a link to another file", details=raw[:200])
    if name.startswith(FOLDER) and not is_word_list(name):
        raise refused(why_no_asset(name), details=raw[:200])
    if (name not in MEMBERS and not is_word_list(name)) or raw != name:
        raise refused("its archive holds more than the parts of a model", details=raw[:200])


def _check_member(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise refused(tr("its archive is encrypted"))
    if info.file_size > LARGEST_MEMBER.get(info.filename, LARGEST_LIST):
        raise refused(tr("its {filename} is larger than any model needs", filename=info.filename))
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refused(tr("its archive is compressed in a way that Keras does not use"))
    if info.file_size > RATIO * max(info.compress_size, 1) + 1024:
        raise refused(tr("its {filename} would unpack to many times its size", filename=info.filename))


def _check_places(file: BinaryIO, members: list[zipfile.ZipInfo], end: int) -> None:
    """See that the members lie one behind the other and say of themselves what the list says."""
    place = 0
    for info in sorted(members, key=lambda member: member.header_offset):
        if info.header_offset != place and (place == 0 or info.header_offset < place):
            raise refused(tr("the members of its archive overlap"))
        file.seek(info.header_offset)
        header = _LOCAL.unpack(file.read(_LOCAL.size))
        name = file.read(header[9])
        if header[0] != b"PK\3\4" or name != info.filename.encode() or header[3] != info.compress_type:
            raise refused("its archive lists other members than it holds")
        place = info.header_offset + _LOCAL.size + header[9] + header[10] + info.compress_size
        if place > end:
            raise refused(tr("the members of its archive overlap"))


def _take_out(archive: zipfile.ZipFile, info: zipfile.ZipInfo, out: Path) -> Path:
    left = info.file_size
    try:
        with archive.open(info) as reading, out.open("wb") as writing:
            while block := reading.read(min(_BLOCK, left + 1)):
                left -= len(block)
                if left < 0:
                    raise refused(tr("its {filename} is larger than its archive says", filename=info.filename))
                writing.write(block)
    except (zipfile.BadZipFile, zlib.error) as why:
        raise refused(tr("its archive is damaged"), details=repr(why)) from why
    if left:
        raise refused(tr("its {filename} is smaller than its archive says", filename=info.filename))
    return out
