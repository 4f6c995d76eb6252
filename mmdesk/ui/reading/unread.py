"""The next unread case of a list, or the one before."""

from __future__ import annotations

from collections.abc import Callable

from mmdesk.core.cases.listing import Listing
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.words import tr


def find_unread(bridge: Bridge, listing: Listing, start: int, step: int, found: Callable[[int | None], object]) -> None:
    """Look for an unread case after the case `start`, or before it with a step of -1."""
    position = listing.place_of(start)

    def work(session: Session) -> int | None:
        from mmdesk.services.cases.finding import next_unread

        return next_unread(session.project, listing, position, step, session.reader)

    bridge.read(tr("Looking for an unread case"), work, found, urgent=True)
