"""The bytes of an image file, taken so that nothing can hang or fill the memory."""

from __future__ import annotations

import stat
from pathlib import Path

from mmdesk.core.errors import ImageProblem
from mmdesk.core.values import Reason
from mmdesk.imaging.picture import MOST_BYTES, unreadable


def read_image_bytes(path: Path) -> bytes:
    """Return all bytes of an ordinary file; never waits on a pipe or a device.

    Raises:
        ImageProblem: No such file, not an ordinary file, not allowed, empty or too large.
    """
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise unreadable("it is not an ordinary file")
        if facts.st_size > MOST_BYTES:
            raise unreadable(f"the file is too large ({facts.st_size >> 20} MB)")
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as why:
        raise ImageProblem(
            "This image cannot be read: the file is not there.",
            reason=Reason.NO_FILE.value,
            do="Put the file back, or press M to mark it missing.",
            details=str(why),
        ) from why
    except PermissionError as why:
        raise unreadable("this account may not open the file", str(why)) from why
    except (OSError, ValueError) as why:
        raise unreadable("the disk does not give the file", str(why)) from why
    if not data:
        raise unreadable("the file is empty")
    return data
