"""Whether image files can be read: each by its first and last bytes, some by decoding them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base.signatures import HEAD, TAIL, is_cut_short, is_known
from mmdesk.support.files import open_regular
from mmdesk.words import tr

SAMPLED: Final = 200
"""Images that an import decodes though nothing speaks against them; evenly spread over the table."""
LARGEST: Final = 64 << 20
"""Bytes of a file above which it is not decoded for the sample."""


class ReadCheck:
    """Looks at each file once.

    A file whose first bytes are those of no known format, or that ends too early, is decoded to
    make sure; so is every file after the first of the sample that could not be.

    Args:
        expected: About how many images there are.
        sample: Decode some of the others too.

    Attributes:
        seen: Files looked at.
        decoded: Files decoded.
    """

    def __init__(self, expected: int = 0, *, sample: bool = False) -> None:
        self._step = max(1, expected // SAMPLED) if sample else 0
        self._known: dict[Path, str] = {}
        self._all = False
        self.seen = 0
        self.decoded = 0

    def problem(self, path: Path, *, stack: bool = False) -> str:
        """Return why an image cannot be read, in words; empty when nothing was found.

        Args:
            path: A file; of a volume also a folder of slices.
            stack: It is to be a volume, of which three slices are decoded each time.

        Raises:
            OSError: It cannot be opened.
        """
        if path not in self._known:
            self._known[path] = self._look_at_volume(path) if stack else self._look(path)
        return self._known[path]

    def say(self, unreadable: int) -> str:
        """Return how many files were looked at, and how, where any cannot be read or not all were decoded."""
        if not self.seen or not self._step:
            return ""
        if self.decoded == self.seen:
            how = tr("All {seen:,} images were decoded", seen=self.seen)
        else:
            how = tr(
                "Of {seen:,} images the first and last bytes were checked, and {decoded:,} decoded",
                seen=self.seen,
                decoded=self.decoded,
            )
        return (
            tr("{how}: {unreadable:,} cannot be read.", how=how, unreadable=unreadable)
            if unreadable
            else tr("{how}; all could be read.", how=how)
        )

    def _look_at_volume(self, path: Path) -> str:
        self.seen += 1
        self.decoded += 1
        return _decoded(path, stack=True)

    def _look(self, path: Path) -> str:
        with open_regular(path) as file:
            head = file.read(HEAD)
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL))
            tail = file.read()
        self.seen += 1
        doubt = not is_known(head) or is_cut_short(head, tail)
        sampled = bool(self._step) and ((self.seen - 1) % self._step == 0 or self._all) and size <= LARGEST
        if not doubt and not sampled:
            return ""
        self.decoded += 1
        words = _decoded(path)
        self._all |= bool(words)
        return words


def _decoded(path: Path, *, stack: bool = False) -> str:
    from mmdesk.imaging.checking import check_file_of

    try:
        check_file_of(path, stack=stack)
    except ImageProblem as problem:
        return problem.what
    return ""
