"""A case and what readers and models say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mmdesk.core.fields.states import TargetPrediction
from mmdesk.core.fields.values import ADJUDICATED, NO_READERS, REFERENCE, Missing, Plain, Value

__all__ = [
    "ADJUDICATED",
    "NO_READERS",
    "REFERENCE",
    "Case",
    "ImageRef",
    "InputValue",
    "Label",
    "Prediction",
    "Previous",
    "Status",
    "TargetPrediction",
]


class Status(StrEnum):
    """What a case's row in the worklist says of it, for one reader."""

    UNREAD = "unread"
    READ = "read"
    CORRECTED = "corrected"
    REFERRED = "referred"
    CONFLICT = "conflict"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class ImageRef:
    """Where an image lies and which bytes it had when it was imported.

    Attributes:
        path: Relative to the project's folder where possible, else absolute; `/` between parts.
        sha256: Hex digest of the file's bytes, the key of its embeddings.
        size: Bytes.
        mtime: Modification time in nanoseconds.
    """

    path: str
    sha256: str
    size: int = 0
    mtime: int = 0


InputValue = Plain | ImageRef | Missing


@dataclass(frozen=True, slots=True)
class Case:
    """One unit of reading, as the model sees it: its inputs and its place.

    Attributes:
        id: Row id in the project.
        name: The case's name from the table.
        group: What keeps related cases in one split.
        split: `train`, `validation` or `test`.
        inputs: Value of each input by field name; every input is there.
        notes: Value of each note by field name.
        problem: What import found wrong with it, in words; empty when nothing.
    """

    id: int
    name: str
    group: str
    split: str
    inputs: Mapping[str, InputValue]
    notes: Mapping[str, Value] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Previous:
    """The reading of the same group (the same patient) before a case.

    Attributes:
        case: That case.
        when: Why it is before, in words: its date, or its place in the table.
    """

    case: Case
    when: str


@dataclass(frozen=True, slots=True)
class Label:
    """A target's value given by a reader.

    Attributes:
        value: The value, or `Missing` when the reader cannot judge it.
        reader: Who; `reference` when it came with the table, `adjudicated` when a third person decided.
        at: UTC time, ISO 8601.
    """

    value: Value
    reader: str
    at: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model version's answer for one case.

    Attributes:
        case: The case's id.
        version: Id of the model version.
        targets: Answer by target name.
        missing: Names of inputs that were masked.
        unlike: Names of inputs that look unlike the training cases.
        inputs_hash: Hex digest of the prepared arrays, so that it can be repeated.
        at: UTC time, ISO 8601.
        stale: An input changed since; struck through until computed again.
    """

    case: int
    version: str
    targets: Mapping[str, TargetPrediction]
    missing: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    inputs_hash: str = ""
    at: str = ""
    stale: bool = False
