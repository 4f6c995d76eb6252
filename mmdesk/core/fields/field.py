"""A field of a case, as the schema declares it."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("input", "target", "note")
SHOWN = ("always", "after", "never")
"""When a note is shown: always, after the reader's own read, never."""
DEFAULT_MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "?", "null", "None")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a case, declared once; form, import, checks and model come from it.

    Attributes:
        name: Identifier, unique in the schema; the model's input or output name.
        role: `input`, `target` or `note`.
        kind: Name of its kind, one of `core.fields.kinds.KINDS`.
        columns: Table columns it is read from; several only for `labels`.
        label: Words shown to the reader; the name when empty.
        unit: Unit of a number, shown beside it.
        min: Smallest number taken, or None.
        max: Largest number taken, or None.
        options: Values of a `choice`, `labels` or `grade`, in order. A grade's
            value is the index of its option; the database keeps the option's name.
        folder: For images, the folder of the files relative to the table.
        missing: Cell texts that mean missing, the empty one included.
        side: `left`, `right` or empty: the side of the body an image shows.
        channels: Names of a sequence's channels, one per column of its steps.
        depth: For volumes, the slices that a model sees; 0 where the schema does not say.
        fit: For volumes, how slices are made to fit, one of `core.fields.volume_form.FITS`.
        window: For volumes, the window in which they are shown and seen by a model; see there.
        help: One sentence for the reader, shown as a tooltip.
        show: For notes, when it is shown; one of `SHOWN`.
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
    depth: int = 0
    fit: str = ""
    window: str = ""
    help: str = ""
    show: str = "always"

    @property
    def title(self) -> str:
        """The words a reader sees."""
        return self.label or self.name
