"""What a writing transaction gathers, and what it says it touched when it ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from mmdesk.storage.cases import drafts
from mmdesk.storage.cases.edits import Edit


@dataclass(frozen=True, slots=True)
class Changed:
    """What a stored change touched.

    Attributes:
        at: UTC time of the transaction; empty when nothing was stored.
        edits: The edits of the change (for undo: of the change undone).
        draft: The draft answer that was taken back or given again instead of a stored change.
    """

    at: str = ""
    edits: tuple[Edit, ...] = ()
    draft: drafts.Step | None = None

    @property
    def cases(self) -> frozenset[int]:
        """Ids of the cases."""
        return frozenset(edit.case for edit in self.edits)

    @property
    def inputs(self) -> frozenset[str]:
        """Names of the inputs and notes whose values changed."""
        return frozenset(edit.field for edit in self.edits if edit.action == "input")


@dataclass(slots=True)
class Writing:
    """One writing transaction; what it journals is appended when it ends.

    Attributes:
        connection: For statements.
        at: UTC time of the transaction.
        entries: Rows to be journalled.
    """

    connection: Connection
    at: str
    entries: list[dict[str, Any]] = field(default_factory=list)

    def note(self, reader: str, rows: Iterable[dict[str, Any]], **more: Any) -> None:
        """Have rows journalled in a reader's name."""
        self.entries += [{"at": self.at, "reader": reader, **row, **more} for row in rows]
