"""How a project refers to an image that stays where it is."""

from __future__ import annotations

import os
from pathlib import Path


def kept_path(path: Path, project: Path) -> str:
    """Return the path to keep: relative when the image moves along with the project's folder."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  (links are kept as they are)
    if absolute.is_relative_to(project.parent):
        return Path(os.path.relpath(absolute, project)).as_posix()
    return absolute.as_posix()
