"""Changes of a case's inputs by its reader; the prediction follows once edits have rested."""

from __future__ import annotations

from mmdesk.core.changes import Change
from mmdesk.core.fields.values import Value
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.kit.lanes import Failed
from mmdesk.words import tr


def store_input(bridge: Bridge, case_id: int, field: str, value: Value, failed: Failed) -> None:
    """Store an input's new value; its prediction is stale at once and computed again soon."""

    def work(session: Session) -> Change:
        from mmdesk.services.cases.reading import set_input

        return set_input(session.project, case_id, field, value, session.reader)

    bridge.change(tr("Storing the field"), work, lambda _change: bridge.predictions.predict_soon(case_id), failed)


def store_confirmed(bridge: Bridge, case_id: int, field: str) -> None:
    """Store that an out-of-range value is right after all."""

    def work(session: Session) -> Change:
        from mmdesk.services.cases.reading import confirm_value

        return confirm_value(session.project, case_id, field, session.reader)

    bridge.change(tr("Confirming the value"), work, lambda _change: bridge.predictions.predict_soon(case_id))
