"""A model version as its folder holds it, read for prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmdesk.core.errors import ModelProblem
from mmdesk.core.model.out_of_distribution import EmbeddingDistribution, unpack
from mmdesk.core.model.prepare import Preparation
from mmdesk.core.versions.learnt import LEARNT, from_text
from mmdesk.core.versions.version import Parts, read_parts
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """What a version's folder says of itself.

    Attributes:
        folder: The version's folder.
        parts: Its compiled parts.
        preparation: State of its preparation.
        familiarity: What its training images look like, by image input; perhaps empty.
    """

    folder: Path
    parts: Parts
    preparation: Preparation
    familiarity: Mapping[str, EmbeddingDistribution]


def read_version(folder: Path) -> VersionFiles:
    """Read a version's folder.

    Raises:
        ModelProblem: A file of it is not there or cannot be read.
    """
    parts = read_parts(_text(folder / "parts.toml"))
    preparation = Preparation.from_json(_text(folder / "preparation.json"))
    return VersionFiles(folder, parts, preparation, _familiarity(folder / "familiarity.npz"))


def learnt_of(folder: Path) -> frozenset[str]:
    """Return digests of the cases that a version learnt from; none where its folder does not tell."""
    try:
        return from_text((folder / LEARNT).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return frozenset()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise _incomplete(file, why) from why


def _familiarity(file: Path) -> dict[str, EmbeddingDistribution]:
    if not file.exists():
        return {}
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return unpack(dict(arrays))
    except Exception as why:
        raise _incomplete(file, why) from why


def _incomplete(file: Path, why: Exception) -> ModelProblem:
    return ModelProblem(
        tr("This model version cannot be used: its {name} is not there or cannot be read.", name=file.name),
        do=tr("Choose another model version."),
        details=f"{file}: {why!r}",
    )
