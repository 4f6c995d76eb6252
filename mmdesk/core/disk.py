"""What the system refused with files, in a person's words.

Which refusals are a person's situation: those of the disk itself, such as a full one, for any
file; those that a name can cause, such as one that is not there, for files that the person named.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable

from mmdesk.core.errors import DiskFull, Situation
from mmdesk.words import QT_TR_NOOP, tr

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_READ_ONLY = {errno.EROFS}
_REFUSED = {errno.EACCES, errno.EPERM}
_SILENT = {
    getattr(errno, name)
    for name in ("EIO", "ESTALE", "ENODEV", "ENXIO", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENOTCONN", "ENOMEDIUM")
    if hasattr(errno, name)
}
_WINDOWS = {39: errno.ENOSPC, 112: errno.ENOSPC, 19: errno.EROFS, 21: errno.EIO, 53: errno.EIO, 64: errno.EIO}
"""Codes of Windows that Python leaves as EINVAL or the like."""
_WRONG_NAMES = {
    errno.ENOENT: QT_TR_NOOP("{subject} is not there."),
    errno.EISDIR: QT_TR_NOOP("{subject} is a folder, where a file is needed."),
    errno.ENOTDIR: QT_TR_NOOP("{subject} is or leads through a file, where a folder is needed."),
    errno.EEXIST: QT_TR_NOOP("There is something at {subject} already."),
    errno.ENOTEMPTY: QT_TR_NOOP("There is something at {subject} already."),
    errno.ENAMETOOLONG: QT_TR_NOOP("{subject} is longer than a name may be here."),
    errno.ELOOP: QT_TR_NOOP("{subject} is a link that leads back to itself."),
    errno.EINVAL: QT_TR_NOOP("{subject} is no name that a file can have here."),
}
_IN_WORDS = re.compile(r"(?:errno = |os error |\[Errno )(\d+)")
_FULL_WORDS = ("no space left on device", "disk is full", "disk quota exceeded", "not enough space on the disk")


def trouble_of(problem: BaseException) -> int:
    """Return the system's code of what it refused, 0 for none; libraries may hide it in their words."""
    at: BaseException | None = problem
    for _ in range(8):
        if at is None:
            return 0
        if code := _code(at):
            return code
        at = at.__cause__ or at.__context__
    return 0


def _code(problem: BaseException) -> int:
    if isinstance(problem, OSError):
        code = _WINDOWS.get(getattr(problem, "winerror", None) or 0, problem.errno or 0)
        found = _IN_WORDS.search(str(problem))
        return code or (int(found[1]) if found else 0)
    words = str(problem)[:2000].lower()
    return errno.ENOSPC if any(full in words for full in _FULL_WORDS) else 0


def is_full(problem: BaseException) -> bool:
    """Tell whether a write did not fit on the disk."""
    return trouble_of(problem) in _FULL


def disk_words(
    problem: BaseException, safe: str = "", *, subject: str = "", named: Callable[[str], bool] = lambda _path: True
) -> Situation | None:
    """Return what the system refused as a person's situation, or None when it is ours.

    Args:
        problem: What was raised.
        safe: What is safe, one sentence.
        subject: What was written or read, as "the file out.csv"; the path that the system names when
            empty.
        named: Whether a path is one that the person named, or lies in one.
    """
    code = trouble_of(problem)
    path = path_of(problem)
    subject = subject or path
    details = f"{type(problem).__name__} {errno.errorcode.get(code, code)}: {path}"
    if code in _FULL:
        what = tr("The disk is full: {subject} does not fit.", subject=subject) if subject else tr("The disk is full.")
        return DiskFull(what, safe, tr("Free some space, then try again."), details)
    if code in _SILENT:
        what = tr("The disk does not answer as it should.")
        if subject:
            what = tr("The disk does not answer as it should at {subject}.", subject=subject)
        return Situation(what, safe, tr("Check that the disk is still connected, then try again."), details)
    if code in _READ_ONLY:
        what = tr("Nothing can be written where {subject} lies.", subject=subject or tr("it"))
        return Situation(what, safe, tr("Choose a folder where you may write."), details)
    if code in _REFUSED:
        what = tr("This account may not read or write {subject}.", subject=subject or tr("it"))
        return Situation(what, safe, tr("Change its permissions, or choose another folder."), details)
    if not path or not named(path):
        return None
    what = _wrong_name(code, subject)
    return Situation(what, safe, tr("Look at its name, then try again."), details) if what else None


def _wrong_name(code: int, subject: str) -> str:
    return tr(_WRONG_NAMES[code], subject=subject) if code in _WRONG_NAMES else ""


def path_of(problem: BaseException) -> str:
    """Return the path that the system names in a refusal; empty when it names none."""
    at: BaseException | None = problem
    for _ in range(8):
        if at is None:
            return ""
        if isinstance(at, OSError) and at.filename is not None and not isinstance(at.filename, int):
            name = at.filename
            return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
        at = at.__cause__ or at.__context__
    return ""
