"""The worklist as it is shown: its columns and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mmdesk.core.cases.case import REFERENCE, Status
from mmdesk.core.fields.schema import Schema
from mmdesk.words import tr

Columns = Sequence[tuple[str, str]]
"""Name and heading of each column."""


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One case in the worklist.

    Attributes:
        id: Id of the case.
        name: Its name.
        status: Its status for the reader.
        cells: By field: a record field's value, `ok` for an image, or why it is missing.
        label: The reader's own label, in words; empty when unread.
        reference: The label that came with the table, in words; empty while hidden or not there.
        model: The current version's answer, in words; empty while hidden or not there.
        why: Why it deserves a look, in words.
        draft: The reader has answered something that is not stored.
        hidden: What the own read comes before is hidden.
    """

    id: int
    name: str
    status: Status
    cells: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    reference: str = ""
    model: str = ""
    why: str = ""
    draft: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class FirstPage:
    """What a project's worklist shows when it is opened: all cases, in the table's order.

    Attributes:
        name: Name of the project.
        columns: Its columns.
        ids: Ids of all cases.
        rows: The rows of the first of them.
        unread: Ids of the cases that the reader has not read, in order.
        parts: Files of the compiled parts of the model in use; none when there is none.
    """

    name: str
    columns: Columns
    ids: Sequence[int]
    rows: Sequence[WorklistRow]
    unread: Sequence[int] = ()
    parts: Sequence[str] = ()


def columns_of(schema: Schema | None) -> list[tuple[str, str]]:
    """Return the columns for a project's fields; without a schema those that every worklist has."""
    fields = (*schema.images, *schema.record) if schema else ()
    return [
        ("status", ""),
        ("case", "Case"),
        *((field.name, field.title) for field in fields),
        ("label", "You"),
        (REFERENCE, "Reference"),
        ("model", "Model"),
        ("why", tr("Why it is here")),
    ]
