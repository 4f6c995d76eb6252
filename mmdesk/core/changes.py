"""What a use case changed: returned by services, told once to every view."""

from __future__ import annotations

from dataclasses import dataclass

from mmdesk.core.fields.values import Value


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """A draft answer that was taken back, or given again.

    Attributes:
        case: Id of the case.
        target: Name of the target.
        value: What the draft says of the target now.
        drafted: The target still has a draft; else what is stored counts.
    """

    case: int
    target: str
    value: Value
    drafted: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in a project, so that each view can refresh just that.

    Attributes:
        cases: Ids of cases whose inputs, labels, predictions or status changed.
        fields: Names of the fields that changed, empty when not about fields.
        predictions: Predictions came, went or became stale.
        worklist: Cases were added or removed.
        marks: Marks on images of those cases came, went or changed.
        versions: Model versions came, went, or another one became current.
        draft: A draft answer that was taken back or given again; nothing stored changed.
        saved_at: UTC time of the stored transaction, ISO 8601; empty when nothing was stored.
        words: What happened, for the status bar ("Undone: Cataract yes, in case 1043.").
    """

    cases: frozenset[int] = frozenset()
    fields: frozenset[str] = frozenset()
    predictions: bool = False
    worklist: bool = False
    marks: bool = False
    versions: bool = False
    draft: DraftAnswer | None = None
    saved_at: str = ""
    words: str = ""
