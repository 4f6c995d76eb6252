"""What a reader may see of what others said: the rule that every query for a reader's eyes goes through.

The condition stands in the query itself, so that what is hidden never leaves the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, case, exists, or_, select, true

from mmdesk.core.cases.case import ADJUDICATED, REFERENCE
from mmdesk.core.cases.marks import Mark
from mmdesk.core.fields.schema import Schema
from mmdesk.storage.cases import answers, marks
from mmdesk.storage.cases.answers import Labels
from mmdesk.storage.database.tables import assignments, labels, reads, settings
from mmdesk.storage.database.tables import marks as marks_table

UNTIL = "others_until"
"""The setting that says how long readers do not see one another; one of `Until`."""

_reads = reads.alias("reads_of_all")
_labels = labels.alias("labels_of_all")


class Until(StrEnum):
    """How long a reader does not see what the other readers of a case said."""

    OWN = "own"
    """Until the own read is stored, where the own read comes first."""
    BOTH = "both"
    """Also until everybody to whom the case is assigned has read it."""
    ADJUDICATION = "adjudication"
    """Also until a third person has decided it."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """For whom something is looked up.

    Attributes:
        reader: Who.
        own_first: The own read comes before all that others say.
    """

    reader: str
    own_first: bool


def read_labels(connection: Connection, schema: Schema, eyes: Eyes, ids: Iterable[int] | None = None) -> Labels:
    """Return the labels that a reader may see, by case and target."""
    return answers.read_labels(connection, schema, ids, _seen(eyes, labels.c.reader, labels.c.case_id))


def read_marks(connection: Connection, eyes: Eyes, ids: Iterable[int] | None = None) -> dict[int, list[Mark]]:
    """Return the marks that a reader may see, by case."""
    return marks.read_marks(connection, ids, _seen(eyes, marks_table.c.reader, marks_table.c.case_id))


def _seen(eyes: Eyes, who: ColumnElement[str], number: ColumnElement[int]) -> ColumnElement[bool]:
    own = _has_read(eyes.reader, number) if eyes.own_first else true()
    return or_(
        who == eyes.reader,
        and_(who == REFERENCE, own),
        and_(who.not_in((REFERENCE, eyes.reader)), own, after_all(number)),
    )


def labelled_by(name: str, reader: str, number: ColumnElement[int], *, own_first: bool) -> ColumnElement[bool]:
    """Return the condition that a case has a label of somebody which a reader may see.

    Args:
        name: Whose label.
        reader: For whose eyes; everything may be seen when empty.
        number: The column with the case's id.
        own_first: The own read comes before all that others say.
    """
    theirs = labels.alias("labels_of_one")
    seen = _seen(Eyes(reader, own_first), theirs.c.reader, theirs.c.case_id) if reader else true()
    return exists().where(theirs.c.case_id == number, theirs.c.reader == name, seen)


def after_all(number: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that the project's rule lets readers of a case see one another.

    Args:
        number: The column with the case's id.
    """
    until = select(settings.c.value).where(settings.c.key == UNTIL).scalar_subquery()
    assigned = exists().where(assignments.c.case_id == number)
    decided = exists().where(_labels.c.case_id == number, _labels.c.reader == ADJUDICATED)
    return case(
        (until == f'"{Until.BOTH}"', ~waits(number)),
        (until == f'"{Until.ADJUDICATION}"', or_(~assigned, decided)),
        else_=true(),
    )


def waits(number: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that somebody to whom a case is assigned has not read it."""
    read = exists().where(
        _reads.c.case_id == assignments.c.case_id, _reads.c.reader == assignments.c.reader, _reads.c.complete == 1
    )
    return exists().where(assignments.c.case_id == number, ~read)


def _has_read(reader: str, number: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(_reads.c.case_id == number, _reads.c.reader == reader, _reads.c.complete == 1)
