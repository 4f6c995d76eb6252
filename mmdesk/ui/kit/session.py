"""The project that a window has open, and who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmdesk.core.fields.schema import Schema

if TYPE_CHECKING:
    from mmdesk.services.project import Project


@dataclass(frozen=True, slots=True)
class Session:
    """The open project and who reads it."""

    project: Project
    reader: str

    @property
    def schema(self) -> Schema:
        """The project's fields."""
        return self.project.schema

    @property
    def look_only(self) -> str:
        """Why nothing can change here, in words; empty when it can."""
        return self.project.look_only


def close_session(session: Session, *, backup: bool = True) -> None:
    """Close the project, backed up if asked, and keep its first page for the next window."""
    from mmdesk.services.cases.first_page import close_project

    close_project(session.project, session.reader, backup=backup)
