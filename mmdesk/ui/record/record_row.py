"""One field of the record: its title, its editor, and *missing* as a state of its own."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.ui.kit.icons import icon
from mmdesk.ui.kit.theme import tokens
from mmdesk.ui.parts.scale import scaled
from mmdesk.ui.record.editor_choice import editor_for
from mmdesk.ui.record.field_editors import Editor
from mmdesk.words import tr

TITLE_WIDTH = 88


def fit_title(title: QLabel, width: int) -> None:
    """Give a title a fixed width, in several lines where it is longer."""
    title.setWordWrap(title.fontMetrics().horizontalAdvance(title.text()) > width)
    title.setFixedWidth(width)


class MissingChip(QPushButton):
    """Stands where the editor was: a dashed frame round the reason; pressing it begins to edit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._said = ""

    def say(self, words: str, whole: str) -> None:
        """Show other words, cut where there is no room; the tooltip has all of them."""
        self._said = words
        self.setToolTip(tr("{upper}{whole}. Press to type a value.", upper=whole[:1].upper(), whole=whole[1:]))
        self.update()

    def sizeHint(self) -> QSize:
        """Be as high as a field."""
        return QSize(80, 28)

    def minimumSizeHint(self) -> QSize:
        """Give way before the editor does."""
        return QSize(40, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dashed frame and the words."""
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = self.hasFocus()
        pen = QPen(QColor(colours.focus if focus else colours.missing), 2 if focus else 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
        painter.setPen(QColor(colours.text2))
        room = self.rect().adjusted(8, 0, -8, 0)
        cut = self.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, cut)


def _short(value: Missing) -> str:
    """Return the reason in few words; a value out of range is shown, and that it is not used."""
    return tr("{held}, not used", held=value.held) if value.reason is Reason.OUT_OF_RANGE else value.say()


class RecordRow(QWidget):
    """An input that is no image: editor or missing chip, unit, and what is wrong with what is typed.

    Attributes:
        edited: Field name and new value.
        confirmed: Field name of an out-of-range value that the person wants used.
        left: The keyboard goes back to the targets.
        grown: It needs more room: it says what is wrong, or its editor unfolded.
    """

    edited = Signal(str, object)
    confirmed = Signal(str)
    left = Signal()
    grown = Signal()

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.editor: Editor = editor_for(field)
        self.value: Value = None
        self._before: Value = None
        self._typing_over = False
        self.title = QLabel(field.title)
        self.title.setToolTip(field.help or field.title)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.chip = MissingChip()
        self.chip.clicked.connect(self.begin)
        self.use_it = QPushButton(tr("Use it"))
        self.use_it.setAccessibleName(tr("Use the out-of-range {title}", title=field.title))
        self.use_it.clicked.connect(lambda: self.confirmed.emit(field.name))
        self.unit = QLabel(field.unit)
        self.unit.setProperty("textsize", "caption")
        self.toggle = QToolButton()
        self.toggle.setCheckable(True)
        self.toggle.setAccessibleName(tr("{title} is missing", title=field.title))
        self.toggle.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.toggle.clicked.connect(self.toggle_missing)
        self.problem = QLabel(wordWrap=True)
        self.problem.setProperty("kind", "danger")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.hide()
        self.editor.committed.connect(self._on_committed)
        self.editor.left.connect(self._on_left)
        self.editor.problem.connect(self._on_problem)
        self.editor.grown.connect(self.grown)
        self._lay_out()
        self.retheme()

    def _lay_out(self) -> None:
        held = QWidget(self)
        self._stack = QStackedLayout(held)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self.editor)
        self._stack.addWidget(self.chip)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.title, 0, Qt.AlignmentFlag.AlignTop)
        self.title.setMinimumHeight(28)
        row.addWidget(held, 1)
        row.addWidget(self.use_it)
        row.addWidget(self.unit)
        row.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignTop)
        if not self.field.unit:
            self.unit.hide()
        self.use_it.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.problem)

    def set_title_width(self, width: int) -> None:
        """Give the title its column; a longer one takes several lines."""
        fit_title(self.title, width)

    def retheme(self) -> None:
        """Take the icons in the theme's colours."""
        size = scaled(self, 16)
        self.toggle.setIcon(icon("circle-dashed", tokens().text2, size))
        self.toggle.setIconSize(QSize(size, size))
        self.chip.update()

    def hint(self, key: str) -> None:
        """Say which key marks the field missing."""
        self.toggle.setToolTip(tr("Mark missing ({key})", key=key) if key else tr("Mark missing"))

    def show_value(self, value: Value) -> None:
        """Show a case's value; nothing of the case before stays, neither text nor sentence."""
        self.value = value
        missing = isinstance(value, Missing)
        self._typing_over = False
        self.editor.show_value(None if missing else value)
        self._on_problem("")
        if isinstance(value, Missing):
            self._before = None
            self.chip.say(_short(value), value.say())
            self.chip.setAccessibleName(f"{self.field.title}: {value.say()}")
        held = isinstance(value, Missing) and value.reason is Reason.OUT_OF_RANGE
        self.use_it.setVisible(held)
        self._show_chip(missing)

    def say(self, words: str) -> None:
        """Say below the field why its value is not the one that was typed."""
        self._on_problem(words)

    def begin(self) -> None:
        """Put the caret in, over the chip when the value is missing."""
        if isinstance(self.value, Missing):
            self._typing_over = True
            self._show_chip(False)
        self.editor.begin()

    def toggle_missing(self) -> None:
        """Mark the value missing, or take that back."""
        if not isinstance(self.value, Missing):
            self._before = self.value
            before = self._before
            self._commit(Missing(Reason.READER))
            self._before = before
        elif self._before is not None:
            self._commit(self._before)
        else:
            self.begin()
            self.toggle.setChecked(True)
            return
        self.left.emit()

    def holds_focus(self) -> bool:
        """Tell whether the keyboard is in this row."""
        focus = self.window().focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def _commit(self, value: Value) -> None:
        self.show_value(value)
        self.edited.emit(self.field.name, value)

    def _on_committed(self, value: Value) -> None:
        if isinstance(value, Missing) and isinstance(self.value, Missing):
            self._show_chip(True)
            return
        self._typing_over = False
        self.value = value
        self.use_it.hide()
        if isinstance(value, Missing):
            self.show_value(value)
        self._show_chip(isinstance(value, Missing))
        self.edited.emit(self.field.name, value)

    def _on_left(self) -> None:
        if self._typing_over:
            self.show_value(self.value)
        self.left.emit()

    def _on_problem(self, words: str) -> None:
        if words != self.problem.text():
            self.problem.setText(words)
            self.problem.setVisible(bool(words))
            if words:
                self.grown.emit()

    def _show_chip(self, missing: bool) -> None:
        self._stack.setCurrentWidget(self.chip if missing else self.editor)
        self.toggle.setChecked(isinstance(self.value, Missing))
