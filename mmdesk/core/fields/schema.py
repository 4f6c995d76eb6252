"""The schema: what a project's cases consist of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

ROLES = ("input", "target", "note")
INPUT_KINDS = ("image", "number", "choice", "flag", "text", "sequence", "date")
TARGET_KINDS = ("flag", "choice", "labels", "number", "grade")
NOTE_KINDS = ("number", "choice", "flag", "text", "sequence", "date")
DEFAULT_MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "?", "null", "None")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a case, declared once; form, import, checks and model come from it.

    Attributes:
        name: Identifier, unique in the schema; the model's input or output name.
        role: `input`, `target` or `note`.
        kind: One of `INPUT_KINDS`, `TARGET_KINDS` or `NOTE_KINDS`.
        columns: Table columns it is read from; several only for `labels`.
        label: Words shown to the reader; the name when empty.
        unit: Unit of a number, shown beside it.
        min: Smallest number taken, or None.
        max: Largest number taken, or None.
        options: Values of a `choice`, `labels` or `grade`, in order. A grade's
            value is the index of its option.
        folder: For images, the folder of the files relative to the table.
        missing: Cell texts that mean missing, the empty one included.
        side: `left`, `right` or empty: the side of the body an image shows.
        channels: Names of a sequence's channels, one per column of its steps.
        help: One sentence for the reader, shown as a tooltip.
    """

    name: str
    role: str
    kind: str
    columns: tuple[str, ...] = ()
    label: str = ""
    unit: str = ""
    min: float | None = None
    max: float | None = None
    options: tuple[str, ...] = ()
    folder: str = ""
    missing: tuple[str, ...] = DEFAULT_MISSING
    side: str = ""
    channels: tuple[str, ...] = ()
    help: str = ""

    @property
    def title(self) -> str:
        """The words a reader sees."""
        return self.label or self.name

    @property
    def outputs(self) -> int:
        """Width of a target's model output (a grade has one less than its options)."""
        match self.kind:
            case "choice" | "labels":
                return len(self.options)
            case "grade":
                return len(self.options) - 1
        return 1


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of a project and the columns that name and group its cases.

    Attributes:
        name: The project's name.
        case: Column that names the case.
        group: Column that keeps related cases in one split; the case column when empty.
        fields: All fields, inputs first, then targets, then notes.
    """

    name: str
    case: str
    group: str
    fields: tuple[Field, ...]

    @property
    def inputs(self) -> tuple[Field, ...]:
        """Fields that the model sees."""
        return tuple(f for f in self.fields if f.role == "input")

    @property
    def targets(self) -> tuple[Field, ...]:
        """Fields that the model predicts."""
        return tuple(f for f in self.fields if f.role == "target")

    @property
    def notes(self) -> tuple[Field, ...]:
        """Fields that are shown and never fed to the model."""
        return tuple(f for f in self.fields if f.role == "note")

    @property
    def images(self) -> tuple[Field, ...]:
        """Inputs that are images, in the order of the panes."""
        return tuple(f for f in self.inputs if f.kind == "image")

    @property
    def record(self) -> tuple[Field, ...]:
        """Inputs that are not images."""
        return tuple(f for f in self.inputs if f.kind != "image")

    def field(self, name: str) -> Field:
        """Return the field of that name.

        Raises:
            KeyError: The schema has no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def renamed(self, name: str) -> Schema:
        """Return the same schema under another project name."""
        return replace(self, name=name)
