"""When a case was changed, as a condition in SQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, exists

from mmdesk.core.fields.search_tree import Term
from mmdesk.storage.database.tables import journal


def changed_by(reader: str, number: ColumnElement[int], term: Term) -> ColumnElement[bool]:
    """Return the condition that a reader changed a case on some days of the local calendar.

    Args:
        reader: Who; only the asking reader, so that it tells nothing of others; anybody when empty.
        number: The column with the case's id.
        term: The days, the ends included unless it is strict.
    """
    conditions = [journal.c.case_id == number]
    if reader:
        conditions.append(journal.c.reader == reader)
    if term.low is not None:
        conditions.append(journal.c.at >= _begins(term.low, int(term.strict)))
    if term.high is not None:
        conditions.append(journal.c.at < _begins(term.high, int(not term.strict)))
    return exists().where(*conditions)


def _begins(day: str, later: int) -> str:
    """Return when a local day begins, some days later, as the journal writes times."""
    first = date.fromisoformat(day)
    if (date.max - first).days <= later + 1:
        return "9999-12-31"
    if first.year < 2:
        return ""
    local = datetime.combine(first + timedelta(days=later), time())
    return local.astimezone(UTC).isoformat(timespec="microseconds")
