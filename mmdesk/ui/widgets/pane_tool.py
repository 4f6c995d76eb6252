"""What may stand between a pane and its picture: painters over it and tools that take the mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QMouseEvent, QPainter

if TYPE_CHECKING:
    from mmdesk.ui.widgets.pane import Pane

Overlay = Callable[[QPainter, "Pane"], None]
"""Paints over a pane's picture, in the widget's logical pixels; `Pane.from_file` places points."""


class PaneTool(Protocol):
    """Gets a pane's mouse events first; returns True for those it keeps."""

    def pressed(self, pane: Pane, event: QMouseEvent) -> bool:
        """A button was pressed."""

    def moved(self, pane: Pane, event: QMouseEvent) -> bool:
        """The mouse moved, with or without a button."""

    def released(self, pane: Pane, event: QMouseEvent) -> bool:
        """A button was released."""
