"""A new project comes about whole or not at all, whatever its cases come from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmdesk.core.fields.schema import Schema
from mmdesk.services.project import Project, create_project, finish_project
from mmdesk.support.paths import is_unfinished


@contextmanager
def filling(folder: Path, schema: Schema) -> Iterator[Project]:
    """Give a new project to be filled, and close it; stopped or not possible, leave nothing behind.

    Args:
        folder: Where; it counts as a project only once it is filled.
        schema: Its fields.

    Raises:
        Situation: The folder cannot be used.
    """
    existed = folder.exists()
    used = existed and not is_unfinished(folder) and (not folder.is_dir() or any(folder.iterdir()))
    try:
        project = create_project(folder, schema, unfinished=True)
        try:
            yield project
        finally:
            project.close()
        finish_project(folder)
    except BaseException:
        if not used:
            shutil.rmtree(folder, ignore_errors=True)
            if existed:
                folder.mkdir(exist_ok=True)
        raise
