"""What becomes of a reader's answers: stored, taken from the model, referred, and on to the next case."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from mmdesk.core.changes import Change
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.values import Value
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.lanes import Failed, Then
from mmdesk.ui.panes.viewing import Viewing
from mmdesk.ui.reading.drafts import Drafts
from mmdesk.ui.targets.targets_panel import TargetsPanel
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView

STORING = 1.0
"""Seconds during which a second Enter does not store the same label again."""


class OpenPage(Protocol):
    """What labelling needs of the reading page."""

    view: CaseView | None
    viewing: Viewing

    @property
    def wanted(self) -> int:
        """Id of the case that was asked for last."""

    def next(self) -> None:
        """Show the next case."""


class Labelling:
    """Acts on the draft of the case on the screen."""

    def __init__(self, bridge: Bridge, keys: Keys, targets: TargetsPanel, drafts: Drafts, page: OpenPage) -> None:
        self._bridge = bridge
        self._keys = keys
        self._targets = targets
        self._page = page
        self._drafts = drafts
        self._storing = (0, 0.0)
        self._referring = 0

    def see(self, view: CaseView) -> None:
        """Take what is known of the case from now on."""
        if view.case.id != self._referring or view.referred:
            self._referring = 0

    def store(self) -> None:
        """Store the label; when nothing is left to store or to reveal, go on.

        A case that is referred need not be answered: what is answered is stored, and it goes on.
        """
        view, draft = self._page.view, self._targets.draft
        if view is None or not self._targets.can_store or self._is_storing(view.case.id):
            return
        if draft.unanswered and (view.referred or view.case.id == self._referring):
            self.store_next()
        elif draft.unanswered:
            self._say_unanswered()
        elif draft.dirty:
            self._store(view, go_on=not view.hidden)
        else:
            self._page.next()

    def store_next(self) -> None:
        """Store what is answered, if only a part, and go on."""
        view = self._page.view
        if view is not None and self._targets.draft.dirty:
            self._store(view, go_on=True)
        else:
            self._page.next()

    def take(self, only_active: bool) -> None:
        """Take the model's answers and store them as the reader's own."""
        view, targets = self._page.view, self._targets
        prediction = targets.prediction
        if view is None or prediction is None:
            self._bridge.notices.tell(
                tr("Hidden until you store your label.") if view and view.hidden else tr("No prediction yet.")
            )
            return
        values = targets.draft.taken(prediction, only_active=only_active)
        for name, value in values.items():
            targets.draft.set(name, value)
        if only_active:
            targets.draft.move_on()
        targets.setFocus()
        targets.refresh()
        if values:
            case_id = view.case.id

            def failed(_problem: BaseException) -> None:
                self._drafts.keep(case_id)

            self._store_values(case_id, values, prediction.version, None, failed)

    def refer(self, reason: str = "") -> None:
        """Refer the case to a person, or take that back."""
        view = self._page.view
        if view is None:
            return
        if (view.referred or self._referring == view.case.id) and not reason:
            self._referring = 0
            self._take_referral_back(view.case.id)
        else:
            self._referring = view.case.id

            def failed(_problem: BaseException) -> None:
                self._referring = 0

            self._store_referral(view.case.id, reason, failed)
        self._targets.setFocus()

    def by_letter(self) -> None:
        """Wait for the first letter of an answer, if the active target has answers with names."""
        target = self._targets.draft.target
        if not target.options:
            self._targets.tell(tr("{title} has no answers with names. Press a digit.", title=target.title))
            return
        self._bridge.notices.tell(tr("Press the first letter of the answer, or Esc."))
        self._keys.capture(lambda letter: self._targets.label_letter(letter, self._keys.place))

    def on_answered(self) -> None:
        """Keep the draft; store at once where the reader has set it so and nothing more can be answered."""
        mode = self._bridge.preferences.get("store_mode")
        view, draft = self._page.view, self._targets.draft
        complete = draft.dirty and not draft.unanswered
        if view and mode != "enter" and complete and not kind_of(draft.target).several:
            self._store(view, go_on=mode == "next")
        elif view:
            self._drafts.keep(view.case.id)

    def _is_storing(self, case_id: int) -> bool:
        return self._storing[0] == case_id and time.monotonic() - self._storing[1] < STORING

    def _say_unanswered(self) -> None:
        draft = self._targets.draft
        titles = ", ".join(target.title for target in draft.unanswered)
        if draft.value(draft.target.name) is not None:
            draft.move_on()
            self._targets.refresh()
        key = self._keys.hint("missing")
        self._targets.tell(tr("Still unread: {titles}. Answer it, or press {key}.", titles=titles, key=key))

    def _store(self, view: CaseView, *, go_on: bool) -> None:
        case_id = view.case.id
        self._storing = (case_id, time.monotonic())
        prediction = self._targets.prediction

        def stored(_change: Change) -> None:
            self._storing = (0, 0.0)
            if go_on and self._page.wanted == case_id:
                self._page.next()

        def failed(_problem: BaseException) -> None:
            self._storing = (0, 0.0)
            self._drafts.keep(case_id)

        version = prediction.version if prediction else ""
        answers = dict(self._targets.draft.answers)
        self._store_values(case_id, answers, version, stored, failed)

    def _store_values(
        self,
        case_id: int,
        values: Mapping[str, Value],
        version: str,
        then: Then[Change] | None,
        failed: Failed,
    ) -> None:
        """Store labels, with how the images are displayed at this moment."""
        display = self._page.viewing.say_display()

        def work(session: Session) -> Change:
            from mmdesk.services.cases.reading import store_labels

            return store_labels(session.project, case_id, values, session.reader, version=version, display=display)

        self._bridge.change(tr("Storing the label"), work, then, failed)

    def _store_referral(self, case_id: int, reason: str, failed: Failed) -> None:
        def work(session: Session) -> Change:
            from mmdesk.services.cases.reading import refer

            return refer(session.project, case_id, session.reader, reason)

        self._bridge.change(tr("Referring the case"), work, None, failed)

    def _take_referral_back(self, case_id: int) -> None:
        def work(session: Session) -> Change:
            from mmdesk.services.cases.reading import unrefer

            return unrefer(session.project, case_id, session.reader)

        self._bridge.change(tr("Taking the referral back"), work)
