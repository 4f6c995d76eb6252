"""One model version: for a candidate the gate, its comparison with the current version; for all the card."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStackedWidget, QTableView, QVBoxLayout, QWidget

from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.core.job import JobContext
from mmdesk.core.judge.verdict import OPEN, RECOMMENDED, REFUSED
from mmdesk.core.versions.standing import Standing, standing_of
from mmdesk.core.versions.version import ON_TRIAL, VersionRow
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.models.comparison_model import ComparisonModel
from mmdesk.ui.models.version_card import VersionCard
from mmdesk.ui.parts.parts import button, label, make_primary, row
from mmdesk.ui.parts.scale import scaled
from mmdesk.words import tr

_WIDEST: Final = 190
"""Width at 100 % text of the widest column of figures: the rule stays in sight; tooltips have all."""


class VersionPane(QWidget):
    """Shows a version; everything it says and offers is of that version.

    Signals:
        cases_asked: Ids of cases to list, and what they are in words.
    """

    cases_asked = Signal(list, str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._row: VersionRow | None = None
        self._standing: Standing | None = None
        self._running = False
        self._under_way: set[tuple[str, ...]] = set()
        """Pairs that are being compared."""
        self._without: dict[tuple[str, ...], str] = {}
        """Pairs that were not compared, and why, in words."""
        self.figures = ComparisonModel()
        self._build()
        self.views.setCurrentIndex(1)
        self._arrange()
        bridge.project_opened.connect(self._forget)

    def show_version(self, version: VersionRow | None, current: str) -> None:
        """Show a version beside the one that is current now; None where there is none.

        A comparison that does not stand is made again at once, where the project may change.
        """
        self._row = version
        self._standing = standing_of(version, current) if version else None
        self.views.setCurrentIndex(0 if self._on_trial else 1)
        if self._may_compare and self._pair not in self._without:
            self._compare()
        self._show()

    def set_running(self, running: bool) -> None:
        """Hold the decisions back while a training runs."""
        self._running = running
        self._arrange()

    def turn_card(self) -> None:
        """Show the card in place of a candidate's comparison, or the other way round."""
        if self._on_trial:
            self.views.setCurrentIndex(1 - self.views.currentIndex())
            self._arrange()

    def decide(self, what: str, version: str, why: str, *, anyway: bool = False) -> None:
        """Store a decision: `promote`, `discard` or `rollback`."""

        def work(session: Session) -> Change:
            from mmdesk.services.models import versions as results

            project, reader = session.project, session.reader
            match what:
                case "rollback":
                    return results.rollback(project, reader, why)
                case "promote":
                    return results.promote(project, version, reader, why, anyway=anyway)
            return results.discard(project, version, reader, why)

        def done(_change: Change) -> None:
            if what != "discard":
                self._bridge.predictions.predict_all()

        self._bridge.change(tr("Storing the decision"), work, done)

    # -- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.title = label(size="section")
        self.turn = button(tr("Show the card"), self.turn_card, hint="Enter")
        self.table = QTableView()
        self.table.setModel(self.figures)
        self.table.setAccessibleName(tr("Candidate against current"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.setMinimumHeight(120)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMaximumSectionSize(scaled(self, _WIDEST))
        self.verdict = label(wrap=True)
        self.notes = label(kind="quiet", wrap=True)
        self.compare = button(tr("Compare again"), self._compare)
        self.lost = button(tr("See lost cases"), self._see_lost)
        self.discard = button("Discard", self._discard)
        self.promote = button("Promote…", self._promote)
        comparison = QWidget()
        inside = QVBoxLayout(comparison)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self.table, 1)
        inside.addWidget(self.verdict)
        inside.addWidget(self.notes)
        inside.addLayout(row(self.lost, self.compare, 0, self.discard, self.promote))
        self.card = VersionCard()
        self.views = QStackedWidget()
        self.views.addWidget(comparison)
        self.views.addWidget(self.card)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row(self.title, 0, self.turn))
        layout.addWidget(self.views, 1)

    # -- showing ------------------------------------------------------------------------------

    @property
    def _on_trial(self) -> bool:
        return self._row is not None and self._row.state in ON_TRIAL

    @property
    def _writable(self) -> bool:
        session = self._bridge.session
        return session is not None and not session.look_only

    @property
    def _may_compare(self) -> bool:
        wanted = self._on_trial and self._standing is not None and self._standing.again
        return wanted and self._writable and self._pair not in self._under_way

    @property
    def _pair(self) -> tuple[str, ...]:
        """The version that is shown, the one it is to be compared with, and their project."""
        session, version, stand = self._bridge.session, self._row, self._standing
        if session is None or version is None or stand is None:
            return ()
        return (version.id, stand.current, str(session.project.folder))

    def _forget(self, _session: object) -> None:
        self._under_way.clear()
        self._without.clear()

    def _show(self) -> None:
        version, stand = self._row, self._standing
        if version is None or stand is None:
            self.title.setText("")
            self.figures.set_comparison(None)
            self.card.setPlainText(tr("No model fits these fields yet. Label about 50 cases, then train one here."))
            self._arrange()
            return
        found, stands = stand.comparison, not stand.again
        against = tr(" against {current}", current=found.current) if stands and found.current else ""
        named = f"{version.state.capitalize()} {version.id}{against}"
        self.title.setText(named if self._on_trial else f"{version.id}   {version.state}")
        self.figures.set_comparison(found if stands else None)
        self.verdict.setText(" ".join(self._verdict_words(stand)))
        notes = found.notes if stands else ()
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))
        number = len(found.lost) if stands else 0
        self.lost.setText(tr("See {number:,} lost {value}", number=number, value="case" if number == 1 else "cases"))
        self.lost.setEnabled(number > 0)
        self._arrange()
        self.card.show_version(version, stand.doubt if self._on_trial else "")

    def _verdict_words(self, stand: Standing) -> list[str]:
        """Return what the comparison says, or why it says nothing and what is done about it."""
        if not stand.again:
            verdict = tr("Verdict: {words}", words=stand.comparison.words)
            return [verdict, stand.doubt] if stand.doubt not in verdict else [verdict]
        if self._pair in self._under_way:
            return [stand.doubt, tr("It is being made again now.")]
        session = self._bridge.session
        return [stand.doubt, self._without.get(self._pair, session.look_only if session else "")]

    def _arrange(self) -> None:
        """Enable what can be done with this version, and fill the button that the verdict recommends."""
        stand, version = self._standing, self._row
        able = self._writable and not self._running and self._on_trial
        under_way = self._pair in self._under_way
        tried = stand is not None and (not stand.again or self._pair in self._without)
        verdict = stand.comparison.verdict if stand and not stand.again else ""
        self.turn.setVisible(self._on_trial)
        shown = "card" if self.views.currentIndex() == 0 else "comparison"
        self.turn.setText(tr("Show the {shown}   Enter", shown=shown))
        self.compare.setVisible(stand is not None and stand.again)
        self.compare.setEnabled(able and not under_way)
        self.discard.setEnabled(able and version is not None and version.state == "candidate")
        self.promote.setEnabled(able and tried and not under_way)
        first = stand is not None and not stand.current
        doubtful = bool(stand and stand.doubt) or (verdict in (REFUSED, OPEN) and not first)
        self.promote.setText(tr("Promote anyway…") if doubtful else "Promote…")
        make_primary(self.promote, verdict == RECOMMENDED and self._on_trial)
        make_primary(self.discard, verdict == REFUSED and self._on_trial)

    # -- comparing and deciding ---------------------------------------------------------------

    def _compare(self) -> None:
        session, pair = self._bridge.session, self._pair
        if session is None or not self._may_compare:
            return
        project, reader, candidate = session.project, session.reader, pair[0]
        self._under_way.add(pair)
        self._without.pop(pair, None)

        def work(ctx: JobContext) -> Change:
            from mmdesk.services.models.comparing import compare_again

            made = compare_again(project, candidate, reader, ctx)
            words = tr("{candidate} is compared with {current}.", candidate=candidate, current=made.current)
            return Change(saved_at=project.store.last_stored, words=words)

        def ended(words: str) -> None:
            self._under_way.discard(pair)
            self._without[pair] = words
            if self._pair == pair:
                self._show()

        def done(change: Change) -> None:
            self._under_way.discard(pair)
            self._bridge.tell(change)

        def failed(problem: BaseException) -> None:
            if not isinstance(problem, Situation):
                self._bridge.notices.raised(problem)
            ended(problem.say() if isinstance(problem, Situation) else tr("It could not be made."))

        self._bridge.run(
            "Comparing",
            work,
            done,
            lane="background",
            failed=failed,
            cancelled=lambda: ended(tr("Making it again was cancelled.")),
            shown=True,
        )
        self._show()

    def _see_lost(self) -> None:
        if self._standing:
            found = self._standing.comparison
            self.cases_asked.emit(list(found.lost), tr("cases that {candidate} loses", candidate=found.candidate))

    def _promote(self) -> None:
        from mmdesk.ui.parts.ask import ask_text

        if self._row is None or self._standing is None:
            return
        version, doubt = self._row.id, self._standing.doubt
        words = (
            tr("{doubt} Promote {version} anyway? Write why; both go into the journal.", doubt=doubt, version=version)
            if doubt
            else tr("Promote {version}? Write why; it goes into the journal.", version=version)
        )
        if why := ask_text(self, "Promote", words, "Promote"):
            self.decide("promote", version, why, anyway=bool(doubt))

    def _discard(self) -> None:
        if self._row:
            self.decide("discard", self._row.id, tr("discarded by the reader"))
