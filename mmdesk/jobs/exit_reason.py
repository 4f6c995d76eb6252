"""Why the model process ended before its job did, in words."""

from __future__ import annotations

from mmdesk.core.errors import JobDied
from mmdesk.words import tr

_MEMORY_WINDOWS = 0xC0000017
_CRASH_WINDOWS = (0xC0000005, 0xC00000FD, 0xC0000409)
_KILLED, _CRASHED = (-9, 137), (-11, -6, -4, -7, -8, 139, 134)


def out_of_memory(name: str, details: str = "") -> JobDied:
    """Return the situation of a job that ran out of memory."""
    return JobDied(
        tr("{name} stopped: it ran out of memory.", name=name),
        do=tr("Try again with smaller batches."),
        details=details,
    )


def death(name: str, code: int | None) -> JobDied:
    """Return the situation of a job whose process ended by itself.

    Args:
        name: The job's name at the start of a sentence ("Fine-tuning").
        code: Exit code; negative for a signal; None when it is not known.
    """
    details = tr("The model process ended with exit code {code}.", code=code)
    if code == _MEMORY_WINDOWS:
        return out_of_memory(name, details)
    if code in _KILLED:
        what = tr("{name} stopped: the system or a person ended its process, most often for want of memory.", name=name)
        return JobDied(what, do=tr("Close other programs or take smaller batches, then try again."), details=details)
    if code in _CRASHED or (code is not None and code & 0xFFFFFFFF in _CRASH_WINDOWS):
        what = tr("{name} stopped: a library in the model process crashed.", name=name)
    else:
        what = tr("{name} stopped: the model process ended early.", name=name)
    do = tr("Try again; if it happens twice, look into the log under Details.")
    return JobDied(what, do=do, details=details)


def hung(name: str, seconds: float) -> JobDied:
    """Return the situation of a job whose process no longer answers."""
    return JobDied(
        tr("{name} stopped: the model process no longer answered.", name=name),
        do=tr("Close programs that use much memory, then try again."),
        details=tr("No sign of life for {seconds:.0f} seconds; the process was ended.", seconds=seconds),
    )


def overdue(name: str, seconds: float) -> JobDied:
    """Return the situation of a job that was ended because it took too long."""
    allowed = "1 second" if round(seconds) == 1 else f"{seconds:.0f} seconds"
    return JobDied(
        tr("{name} stopped: it took longer than {allowed}, which is as long as it may.", name=name, allowed=allowed),
        do=tr("Try again when the computer is less busy, or use a smaller model."),
        details=tr("The process was ended."),
    )
