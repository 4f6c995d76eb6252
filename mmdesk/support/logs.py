"""The log file, and the hooks that write to it what nobody caught."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from mmdesk.support.files import PRIVATE_FILE, private_opener
from mmdesk.support.paths import log_dir

_LARGEST = 4_000_000
_FORMAT = "%(asctime)s %(levelname)s %(name)s [%(process)d %(threadName)s] %(message)s"

_log = logging.getLogger("mmdesk")


def log_file() -> Path:
    """Return the path of the log file."""
    return log_dir() / "mmdesk.log"


def start_logging() -> None:
    """Send what the program logs to the log file, and every exception that nobody catches.

    A file that has grown large is put aside first as `mmdesk.log.1`. Where the folder
    cannot be written, the program works without a log.
    """
    try:
        path = log_file()
        if path.exists() and path.stat().st_size > _LARGEST:
            path.replace(path.with_name(f"{path.name}.1"))
            path.with_name(f"{path.name}.1").chmod(PRIVATE_FILE)
        elif path.exists():
            path.chmod(PRIVATE_FILE)
        handler = _PrivateFile(path, encoding="utf-8")
    except OSError:
        return
    logging.raiseExceptions = False  # a full disk under the log is no reason to write to the terminal
    handler.setFormatter(logging.Formatter(_FORMAT))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    sys.excepthook = _uncaught
    sys.unraisablehook = _not_raisable
    threading.excepthook = _uncaught_in_thread


class _PrivateFile(logging.FileHandler):
    """A log that this account alone can read."""

    def _open(self) -> Any:
        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=private_opener)


def log_bug(problem: BaseException) -> None:
    """Write an exception that is our bug, with its traceback, to the log file."""
    _log.critical("Our bug", exc_info=(type(problem), problem, problem.__traceback__))


def log_refused(problem: BaseException) -> None:
    """Write where the system refused something, to the log file."""
    _log.info("Refused by the system", exc_info=(type(problem), problem, problem.__traceback__))


def _uncaught(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        _log.critical("Nobody caught this", exc_info=(kind, problem, trace))
    sys.__excepthook__(kind, problem, trace)


def _not_raisable(args: sys.UnraisableHookArgs) -> None:
    """Write what went wrong while a thing was thrown away, which nobody can catch."""
    if args.exc_value is not None:
        _log.warning("Not raised", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        name = args.thread.name if args.thread else "a thread"
        _log.critical("Nobody caught this in %s", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback))
        sys.__excepthook__(args.exc_type, args.exc_value, args.exc_traceback)
