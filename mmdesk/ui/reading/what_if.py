"""What if: inputs changed or left out to see the prediction move; the case stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mmdesk.core.cases.case import Prediction
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView

WORDS = QT_TR_NOOP("What if: nothing is stored, the case stays as it is. {key} ends it.")


class WhatIf:
    """Keeps the changed inputs of the case on the screen and asks what the model says of them."""

    def __init__(self, bridge: Bridge, show: Callable[[CaseView], None]) -> None:
        self._bridge = bridge
        self._show = show
        self._view: CaseView | None = None
        self._inputs: dict[str, Value] = {}
        self._latest = 0

    @property
    def on(self) -> bool:
        """Whether edits are only tried."""
        return self._view is not None

    def begin(self, view: CaseView) -> None:
        """Try changes of this case from now on."""
        self._view = view
        self._inputs = {}

    def end(self) -> CaseView | None:
        """Try nothing any more; return the case as it is."""
        view, self._view = self._view, None
        self._latest += 1
        return view

    def edit(self, field: str, value: Value) -> None:
        """Try another value; the answer is struck through until the model has given it."""
        if self._view is None:
            return
        self._inputs[field] = value
        self._latest += 1
        number, case_id, inputs = self._latest, self._view.case.id, dict(self._inputs)
        before = self._view.prediction
        self._show(self._changed(replace(before, stale=True) if before else None))

        def answered(prediction: Prediction) -> None:
            if number == self._latest and self._view is not None:
                self._show(self._changed(prediction))

        self._bridge.predictions.with_predictor(
            tr("What if"),
            lambda predictor: predictor.what_if(case_id, inputs),  # type: ignore[arg-type]
            answered,
        )

    def leave_out(self, field: str) -> None:
        """Try the case without an input, or with it again."""
        if self._view is None:
            return
        own = self._view.case.inputs[field]
        left_out = isinstance(self._inputs.get(field), Missing)
        self.edit(field, own if left_out else Missing(Reason.READER))  # type: ignore[arg-type]

    def _changed(self, prediction: Prediction | None) -> CaseView:
        if self._view is None:
            raise RuntimeError("what if has ended")
        inputs = {**self._view.case.inputs, **self._inputs}
        case = replace(self._view.case, inputs=inputs)  # type: ignore[arg-type]
        return replace(self._view, case=case, prediction=prediction)
