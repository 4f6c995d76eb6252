r"""Which file on this computer a cell of a table means.

A cell may hold a bare name, a name without its ending, a path relative to the table, or a path of
another computer. What counts is the longest tail of it that fits one file: `D:\export\siteB\1.PNG`
is `siteB/1.png` where that is there, and never `siteA/1.png`. Slashes of both kinds, letter case,
Unicode forms, drives and URL escapes make no difference.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

from mmdesk.core.fields.guess import IMAGE_ENDINGS

MOST_FOLDERS = 20_000
"""Folders looked through below one; beyond them nobody means all of it."""
_DRIVE = re.compile(r"^(file:/{0,3})?([A-Za-z]:)?", re.IGNORECASE)
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")


def names_image(text: str) -> bool:
    """Tell whether a cell's text ends like an image file's name."""
    return text.strip().casefold().endswith(IMAGE_ENDINGS)


def parts_of(text: str) -> tuple[str, ...]:
    r"""Return the folders and the name in a cell, as they are compared.

    Example:
        >>> parts_of("D:\\Export\\siteB\\1.PNG"), parts_of("./a//1.png")
        (('export', 'siteb', '1.png'), ('a', '1.png'))
    """
    plain = _DRIVE.sub("", text.strip().replace("\\", "/"))
    return tuple(_key(part) for part in plain.split("/") if part not in ("", ".", ".."))


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _stem(key: str) -> str:
    """Return a name without an image's ending; empty when it has none."""
    fitting = [ending for ending in IMAGE_ENDINGS if key.endswith(ending)]
    return key[: -len(max(fitting, key=len))] if fitting else ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder below the one that is looked through.

    Attributes:
        path: Relative to the one that is looked through; empty for that one.
        parts: All folders on its way, as they are compared.
        depth: How many of them lie below the one that is looked through.
    """

    path: str
    parts: tuple[str, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that has the name in a cell.

    Attributes:
        folder: The folder it lies in.
        name: Its name.
        common: How many folders of the cell it shares, from the name upwards.
    """

    folder: Folder
    name: str
    common: int

    @property
    def path(self) -> str:
        """The file, relative to the folder that is looked through."""
        return f"{self.folder.path}/{self.name}" if self.folder.path else self.name

    @property
    def above(self) -> str:
        """The folder above what it shares with the cell."""
        return "/".join(self.folder.path.split("/")[: max(0, self.folder.depth - self.common)])


@dataclass(slots=True)
class FileIndex:
    """Every file below a folder, by its name.

    Attributes:
        complete: Whether all folders were looked through.
    """

    complete: bool = True
    _names: dict[str, list[tuple[Folder, str]]] = field(default_factory=lambda: defaultdict(list))
    _stems: dict[str, list[tuple[Folder, str]]] = field(default_factory=lambda: defaultdict(list))
    _folders: set[str] = field(default_factory=set)
    _stacks: dict[str, list[tuple[Folder, str]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, root: Path, *, beside: bool = False) -> FileIndex:
        """Look through a folder and those below it; one that is not there is empty.

        Args:
            root: The folder.
            beside: Know the names of the folders beside it too.
        """
        index = cls()
        absolute = Path(os.path.abspath(root))  # noqa: PTH100  (links are kept as they are)
        level = [Folder("", tuple(_key(part) for part in absolute.parts[1:]), 0)]
        seen = 0
        while level:
            deeper: list[Folder] = []
            for folder in level:
                seen += 1
                if seen > MOST_FOLDERS:
                    index.complete = False
                    return index
                deeper += index._take(absolute, folder)
            level = deeper
        if beside:
            index._folders.update(_key(name) for name in _folder_names(absolute.parent))
        return index

    def _take(self, root: Path, folder: Folder) -> Iterator[Folder]:
        """Take a folder's files; give the folders in it."""
        deeper: list[str] = []
        files = images = 0
        try:
            with os.scandir(root / folder.path) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or not (entry.is_dir() or entry.is_file()):
                        continue  # hidden, or a device or a pipe, by whatever name
                    if entry.is_dir(follow_symlinks=not folder.depth):
                        if not entry.name.endswith(".mmdesk"):
                            deeper.append(entry.name)
                        continue
                    key = _key(entry.name)
                    files += 1
                    self._names[key].append((folder, entry.name))
                    if stem := _stem(key):
                        images += 1
                        self._stems[stem].append((folder, entry.name))
        except OSError:
            return
        if folder.path and (images or not files):
            self._folders.add(folder.parts[-1])
        if folder.path and files > 1:
            self._take_stack(folder)
        for name in sorted(deeper):
            path = f"{folder.path}/{name}" if folder.path else name
            yield Folder(path, (*folder.parts, _key(name)), folder.depth + 1)

    def _take_stack(self, folder: Folder) -> None:
        """Know a folder of files by its own name, and by those of the folders above it."""
        names = folder.path.split("/")
        outside = len(folder.parts) - folder.depth
        for level in range(folder.depth):
            above = Folder("/".join(names[:level]), folder.parts[: outside + level], level)
            self._stacks[folder.parts[outside + level]].append((above, "/".join(names[level:])))

    def candidates(self, parts: Sequence[str], *, stacks: bool = False) -> tuple[list[Candidate], list[Candidate]]:
        """Return the files, or with `stacks` the folders, that a cell may mean, and those that only have its name.

        A file in another folder than the cell names is not meant where that folder is here
        as well.
        """
        *folders, name = parts
        files = self._names.get(name) or ([] if _stem(name) else self._stems.get(name, []))
        named = self._stacks.get(name, []) if stacks else files
        may: list[Candidate] = []
        other: list[Candidate] = []
        for folder, spelled in named:
            common = _common(folders, folder.parts)
            apart = common < len(folders) and folders[-common - 1] in self._folders
            (other if apart else may).append(Candidate(folder, spelled, common))
        most = max((one.common for one in may), default=0)
        return [one for one in may if one.common == most], other


def _folder_names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        return []


def _common(cell: Sequence[str], file: Sequence[str]) -> int:
    count = 0
    for one, two in zip(reversed(cell), reversed(file), strict=False):
        if one != two:
            break
        count += 1
    return count


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a cell.

    Attributes:
        path: The one file that it means; None when there is none, or several.
        several: Files that it may mean, relative to the table's folder.
        folders: Folders of which each would leave one of them, relative to the table's.
        elsewhere: A file of that name which lies in another folder than the cell says.
        unknown: The folders in the cell, from its beginning, that did not help to find it.
        by_name: None of the cell's folders helped: only the name fits.
        outside: The folder of the file that the cell names just as it stands, where nobody named that
            folder; the file is not opened.
    """

    path: Path | None = None
    several: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    elsewhere: str = ""
    unknown: str = ""
    by_name: bool = False
    outside: str = ""


class Lookup:
    """Finds the files that cells mean; each cell is looked up once.

    Args:
        beside: The folder of the table.
        named: Folders besides it that a person named.
    """

    def __init__(self, beside: Path, named: Sequence[Path] = ()) -> None:
        self._beside = beside
        self._roots = [_absolute(beside), *map(_absolute, named)]
        self._indexes: dict[str, FileIndex] = {}
        self._found: dict[tuple[str, str, bool], Found] = {}

    def index(self, folder: str) -> FileIndex:
        """Return the files below a folder that is relative to the table's."""
        if folder not in self._indexes:
            below = folder not in ("", ".")
            self._indexes[folder] = FileIndex.of(self._beside / folder, beside=below)
        return self._indexes[folder]

    @property
    def incomplete(self) -> list[str]:
        """Folders of which not everything was looked through."""
        return [folder or "." for folder, index in self._indexes.items() if not index.complete]

    def find(self, folder: str, text: str, *, stacks: bool = False) -> Found:
        """Return what a cell means.

        Args:
            folder: The field's folder, relative to the table's.
            text: A cell's text.
            stacks: Where no file fits, it may be a folder of several files, itself or below it.
        """
        key = (folder, text, stacks)
        if key not in self._found:
            found = self._looked_up(folder, text)
            if stacks and not found.path and not found.several:
                stack = self._looked_up(folder, text, stacks=True)
                found = stack if stack.path or stack.several else found
            self._found[key] = found
        return self._found[key]

    def _looked_up(self, folder: str, text: str, *, stacks: bool = False) -> Found:
        spellings = [text]
        if _ESCAPED.search(text):
            spellings.append(unquote(text))
        for spelling in spellings:
            if path := self.exact(folder, spelling, stacks=stacks):
                return Found(path)
        first = next((Found(outside=where) for one in spellings if (where := self._outside(one))), None)
        for spelling in spellings:
            found = self._by_tail(folder, spelling, stacks=stacks)
            if found.path or found.several:
                return found
            first = first or found
        return first or Found()

    def _outside(self, text: str) -> str:
        """Return the folder of an ordinary file that a path names outside of the folders that were named."""
        text = _plain(text)
        if not text or not ("/" in text or PureWindowsPath(text).drive):
            return ""
        path = self._beside / text
        return str(_absolute(path.parent)) if _is_file(path) else ""

    def exact(self, folder: str, text: str, *, stacks: bool = False) -> Path | None:
        """Return the file, or the folder of files, that a path names just as it stands.

        It lies below one of these, or below another folder that a person named. Names of other
        computers are never looked up.
        """
        text = _plain(text)
        if not text:
            return None
        roots = [*self._roots, _absolute(self._beside / folder)]
        for base in (self._beside / folder, *([self._beside] if "/" in text else [])):
            path = base / text
            inside = any(_absolute(path).is_relative_to(root) for root in roots)
            if inside and (_is_stack(path) if stacks else _is_file(path)):
                return path
        return None

    def _by_tail(self, folder: str, text: str, *, stacks: bool) -> Found:
        parts = parts_of(text)
        if not parts:
            return Found()
        best, other = self.index(folder).candidates(parts, stacks=stacks)
        whole = len(parts) - 1
        fitting = [one for one in best if one.common == whole or one.common >= one.folder.depth]
        if not fitting:
            near = [*best, *other]
            return Found(elsewhere=_joined(folder, near[0].path) if near else "")
        if len(fitting) > 1:
            fitting = [one for one in fitting if one.common == one.folder.depth == whole] or fitting
        if len({one.folder for one in fitting}) == 1:
            name = text.replace("\\", "/").rsplit("/", 1)[-1].strip()
            fitting = [one for one in fitting if one.name == name] or fitting
        if len(fitting) > 1:
            folders = dict.fromkeys(_joined(folder, one.above) for one in fitting)
            several = tuple(sorted(_joined(folder, one.path) for one in fitting))
            return Found(several=several, folders=tuple(sorted(folders)) if len(folders) > 1 else ())
        one = fitting[0]
        path = self._beside / folder / one.path
        if one.common == whole:
            return Found(path)
        unknown = "/".join(text.strip().replace("\\", "/").split("/")[: -one.common - 1])
        return Found(path, unknown=unknown, by_name=not one.common)


def _plain(text: str) -> str:
    """Return a cell as a path of this computer; empty for one of another computer."""
    text = text.strip().replace("\\", "/")
    if text.casefold().startswith("file://"):
        text = text[len("file://") :]
        if not text.startswith("/"):
            return ""
    return "" if text.startswith("//") else text


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  (links are kept as they are)


def _joined(folder: str, path: str) -> str:
    return "/".join(part for part in (folder.strip("/"), path) if part and part != ".") or "."


def _is_stack(path: Path) -> bool:
    try:
        with os.scandir(path) as entries:
            return sum(entry.is_file() and not entry.name.startswith(".") for entry in entries) > 1
    except (OSError, ValueError):
        return False


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  (takes any text: a name too long is no file)
