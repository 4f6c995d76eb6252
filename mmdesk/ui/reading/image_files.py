"""Sees, away from the window's thread, whether images are still those that were imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from mmdesk.core.cases.case import Case
from mmdesk.core.changes import Change
from mmdesk.core.job import JobContext
from mmdesk.ui.images.changed_file import TAKE
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView

CHANGED_WORDS = QT_TR_NOOP(
    "This is not the picture that was imported: the file has changed since. "
    "Your labels and marks are safe; they belong to the imported one. The model leaves this picture out."
)
TOUCHED_WORDS = QT_TR_NOOP("The file was written since it was imported. Its content is being compared.")


class ImageFiles(QObject):
    """Looks at size and time first, then at the content, each once for a file as it is.

    Args:
        bridge: Runs the work.
        current: Returns the case on the screen.
        shown_again: Called when what is known of the case on the screen changed.
    """

    def __init__(
        self, bridge: Bridge, current: Callable[[], CaseView | None], shown_again: Callable[[], object],
        parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._bridge = bridge
        self._window = parent
        self._current = current
        self._shown_again = shown_again
        self._known: dict[int, dict[str, str]] = {}

    def forget(self) -> None:
        """Know nothing, as when the project closes."""
        self._known.clear()

    def words(self, case_id: int, field: str) -> str:
        """Return what is to be said across a picture; empty for nothing."""
        match self._known.get(case_id, {}).get(field, ""):
            case "changed":
                return tr(CHANGED_WORDS)
            case "touched":
                return tr(TOUCHED_WORDS)
        return ""

    def changed(self, case_id: int, field: str) -> bool:
        """Tell whether a file surely is another one."""
        return self._known.get(case_id, {}).get(field) == "changed"

    def see(self, view: CaseView) -> None:
        """Look at the files of a case that is shown, and of the reading before it."""
        session = self._bridge.session
        if session is None:
            return
        cases = [view.case] if view.previous is None else [view.case, view.previous.case]

        def look(_ctx: JobContext) -> dict[int, dict[str, str]]:
            from mmdesk.services.images.state import look_at_images

            return {case.id: dict(look_at_images(session.project, case)) for case in cases}

        def looked(found: dict[int, dict[str, str]]) -> None:
            self._take(cases, found, session)
            unsure = [case for case in cases if {"unsure", "touched"} & set(found[case.id].values())]
            if unsure:
                self._compare(unsure, session)

        self._bridge.run(tr("Looking at the image files"), look, looked, lane="decode", urgent=True)

    def decide(self, field: str, way: str) -> None:
        """Take the file in the place of an image, or ask where the imported one is."""
        view = self._current()
        if view is None:
            return
        case_id = view.case.id
        if way == TAKE:

            def take(session: Session) -> Change:
                from mmdesk.services.cases.image_files import take_new

                return take_new(session.project, case_id, field, session.reader)

            self._bridge.change(tr("Taking the file"), take, self._predict)
            return
        path, _ = QFileDialog.getOpenFileName(self._window, tr("Find the imported file"))
        if path:

            def find(session: Session) -> Change:
                from mmdesk.services.cases.image_files import take_found

                return take_found(session.project, case_id, field, Path(path), session.reader)

            self._bridge.change(tr("Finding the file"), find, self._predict)

    def _predict(self, change: Change) -> None:
        for case_id in change.cases:
            self._bridge.predictions.predict_soon(case_id)

    def _compare(self, cases: list[Case], session: Session) -> None:
        """Read the files whose content is not known yet; a case that is left is not read further."""

        def compare(ctx: JobContext) -> dict[int, dict[str, str]]:
            from mmdesk.services.images.state import check_images

            return {case.id: dict(check_images(session.project, case, ctx)) for case in cases}

        self._bridge.run(
            tr("Comparing the image files"),
            compare,
            lambda found: self._take(cases, found, session),
            lane="decode",
        )

    def _take(self, cases: list[Case], found: dict[int, dict[str, str]], session: Session) -> None:
        for case in cases:
            self._known[case.id] = self._known.get(case.id, {}) | found[case.id]
        states = {
            case.id: {
                name: state == "changed" for name, state in found[case.id].items() if state in ("same", "changed")
            }
            for case in cases
        }
        problems = {case.id for case in cases if case.problem}
        if telling := {n: held for n, held in states.items() if any(held.values()) or (held and n in problems)}:
            self._note(telling, session)
        view = self._current()
        if view is not None and any(case.id == view.case.id for case in cases):
            self._shown_again()

    def _note(self, states: dict[int, dict[str, bool]], session: Session) -> None:
        """Let a case be a problem whose file is another one, and none when it is back."""

        def note(_ctx: JobContext) -> Change:
            from mmdesk.services.images.state import note_states

            return note_states(session.project, states)

        self._bridge.run(tr("Noting the image files"), note, self._noted)

    def _noted(self, change: Change) -> None:
        if change.cases:
            self._bridge.tell(change)
