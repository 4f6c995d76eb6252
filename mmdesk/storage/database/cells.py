"""Values of fields to database cells and back.

A field of the case table has two cells: its value, and why it is missing ("token:NA").
An image has a third: the facts of its file ("sha256 size mtime"). In the journal a value
is one JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from mmdesk.core.cases.case import ImageRef, InputValue
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Plain, Reason, Value

in_json = json.JSONEncoder(ensure_ascii=False).encode
"""Writes JSON as the journal has it; one encoder for all is much quicker than `json.dumps`."""

_REASONS = {reason.value: reason for reason in Reason}


class Cells(NamedTuple):
    """A value as the case table holds it."""

    value: Any = None
    missing: str | None = None
    facts: str | None = None


def to_cells(value: Value | ImageRef, field: Field) -> Cells:
    """Return the cells of a value; an unread one has none."""
    if value is None:
        return Cells()
    if isinstance(value, Missing) and value.reason is Reason.NO_OPTION:
        return Cells(value.held)
    if isinstance(value, Missing):
        return Cells(missing=f"{value.reason}:{value.held}")
    if isinstance(value, ImageRef):
        return Cells(value.path, None, f"{value.sha256} {value.size} {value.mtime}")
    return Cells(kind_of(field).to_store(value, field))


def from_missing(cell: str) -> Missing:
    """Return the missing value that a cell tells of."""
    reason, _, held = cell.partition(":")
    return Missing(_REASONS[reason], held)


def from_cells(cells: Cells, field: Field) -> Value | ImageRef:
    """Return the value of cells."""
    if cells.missing is not None:
        return from_missing(cells.missing)
    if cells.value is None:
        return None
    if kind_of(field).is_image:
        digest, size, mtime = (cells.facts or " 0 0").rsplit(" ", 2)
        return ImageRef(cells.value, digest, int(size), int(mtime))
    value: Value = kind_of(field).from_store(cells.value, field)
    return value


def input_reader(field: Field) -> Callable[[Any, str | None, str | None], InputValue]:
    """Return a quick reader of one input's cells, for many rows.

    An input without a value or a reason, as after a field was added to the schema, is absent.
    """
    kind = kind_of(field)
    absent = Missing(Reason.ABSENT)

    def read(value: Any, missing: str | None, facts: str | None) -> InputValue:
        if missing is not None:
            return from_missing(missing)
        if value is None:
            return absent
        if facts is not None:
            digest, size, mtime = facts.rsplit(" ", 2)
            return ImageRef(value, digest, int(size), int(mtime))
        found: Plain | Missing = kind.from_store(value, field)
        return found

    return read


def to_text(value: Value | ImageRef, field: Field) -> str | None:
    """Return a value as the journal writes it; None for an unread one."""
    return cells_to_text(to_cells(value, field))


def cells_to_text(cells: Cells) -> str | None:
    """Return cells as the journal writes them."""
    if cells.value is None and cells.missing is None:
        return None
    named = {"value": cells.value, "missing": cells.missing, "facts": cells.facts}
    return in_json({key: cell for key, cell in named.items() if cell is not None})


def text_to_cells(text: str | None) -> Cells:
    """Return the cells of a journalled value."""
    if text is None:
        return Cells()
    named = json.loads(text)
    return Cells(named.get("value"), named.get("missing"), named.get("facts"))


def from_text(text: str | None, field: Field) -> Value | ImageRef:
    """Return a journalled value."""
    return from_cells(text_to_cells(text), field)
