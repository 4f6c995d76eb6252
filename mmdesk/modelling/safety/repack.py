"""Through the gate: what Keras is given is an archive of our own making, with what was looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mmdesk.modelling.safety.archive import CONFIG, MEMBERS, METADATA, WEIGHTS, pack, take_copy, unpack
from mmdesk.modelling.safety.config import read_structure
from mmdesk.modelling.safety.refusal import refused
from mmdesk.modelling.safety.weights import count_weights
from mmdesk.modelling.safety.word_lists import check_word_list
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Passed:
    """A foreign model file that may be loaded.

    Attributes:
        original: Its copy, byte for byte.
        clean: The archive for Keras: same weights, the description as it was understood.
        sha256: Hex digest of the original.
        size: Its bytes.
        keras: Version of Keras that saved it.
        classes: How often it names each class.
    """

    original: Path
    clean: Path
    sha256: str
    size: int
    keras: str
    classes: Mapping[str, int]


def pass_gate(source: Path, folder: Path, *, sha256: str = "", judged: bool = True) -> Passed:
    """Look at a foreign model file without Keras, byte by byte.

    Args:
        source: The file that the person chose.
        folder: An empty folder of our own.
        sha256: The digest that it had when the person agreed to it; any when empty.
        judged: Only allowed classes may be named; otherwise any, for a model whose code a person vouches for.

    Raises:
        ModelProblem: It is not taken; the words say why.
    """
    copied = take_copy(source, folder)
    if sha256 and copied.sha256 != sha256:
        raise refused("it has changed since it was looked at", tr("Choose it again."))
    members = unpack(copied, folder)
    for name in members.keys() - set(MEMBERS):
        check_word_list(members[name])
    weights = count_weights(members[WEIGHTS])
    structure = read_structure(members[CONFIG].read_bytes(), members[METADATA].read_bytes(), weights, judged=judged)
    members[CONFIG].write_text(json.dumps(structure.config), "utf-8")
    members[METADATA].write_text(json.dumps({"keras_version": structure.keras}), "utf-8")
    clean = folder / "clean.keras"
    pack(members, clean)
    return Passed(copied.file, clean, copied.sha256, copied.size, structure.keras, structure.classes)
