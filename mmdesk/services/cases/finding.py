"""Where a case is in the worklist: found in the database, never by going over the rows of the window."""

from __future__ import annotations

from mmdesk.core.cases.listing import Listing
from mmdesk.services.cases.reading import WorklistQuery, case_ids
from mmdesk.services.project import Project

_FEW = 1000
"""Names that are looked at together; where more begin with the letters, the list is followed instead."""


def find_by_name(project: Project, listing: Listing, letters: str, start: int) -> int:
    """Return the place of the first listed case, from a place on, whose name begins with letters; or -1.

    Args:
        project: The project.
        listing: The cases that are listed.
        letters: The beginning of a name, in any letter case.
        start: Where to begin; after the last case it goes on with the first.
    """
    if not len(listing):
        return -1
    few = project.store.ids_by_prefix(letters, _FEW)
    if len(few) < _FEW:
        return listing.next_of(few, start)
    for first in (*range(start, len(listing), _FEW), *range(0, start, _FEW)):
        some = listing[first : first + _FEW]
        if found := project.store.ids_by_prefix(letters, _FEW, some):
            return listing.next_of(found, start)
    return -1


def next_unread(project: Project, listing: Listing, place: int, step: int, reader: str) -> int | None:
    """Return the id of the next unread case of a list, or of the one before with a step of -1; or None."""
    unread = set(case_ids(project, WorklistQuery("is:unread"), reader))
    way = range(place + 1, len(listing)) if step > 0 else range(place - 1, -1, -1)
    return next((listing[at] for at in way if listing[at] in unread), None)
