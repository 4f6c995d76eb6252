"""Image files that a table names: hashed, referenced in place or copied."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import DiskFull, Situation
from mmdesk.imaging.base.bound import size_and_time
from mmdesk.services.images.kept_path import kept_path
from mmdesk.services.images.lookup import Found, Lookup
from mmdesk.storage.leftovers import COPYING, IMAGES
from mmdesk.support.files import copy_whole, files_in, make_private, sha256_of, whole_folder, write_whole
from mmdesk.words import tr

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class ImageFinder:
    """Finds the image files of a table and knows what is in them.

    Args:
        beside: The folder of the table.
        project: The project's folder, that paths are kept relative to; None to look only.
        copy: Copy each image into the project.
        named: Folders besides the table's that a person named.
    """

    def __init__(
        self, beside: Path, project: Path | None = None, *, copy: bool = False, named: Sequence[Path] = ()
    ) -> None:
        self._project = project.absolute() if project else None
        self.lookup = Lookup(beside, named)
        self._copy = copy
        self._known: dict[Path, ImageRef] = {}
        self.copied: list[Path] = []

    def find(self, folder: str, text: str, *, stacks: bool = False) -> Found:
        """Return the file or folder that a cell means; see `Lookup.find`."""
        return self.lookup.find(folder, text, stacks=stacks)

    def ref(self, path: Path) -> ImageRef:
        """Return where an image lies and what bytes it has, hashed once.

        Raises:
            OSError: It cannot be read, or is no ordinary file.
            Situation: It cannot be copied into the project.
        """
        known = self._known.get(path)
        if known is None:
            size, time = size_and_time(path)
            digest = sha256_of(path)
            if self._project and self._copy:
                known = self._copied(path, digest)
            else:
                kept = kept_path(path, self._project) if self._project else path.as_posix()
                known = ImageRef(kept, digest, size, time)
            self._known[path] = known
        return known

    @property
    def refs(self) -> list[ImageRef]:
        """Every image that was hashed."""
        return list(self._known.values())

    def _copied(self, path: Path, digest: str) -> ImageRef:
        """Copy an image into the project, named by its content; what was copied is compared with it."""
        assert self._project is not None  # noqa: S101 - asked before
        name = f"{IMAGES}/{digest}{'' if path.is_dir() else path.suffix.lower()}"
        target = self._project / name
        if not target.exists() or sha256_of(target) != digest:
            with _said(path):
                if not self.copied:
                    make_private(target.parent)
                    write_whole(self._project / COPYING, "")
                self.copied.append(target)
                _copy(path, target)
                if sha256_of(target) != digest:
                    _remove(target)
                    what = tr("The image {name} changed while it was copied.", name=path.name)
                    raise Situation(what, do=tr("Wait until it is written, then import again."))
        return ImageRef(name, digest, *size_and_time(target))

    def keep_copies(self) -> None:
        """Let the copies stay: cases refer to them now."""
        if self._project and self.copied:
            with suppress(OSError):
                (self._project / COPYING).unlink(missing_ok=True)

    def forget_copies(self) -> None:
        """Remove the copies made, after an import that did not come about."""
        for path in self.copied:
            _remove(path)
        self.keep_copies()
        self.copied.clear()


def _copy(path: Path, target: Path) -> None:
    """Copy an image, or a folder of slices, whole or not at all."""
    if not path.is_dir():
        copy_whole(path, target)
        return
    _remove(target)
    with whole_folder(target) as partial:
        for file in files_in(path):
            copy_whole(file, partial / file.name)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Say in words why an image that can be read cannot be copied."""
    try:
        yield
    except OSError as why:
        if why.errno in _NO_SPACE:
            what = tr("The disk is full: the image {name} does not fit into the project.", name=path.name)
            raise DiskFull(what, do=tr("Free some space, then import again.")) from why
        what = tr("The image {name} cannot be copied into the project.", name=path.name)
        do = tr("See whether the project's folder can be written, then import again.")
        raise Situation(what, do=do, details=str(why)) from why
