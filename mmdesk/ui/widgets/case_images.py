"""What the panes show of a case: files, titles, sides, and why an image is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmdesk.core.case import ImageRef
from mmdesk.core.values import Missing
from mmdesk.ui.bridge import Session
from mmdesk.ui.widgets.pane import Content
from mmdesk.ui.widgets.pictures import Source

if TYPE_CHECKING:
    from mmdesk.services.cases import CaseView


def sources(view: CaseView, session: Session) -> list[Source | None]:
    """Return the files of a case's images in the order of the panes; None where one is missing."""
    values = [view.case.inputs[field.name] for field in session.schema.images]
    return [
        Source(session.project.folder / value.path, f"{value.sha256} {value.mtime}")
        if isinstance(value, ImageRef)
        else None
        for value in values
    ]


def contents(view: CaseView, session: Session) -> list[Content]:
    """Return what each pane is to show."""
    made = []
    for field, source in zip(session.schema.images, sources(view, session), strict=True):
        value = view.case.inputs[field.name]
        missing = value.say() if isinstance(value, Missing) else ""
        made.append(
            Content(view.case.id, view.case.name, field.name, field.title, field.side, source, missing)
        )
    return made
