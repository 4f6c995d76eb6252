"""One notification centre: everything a person is told outside a page goes through it."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, qInstallMessageHandler

from mmdesk.core.errors import Cancelled, Situation
from mmdesk.support.clock import utc_now
from mmdesk.words import tr

_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing a person is told.

    Attributes:
        words: What to show.
        kind: `info`, `problem` (the person's situation) or `bug` (ours).
        details: Technical words, shown only on request.
        at: UTC time.
    """

    words: str
    kind: str = "info"
    details: str = ""
    at: str = ""


class Notices(QObject):
    """Takes words, situations and bugs from any thread and tells the window.

    Signals:
        noticed: The new `Notice`, on the main thread.
    """

    noticed = Signal(object)
    _arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Notice] = []
        self._arrived.connect(self._keep, Qt.ConnectionType.AutoConnection)

    def tell(self, words: str) -> None:
        """Show words for a few seconds; they stay under the bell."""
        if words:
            self._arrived.emit(Notice(words, at=utc_now()))

    def raised(self, problem: BaseException) -> None:
        """Show what was raised: a situation in its sentences, anything else as our bug."""
        if isinstance(problem, Cancelled):
            return
        if isinstance(problem, Situation):
            self._arrived.emit(Notice(problem.say(), "problem", problem.details, utc_now()))
            return
        details = "".join(traceback.format_exception(problem))
        logging.getLogger(__name__).error(tr("Our bug\n%s"), details)
        self._arrived.emit(
            Notice(
                tr("Something went wrong inside mmdesk. Stored labels are safe. Copy the details to report it."),
                "bug",
                details,
                utc_now(),
            )
        )

    def install(self) -> None:
        """Take over what Python, its threads and Qt report, so that nothing is lost."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(_on_qt_message)

    def _keep(self, notice: Notice) -> None:
        self.kept = [*self.kept[-_KEPT + 1 :], notice]
        self.noticed.emit(notice)

    def _on_exception(self, kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, problem, trace)
        else:
            self.raised(problem)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.raised(args.exc_value)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
        QtMsgType.QtCriticalMsg: logging.ERROR,
        QtMsgType.QtFatalMsg: logging.CRITICAL,
    }
    logging.getLogger("qt").log(levels.get(kind, logging.WARNING), "%s: %s", context.category, message)
