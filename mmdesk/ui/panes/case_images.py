"""What the panes show of a case: files, titles, sides, and why an image is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.values import Missing
from mmdesk.ui.images.content import Content
from mmdesk.ui.images.pictures import Source
from mmdesk.ui.kit.bridge import Session

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView


class Files(Protocol):
    """What is known of the files of images."""

    def words(self, case_id: int, field: str) -> str:
        """Return what is to be said across a picture."""

    def changed(self, case_id: int, field: str) -> bool:
        """Tell whether a file surely is not the imported one."""


def sources(view: CaseView, session: Session) -> list[Source | None]:
    """Return the files of a case's images in the schema's order, then those of the reading before it.

    None stands where one is missing.
    """
    cases = [view.case] if view.previous is None else [view.case, view.previous.case]
    return [_source(case, field, session) for case in cases for field in session.schema.images]


def contents(view: CaseView, session: Session, files: Files) -> list[Content]:
    """Return what each pane is to show of a case."""
    return _contents(view.case, session, files)


def earlier(view: CaseView, session: Session, files: Files) -> list[Content]:
    """Return what panes are to show of the reading before a case; nothing where there is none."""
    before = view.previous
    return [] if before is None else _contents(before.case, session, files, before.when)


def _contents(case: Case, session: Session, files: Files, previous: str = "") -> list[Content]:
    made = []
    for field in session.schema.images:
        value = case.inputs[field.name]
        missing = value.say() if isinstance(value, Missing) else ""
        source = _source(case, field, session)
        made.append(
            Content(
                case.id,
                case.name,
                field.name,
                field.title,
                field.side,
                source,
                missing,
                previous,
                files.words(case.id, field.name) if source else "",
                files.changed(case.id, field.name) if source else False,
            )
        )
    return made


def _source(case: Case, field: Field, session: Session) -> Source | None:
    value = case.inputs[field.name]
    if not isinstance(value, ImageRef):
        return None
    window = field.window if kind_of(field).is_stack else None
    return Source(session.project.folder / value.path, f"{value.sha256} {value.mtime}", window)
