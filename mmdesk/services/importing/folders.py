"""Which folder holds the image files that a column of a table names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mmdesk.core.fields.columns import ColumnTexts
from mmdesk.core.fields.guess import side_of
from mmdesk.core.fields.schema import DEFAULT_MISSING
from mmdesk.services.images.lookup import Candidate, Lookup, parts_of
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Match:
    """How a column fits the files that are there.

    Attributes:
        folder: The folder that its names are looked up in, relative to the table's.
        found: How many of its names have a file there, or several.
        asked: How many names it has.
        because: Why that folder, where the column's name decided.
        files: The files it means; one for each name that means just one.
        stacks: They are folders of slices.
    """

    folder: str
    found: int
    asked: int
    because: str
    files: frozenset[Path]
    stacks: bool = False

    def say(self) -> str:
        """Return the match in words."""
        held = self.folder if self.folder not in ("", ".") else tr("its folder")
        if self.stacks:
            return tr(
                "names match {found:,} of {asked:,} folders of slices in {held}{because}",
                found=self.found,
                asked=self.asked,
                held=held,
                because=self.because,
            )
        return tr(
            "names match {found:,} of {asked:,} files in {held}{because}",
            found=self.found,
            asked=self.asked,
            held=held,
            because=self.because,
        )


class ImageFolders:
    """Looks for the files of columns.

    Args:
        beside: The table's folder.
        images: A folder to look in; the table's own and those below it when None.
    """

    def __init__(self, beside: Path, images: Path | None) -> None:
        self.lookup = Lookup(beside)
        self._start = Path(os.path.relpath(images, beside)).as_posix() if images else ""

    def match(self, column: ColumnTexts, folder: str | None = None, *, stacks: bool = False) -> Match:
        """Return how a column fits a folder, or the folder that it fits.

        Args:
            column: The column.
            folder: The folder; None for the one that it fits.
            stacks: Its names are those of folders of slices.
        """
        texts = [text for text in column.counts if text.strip() not in DEFAULT_MISSING]
        because = ""
        if folder is None:
            folder, because = self._folder(column.name, texts, stacks=stacks)
        found = [self.lookup.find(folder, text, stacks=stacks) for text in texts]
        return Match(
            folder=folder,
            found=sum(one.path is not None or bool(one.several or one.outside) for one in found),
            asked=len(texts),
            because=because,
            files=frozenset(one.path for one in found if one.path),
            stacks=stacks,
        )

    def _folder(self, name: str, texts: Sequence[str], *, stacks: bool) -> tuple[str, str]:
        """Return the folder above all that a column's names fit, and why one of several was taken."""
        whole: set[str] = set()
        partly: set[str] = set()
        unclear: list[set[str]] = []
        for text in texts:
            if self.lookup.exact(self._start, text, stacks=stacks):
                whole.add("")
                continue
            parts = parts_of(text)
            best = self._best(parts, stacks=stacks)
            above = {one.above for one in best}
            if len(above) > 1:
                unclear.append(above)
            elif above:
                (whole if best[0].common == len(parts) - 1 else partly).update(above)
        if unclear and (chosen := _named_alike(name, unclear)):
            return self._below(_shared({*whole, chosen})), tr(", the folder named as '{name}' is", name=name)
        for above in unclear:
            whole |= above
        return self._below(_shared(whole or partly)), ""

    def _best(self, parts: Sequence[str], *, stacks: bool) -> list[Candidate]:
        if not parts:
            return []
        best, _ = self.lookup.index(self._start).candidates(parts, stacks=stacks)
        direct = [one for one in best if one.common == one.folder.depth == len(parts) - 1]
        return direct if len(direct) == 1 else best

    def _below(self, folder: str) -> str:
        return "/".join(part for part in (self._start, folder) if part)


def _shared(folders: Iterable[str]) -> str:
    """Return the deepest folder that holds all of some."""
    ways = [PurePosixPath(folder).parts for folder in folders]
    shared = []
    for level in zip(*ways, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return "/".join(shared)


def _named_alike(column: str, unclear: Sequence[set[str]]) -> str:
    """Return the one folder, of those that each unclear name fits, whose name is the column's or its side."""
    everywhere = set.intersection(*unclear)
    side = side_of(column)
    alike = [
        folder
        for folder in everywhere
        if (last := folder.rsplit("/", 1)[-1])
        and (last.casefold() == column.strip().casefold() or (side and side_of(last) == side))
    ]
    return alike[0] if len(alike) == 1 else ""
