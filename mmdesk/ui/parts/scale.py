"""Sizes that grow with the reader's text size."""

from __future__ import annotations

from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QWidget

BODY = 13
"""Pixels of body text at 100 %."""


def scaled(widget: QWidget, pixels: int) -> int:
    """Return a size in logical pixels, given at 100 % text, for the widget's text size."""
    return round(pixels * max(1.0, QFontInfo(widget.font()).pixelSize() / BODY))
