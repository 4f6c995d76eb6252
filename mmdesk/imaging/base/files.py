"""The bytes of an image file, taken so that nothing can hang or fill the memory."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmdesk.core.errors import ImageProblem
from mmdesk.core.fields.values import Reason
from mmdesk.imaging.base.picture import MOST_BYTES, unreadable
from mmdesk.support.files import files_in, open_regular
from mmdesk.words import tr


def check_file(path: Path) -> int:
    """Return the length of an ordinary file, in bytes; never waits on a pipe or a device.

    Raises:
        ImageProblem: No such file, not an ordinary file or empty.
    """
    with _reading():
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise unreadable(tr("it is not an ordinary file"))
        if not facts.st_size:
            raise unreadable(tr("the file is empty"))
        return facts.st_size


def slice_files(folder: Path) -> list[Path]:
    """Return the files of a folder of slices, by name.

    Raises:
        ImageProblem: No such folder, or it may not be looked into.
    """
    with _reading():
        return files_in(folder)


def read_image_bytes(path: Path) -> bytes:
    """Return all bytes of an ordinary file.

    Raises:
        ImageProblem: No such file, not an ordinary file, not allowed, empty or too large.
    """
    length = check_file(path)
    if length > MOST_BYTES:
        raise unreadable(tr("the file is too large ({length} MB)", length=length >> 20))
    with _reading(), open_regular(path) as file:
        data = file.read(MOST_BYTES + 1)
    if not data:
        raise unreadable(tr("the file is empty"))
    return data


@contextmanager
def _reading() -> Iterator[None]:
    """Say in plain words why a file does not give its bytes."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as why:
        raise ImageProblem(
            tr("This image cannot be read: the file is not there."),
            reason=Reason.NO_FILE.value,
            do=tr("Put the file back, or press M to mark it missing."),
            details=str(why),
        ) from why
    except PermissionError as why:
        raise unreadable(tr("this account may not open the file"), str(why)) from why
    except (OSError, ValueError) as why:
        raise unreadable(tr("the disk does not give the file"), str(why)) from why
