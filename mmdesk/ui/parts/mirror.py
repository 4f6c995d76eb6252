"""Places of painted things where the layout runs from right to left."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget


def mirrored(widget: QWidget, box: QRectF) -> QRectF:
    """Return where a widget paints a box that is given for a layout from left to right."""
    if not widget.isRightToLeft():
        return box
    return QRectF(widget.width() - box.right(), box.top(), box.width(), box.height())
