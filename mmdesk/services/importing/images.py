"""Image files that a table names: hashed, referenced in place or copied."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from mmdesk.core.cases.case import ImageRef
from mmdesk.services.images.lookup import Found, Lookup
from mmdesk.support.files import sha256_of

COPIES = "images"
"""Folder inside a project that copied images go to, named by their content."""


class ImageFinder:
    """Finds the image files of a table and knows what is in them.

    Args:
        beside: The folder of the table.
        project: The project's folder, that paths are kept relative to; None to look only.
        copy: Copy each image into the project.
    """

    def __init__(self, beside: Path, project: Path | None = None, *, copy: bool = False) -> None:
        self._project = project.absolute() if project else None
        self.lookup = Lookup(beside)
        self._copy = copy
        self._known: dict[Path, ImageRef] = {}
        self.copied: list[Path] = []

    def find(self, folder: str, text: str) -> Found:
        """Return the file that a cell means; see `Lookup.find`."""
        return self.lookup.find(folder, text)

    def ref(self, path: Path) -> ImageRef:
        """Return where an image lies and what bytes it has, hashed once.

        Raises:
            OSError: It cannot be read.
        """
        known = self._known.get(path)
        if known is None:
            facts = path.stat()
            digest = sha256_of(path)
            place = self._place(path, digest) if self._project else str(path)
            known = self._known[path] = ImageRef(place, digest, facts.st_size, facts.st_mtime_ns)
        return known

    def _place(self, path: Path, digest: str) -> str:
        """Return the path to keep: relative when the image moves along with the project."""
        project = self._project
        if project is None:
            return path.as_posix()
        if self._copy:
            name = f"{digest}{path.suffix.lower()}"
            target = project / COPIES / name
            if not target.exists():
                target.parent.mkdir(exist_ok=True)
                self.copied.append(target)
                shutil.copy2(path, target)
            return f"{COPIES}/{name}"
        absolute = Path(os.path.abspath(path))  # noqa: PTH100  (links are kept as they are)
        if absolute.is_relative_to(project.parent):
            return Path(os.path.relpath(absolute, project)).as_posix()
        return absolute.as_posix()

    def forget_copies(self) -> None:
        """Remove the copies made, after an import that did not come about."""
        for path in self.copied:
            path.unlink(missing_ok=True)
        self.copied.clear()
