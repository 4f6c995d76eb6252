"""About mmdesk: what it is, what it is for, whose work is in it."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from mmdesk.support.build import commit, version
from mmdesk.ui.messages import say
from mmdesk.ui.widgets.parts import button, label, row

_PURPOSE: Final = (
    "Read cases of images and fields side by side, with a model that learns from your corrections. "
    "It makes no claim of diagnostic display quality."
)
_LICENCES: Final = (
    "Apache License 2.0. Icons by Lucide (ISC). Qt by The Qt Company (LGPL). "
    "EfficientNet-Lite0 weights (Apache 2.0)."
)


class About(QDialog):
    """Version, purpose and licences."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About mmdesk")
        self.setMinimumWidth(480)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        build = f"Version {version()}" + (f" ({commit()})" if commit() else "")
        layout.addLayout(row(label("mmdesk", size="page"), 0, label(say("research"), kind="chip")))
        for words in (build, _PURPOSE, say("offline"), _LICENCES):
            layout.addWidget(label(words, wrap=True))
        layout.addLayout(row(0, button("Close", self.accept, primary=True)))
