"""What the system refused while a command ran, with the place that it refused at."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from mmdesk.core.disk import disk_words, is_full, path_of
from mmdesk.core.errors import Situation
from mmdesk.support.paths import config_dir, data_dir, log_dir
from mmdesk.words import tr

_NO_ROOM = 1 << 18


def refused(problem: Exception, arguments: Sequence[str]) -> Situation | None:
    """Return what the system refused as the person's situation, or None when it is our bug.

    Args:
        problem: What the command raised.
        arguments: The command and its words: files that they name, or that lie in folders that they
            name, are the person's.
    """
    given = [*_paths(arguments)]
    path = path_of(problem) or (_full_place(given) if is_full(problem) else "")
    subject = _subject(Path(path), given) if path else ""
    safe = tr("What was stored before is safe.")
    return disk_words(problem, safe, subject=subject, named=lambda found: _is_named(Path(found), given))


def _paths(arguments: Sequence[str]) -> Iterator[Path]:
    """Give the paths that words can mean: `--out=a/b` and `column=folder` name one after the sign."""
    for word in arguments:
        for text in {word, word.partition("=")[2]}:
            with suppress(OSError, ValueError, RuntimeError):
                if text and not text.startswith("-"):
                    yield Path(text).absolute()


def _full_place(given: Sequence[Path]) -> str:
    """Return which of the places that a command writes to is full, where the system did not name it."""
    for path in (*given, data_dir(), Path(tempfile.gettempdir())):
        with suppress(OSError):
            there = next(one for one in (path, *path.parents) if one.exists())
            if shutil.disk_usage(there).free < _NO_ROOM:
                return str(path)
    return ""


def _is_named(path: Path, given: Sequence[Path]) -> bool:
    path = path.absolute()
    return any(path == one or path in one.parents or one in path.parents for one in given)


def _subject(path: Path, given: Sequence[Path]) -> str:
    """Return a path with what it is to the program, where it is not one that the person named."""
    path = path.absolute()
    if path in given:
        return str(path)
    with suppress(OSError):
        for role, folder in (
            (tr("the folder of settings"), config_dir()),
            (tr("the folder of mmdesk's data"), data_dir()),
            (tr("the folder of logs"), log_dir()),
            (tr("the folder for temporary files"), Path(tempfile.gettempdir())),
        ):
            if (folder == path or folder in path.parents) and not any(folder in one.parents for one in given):
                return tr("{path} ({role})", path=path, role=role)
    return str(path)
