"""A display that Qt cannot open: said in a sentence, where Qt would abort the process."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from mmdesk.words import tr

_before: list[str] = []


def say_when_there_is_none() -> None:
    """Have Qt's last words before it aborts said as the person's situation; ends the process with 1.

    To be called before the application is made. Once the window has its notices, they take over.
    """
    qInstallMessageHandler(_on_message)


def _on_message(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    if kind is not QtMsgType.QtFatalMsg:
        _before.append(message.strip())
        return
    why = _before[0] if _before else message.splitlines()[0]
    sentences = (
        tr("The window cannot open on this display: {why}.", why=why.rstrip(" .")),
        tr("Nothing was changed."),
        tr("Look at DISPLAY, or see the commands with: mmdesk --help"),
    )
    sys.stderr.write(" ".join(sentences) + "\n")
    sys.stderr.flush()
    os._exit(1)
