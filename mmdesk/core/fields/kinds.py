"""The kinds of field: each reads, checks, shows, stores and explains its values.

A new kind is one class here and one entry in `KINDS`; the form, the import and the
checks come from it (`check_kind` in the tests proves a kind complete).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.kinds_choice import Choice, Flag, Grade, Labels
from mmdesk.core.fields.kinds_number import Date, Number, OutOfRange, Sequence, Text
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Reason, Value

__all__ = ["KINDS", "PLAIN", "Kind", "OutOfRange", "Style", "kind_of", "read_cell"]


class Kind(Protocol):
    """What every kind of field can do."""

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Value:
        """Read a value from what a person typed or a table's cell holds.

        Raises:
            OutOfRange: Understood, but outside the field's range.
            FieldProblem: Not understood; the message says what the field takes.
        """

    def check(self, value: Value, field: Field) -> None:
        """Raise `FieldProblem` when a present value does not fit the field."""

    def show(self, value: Value, field: Field, style: Style = PLAIN) -> str:
        """Return a present value as a person reads it, without its unit."""

    def say(self, field: Field) -> str:
        """Say in words what the field takes ("a number from 0 to 120 years")."""

    def wrong(self, field: Field) -> str:
        """Return a text that the field does not take, for tests; empty when it takes any."""

    def to_store(self, value: Value, field: Field) -> Any:
        """Return a present value as a database cell: float, int or str."""

    def from_store(self, raw: Any, field: Field) -> Value:
        """Return the value that `to_store` wrote."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image's cell is a file name; resolving it is the import's work."""

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Value:
        """Return the trimmed file name."""
        return text.strip()

    def check(self, value: Value, field: Field) -> None:
        """Take any file name; whether it can be decoded is seen when it is read."""

    def show(self, value: Value, field: Field, style: Style = PLAIN) -> str:
        """Return the file's name."""
        return str(getattr(value, "path", value)).rsplit("/", 1)[-1]

    def say(self, field: Field) -> str:
        """Say what the field takes."""
        return "an image file"

    def wrong(self, field: Field) -> str:
        """Any text may name a file."""
        return ""

    def to_store(self, value: Value, field: Field) -> Any:
        """Return the image's path."""
        return str(getattr(value, "path", value))

    def from_store(self, raw: Any, field: Field) -> Value:
        """Return the path; the store joins it with the image's facts."""
        return str(raw)


KINDS: dict[str, Kind] = {
    "image": Image(),
    "number": Number(),
    "choice": Choice(),
    "flag": Flag(),
    "text": Text(),
    "sequence": Sequence(),
    "date": Date(),
    "labels": Labels(),
    "grade": Grade(),
}


def kind_of(field: Field) -> Kind:
    """Return the kind of a field."""
    return KINDS[field.kind]


def read_cell(text: str | None, field: Field, style: Style = PLAIN) -> Value:
    """Read a table's cell; what cannot be used becomes `Missing` and keeps its text.

    Args:
        text: The cell's text, or None where the row has no such cell.
        field: The field that it belongs to.
        style: How numbers and dates are written in this table.

    Returns:
        A value, `Missing` with its reason, or None for a target that is not labelled.
    """
    trimmed = (text or "").strip()
    if trimmed in field.missing or not trimmed:
        if field.role == "target":
            return None
        return Missing(Reason.TOKEN, trimmed) if trimmed else Missing(Reason.ABSENT)
    try:
        return kind_of(field).parse(trimmed, field, style)
    except OutOfRange:
        return Missing(Reason.OUT_OF_RANGE, trimmed)
    except FieldProblem:
        return Missing(Reason.UNREADABLE, trimmed)
