"""The case's name and status above its record, always in sight."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mmdesk.ui.kit.icons import pixmap
from mmdesk.ui.kit.theme import STATUS_ICONS, tokens
from mmdesk.ui.parts.parts import label, repolish
from mmdesk.words import tr


class CaseHeader(QWidget):
    """Name left, status shape and word right, what import found wrong below.

    Attributes:
        painted: It was painted with the case of this id.
    """

    painted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.case_id = 0
        self._status = ""
        self.name = label(size="page")
        self.shape = QLabel()
        self.word = label()
        self.problem = label(kind="danger", wrap=True)
        self.problem.hide()
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.name, 1)
        top.addWidget(self.shape)
        top.addWidget(self.word)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 4)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self.problem)

    def show_case(self, case_id: int, name: str, status: str, problem: str, why: str) -> None:
        """Show another case.

        Args:
            case_id: Its id.
            name: Its name.
            status: One of the statuses that the reader may see now.
            problem: What import found wrong with it; empty when nothing.
            why: Why it was referred; empty when it was not or nobody said.
        """
        self.case_id = case_id
        self.name.setText(name)
        self.name.setToolTip(name)
        self.setAccessibleName(tr("Case {name}, {status}", name=name, status=status))
        if status != self._status:
            self._status = status
            self.word.setText(status)
            self._show_shape()
        said = problem or (tr("Referred: {why}", why=why) if why else "")
        if said != self.problem.text():
            self.problem.setProperty("kind", "danger" if problem else "quiet")
            repolish(self.problem)
            self.problem.setText(said)
            self.problem.setVisible(bool(said))
        self.update()

    def _show_shape(self) -> None:
        if self._status in STATUS_ICONS:
            colour = tokens().status(self._status)
            self.shape.setPixmap(pixmap(STATUS_ICONS[self._status], colour, 16, self.devicePixelRatioF()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, then say so."""
        super().paintEvent(event)
        self.painted.emit(self.case_id)

    def changeEvent(self, event: QEvent) -> None:
        """Take the theme's colours."""
        if event.type() == QEvent.Type.PaletteChange:
            self._show_shape()
        super().changeEvent(event)
