"""Tables of the evaluation page: figures beside what they must beat, and the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHeaderView

from mmdesk.ui.parts.word_table import WordTable
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.core.judge.report import Findings


class Figures(WordTable):
    """The figures of one question, then what its main figure must beat."""

    def __init__(self) -> None:
        super().__init__(tr("Figures"))
        self.verticalHeader().hide()

    def show_findings(self, findings: Findings, version: str, beside: str) -> None:
        """Show the figures of a question."""
        other = {one["key"]: one for one in (findings.get("beside") or {}).get("figures", ())}
        headings = [tr("Figure"), version, "95 %", *([beside, tr("Difference (95 %)")] if other else [])]
        rows, quiet = [], []
        for one in findings["figures"]:
            more = other.get(one["key"])
            cells = [beside_cell(more["value"]), _apart(more["difference"])] if more else []
            rows.append([one["title"], beside_cell(one["value"]), _span(one), *cells])
            quiet.append(False)
        main = next((one["title"] for one in findings["figures"]), "")
        for one in findings["baselines"]:
            words = one["name"] if one["beaten"] else tr("{name}: not beaten", name=one["name"])
            rows.append([f"{main}, {words}", beside_cell(one["value"]), _span(one), *([""] * (2 if other else 0))])
            quiet.append(one["beaten"])
        self.fill(headings, rows, quiet)
        # A long name gives way and is wrapped, so that the interval beside a figure is in sight.
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.resizeRowsToContents()


class Confusion(WordTable):
    """Reference against answer; a number leads to its cases.

    Signals:
        picked: Ids of cases, and what they are in words.
    """

    picked = Signal(list, str)

    def __init__(self) -> None:
        super().__init__(tr("Confusion matrix"))
        self.setToolTip(tr("Click a number to list its cases"))
        self._cells: dict[tuple[int, int], list[int]] = {}
        self._options: Sequence[str] = ()
        self.cellClicked.connect(self._pick)
        self.cellActivated.connect(self._pick)

    def show_cells(
        self, options: Sequence[str], truth: Sequence[int], answers: Sequence[int], ids: Sequence[int]
    ) -> None:
        """Count cases by reference (rows) and answer (columns), both places in the options."""
        self._options, self._cells = options, {}
        for one, other, case in zip(truth, answers, ids, strict=True):
            self._cells.setdefault((one, other), []).append(case)
        size = range(len(options))
        rows = [[f"{len(self._cells.get((one, other), ())):,}" for other in size] for one in size]
        self.fill([tr("answer {option}", option=option) for option in options], rows)
        self.setVerticalHeaderLabels([tr("reference {option}", option=option) for option in options])

    def _pick(self, one: int, other: int) -> None:
        if ids := self._cells.get((one, other)):
            facts = {"truth": self._options[one], "answer": self._options[other]}
            self.picked.emit(ids, tr("cases that are {truth} and answered {answer}", **facts))


def beside_cell(value: float | None) -> str:
    """Return a figure as a cell."""
    return "-" if value is None else f"{value:.3f}"


def _span(one: Findings) -> str:
    if one["low"] is None or one["high"] is None:
        return ""
    return tr("{low:.3f} to {high:.3f}", low=one["low"], high=one["high"])


def _apart(one: Findings) -> str:
    if one["value"] is None:
        return "-"
    span = f" [{one['low']:+.3f}, {one['high']:+.3f}]" if one["low"] is not None else ""
    return f"{one['value']:+.3f}{span}"
