"""Image files that a table names: hashed, referenced in place or copied."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from mmdesk.core.cases.case import ImageRef
from mmdesk.imaging.base.bound import size_and_time
from mmdesk.services.images.lookup import Found, Lookup
from mmdesk.support.files import files_in, sha256_of

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

    def find(self, folder: str, text: str, *, stacks: bool = False) -> Found:
        """Return the file or folder that a cell means; see `Lookup.find`."""
        return self.lookup.find(folder, text, stacks=stacks)

    def ref(self, path: Path) -> ImageRef:
        """Return where an image lies and what bytes it has, hashed once.

        Raises:
            OSError: It cannot be read.
        """
        known = self._known.get(path)
        if known is None:
            size, time = size_and_time(path)
            digest = sha256_of(path)
            if self._project and self._copy:
                known = self._copied(path, digest)
            else:
                known = ImageRef(self._place(path), digest, size, time)
            self._known[path] = known
        return known

    @property
    def refs(self) -> list[ImageRef]:
        """Every image that was hashed."""
        return list(self._known.values())

    def _copied(self, path: Path, digest: str) -> ImageRef:
        """Copy an image into the project, named by its content; the copy is read back and compared."""
        assert self._project is not None  # noqa: S101 - asked before
        name = f"{COPIES}/{digest}{'' if path.is_dir() else path.suffix.lower()}"
        target = self._project / name
        if not target.exists() or sha256_of(target) != digest:
            target.parent.mkdir(exist_ok=True)
            partial = target.with_name(f".{target.name}.part")
            self.copied.append(partial)
            if path.is_dir():
                partial.mkdir()
                for file in files_in(path):
                    shutil.copy2(file, partial / file.name)
            else:
                shutil.copy2(path, partial)
            if sha256_of(partial) != digest:
                raise OSError(f"{path} changed while it was copied")
            self.copied.append(target)
            partial.replace(target)
        return ImageRef(name, digest, *size_and_time(target))

    def _place(self, path: Path) -> str:
        """Return the path to keep: relative when the image moves along with the project."""
        project = self._project
        if project is None:
            return path.as_posix()
        absolute = Path(os.path.abspath(path))  # noqa: PTH100  (links are kept as they are)
        if absolute.is_relative_to(project.parent):
            return Path(os.path.relpath(absolute, project)).as_posix()
        return absolute.as_posix()

    def forget_copies(self) -> None:
        """Remove the copies made, after an import that did not come about."""
        for path in self.copied:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        self.copied.clear()
