"""Tells when a case, and its prediction, really stand on the screen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mmdesk.core.cases.case import Prediction
from mmdesk.support.trace import trace
from mmdesk.ui.panes.panes import Panes
from mmdesk.ui.reading.dock import Dock

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView


class PaintWatch(QObject):
    """Waits until panes and dock have both painted the case that is wanted.

    Attributes:
        painted: Id of the case, once, after the paint that completed it.
    """

    painted = Signal(int)

    def __init__(self, panes: Panes, dock: Dock, current: Callable[[], CaseView | None]) -> None:
        super().__init__(panes)
        self._panes = panes
        self._dock = dock
        self._current = current
        self._seen: set[str] = set()
        self._waiting = False
        self._asked_at = 0.0
        self._prediction: tuple[int, str, str] | None = None
        panes.case_painted.connect(lambda case_id: self._on_part("panes", case_id))
        dock.header.painted.connect(lambda case_id: self._on_part("dock", case_id))
        dock.targets.painted.connect(self._on_targets)

    def asked(self) -> None:
        """A case was asked for just now; the time to its paint counts from here."""
        self._asked_at = time.perf_counter()
        self._waiting = False

    def wait(self) -> None:
        """Its view is in the widgets: the next complete paint is the case's."""
        self._seen = set() if self._panes.panes else {"panes"}
        self._waiting = True
        self._panes.paint_again()
        self._dock.header.update()
        self._dock.targets.update()

    def _case_id(self) -> int:
        view = self._current()
        return view.case.id if view else 0

    def _on_part(self, part: str, case_id: int) -> None:
        if not self._waiting or case_id != self._case_id():
            return
        self._seen.add(part)
        if len(self._seen) == 2:
            self._waiting = False
            QTimer.singleShot(0, self, lambda: self._tell(case_id))

    def _tell(self, case_id: int) -> None:
        view = self._current()
        if view is None or view.case.id != case_id:
            return
        taken = round((time.perf_counter() - self._asked_at) * 1000, 2)
        trace("case_shown", case=view.case.name, id=case_id, ms=taken)
        self.painted.emit(case_id)

    def _on_targets(self) -> None:
        prediction: Prediction | None = self._dock.targets.prediction
        if prediction is None or prediction.case != self._case_id() or prediction.stale:
            return
        seen = (prediction.case, prediction.version, prediction.at)
        if seen != self._prediction:
            self._prediction = seen
            facts = {"id": prediction.case, "version": prediction.version}
            QTimer.singleShot(0, self, lambda: trace("prediction_shown", **facts))
