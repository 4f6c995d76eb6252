"""A model version: how it stands in a project and which files it consists of."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from mmdesk.core.errors import ModelProblem
from mmdesk.core.versions.card import Card
from mmdesk.words import tr

ORIGINAL = "original.keras"
"""File in the folder of a version that was made elsewhere: the model as it came, byte for byte."""

ORIGINAL_ONNX = "original.onnx"
"""The same for a model that came as an ONNX file; it has no `model.keras` beside it."""

ORIGINAL_CODE = "original.py"
"""Beside the two, where the model ran code of its maker's: that code, to be read; nothing runs it."""

SIGNATURE = "signature.json"
"""File in a version's folder that says what its whole model takes, gives and hashes to."""


def say_compiled_only(version: str, files: Collection[str]) -> str:
    """Return why a version has no Keras model; empty where it has one.

    Args:
        version: Its id.
        files: Names of the files in its folder.
    """
    if ORIGINAL_ONNX not in files:
        return ""
    if ORIGINAL in files:
        return tr(
            "{version} is what its maker's code compiled to, so there is no Keras model of it here.", version=version
        )
    return tr("{version} came as an ONNX file, so there is no Keras model of it.", version=version)


class VersionState(StrEnum):
    """How a model version stands in a project."""

    BUNDLED = "bundled"
    CANDIDATE = "candidate"
    CURRENT = "current"
    EARLIER = "earlier"
    DISCARDED = "discarded"


ON_TRIAL = frozenset({VersionState.CANDIDATE, VersionState.DISCARDED})
"""States of a version that is compared with the current one and can still be promoted."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A model version as a project knows it.

    Attributes:
        id: `v1`, `v2`, ... inside a project; a bundled model's name.
        name: Words for a person.
        state: One of `VersionState`.
        parent: Id of the version it was fine-tuned from; empty for none.
        created: UTC time, ISO 8601.
        folder: Relative to the project's folder; empty for a bundled model.
        card: What it was trained on and how well it does.
    """

    id: str
    name: str
    state: str
    parent: str = ""
    created: str = ""
    folder: str = ""
    card: Card = field(default_factory=Card)


@dataclass(frozen=True, slots=True)
class EncoderPart:
    """An image encoder in its compiled form.

    Attributes:
        name: Name of the nested model in `model.keras`.
        file: File name in the folder of parts: its SHA-256 and `.onnx`.
        inputs: Image inputs that it serves.
        size: Pixels of its square RGB image.
        width: Length of the embedding that it gives.
        depth: Slices of a volume; 0 for an encoder of images.
        slices: How they are made so many, one of `core.fields.volume_form.FITS`.
        window: In which window a volume is seen; see there.
        channels: 1 for grey, 3 for colours.
    """

    name: str
    file: str
    inputs: tuple[str, ...]
    size: int
    width: int
    depth: int = 0
    slices: str = ""
    window: str = ""
    channels: int = 3


@dataclass(frozen=True, slots=True)
class Parts:
    """The compiled parts of a model version.

    Attributes:
        encoders: Image encoders; none for a model without images or a foreign one.
        head: File name of the head in the folder of parts; empty when the model
            cannot be compiled and runs in the child process.
    """

    encoders: tuple[EncoderPart, ...] = ()
    head: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """All file names in the folder of parts, each once."""
        names = [encoder.file for encoder in self.encoders] + [self.head]
        return tuple(dict.fromkeys(name for name in names if name))

    def encoder_of(self, name: str) -> EncoderPart:
        """Return the encoder that serves an image input.

        Raises:
            KeyError: No encoder serves that input.
        """
        for encoder in self.encoders:
            if name in encoder.inputs:
                return encoder
        raise KeyError(name)


def read_parts(text: str, file: str = "parts.toml") -> Parts:
    """Read the text of a `parts.toml`.

    Args:
        text: Its content.
        file: Its name, for messages.

    Raises:
        ModelProblem: The text names no usable parts.
    """
    try:
        raw = tomllib.loads(text)
        encoders = tuple(
            EncoderPart(
                name=str(row["name"]),
                file=_plain_name(row["file"]),
                inputs=tuple(str(name) for name in row["inputs"]),
                size=int(row["size"]),
                width=int(row["width"]),
                **{key: row[key] for key in ("depth", "slices", "window", "channels") if key in row},
            )
            for row in raw.get("encoder", [])
        )
        return Parts(encoders, _plain_name(raw["head"]["file"]))
    except (KeyError, TypeError, ValueError) as reason:
        raise ModelProblem(
            tr("The list of a model's parts, {file}, cannot be read.", file=file),
            do=tr("Choose another model version."),
            details=repr(reason),
        ) from reason


def write_parts(parts: Parts) -> str:
    """Return the text of a `parts.toml`; `read_parts` gives the same parts back."""
    import tomli_w

    encoders = [
        {
            "name": encoder.name,
            "file": encoder.file,
            "inputs": list(encoder.inputs),
            "size": encoder.size,
            "width": encoder.width,
        }
        | (
            {
                "depth": encoder.depth,
                "slices": encoder.slices,
                "window": encoder.window,
                "channels": encoder.channels,
            }
            if encoder.depth
            else {}
        )
        for encoder in parts.encoders
    ]
    return tomli_w.dumps({"encoder": encoders, "head": {"file": parts.head}})


def _plain_name(name: object) -> str:
    text = str(name)
    if "/" in text or "\\" in text or text.startswith("."):
        raise ValueError(text)
    return text
