"""How good a model version is: figures, curves and groups, each of which leads to its cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSplitter, QTabWidget, QVBoxLayout, QWidget

from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.core.job import JobContext, Progress
from mmdesk.ui.evaluation.plot_view import PlotView
from mmdesk.ui.evaluation.plots import Plot, plots_of
from mmdesk.ui.evaluation.tables import Confusion, Figures
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.parts.choice import choice, fill_choice
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.core.judge.report import Findings
    from mmdesk.jobs.child import Child
    from mmdesk.jobs.runner import Job

_SPLITS = (
    ("test", QT_TR_NOOP("test split")),
    ("validation", QT_TR_NOOP("validation split")),
    ("train", QT_TR_NOOP("training split")),
    ("all", QT_TR_NOOP("all cases")),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What is judged, on what, by whose labels."""

    version: str
    beside: str
    split: str
    reference: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An evaluation as the page shows it; plots by question and tab."""

    found: Mapping[str, Any]
    plots: Sequence[Mapping[str, Sequence[Plot]]]


class EvaluationPage(QWidget):
    """Figures and plots of one version; what the reader has not read is not among them.

    Signals:
        cases_asked: Ids of cases to list, and what they are in words.
    """

    cases_asked = Signal(list, str)

    def __init__(self, bridge: Bridge, keys: Keys) -> None:
        super().__init__()
        self._bridge = bridge
        self._child: Child | None = None
        self._job: Job[Shown] | None = None
        self._request: Request | None = None
        self.shown: Shown | None = None
        self._behind = True
        self.versions = choice(tr("Version"))
        self.beside = choice(tr("Other version"))
        self.splits = choice(tr("Split"))
        self.references = choice(tr("Reference"))
        self.targets = choice(tr("Target"))
        for name, words in _SPLITS:
            self.splits.addItem(tr(words), name)
        self.stop = button(tr("Stop"), self._stop)
        self.stop.hide()
        self.words = label(kind="quiet", wrap=True)
        self.doubt = label(kind="danger", wrap=True)
        self.figures = Figures()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.confusion = Confusion()
        self.threshold = QDoubleSpinBox()
        self.threshold.setRange(0.0, 1.0)
        self.threshold.setSingleStep(0.01)
        self.threshold.setDecimals(3)
        self.threshold.setAccessibleName(tr("Threshold"))
        self.above = button(tr("List cases"), self._list_above)
        self._threshold_row = _held(row(label(tr("Positive from")), self.threshold, self.above, 0))
        self._plots: list[PlotView] = []
        self._lay_out()
        for box in (self.versions, self.beside, self.splits, self.references):
            box.activated.connect(lambda _place: self.refresh())
        self.targets.currentIndexChanged.connect(self._show_target)
        self.threshold.valueChanged.connect(self._show_threshold)
        self.confusion.picked.connect(self.cases_asked)
        self.setFocusProxy(self.versions)
        bridge.project_opened.connect(self._on_project)
        bridge.reader_changed.connect(self._on_change)
        bridge.changed.connect(self._on_change)

    def _lay_out(self) -> None:
        left = QWidget()
        inside = QVBoxLayout(left)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.addWidget(self.doubt)
        inside.addWidget(self.figures, 3)
        inside.addWidget(self._threshold_row)
        inside.addWidget(self.confusion, 2)
        halves = QSplitter()
        halves.addWidget(left)
        halves.addWidget(self.tabs)
        halves.setSizes([460, 740])
        halves.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        chosen = row(label(tr("Evaluation"), size="title"), 0, self.versions, self.beside, self.splits, self.references)
        layout.addLayout(chosen)
        said = row(self.targets, 8)
        said.addWidget(self.words, 1)
        said.addWidget(self.stop)
        layout.addLayout(said)
        layout.addWidget(halves, 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Evaluate again what changed meanwhile."""
        super().showEvent(event)
        if self._behind:
            self.refresh()

    def refresh(self) -> None:
        """Work out what is chosen; what was worked out before comes at once."""
        session = self._bridge.session
        if session is None:
            return
        self._behind = False
        self._stop()
        request = Request(
            self.versions.currentData() or "",
            self.beside.currentData() or "",
            self.splits.currentData() or "test",
            self.references.currentData() or "",
        )
        project, reader, child = session.project, session.reader, self._process()

        def look(_ctx: JobContext) -> tuple[list[str], list[str], str]:
            from mmdesk.services.models.evaluating import references

            names = [one.id for one in project.store.versions()]
            return names, references(project, reader), project.store.current_version()

        def work(ctx: JobContext) -> Shown:
            from mmdesk.services.models.evaluating import evaluate

            found = evaluate(
                project, request.version, request.split, ctx, child,
                reference=request.reference, beside=request.beside, reader=reader,
            )  # fmt: skip
            made = [plots_of(findings, found["version"], found["beside"]) for findings in found["targets"]]
            return Shown(found, made)

        self._bridge.run(tr("Looking at versions"), look, lambda known: self._offer(*known), lane="background")
        self.words.setText(tr("Working out the figures"))
        self.stop.show()
        self._request = request
        stopped = tr("Stopped. Choose a version, a split or a reference to work it out.")

        def if_wanted(call: Callable[..., object]) -> Callable[..., None]:
            """Return a call that nothing follows from once something else is asked for."""

            def wanted(*given: object) -> None:
                if self._request is request:
                    call(*given)

            return wanted

        self._job = self._bridge.run(
            tr("Evaluating"),
            work,
            if_wanted(self._show),
            lane="background",
            failed=if_wanted(self._fail),
            progress=if_wanted(self._tell),
            cancelled=if_wanted(lambda: self._end(stopped)),
            shown=True,
        )

    def _process(self) -> Child:
        if self._child is None:
            from mmdesk.jobs.child import IDLE, Child

            self._child = Child(idle=IDLE)
            self._bridge.when_closed(self._child.close)
        return self._child

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _tell(self, progress: Progress) -> None:
        count = tr(" {done:,} of {total:,}", done=progress.done, total=progress.total) if progress.total else ""
        self.words.setText(f"{progress.words}{count}")

    def _end(self, words: str) -> None:
        self._job = None
        self.stop.hide()
        self.words.setText(words)

    def _fail(self, problem: BaseException) -> None:
        if not isinstance(problem, Situation):
            self._bridge.notices.raised(problem)
        self._clear()
        self._end(problem.say() if isinstance(problem, Situation) else tr("The figures could not be worked out."))

    def _clear(self) -> None:
        self.shown = None
        self.targets.clear()
        self._show_target()

    def _on_project(self, *_: object) -> None:
        self.versions.clear()
        self.beside.clear()
        self.references.clear()
        self._clear()
        self._on_change()

    def _on_change(self, change: object = None) -> None:
        if isinstance(change, Change) and not (change.fields or change.worklist or change.versions):
            return
        self._behind = True
        if self.isVisible() and self._job is None:
            self.refresh()

    def _offer(self, names: Sequence[str], references: Sequence[str], current: str) -> None:
        known = [(tr("{name}, current", name=one) if one == current else one, one) for one in names]
        fill_choice(self.versions, known, current)
        fill_choice(
            self.beside, [(tr("no other version"), ""), *((tr("beside {name}", name=one), one) for one in names)]
        )
        fill_choice(self.references, [(tr("by the project's rule"), ""), *((_say(one), one) for one in references)])

    def _show(self, shown: Shown) -> None:
        self.shown = shown
        found = shown.found
        self._end(" ".join(_words(found)))
        fill_choice(self.targets, [(findings["title"], findings["key"]) for findings in found["targets"]])
        self._show_target()
        if self._behind and self.isVisible():
            self.refresh()

    def _findings(self) -> Findings | None:
        place = self.targets.currentIndex()
        findings = self.shown.found["targets"] if self.shown else []
        return findings[place] if 0 <= place < len(findings) else None

    def _show_target(self, *_place: object) -> None:
        from mmdesk.core.judge.report import say_not_beaten

        findings, shown = self._findings(), self.shown
        tab = self.tabs.tabText(self.tabs.currentIndex())
        self.tabs.clear()
        self._plots.clear()
        if findings is None or shown is None:
            self.figures.fill([], [])
            self.confusion.hide()
            self._threshold_row.hide()
            self.doubt.setText("")
            return
        self.doubt.setText(findings["why_not"] or say_not_beaten(findings))
        self.figures.show_findings(findings, shown.found["version"], shown.found["beside"])
        for title, plots in shown.plots[self.targets.currentIndex()].items():
            self.tabs.addTab(self._tab(plots), title)
        places = [place for place in range(self.tabs.count()) if self.tabs.tabText(place) == tab]
        self.tabs.setCurrentIndex(places[0] if places else 0)
        self._threshold_row.setVisible(findings["kind"] == "binary")
        self.threshold.blockSignals(True)
        self.threshold.setValue(findings["threshold"])
        self.threshold.blockSignals(False)
        self._show_threshold()

    def _tab(self, plots: Sequence[Plot]) -> QWidget:
        inside = QWidget()
        layout = QHBoxLayout(inside)
        layout.setContentsMargins(4, 4, 4, 4)
        for plot in plots:
            view = PlotView()
            view.show_plot(plot)
            view.picked.connect(self.cases_asked)
            view.threshold_picked.connect(self.threshold.setValue)
            layout.addWidget(view)
            self._plots.append(view)
        return inside

    def _show_threshold(self, *_value: object) -> None:
        findings = self._findings()
        if findings is None or self.shown is None:
            return
        truth, answers, ids = findings["truth"], findings["answers"], findings["ids"]
        self.confusion.setVisible(findings["kind"] != "number" and bool(ids))
        if findings["kind"] == "binary":
            at = self.threshold.value()
            self.confusion.show_cells(
                (tr("no"), tr("yes")), list(map(int, truth)), [int(p >= at) for p in answers], ids
            )
            count = sum(p >= at for p in answers)
            self.above.setText(tr("List 1 case") if count == 1 else tr("List {count:,} cases", count=count))
            for view in self._plots:
                if view.plot is not None and view.plot.name in ("roc", "precision-recall"):
                    view.mark_threshold(at)
        elif findings["kind"] == "grade":
            session = self._bridge.session
            options = session.schema.field(findings["target"]).options if session else ()
            self.confusion.show_cells(options, truth, answers, ids)

    def _list_above(self) -> None:
        findings, at = self._findings(), self.threshold.value()
        if findings is not None:
            ids = [case for case, p in zip(findings["ids"], findings["answers"], strict=True) if p >= at]
            words = tr("cases with {title} from {threshold:.3f}", title=findings["title"], threshold=at)
            self.cases_asked.emit(ids, words)


def _say(reference: str) -> str:
    from mmdesk.core.cases.truth import OF_READER, TABLE

    if reference == TABLE:
        return tr("by the table's labels")
    return tr("by {reader}", reader=reference.removeprefix(OF_READER))


def _words(found: Mapping[str, Any]) -> list[str]:
    cases = found["cases"]
    said = [tr("1 case.") if cases == 1 else tr("{cases:,} cases.", cases=cases)]
    if hidden := found["hidden"]:
        count = tr("1 case that you have not read is") if hidden == 1 else ""
        count = count or tr("{hidden:,} cases that you have not read are", hidden=hidden)
        said.append(tr("{count} left out.", count=count))
    return [*said, *found["notes"]]


def _held(layout: QHBoxLayout) -> QWidget:
    held = QWidget()
    held.setLayout(layout)
    return held
