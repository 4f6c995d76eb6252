"""One target of the panel: its header, its rows, and whether digits answer it now."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from mmdesk.core.cases.case import TargetPrediction
from mmdesk.core.cases.disagreement import disagrees, labels_differ
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.ui.kit.icons import pixmap
from mmdesk.ui.kit.theme import tokens
from mmdesk.ui.parts.mirror import mirrored
from mmdesk.ui.targets.model_cell import ModelCell
from mmdesk.ui.targets.target_rows import KEY_WIDTH, OptionsRows, control_for, row_height, shown
from mmdesk.words import tr


class Header(QWidget):
    """The target's title and how far it is answered; its rows may be folded below it.

    Attributes:
        pressed: The person wants this target to be the active one.
    """

    pressed = Signal()

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.value: Value = None
        self.reference: Value = None
        self.active = False
        self.folded = False
        self.focused = False
        self.model = ModelCell(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(field.help or field.title)

    def sizeHint(self) -> QSize:
        """Be one row high."""
        return QSize(200, row_height(self))

    def state(self) -> str:
        """Return what stands beside the title, in words."""
        if isinstance(self.value, Missing):
            return self.value.say() if self.value.reason is Reason.NO_OPTION else tr("cannot judge")
        if self.value is None:
            return "unread"
        if self.folded or self.value == ():
            return shown(self.field, self.value)
        return ""

    def reference_words(self) -> str:
        """Return the label that came with the table, in words; nothing while hidden or not there."""
        words = shown(self.field, self.reference)
        if not words:
            return ""
        return tr("reference {words}, differs", words=words) if self._parts() else tr("reference {words}", words=words)

    def _parts(self) -> bool:
        """Tell whether the reader's label is another one than the reference."""
        return labels_differ(self.field, self.value, self.reference)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Make the target active."""
        self.pressed.emit()

    def resizeEvent(self, event: object) -> None:
        """Keep the model's column at the right."""
        width = self.model.column()
        place = QRectF(self.width() - width, 0, width, self.height())
        self.model.setGeometry(mirrored(self, place).toRect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint marker, title and state."""
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = self.devicePixelRatioF()
        middle = self.height() / 2
        if self.active:
            drawing = "chevron-left" if self.isRightToLeft() else "chevron-right"
            place = mirrored(self, QRectF(2, round(middle - 8), 16, 16)).toRect()
            painter.drawPixmap(place, pixmap(drawing, colours.focus, 16, ratio))
        font = QFont(self.font())
        font.setBold(self.active)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        room = self.width() - KEY_WIDTH - 4
        state = self.state()
        title = painter.fontMetrics().elidedText(self.field.title, Qt.TextElideMode.ElideRight, room)
        box = QRectF(KEY_WIDTH + 4, 0, room, self.height())
        painter.drawText(mirrored(self, box), Qt.AlignmentFlag.AlignVCenter, title)
        left = box.left() + painter.fontMetrics().horizontalAdvance(title) + 10
        right = self.width() - 4.0 - (self.model.width() if self.folded else 0)
        if words := shown(self.field, self.reference):
            right = self._paint_reference(painter, left, right, tr("Reference {words}", words=words))
        if state:
            self._paint_state(painter, left, right, state)
        if self.focused and self.active:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.focus), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _paint_reference(self, painter: QPainter, left: float, right: float, words: str) -> float:
        """Paint the table's label at the right and a mark where the reader's differs; return its left end."""
        colours = tokens()
        font = QFont(self.font())
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(colours.text2))
        mark = 18 if self._parts() else 0
        share = 0.6 if self.folded else 1.0
        room = max(0.0, (right - left) * share - mark)
        cut = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(room))
        start = right - mark - painter.fontMetrics().horizontalAdvance(cut)
        place = mirrored(self, QRectF(start, 0, right - mark - start, self.height()))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, cut)
        if mark:
            picture = pixmap("split", colours.conflict, 14, self.devicePixelRatioF())
            top = round(self.height() / 2 - 7)
            painter.drawPixmap(mirrored(self, QRectF(round(right - 14), top, 14, 14)).toRect(), picture)
        return start - 8

    def _paint_state(self, painter: QPainter, left: float, right: float, state: str) -> None:
        colours, middle = tokens(), self.height() / 2
        shapes = {"unread": ("circle", colours.unread), "cannot judge": ("circle-dashed", colours.missing)}
        if state in shapes:
            name, colour = shapes[state]
            picture = pixmap(name, colour, 12, self.devicePixelRatioF())
            painter.drawPixmap(mirrored(self, QRectF(round(left), round(middle - 6), 12, 12)).toRect(), picture)
            left += 16
        font = QFont(self.font())
        font.setBold(state not in shapes)
        painter.setFont(font)
        painter.setPen(QColor(colours.text2 if state in shapes else colours.text))
        room = max(0.0, right - left)
        cut = painter.fontMetrics().elidedText(state, Qt.TextElideMode.ElideRight, int(room))
        place = mirrored(self, QRectF(left, 0, room, self.height()))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, cut)


class TargetGroup(QWidget):
    """A target with its rows.

    Attributes:
        chosen: The place that was pressed (a flag: 1 yes, 0 no).
        pressed: The person wants this target to be the active one.
    """

    chosen = Signal(int)
    pressed = Signal()

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.header = Header(field)
        self.header.pressed.connect(self.pressed)
        self.control = control_for(field)
        self.control.chosen.connect(self.chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.control)

    @property
    def lines(self) -> int:
        """How many rows it takes when it is not folded."""
        return 1 + (len(self.field.options) if isinstance(self.control, OptionsRows) else 1)

    def show_answer(
        self, value: Value, answer: TargetPrediction | None, *, stale: bool, reference: Value = None
    ) -> None:
        """Show the reader's answer, the model's and the table's, which are None while hidden."""
        self.header.value, self.header.reference = value, reference
        self.control.show_answer(value, answer, stale=stale)
        if answer is not None and self.header.folded:
            parts = disagrees(self.field, value, answer)
            self.header.model.show_words(shown(self.field, answer.value), differs=parts, stale=stale)
        else:
            self.header.model.clear()
        came = self.header.reference_words()
        said = [
            self.field.title,
            self.header.state() or shown(self.field, value),
            self.header.model.say(),
            came,
        ]
        about = self.field.help or self.field.title
        self.header.setToolTip(
            tr("{about}\n{upper}{came}; it came with the table", about=about, upper=came[:1].upper(), came=came[1:])
            if came
            else about
        )
        self.header.setAccessibleName(", ".join(part for part in said if part))
        self.header.update()

    def set_active(self, active: bool, *, folded: bool, focused: bool) -> None:
        """Mark the target that digits answer; the others may fold to one line."""
        self.header.active = active
        self.header.focused = focused
        if folded != self.header.folded:
            self.header.folded = folded
            self.control.setVisible(not folded)
        self.header.update()
