"""Undo and redo of the reader's last change, in whichever case it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mmdesk.core.changes import Change
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.kit.keys import Keys
from mmdesk.words import tr


def undo(bridge: Bridge, keys: Keys, then: Callable[[Change], object]) -> None:
    """Undo this reader's last change, and say which key brings it back."""

    def work(session: Session) -> Change | None:
        from mmdesk.services.cases.reading import undo

        return undo(session.project, session.reader)

    def done(change: Change | None) -> None:
        if change is not None and (key := keys.hint("redo")):
            change = replace(change, words=tr("{undone} Redo {key}.", undone=change.words, key=key))
        _follow(bridge, change, tr("There is nothing to undo."), then)

    bridge.read("Undoing", work, done, urgent=True)


def redo(bridge: Bridge, then: Callable[[Change], object]) -> None:
    """Redo what was undone last."""

    def work(session: Session) -> Change | None:
        from mmdesk.services.cases.reading import redo

        return redo(session.project, session.reader)

    bridge.read(
        "Redoing",
        work,
        lambda change: _follow(bridge, change, tr("There is nothing to redo."), then),
        urgent=True,
    )


def _follow(bridge: Bridge, change: Change | None, nothing: str, then: Callable[[Change], object]) -> None:
    if change is None:
        bridge.notices.tell(nothing)
        return
    bridge.tell(change)
    if change.fields and len(change.cases) == 1:
        bridge.predictions.predict_soon(next(iter(change.cases)))
    then(change)
