"""A sequence as a small plot, with a table that unfolds to edit it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.kinds_number import read_number
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Reason, Sequence, Value, is_present
from mmdesk.ui.kit.theme import tokens
from mmdesk.ui.record.field_editors import Editor, answer_button
from mmdesk.words import tr

_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


class Sparkline(QWidget):
    """Channels over steps, each channel scaled to its own smallest and largest value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: Sequence = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(44)

    def show_steps(self, steps: Sequence, channels: tuple[str, ...]) -> None:
        """Draw other steps and say them for those who do not see them."""
        self._steps = steps
        said = []
        for index, cells in enumerate(zip(*steps, strict=True)):
            name = channels[index] if index < len(channels) else tr("channel {index}", index=index + 1)
            said.append(tr("{name} from {cells:g} to {cells_2:g}", name=name, cells=min(cells), cells_2=max(cells)))
        self.setAccessibleName(tr("{count} steps: {said}", count=len(steps), said=", ".join(said)))
        self.setToolTip(self.accessibleName())
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for little; the row gives what it has."""
        return QSize(120, 44)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw one line a channel; colour and dash both tell them apart."""
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.setBrush(QColor(colours.field))
        painter.drawRoundedRect(box, 4, 4)
        hues = (colours.current, colours.candidate, colours.third, colours.fourth)
        for index, cells in enumerate(zip(*self._steps, strict=True)):
            painter.setPen(QPen(QColor(hues[index % 4]), 1.5, _DASHES[index % 4]))
            for curve in _curves(cells, box.adjusted(6, 6, -6, -6)):
                painter.drawPolyline(curve)


def _curves(cells: tuple[float, ...], box: QRectF) -> list[list[QPointF]]:
    """Return the line of a channel, in pieces where values are missing."""
    there = [cell for cell in cells if not math.isnan(cell)]
    if not there:
        return []
    low, high = min(there), max(there)
    span = (high - low) or 1.0
    step = box.width() / max(len(cells) - 1, 1)
    flat = 0.5 if high == low else 0.0
    pieces: list[list[QPointF]] = [[]]
    for i, cell in enumerate(cells):
        if math.isnan(cell):
            pieces.append([])
        else:
            y = box.bottom() - ((cell - low) / span + flat) * box.height()
            pieces[-1].append(QPointF(box.left() + i * step, y))
    return [piece * 2 if len(piece) == 1 else piece for piece in pieces if piece]


class SequenceEditor(Editor):
    """A plot and, on demand, the steps as a table."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.plot = Sparkline()
        self.unfold = answer_button("Edit", tr("Edit the steps of {title}", title=field.title))
        self.unfold.toggled.connect(self._on_unfold)
        self.table = _Steps(self)
        self.table.setColumnCount(max(1, len(field.channels)))
        self.table.setHorizontalHeaderLabels(list(field.channels) or ["value"])
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.setAccessibleName(tr("Steps of {title}", title=field.title))
        self.table.setFixedHeight(170)
        self.table.setTabKeyNavigation(False)
        self.table.itemChanged.connect(self._on_cell)
        self._add = QPushButton(tr("Add a step"))
        self._add.clicked.connect(self._on_add)
        self._remove = QPushButton(tr("Remove the step"))
        self._remove.clicked.connect(self._on_remove)
        self.setFocusProxy(self.unfold)
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.plot, 1)
        top.addWidget(self.unfold)
        self._below = QWidget()
        below = QVBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        below.addWidget(self.table)
        buttons = QHBoxLayout()
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        below.addLayout(buttons)
        self._below.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._below)

    def show_value(self, value: Value) -> None:
        """Show the steps; none when they are not there."""
        super().show_value(value)
        self.plot.show_steps(self._steps(), self.field.channels)
        if self.unfold.isChecked():
            self._fill()

    def _steps(self) -> Sequence:
        return self._value if is_present(self._value) else ()  # type: ignore[return-value]

    def _fill(self) -> None:
        self.table.blockSignals(True)
        steps = self._steps()
        self.table.setRowCount(len(steps))
        for row, step in enumerate(steps):
            for column, cell in enumerate(step):
                text = "?" if math.isnan(cell) else f"{cell:.10g}".replace(".", self.style_used.decimal)
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.table.blockSignals(False)

    def _on_unfold(self, open_now: bool) -> None:
        self.unfold.setText("Close" if open_now else "Edit")
        self._below.setVisible(open_now)
        if open_now:
            self._fill()
            self.table.setFocus()
            self.grown.emit()

    def _on_cell(self, item: QTableWidgetItem) -> None:
        gone = item.text().strip() in ("", "?")
        number = math.nan if gone else read_number(item.text(), self.style_used)
        if number is None:
            self.problem.emit(
                tr(
                    "{title}: '{text_}' is not a number. The earlier value stays.",
                    title=self.field.title,
                    text_=item.text(),
                )
            )
            self._fill()
            return
        steps = [list(step) for step in self._steps()]
        steps[item.row()][item.column()] = number
        self._commit(tuple(map(tuple, steps)))

    def _on_add(self) -> None:
        steps = self._steps()
        row = self.table.currentRow()
        place = row + 1 if row >= 0 else len(steps)
        new = steps[place - 1] if steps else (0.0,) * self.table.columnCount()
        self._commit((*steps[:place], new, *steps[place:]))
        self.table.setCurrentCell(place, 0)

    def _on_remove(self) -> None:
        row = self.table.currentRow()
        steps = self._steps()
        if 0 <= row < len(steps):
            self._commit((*steps[:row], *steps[row + 1 :]))

    def _commit(self, steps: Sequence) -> None:
        if not steps:
            self.problem.emit("")
            self.committed.emit(Missing(Reason.READER))
            return
        try:
            self.kind.check(steps, self.field)
        except FieldProblem as problem:
            self.problem.emit(problem.say())
            return
        self.problem.emit("")
        self.show_value(steps)
        self.committed.emit(steps)

    def close_table(self) -> None:
        """Fold the table and give the keyboard back."""
        self.unfold.setChecked(False)
        self.left.emit()


class _Steps(QTableWidget):
    def __init__(self, editor: SequenceEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setProperty("typing", True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc outside a cell folds the table."""
        if event.key() == Qt.Key.Key_Escape and self.state() != QTableWidget.State.EditingState:
            self._editor.close_table()
            return
        super().keyPressEvent(event)
