"""The schema: what a project's cases consist of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mmdesk.core.fields.field import DEFAULT_MISSING, ROLES, Field
from mmdesk.core.fields.kinds import kind_of

__all__ = ["DEFAULT_MISSING", "ROLES", "Field", "Schema"]


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
        return tuple(f for f in self.inputs if kind_of(f).is_image)

    @property
    def record(self) -> tuple[Field, ...]:
        """Inputs that are not images."""
        return tuple(f for f in self.inputs if not kind_of(f).is_image)

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
