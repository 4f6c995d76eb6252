"""Files that stop whoever reads them in circles: each look has a time and a number of bytes.

The parsers of DICOM, TIFF, GIF and NIfTI headers run in loops that a file's content drives, and
all of them read on. So the file itself is the place to stop them, without a process or a signal.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mmdesk.imaging.base.files import check_file
from mmdesk.imaging.base.picture import unreadable
from mmdesk.words import tr

if TYPE_CHECKING:
    from typing_extensions import Buffer
else:
    Buffer = object

OnShare = Callable[[float], object]
SECONDS = 4.0
"""Processor time that one look at a file may take, from `look` to the last read."""
_EVERY = 16
"""Reads between two looks at the clock."""
HEADER_BYTES = 128 << 20
"""Bytes that may be read of a file's description, all but the pixels."""


class ReadLimit:
    """Counts what is read; begin each look with `look`.

    Attributes:
        on_share: Called with the share of the file that was passed; what it raises ends the reading.
    """

    def __init__(self) -> None:
        self.on_share: OnShare | None = None
        self._until = 0.0
        self._reads = 0
        self._left = 0
        self.look()

    def look(self, most: int = 1 << 40) -> None:
        """Begin a look at the file that may take `SECONDS` and read `most` bytes."""
        self._until = 0.0
        self._reads = 0
        self._left = most

    def check(self, count: int) -> None:
        """Count bytes.

        Raises:
            ImageProblem: The look has taken too long or read too much.
        """
        self._left -= count
        if self._left < 0:
            raise unreadable(tr("its description is too long"))
        self._reads += 1
        if self._reads % _EVERY:
            return
        now = time.thread_time()
        self._until = self._until or now + SECONDS
        if now > self._until:
            raise unreadable(tr("it takes too long to read"))


class LimitedFile(io.BufferedReader):
    """An ordinary file, open for reading.

    Args:
        path: The file.

    Raises:
        ImageProblem: It is not there, no ordinary file, may not be read or is empty.
    """

    def __init__(self, path: Path) -> None:
        self.length = check_file(path)
        self.limit = ReadLimit()
        super().__init__(io.FileIO(path, "rb"))

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, as long as the look may last."""
        data = super().read(size)
        self.limit.check(len(data))
        return data

    def readinto(self, buffer: Buffer, /) -> int:
        """Read into a buffer, as long as the look may last."""
        count = super().readinto(buffer)
        self.limit.check(count)
        return count


class LimitedBytes(io.BytesIO):
    """Bytes at hand, read as a file is."""

    def __init__(self, data: bytes) -> None:
        self.length = len(data)
        self.limit = ReadLimit()
        super().__init__(data)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, as long as the look may last."""
        data = super().read(size)
        self.limit.check(len(data))
        if self.limit.on_share is not None:
            self.limit.on_share(self.tell() / max(1, self.length))
        return data


LimitedReader = LimitedFile | LimitedBytes
