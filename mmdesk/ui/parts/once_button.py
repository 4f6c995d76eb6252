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

    _pressed_at = 0.0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press, unless it belongs to the click before."""
        if not self._belongs():
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Press no second time: the first click was taken."""
        if not self._belongs():
            super().mousePressEvent(event)

    def _belongs(self) -> bool:
        now = time.monotonic()
        since, self._pressed_at = now - self._pressed_at, now
        return since * 1000 < QGuiApplication.styleHints().mouseDoubleClickInterval()


class OnceButton(Once, QPushButton):
    """A push button that a double click presses once."""
