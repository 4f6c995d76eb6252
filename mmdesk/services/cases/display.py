"""The arrangement of a project's images, kept with the project."""

from __future__ import annotations

from mmdesk.core.cases.display import Hanging, read_hanging
from mmdesk.core.changes import Change
from mmdesk.services.project import Project
from mmdesk.words import tr

KEY = "hanging"


def hanging_of(project: Project) -> Hanging:
    """Return how the project's images are arranged when a case opens."""
    return read_hanging(project.store.setting(KEY))


def keep_hanging(project: Project, hanging: Hanging | None, reader: str) -> Change:
    """Store the arrangement for everyone on the project; journalled.

    Args:
        project: The project.
        hanging: The arrangement, or None to go back to the schema's order and whole images.
        reader: Who.

    Raises:
        LookOnly: The project cannot be changed here.
    """
    project.store.set_setting(KEY, hanging.to_json() if hanging else None, reader)
    project.changed()
    words = tr("Cases open with this arrangement from now on.") if hanging else tr("Cases open as the schema says.")
    return Change(saved_at=project.store.last_stored, words=words)
