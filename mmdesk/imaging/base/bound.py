"""A project's image files, each bound to the content that it had when it was imported.

The one look-up for window, models, training, doctor and exports. A file of another size is
another file at once; for all else the SHA-256 of its bytes tells. Digests are remembered by path,
size and times, also for the next start, so that each file is read for this once.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base.files import check_file, read_image_bytes, slice_files
from mmdesk.support.files import files_in, private_opener, sha256_of
from mmdesk.words import tr

CHANGED: Final = "the file is not the one that was imported"
"""What is said of a file whose content is another."""
_REMEMBERED: Final = "digests.txt"
_MOST_LINES: Final = 1_000_000

Stamp = tuple[str, int, int, int]
"""Path, size, and the times of the content's and the entry's last change, in nanoseconds."""


class State(StrEnum):
    """How a file stands to what was imported."""

    SAME = "same"
    UNSURE = "unsure"
    """Nothing speaks against it, but its bytes were not looked at yet."""
    TOUCHED = "touched"
    """Its time is another; its bytes were not looked at yet."""
    CHANGED = "changed"
    GONE = "gone"


def other_file() -> ImageProblem:
    """Return the problem that a file is not the one that was imported."""
    return ImageProblem(
        tr("This image cannot be used: {changed}.", changed=CHANGED),
        do=tr("Take the new file, find the imported one, or import the table again."),
    )


class BoundImages:
    """Looks a project's image files up; may be used from any thread.

    Args:
        root: The project's folder, from which relative paths start.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._file = self._root / "cache" / _REMEMBERED
        self._lock = threading.Lock()
        self._known: dict[Stamp, str] | None = None

    def path(self, ref: ImageRef) -> Path:
        """Return where an image lies."""
        return self._root / ref.path

    def look(self, ref: ImageRef) -> State:
        """Return how a file stands, from its size and times alone."""
        path = self.path(ref)
        stamp = _stamp(path)
        if stamp is None:
            return State.GONE
        if not ref.sha256:
            return State.SAME
        if ref.size and stamp[1] != ref.size:
            return State.CHANGED
        known = self._remembered().get(stamp)
        if known is not None:
            return State.SAME if known == ref.sha256 else State.CHANGED
        return State.UNSURE if stamp[2] == ref.mtime else State.TOUCHED

    def state(self, ref: ImageRef) -> State:
        """Return how a file stands for certain; its bytes are read where they were not yet.

        Raises:
            ImageProblem: It cannot be read.
        """
        found = self.look(ref)
        if found not in (State.UNSURE, State.TOUCHED):
            return found
        path = self.path(ref)
        _check(path)
        stamp = _stamp(path)
        try:
            digest = sha256_of(path)
        except OSError:
            read_image_bytes(path)
            raise
        self._learn(path, stamp, digest)
        return State.SAME if digest == ref.sha256 else State.CHANGED

    def check(self, ref: ImageRef) -> Path:
        """Return where an image lies, when its file is the one that was imported.

        Raises:
            ImageProblem: The file is not there, cannot be read, or is another one.
        """
        found = self.state(ref)
        if found == State.CHANGED:
            raise other_file()
        if found == State.GONE:
            _check(self.path(ref))
        return self.path(ref)

    def read(self, ref: ImageRef) -> bytes:
        """Return the bytes of the file that was imported.

        Raises:
            ImageProblem: As `check`.
        """
        path = self.path(ref)
        stamp = _stamp(path)
        data = read_image_bytes(path)
        digest = sha256(data).hexdigest()
        self._learn(path, stamp, digest)
        if ref.sha256 and digest != ref.sha256:
            raise other_file()
        return data

    def refer(self, path: str) -> ImageRef:
        """Return a file as it is now, to be bound to its present content.

        Args:
            path: As `ImageRef` keeps it.

        Raises:
            ImageProblem: It cannot be read.
        """
        file = self._root / path
        _check(file)
        stamp = _stamp(file)
        digest = sha256_of(file) if file.is_dir() else sha256(read_image_bytes(file)).hexdigest()
        self._learn(file, stamp, digest)
        assert stamp is not None  # noqa: S101 - it was read just now
        return ImageRef(path, digest, stamp[1], stamp[2])

    def remember(self, refs: Iterable[ImageRef]) -> None:
        """Remember digests that were computed just now, as by an import."""
        stamps = [(_stamp(self.path(ref)), ref) for ref in refs]
        self._learn_all(
            {
                stamp: ref.sha256
                for stamp, ref in stamps
                if stamp is not None and ref.sha256 and stamp[1:3] == (ref.size, ref.mtime)
            }
        )

    def _learn(self, path: Path, before: Stamp | None, digest: str) -> None:
        """Remember a digest, unless the file was written while it was read."""
        if before is not None and before == _stamp(path):
            self._learn_all({before: digest})

    def _learn_all(self, found: dict[Stamp, str]) -> None:
        known = self._remembered()
        with self._lock:
            fresh = {stamp: digest for stamp, digest in found.items() if known.get(stamp) != digest}
            if not fresh:
                return
            known.update(fresh)
            lines = "".join(
                f"{digest} {size} {mtime} {ctime} {path}\n"
                for (path, size, mtime, ctime), digest in fresh.items()
                if "\n" not in path and "\r" not in path
            )
            try:
                with open(self._file, "ab", opener=private_opener) as file:
                    file.write(lines.encode("utf-8", "surrogateescape"))
            except OSError:
                pass  # a project that cannot be written to remembers for this session only

    def _remembered(self) -> dict[Stamp, str]:
        with self._lock:
            if self._known is None:
                self._known = _read(self._file)
            return self._known


def _stamp(path: Path) -> Stamp | None:
    try:
        facts = os.stat(path)  # noqa: PTH116 - thousands of times
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(facts.st_mode):
        return _stamp_of_folder(path)
    return str(path), facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def _stamp_of_folder(path: Path) -> Stamp | None:
    """Return what changes whenever a file of a folder does: the sum of sizes, and times of all."""
    try:
        facts = [file.stat() for file in files_in(path)]
    except OSError:
        return None
    if not facts:
        return None
    changed = max(one.st_mtime_ns for one in facts)
    return str(path), sum(one.st_size for one in facts), changed, max(one.st_ctime_ns for one in facts)


def size_and_time(path: Path) -> tuple[int, int]:
    """Return the size and the time of change that an image is remembered by.

    Raises:
        OSError: It is not there.
    """
    stamp = _stamp(path)
    if stamp is None:
        raise FileNotFoundError(path)
    return stamp[1], stamp[2]


def _check(path: Path) -> None:
    """See that an image is there: an ordinary file, or a folder of them."""
    if path.is_dir():
        slice_files(path)
    else:
        check_file(path)


def _read(file: Path) -> dict[Stamp, str]:
    """Return what is remembered; a line that was cut short is passed over."""
    try:
        lines = file.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    except OSError:
        return {}
    if len(lines) > _MOST_LINES:
        file.unlink(missing_ok=True)
        return {}
    known: dict[Stamp, str] = {}
    for line in lines:
        parts = line.split(" ", 4)
        if len(parts) == 5 and len(parts[0]) == 64 and all(part.isdigit() for part in parts[1:4]):
            known[parts[4], int(parts[1]), int(parts[2]), int(parts[3])] = parts[0]
    return known


_opened: dict[Path, BoundImages] = {}
_opening = threading.Lock()


def images_of(root: Path) -> BoundImages:
    """Return the look-up of a project; the same one for everybody in this process."""
    key = root.absolute()
    with _opening:
        if key not in _opened:
            _opened[key] = BoundImages(key)
        return _opened[key]
