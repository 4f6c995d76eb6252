"""Says which images are in sight when not all fit, and turns to the others."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from mmdesk.words import tr


class Pager(QWidget):
    """A line below the panes with an arrow at each side.

    Signals:
        turned: -1 for the images before, 1 for further ones.
    """

    turned = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        row.addStretch(1)
        for arrow, step, name in (
            (Qt.ArrowType.LeftArrow, -1, tr("Images before")),
            (Qt.ArrowType.RightArrow, 1, tr("Further images")),
        ):
            button = QToolButton()
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.setArrowType(arrow)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, by=step: self.turned.emit(by))
            row.addWidget(button)
            if step < 0:
                row.addWidget(self._words)
        row.addStretch(1)
        self.hide()

    def show_place(self, first: int, seen: int, total: int) -> None:
        """Say which images are in sight; hide when all are."""
        last = tr(" to {first}", first=first + seen) if seen > 1 else ""
        self._words.setText(tr("Image {first}{last} of {total}", first=first + 1, last=last, total=total))
        self.setVisible(seen < total)
