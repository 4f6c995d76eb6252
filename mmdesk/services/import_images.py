"""Image files that a table names: found, hashed, referenced in place or copied."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from mmdesk.core.case import ImageRef
from mmdesk.core.guess import IMAGE_ENDINGS
from mmdesk.support.files import sha256_of

COPIES = "images"
"""Folder inside a project that copied images go to, named by their content."""
_MOST_FOLDERS = 400
_DEEPEST = 3


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  (takes any text: a name too long is no file)


def names_image(text: str) -> bool:
    """Tell whether a cell's text ends like an image file's name."""
    return text.strip().casefold().endswith(IMAGE_ENDINGS)


@dataclass(slots=True)
class Listing:
    """The image files of one folder, found whatever their letter case and Unicode form."""

    names: dict[str, str] = field(default_factory=dict)
    stems: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, folder: Path) -> Listing:
        """List a folder; one that is not there is empty."""
        listing = cls()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    key = _key(entry.name)
                    listing.names[key] = entry.name
                    stem, ending = os.path.splitext(key)  # noqa: PTH122  (a name, not a path)
                    if ending in IMAGE_ENDINGS:
                        listing.stems[stem].append(entry.name)
        except OSError:
            return cls()
        return listing

    def find(self, text: str) -> str | None:
        """Return the file of that name, or the only image file of that stem."""
        name = _key(text.replace("\\", "/").rsplit("/", 1)[-1])
        if name in self.names:
            return self.names[name]
        same = self.stems.get(name, ())
        return same[0] if len(same) == 1 and not name.endswith(IMAGE_ENDINGS) else None

    def count(self, texts: Collection[str]) -> int:
        """Return how many of the texts name a file here."""
        return sum(self.find(text) is not None for text in texts)


class ImageFinder:
    """Finds the image files of a table and knows what is in them.

    Args:
        beside: The folder of the table.
        project: The project's folder, that paths are kept relative to; None to look only.
        copy: Copy each image into the project.
    """

    def __init__(self, beside: Path, project: Path | None = None, *, copy: bool = False) -> None:
        self._beside = beside
        self._project = project.absolute() if project else None
        self._copy = copy
        self._listings: dict[str, Listing] = {}
        self._known: dict[Path, ImageRef] = {}
        self.copied: list[Path] = []

    def find(self, folder: str, text: str) -> Path | None:
        """Return the file that a cell names, or None.

        Args:
            folder: The field's folder, relative to the table's.
            text: A file name, a relative or absolute path, or a name without its ending.
        """
        text = text.replace("\\", "/")
        base = self._beside / folder
        if "/" in text and _is_file(base / text):
            return base / text
        name = self.listing(folder).find(text)
        return base / name if name is not None and _is_file(base / name) else None

    def listing(self, folder: str) -> Listing:
        """Return the files of a folder relative to the table's."""
        if folder not in self._listings:
            self._listings[folder] = Listing.of(self._beside / folder)
        return self._listings[folder]

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


def folders_below(beside: Path) -> list[str]:
    """Return a table's folder and those below it, as paths relative to it, nearest first."""
    found = [""]
    level = [""]
    for _ in range(_DEEPEST):
        deeper: list[str] = []
        for folder in level:
            deeper += _subfolders(beside, folder)
        level = deeper[: _MOST_FOLDERS - len(found)]
        found += level
    return found


def _subfolders(beside: Path, folder: str) -> list[str]:
    try:
        with os.scandir(beside / folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.is_dir() and not entry.name.startswith(".") and not entry.name.endswith(".mmdesk")
            )
    except OSError:
        return []
    return [f"{folder}/{name}" if folder else name for name in names]
