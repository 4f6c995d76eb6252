"""How far readers agree: figures, and a table of both readers' answers that leads to the cases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mmdesk.core.changes import Change
from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.parts.choice import choice, fill_choice
from mmdesk.ui.parts.parts import label, row
from mmdesk.ui.parts.word_table import WordTable
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.core.agreement.report import Agreement, Figure, Pair
    from mmdesk.services.readers.agreement import Report

_HEADINGS = (QT_TR_NOOP("Who or when"), QT_TR_NOOP("Figure"), QT_TR_NOOP("Value"), "95 %", QT_TR_NOOP("Cases"))


class AgreementPage(QWidget):
    """The figures of one target, for the eyes of who reads now.

    Signals:
        cases_asked: Ids of cases to list, and what they are in words.
    """

    cases_asked = Signal(list, str)

    def __init__(self, bridge: Bridge, keys: Keys) -> None:
        super().__init__()
        self._bridge = bridge
        self._report: Report | None = None
        self._behind = True
        self.words = label(tr("Reading the labels"), kind="quiet", wrap=True)
        self.targets = choice(tr("Target"))
        self.pairs = choice(tr("Pair of readers"))
        self.figures = WordTable(tr("Figures of agreement"))
        self.figures.verticalHeader().hide()
        self.cells = WordTable(tr("Answers of both readers"))
        self.cells.setToolTip(tr("Click a number to list its cases"))
        self.cell_words = label(kind="quiet", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addLayout(row(label(tr("Agreement of readers"), size="title"), 0, self.targets, self.pairs))
        layout.addWidget(self.words)
        layout.addWidget(self.figures, 3)
        layout.addWidget(self.cell_words)
        layout.addWidget(self.cells, 2)
        self.targets.currentIndexChanged.connect(self._show_target)
        self.pairs.currentIndexChanged.connect(self._show_pair)
        self.cells.cellClicked.connect(self._ask_cases)
        self.cells.cellActivated.connect(self._ask_cases)
        self.setFocusProxy(self.targets)
        bridge.project_opened.connect(self._on_change)
        bridge.reader_changed.connect(self._on_change)
        bridge.changed.connect(self._on_change)

    def showEvent(self, event: QShowEvent) -> None:
        """Compare again what changed meanwhile."""
        super().showEvent(event)
        if self._behind:
            self.refresh()

    def refresh(self) -> None:
        """Compare the readers again, on what may be seen now."""
        session = self._bridge.session
        if session is None:
            return
        self._behind = False

        def work(ctx: JobContext) -> Report:
            from mmdesk.services.readers.agreement import report_of

            return report_of(session.project, ctx=ctx, reader=session.reader)

        self._bridge.run(tr("Comparing readers"), work, self._show, lane="background")

    def _on_change(self, change: object = None) -> None:
        if isinstance(change, Change) and not change.fields and not change.worklist:
            return
        self._behind = True
        if self.isVisible():
            self.refresh()

    def _show(self, report: Report) -> None:
        self._report = report
        titles = [found.question.title for found in report.agreements]
        fill_choice(self.targets, [(title, title) for title in titles])
        if report.agreements:
            cases = tr("1 case has") if report.cases == 1 else tr("{cases:,} cases have", cases=report.cases)
            words = tr("{cases} labels of several readers.", cases=cases)
        else:
            words = tr("No case has labels of two readers that you may see. Two have to read the same cases.")
        self.words.setText(" ".join(part for part in (words, report.say_hidden()) if part))
        self._show_target()

    def _found(self) -> Agreement | None:
        place = self.targets.currentIndex()
        return self._report.agreements[place] if self._report and 0 <= place < len(self._report.agreements) else None

    def _pair(self) -> Pair | None:
        found, place = self._found(), self.pairs.currentIndex()
        return found.pairs[place] if found and 0 <= place < len(found.pairs) else None

    def _show_target(self, *_place: object) -> None:
        found = self._found()
        with QSignalBlocker(self.pairs):
            self.pairs.clear()
            self.pairs.addItems([f"{pair.one} / {pair.other}" for pair in found.pairs] if found else [])
        self._show_pair()

    def _show_pair(self, *_place: object) -> None:
        found, pair = self._found(), self._pair()
        rows: list[tuple[str, Figure]] = []
        if found:
            rows += [(tr("all readers"), figure) for figure in found.figures]
            rows += [(self.pairs.currentText(), figure) for figure in (pair.figures if pair else ())]
            rows += found.periods if len(found.periods) > 1 else ()
        self.figures.fill([tr(words) for words in _HEADINGS], [[who, *_cells(figure)] for who, figure in rows])
        options = list(found.question.options) if found and pair and pair.cells else []
        self.cells.setVisible(bool(options))
        self.cell_words.setVisible(bool(options))
        told = pair.cells if pair else {}
        size = range(len(options))
        self.cells.fill(options, [[f"{len(told.get((one, other), ())):,}" for other in size] for one in size])
        self.cells.setVerticalHeaderLabels(options)
        if pair:
            self.cell_words.setText(
                tr("Rows: {one}. Columns: {other}. A number lists its cases.", one=pair.one, other=pair.other)
            )

    def _ask_cases(self, one: int, other: int) -> None:
        found, pair = self._found(), self._pair()
        ids = pair.cells.get((one, other), ()) if pair else ()
        if found and pair and ids:
            options = found.question.options
            facts = {"one": pair.one, "said": options[one], "other": pair.other, "answer": options[other]}
            self.cases_asked.emit(list(ids), tr("cases that {one} calls {said} and {other} {answer}", **facts))


def _cells(figure: Figure) -> list[str]:
    if math.isnan(figure.value):
        return [figure.title, tr("not defined"), "", f"{figure.cases:,}"]
    interval = "" if math.isnan(figure.low) else tr("{low:.3f} to {high:.3f}", low=figure.low, high=figure.high)
    return [figure.title, f"{figure.value:.3f}", interval, f"{figure.cases:,}"]
