"""Buttons that a double click presses once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QPushButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton as _Button
else:
    _Button = object  # Qt's classes do not stand being inherited twice


class Once(_Button):
    """Makes a button take clicks that follow each other as fast as a double click's for one.

    What the button does may have changed by then, and nobody saw it.
    """

    _pressed_at = -1_000_000

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press, unless it belongs to the click before."""
        if not self._belongs(event):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Press no second time: the first click was taken."""
        self._belongs(event)

    def _belongs(self, event: QMouseEvent) -> bool:
        """Tell whether a press follows the one before as fast as in a double click.

        The time is the window system's where it gives one: a busy window gets its events late.
        """
        now = event.timestamp() or round(time.monotonic() * 1000)
        since, self._pressed_at = now - self._pressed_at, now
        return 0 <= since < QGuiApplication.styleHints().mouseDoubleClickInterval()


class OnceButton(Once, QPushButton):
    """A push button that a double click presses once."""
