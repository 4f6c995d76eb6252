"""Model versions: fine-tune, compare honestly, promote or discard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QVBoxLayout,
    QWidget,
)

from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.core.job import JobContext, Progress
from mmdesk.core.versions.version import ON_TRIAL, VersionRow
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.models.adding_model import AddingModel
from mmdesk.ui.models.training_panel import TrainingPanel
from mmdesk.ui.models.version_pane import VersionPane
from mmdesk.ui.models.versions_model import VersionsModel
from mmdesk.ui.parts.parts import button, label, make_primary
from mmdesk.ui.parts.scale import scaled
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.core.judge.leaks import Leak
    from mmdesk.core.recipe.recipe import Recipe
    from mmdesk.jobs.child import Child
    from mmdesk.jobs.runner import Job
    from mmdesk.services.models.training import TrainingCounts
    from mmdesk.services.project import Project

_LIST_WIDTH: Final = 300
_LIST_WIDEST: Final = 420


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
        self._child: Child | None = None
        self._learnable = 0
        self._current = ""
        self._refusal = ""
        self._behind = False
        self._fresh = ""
        self._leaks: tuple[Leak, ...] = ()
        self.versions = VersionsModel()
        self.pane = VersionPane(bridge)
        self.pane.cases_asked.connect(self.cases_asked)
        self.adding = AddingModel(self, bridge, self._calm, self._failed)
        self._build()
        self._arrange()
        self.setFocusProxy(self.list)
        keys.bind("show_card", self.pane.turn_card, page="models")
        bridge.project_opened.connect(self.refresh)
        bridge.reader_changed.connect(self.refresh)
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
            from mmdesk.services.models.comparing import versions
            from mmdesk.services.models.training import training_counts

            return list(versions(project)), training_counts(project, session.reader)

        self._bridge.run(tr("Reading the model versions"), work, self._show_versions)

    def start_finetune(self) -> None:
        """Fine-tune on the corrections, or train where there is no current version yet."""
        has_current = bool(self._current) or not self._bridge.predictions.model_words
        child = self._process()

        def make(project: Project, reader: str, ctx: JobContext) -> str:
            from mmdesk.services.models.training import finetune, train

            how = finetune if project.store.current_version() else train
            return how(project, reader=reader, ctx=ctx, child=child)

        self._begin("Fine-tuning" if has_current else "Training", make, self._leaks)

    def start_training(self, recipe: Recipe) -> None:
        """Train a model from the start by a recipe; a candidate follows."""
        child = self._process()

        def make(project: Project, reader: str, ctx: JobContext) -> str:
            from mmdesk.services.models.training import train

            return train(project, reader=reader, ctx=ctx, recipe=recipe, child=child)

        seen = {name for encoder in recipe.encoders for name in encoder.inputs}
        self._begin("Training", make, [leak for leak in self._leaks if leak.input in seen])

    def _begin(self, name: str, make: Callable[[Project, str, JobContext], str], leaks: Sequence[Leak]) -> None:
        """Begin a training, unless an input gives a target away and the person steps back."""
        session = self._bridge.session
        if session is None or session.look_only:
            return
        if self._job is not None:
            self._bridge.notices.tell(tr("A training is running already. Nothing was changed. Wait, or stop it."))
            return
        from mmdesk.ui.parts.ask import ask_yes

        words = "\n\n".join(leak.words for leak in leaks)
        if leaks and not ask_yes(self, name, words, tr("Train all the same")):
            self._bridge.notices.tell(tr("Nothing is trained. The current model and all labels are safe."))
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

    def _process(self) -> Child:
        """Return the model process: kept for the next training, let go when none comes."""
        if self._child is None:
            from mmdesk.jobs.child import IDLE, Child

            self._child = Child(idle=IDLE)
            self._bridge.when_closed(self._child.close)
        return self._child

    def _get_ready(self) -> None:
        """Let the model process load its libraries while the person looks at what there is to learn."""
        if self.isVisible() and self.finetune.isEnabled() and self._learnable:
            child = self._process()
            self._bridge.run(tr("Getting ready"), lambda _ctx: child.prewarm(), lane="background")

    # -- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.list = QListView()
        self.list.setModel(self.versions)
        self.list.setAccessibleName(tr("Model versions"))
        self.list.selectionModel().currentChanged.connect(lambda _new, _old: self._chosen())
        self.finetune = button("Fine-tune…", self.start_finetune, primary=True)
        self.counts = label(kind="quiet", wrap=True)
        self.leaks = label(kind="danger", wrap=True)
        self.leaks.hide()
        self.recipe = button(tr("Edit the recipe"), self.recipe_asked.emit, hint=self._keys.hint("page_recipe"))
        self.rollback = button(tr("Roll back…"), self._roll_back)
        self.add = button(tr("Add a model…"), self.adding.choose)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(label("Versions", size="section"))
        left.addWidget(self.list, 1)
        left.addWidget(self.counts)
        left.addWidget(self.leaks)
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
        right.addWidget(self.pane, 1)
        right.addWidget(self.training)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(16)
        layout.addWidget(side)
        layout.addLayout(right, 1)

    # -- showing ------------------------------------------------------------------------------

    def _show_versions(self, found: tuple[list[VersionRow], TrainingCounts]) -> None:
        versions, counts = found
        chosen = self._version()
        self._current = next((row.id for row in versions if row.state == "current"), "")
        wanted, self._fresh = self._fresh or (chosen.id if chosen else ""), ""
        self.versions.set_versions(versions)
        place = self.versions.place_of(wanted) if wanted else 0
        if versions:
            self.list.setCurrentIndex(self.versions.index(max(0, place)))
        self._refusal = counts.refusal if self._current else ""
        only_bundled = all(not row.folder for row in versions)
        said = (
            tr("Only the bundled model so far. Correct about 50 cases, then fine-tune.")
            if only_bundled and self._current
            else "",
            counts.words,
            self._refusal,
        )
        self.counts.setText("\n".join(part for part in said if part))
        self._leaks = counts.leaks
        self.leaks.setText("\n".join(leak.words for leak in counts.leaks))
        self.leaks.setVisible(bool(counts.leaks))
        self._learnable = read = counts.corrections + counts.confirmed + counts.replay
        taught = f"{counts.corrections:,} {_plural(counts.corrections)}"
        if counts.hidden:
            taught = tr("{corrections:,} read cases", corrections=counts.corrections + counts.confirmed)
        self.finetune.setText(
            tr("Fine-tune on {taught}", taught=taught)
            if self._current
            else tr("Train on {read:,} labelled cases", read=read)
        )
        self._chosen()
        self._get_ready()

    def _version(self) -> VersionRow | None:
        index = self.list.currentIndex()
        return self.versions.versions[index.row()] if index.isValid() else None

    def _chosen(self) -> None:
        self.pane.show_version(self._version(), self._current)
        self._arrange()

    def _arrange(self) -> None:
        """Enable what can be done."""
        session = self._bridge.session
        writable = session is not None and not session.look_only
        version, running = self._version(), self._job is not None
        earlier = any(other.state in ("earlier", "bundled") for other in self.versions.versions)
        self.rollback.setEnabled(writable and earlier and not running)
        self.finetune.setEnabled(writable and not running and not self._refusal)
        self.add.setEnabled(writable and not running)
        self.pane.set_running(running)
        make_primary(self.finetune, version is None or version.state not in ON_TRIAL)

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
        else:
            self._get_ready()

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
            self.training.ending(tr("Stopping after this step; the best so far is kept."))

    def _cancel(self) -> None:
        if self._job:
            self._job.cancel()
            self.training.ending(tr("Cancelling; no candidate is made."))

    def _finetuned(self, candidate: str) -> None:
        self._end_job()
        self._fresh = candidate
        words = tr("Candidate {candidate} is made. It is compared with the current version now.", candidate=candidate)
        self._bridge.tell(Change(versions=True, words=words))

    def _not_finetuned(self, problem: BaseException) -> None:
        self._end_job()
        self._failed(problem)

    def _cancelled(self) -> None:
        self._end_job()
        self._bridge.notices.tell(tr("Training is cancelled. The current model and all labels are safe."))

    def _end_job(self) -> None:
        self._job = None
        self.training.hide()
        self._arrange()

    def _roll_back(self) -> None:
        from mmdesk.ui.parts.ask import ask_text

        words = tr("Make the version before current again? Write why; it goes into the journal.")
        why = ask_text(self, tr("Roll back"), words, tr("Roll back"))
        if why:
            self.pane.decide("rollback", "", why)


def _plural(number: int) -> str:
    return "correction" if number == 1 else "corrections"
