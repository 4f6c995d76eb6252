"""What each reader said of a case before the model's answer was seen, and after it, from the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from mmdesk.core.fields.values import Value
from mmdesk.services.project import Project
from mmdesk.storage.database import journal
from mmdesk.storage.database.cells import from_text
from mmdesk.storage.database.journal import Entry

LABEL = "label"
"""The journal's word for a label that is stored, or taken back."""


@dataclass(frozen=True, slots=True)
class Read:
    """How a reader's answer to a target came about.

    Attributes:
        before: The last answer stored without a model's answer beside it; None for none.
        after: The last one stored with it, or since; None for none.
        version: The model version that stood beside; empty for none.
        at: When `before` was stored, UTC; empty for never.
        after_at: When `after` was stored, likewise.
        why: The last reason that the reader gave.
        stored: How often an answer was stored or changed.
    """

    before: Value = None
    after: Value = None
    version: str = ""
    at: str = ""
    after_at: str = ""
    why: str = ""
    stored: int = 0


def reads_of(
    project: Project, cases: Collection[int], readers: Collection[str]
) -> dict[int, dict[tuple[str, str], Read]]:
    """Return how some readers' answers to some cases came about, by case, target and reader."""
    with project.store.reading() as connection:
        entries = journal.of_action(connection, LABEL)
    return reads_in(project, entries, cases, readers)


def reads_in(
    project: Project, entries: Iterable[Entry], cases: Collection[int], readers: Collection[str]
) -> dict[int, dict[tuple[str, str], Read]]:
    """Return the same from entries of the journal, oldest first."""
    targets = {target.name: target for target in project.schema.targets}
    wanted, known = set(cases), set(readers)
    found: dict[int, dict[tuple[str, str], Read]] = {}
    for entry in entries:
        target = targets.get(entry.field)
        if entry.case is None or entry.case not in wanted or entry.reader not in known or target is None:
            continue
        of_case = found.setdefault(entry.case, {})
        read = of_case.get((target.name, entry.reader), Read())
        value: Value = from_text(entry.new, target)  # type: ignore[assignment]  # a label is no image
        of_case[target.name, entry.reader] = _after(read, entry, value)
    return found


def _after(read: Read, entry: Entry, value: Value) -> Read:
    why = "" if entry.undoes is not None else entry.why
    read = replace(read, stored=read.stored + 1, why=why or read.why)
    if entry.version or read.version:
        return replace(read, after=value, version=entry.version or read.version, after_at=entry.at)
    return replace(read, before=value, at=entry.at)
