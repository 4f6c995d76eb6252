"""Model versions: fine-tune, compare honestly, promote or discard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QListView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.core.job import JobContext, Progress
from mmdesk.core.judge.verdict import OPEN, RECOMMENDED, REFUSED, Comparison
from mmdesk.core.model.version import VersionRow
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.messages import say
from mmdesk.ui.models.adding_model import AddingModel
from mmdesk.ui.models.comparison_model import ComparisonModel
from mmdesk.ui.models.training_panel import TrainingPanel
from mmdesk.ui.models.version_card import VersionCard
from mmdesk.ui.models.versions_model import VersionsModel
from mmdesk.ui.parts.parts import button, label, make_primary, row
from mmdesk.ui.parts.scale import scaled

if TYPE_CHECKING:
    from mmdesk.core.recipe.recipe import Recipe
    from mmdesk.jobs.runner import Job
    from mmdesk.services.models.training import TrainingCounts
    from mmdesk.services.project import Project

_LIST_WIDTH: Final = 300
_LIST_WIDEST: Final = 420
_WIDEST: Final = 190
"""Width at 100 % text of the widest column of figures: the rule stays in sight; tooltips have all."""


class ModelsPage(QWidget):
    """The versions, and for a candidate the gate.

    Signals:
        cases_asked: Ids of cases to list, and what they are in words.
        recipe_asked: Show the recipe page.
    """

    cases_asked = Signal(list, str)
    recipe_asked = Signal()

    def __init__(self, bridge: Bridge, keys: Keys) -> None:
        super().__init__()
        self._bridge, self._keys = bridge, keys
        self._job: Job[str] | None = None
        self._comparison: Comparison | None = None
        self._current = ""
        self._refusal = ""
        self._behind = False
        self._fresh = ""
        self.versions = VersionsModel()
        self.figures = ComparisonModel()
        self.adding = AddingModel(self, bridge, self._calm, self._failed)
        self._build()
        self.views.setCurrentWidget(self.card)
        self._arrange()
        self.setFocusProxy(self.list)
        keys.bind("show_card", self._turn_card, page="models")
        bridge.project_opened.connect(self.refresh)
        bridge.changed.connect(self._on_change)
        self.refresh()

    def refresh(self, *_told: object) -> None:
        """Read versions and counts again."""
        session = self._bridge.session
        if session is None:
            return
        self._behind = False
        project = session.project

        def work(_ctx: JobContext) -> tuple[list[VersionRow], TrainingCounts]:
            from mmdesk.services.models.training import training_counts
            from mmdesk.services.models.versions import versions

            return list(versions(project)), training_counts(project)

        self._bridge.run("Reading the model versions", work, self._show_versions)

    def start_finetune(self) -> None:
        """Fine-tune on the corrections, or train where there is no current version yet."""
        has_current = bool(self._current) or not self._bridge.model_words

        def make(project: Project, reader: str, ctx: JobContext) -> str:
            from mmdesk.services.models.training import finetune, train

            how = finetune if project.store.current_version() else train
            return how(project, reader=reader, ctx=ctx)

        self._begin("Fine-tuning" if has_current else "Training", make)

    def start_training(self, recipe: Recipe) -> None:
        """Train a model from the start by a recipe; a candidate follows."""

        def make(project: Project, reader: str, ctx: JobContext) -> str:
            from mmdesk.services.models.training import train

            return train(project, reader=reader, ctx=ctx, recipe=recipe)

        self._begin("Training", make)

    def _begin(self, name: str, make: Callable[[Project, str, JobContext], str]) -> None:
        session = self._bridge.session
        if session is None or session.look_only:
            return
        if self._job is not None:
            self._bridge.notices.tell("A training is running already. Nothing was changed. Wait, or stop it.")
            return
        project, reader = session.project, session.reader
        self.training.begin()
        self.problem.hide()
        self._job = self._bridge.run(
            name,
            lambda ctx: make(project, reader, ctx),
            self._finetuned,
            lane="background",
            failed=self._not_finetuned,
            progress=self._on_progress,
            cancelled=self._cancelled,
            shown=True,
        )
        self._arrange()

    # -- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.list = QListView()
        self.list.setModel(self.versions)
        self.list.setAccessibleName("Model versions")
        self.list.selectionModel().currentChanged.connect(lambda _new, _old: self._chosen())
        self.finetune = button("Fine-tune…", self.start_finetune, primary=True)
        self.counts = label(kind="quiet", wrap=True)
        self.recipe = button("Edit the recipe", self.recipe_asked.emit, hint=self._keys.hint("page_6"))
        self.rollback = button("Roll back…", self._roll_back)
        self.add = button("Add a model…", self.adding.choose)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(label("Versions", size="section"))
        left.addWidget(self.list, 1)
        left.addWidget(self.counts)
        left.addWidget(self.finetune)
        left.addWidget(self.recipe)
        left.addWidget(self.rollback)
        left.addWidget(self.add)
        side = QWidget()
        side.setFixedWidth(min(scaled(self, _LIST_WIDTH), _LIST_WIDEST))
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        self.training = TrainingPanel(self._stop, self._cancel)
        self.training.hide()
        self.problem = label(kind="danger", wrap=True)
        self.problem.hide()
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.problem)
        right.addWidget(self._gate(), 1)
        right.addWidget(self.training)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(16)
        layout.addWidget(side)
        layout.addLayout(right, 1)

    def _gate(self) -> QWidget:
        self.title = label(size="section")
        self.table = QTableView()
        self.table.setModel(self.figures)
        self.table.setAccessibleName("Candidate against current")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMaximumSectionSize(scaled(self, _WIDEST))
        self.verdict = label(wrap=True)
        self.notes = label(kind="quiet", wrap=True)
        self.lost = button("See lost cases", self._see_lost)
        self.discard = button("Discard", self._discard)
        self.promote = button("Promote…", self._promote)
        comparison = QWidget()
        self.table.setMinimumHeight(120)
        inside = QVBoxLayout(comparison)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self.table, 1)
        inside.addWidget(self.verdict)
        inside.addWidget(self.notes)
        inside.addLayout(row(self.lost, 0, self.discard, self.promote))
        self.card = VersionCard()
        self.views = QStackedWidget()
        self.views.addWidget(comparison)
        self.views.addWidget(self.card)
        self.turn = button("Show the card", self._turn_card, hint="Enter")
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row(self.title, 0, self.turn))
        layout.addWidget(self.views, 1)
        return page

    # -- showing ------------------------------------------------------------------------------

    def _show_versions(self, found: tuple[list[VersionRow], TrainingCounts]) -> None:
        versions, counts = found
        chosen = self._version()
        wanted, self._fresh = self._fresh or (chosen.id if chosen else ""), ""
        self.versions.set_versions(versions)
        place = self.versions.place_of(wanted) if wanted else 0
        if versions:
            self.list.setCurrentIndex(self.versions.index(max(0, place)))
        self._current = next((row.id for row in versions if row.state == "current"), "")
        self._refusal = counts.refusal if self._current else ""
        only_bundled = all(not row.folder for row in versions)
        said = (say("W24") if only_bundled and self._current else "", counts.words, self._refusal)
        self.counts.setText("\n".join(part for part in said if part))
        read = counts.corrections + counts.confirmed + counts.replay
        self.finetune.setText(
            f"Fine-tune on {counts.corrections:,} {_plural(counts.corrections)}"
            if self._current
            else f"Train on {read:,} labelled cases"
        )
        self._chosen()

    def _version(self) -> VersionRow | None:
        index = self.list.currentIndex()
        return self.versions.versions[index.row()] if index.isValid() else None

    def _chosen(self) -> None:
        version = self._version()
        self._comparison = None
        self.figures.set_comparison(None)
        self.card.show_version(version)
        candidate = _on_trial(version)
        self.views.setCurrentIndex(0 if candidate else 1)
        self.title.setText(f"{version.id}   {version.state}" if version else "")
        if version is None:
            self.card.setPlainText(say("W24none"))
        if candidate and version is not None:
            self._compare(version)
        self._arrange()

    def _compare(self, version: VersionRow) -> None:
        session = self._bridge.session
        if session is None:
            return
        project, candidate = session.project, version.id
        self.verdict.setText("")

        def work(_ctx: JobContext) -> Comparison:
            from mmdesk.services.models.versions import comparison

            return comparison(project, candidate)

        def done(comparison: Comparison) -> None:
            if (now := self._version()) is not None and now.id == candidate:
                self._show_comparison(comparison)

        self._bridge.run("Comparing", work, done, lane="background", failed=self._failed)

    def _show_comparison(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self.figures.set_comparison(comparison)
        against = f" against {comparison.current}" if comparison.current else ""
        self.title.setText(f"Candidate {comparison.candidate}{against}")
        self.verdict.setText(f"Verdict: {comparison.words}")
        self.notes.setText("\n".join(comparison.notes))
        self.notes.setVisible(bool(comparison.notes))
        number = len(comparison.lost)
        self.lost.setText(f"See {number:,} lost {'case' if number == 1 else 'cases'}")
        self.lost.setEnabled(number > 0)
        self._arrange()

    def _arrange(self) -> None:
        """Enable what can be done, and fill the one button that the verdict recommends."""
        session = self._bridge.session
        writable = session is not None and not session.look_only
        version, running = self._version(), self._job is not None
        candidate = version is not None and version.state == "candidate"
        trial = _on_trial(version)
        verdict = self._comparison.verdict if self._comparison else ""
        self.turn.setVisible(trial)
        self.turn.setText(
            "Show the card   Enter" if self.views.currentIndex() == 0 else "Show the comparison   Enter"
        )
        earlier = any(other.state in ("earlier", "bundled") for other in self.versions.versions)
        self.rollback.setEnabled(writable and earlier and not running)
        self.finetune.setEnabled(writable and not running and not self._refusal)
        self.add.setEnabled(writable and not running)
        self.discard.setEnabled(writable and candidate and not running)
        self.promote.setEnabled(writable and verdict != "" and not running)
        self.promote.setText("Promote anyway…" if verdict in (REFUSED, OPEN) else "Promote…")
        make_primary(self.promote, verdict == RECOMMENDED)
        make_primary(self.discard, verdict == REFUSED)
        make_primary(self.finetune, verdict == "" and not candidate)

    def _turn_card(self) -> None:
        if _on_trial(self._version()):
            self.views.setCurrentIndex(1 - self.views.currentIndex())
            self._arrange()

    def _on_change(self, change: Change) -> None:
        if change.versions:
            self.refresh()
        elif change.saved_at or (change.predictions and not change.cases):
            self._behind = True
            if self.isVisible():
                self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Count again what was read while another page was shown."""
        super().showEvent(event)
        if self._behind:
            self.refresh()

    def _calm(self) -> None:
        self.problem.hide()

    def _failed(self, problem: BaseException) -> None:
        if isinstance(problem, Situation):
            self.problem.setText(problem.say())
            self.problem.show()
        else:
            self._bridge.notices.raised(problem)

    # -- the training -------------------------------------------------------------------------

    def _on_progress(self, progress: Progress) -> None:
        self.training.tell(progress, self._job.seconds_left if self._job else None)

    def _stop(self) -> None:
        if self._job:
            self._job.stop()
            self.training.ending("Stopping after this step; the best so far is kept.")

    def _cancel(self) -> None:
        if self._job:
            self._job.cancel()
            self.training.ending("Cancelling; no candidate is made.")

    def _finetuned(self, candidate: str) -> None:
        self._end_job()
        self._fresh = candidate
        words = f"Candidate {candidate} is made. It is compared with the current version now."
        self._bridge.tell(Change(versions=True, words=words))

    def _not_finetuned(self, problem: BaseException) -> None:
        self._end_job()
        self._failed(problem)

    def _cancelled(self) -> None:
        self._end_job()
        self._bridge.notices.tell("Training is cancelled. The current model and all labels are safe.")

    def _end_job(self) -> None:
        self._job = None
        self.training.hide()
        self._arrange()

    # -- the gate -----------------------------------------------------------------------------

    def _see_lost(self) -> None:
        if self._comparison:
            self.cases_asked.emit(
                list(self._comparison.lost), f"cases that {self._comparison.candidate} loses"
            )

    def _promote(self) -> None:
        from mmdesk.ui.parts.ask import ask_text

        version = self._version()
        if version is None:
            return
        why = ask_text(self, "Promote", say("W18", version=version.id), "Promote")
        if why:
            self._act("promote", version.id, why)

    def _discard(self) -> None:
        if version := self._version():
            self._act("discard", version.id, "discarded by the reader")

    def _roll_back(self) -> None:
        from mmdesk.ui.parts.ask import ask_text

        words = "Make the version before current again? Write why; it goes into the journal."
        why = ask_text(self, "Roll back", words, "Roll back")
        if why:
            self._act("rollback", "", why)

    def _act(self, what: str, version: str, why: str) -> None:
        def work(session: Session) -> Change:
            from mmdesk.services.models import versions as results

            if what == "rollback":
                return results.rollback(session.project, session.reader, why)
            act = results.promote if what == "promote" else results.discard
            return act(session.project, version, session.reader, why)

        def done(_change: Change) -> None:
            if what != "discard":
                self._bridge.predict_all()

        self._bridge.change("Storing the decision", work, done)


def _on_trial(version: VersionRow | None) -> bool:
    """Tell whether a version has a comparison and could still be promoted."""
    return version is not None and version.state in ("candidate", "discarded")


def _plural(number: int) -> str:
    return "correction" if number == 1 else "corrections"
