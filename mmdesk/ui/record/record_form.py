"""The record of a case: a form made from the schema once and filled for each case."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from mmdesk.core.cases.blinding import LATER, is_shown
from mmdesk.core.cases.case import Case
from mmdesk.core.errors import Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Value, is_present
from mmdesk.ui.parts.parts import repolish
from mmdesk.ui.parts.scale import scaled
from mmdesk.ui.record.field_editors import local_style
from mmdesk.ui.record.record_row import TITLE_WIDTH, RecordRow, fit_title
from mmdesk.words import tr

TITLES = 0.36
"""Share of the form that titles may take before they take several lines."""


class NoteRow(QWidget):
    """A note: shown, never edited, never fed to the model."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.title = title = QLabel(field.title)
        title.setProperty("kind", "quiet")
        title.setTextFormat(Qt.TextFormat.PlainText)
        when = tr("after your own read") if field.show == "after" else tr("to you")
        title.setToolTip(tr("{help} Shown {when}, never to the model.", help=field.help, when=when).strip())
        self.words = QLabel(wordWrap=True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(4)
        row.addWidget(title, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)

    def set_title_width(self, width: int) -> None:
        """Give the title its column; a longer one takes several lines."""
        fit_title(self.title, width)

    def show_value(self, value: Value, *, hidden: bool) -> None:
        """Show a case's note, or why there is none."""
        words = value.say() if isinstance(value, Missing) else ""
        later = not is_shown(self.field, hidden=hidden)
        if later:
            words, value = LATER.capitalize(), None
        if is_present(value):
            shown = kind_of(self.field).show(value, self.field, local_style())
            words = f"{shown} {self.field.unit}".strip()
        if words != self.words.text():
            self.words.setText(words)
            self.words.setProperty("kind", "quiet" if later else "")
            repolish(self.words)


class RecordForm(QScrollArea):
    """The rows of a project's record; widgets stay, values change.

    Attributes:
        edited: Field name and the value to store.
        confirmed: Field name of an out-of-range value to be used.
        left: The keyboard goes back to the targets.
    """

    edited = Signal(str, object)
    confirmed = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, RecordRow] = {}
        self.notes: dict[str, NoteRow] = {}
        self._schema: Schema | None = None
        self._case_id = 0
        self._values: dict[str, object] = {}
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Record")

    def set_schema(self, schema: Schema) -> None:
        """Build the rows of another project."""
        if schema == self._schema:
            return
        self._schema = schema
        body = QWidget()
        body.setProperty("kind", "panel")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        body.setMinimumWidth(1)  # rows give way; the form never scrolls sideways
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 4, 4, 8)
        column.setSpacing(4)
        self.rows = {field.name: RecordRow(field) for field in schema.record}
        self.notes = {field.name: NoteRow(field) for field in schema.notes if field.show != "never"}
        for row in self.rows.values():
            row.edited.connect(self.edited)
            row.confirmed.connect(self.confirmed)
            row.left.connect(self.left)
            row.grown.connect(self._bring_in_sight)
            column.addWidget(row)
        for note in self.notes.values():
            column.addWidget(note)
        column.addStretch(1)
        self._values = {}
        self.setWidget(body)
        self._fit_titles()

    def show_case(self, case: Case, *, again: bool, hidden: bool = False) -> None:
        """Fill the rows with a case's values.

        Args:
            case: Whose.
            hidden: Notes that the own read comes before are hidden.
            again: It is the case already shown, after a change: what is typed stays.
        """
        self._case_id = case.id
        for name, row in self.rows.items():
            value = case.inputs[name]
            if not again or self._values.get(name, row) != value:
                row.show_value(value)  # type: ignore[arg-type]
                self._values[name] = value
        for name, note in self.notes.items():
            note.show_value(case.notes.get(name), hidden=hidden)
        if not again:
            self.verticalScrollBar().setValue(0)

    def show_stored(self, case_id: int, name: str, lost: Value, problem: BaseException) -> None:
        """Show a field's stored value again, because another could not be stored, and say so below it.

        Args:
            case_id: Whose; nothing happens when another case is shown now.
            name: The field; nothing happens where it has no row.
            lost: The value that could not be stored.
            problem: Why.
        """
        if name in self.rows and case_id == self._case_id:
            row = self.rows[name]
            row.show_value(self._values.get(name))  # type: ignore[arg-type]
            words = kind_of(row.field).show(lost, row.field, local_style()) if is_present(lost) else "missing"
            row.say(
                tr(
                    "Not stored: {words}. {say}",
                    words=words,
                    say=problem.say() if isinstance(problem, Situation) else "",
                ).strip()
            )

    def set_look_only(self, look_only: bool) -> None:
        """Let nothing be changed."""
        for row in self.rows.values():
            row.setEnabled(not look_only)

    def begin(self) -> None:
        """Put the caret in the first field, or in the one after the field in use."""
        rows = list(self.rows.values())
        held = next((i for i, row in enumerate(rows) if row.holds_focus()), -1)
        if rows:
            row = rows[(held + 1) % len(rows)]
            row.begin()
            self.ensureWidgetVisible(row)

    def _bring_in_sight(self) -> None:
        """Scroll to the whole row that has the keyboard, once it is laid out."""
        QTimer.singleShot(0, self, self._show_focused)

    def _show_focused(self) -> None:
        row = self.focused_row()
        if row is not None:
            self.ensureWidgetVisible(row, 0, 0)

    def focused_row(self) -> RecordRow | None:
        """Return the row that has the keyboard."""
        return next((row for row in self.rows.values() if row.holds_focus()), None)

    def hint(self, key: str) -> None:
        """Say on each row which key marks it missing."""
        for row in self.rows.values():
            row.hint(key)

    def retheme(self) -> None:
        """Take the theme's colours."""
        for row in self.rows.values():
            row.retheme()
        self._fit_titles()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the titles the room there is."""
        super().resizeEvent(event)
        self._fit_titles()

    def _fit_titles(self) -> None:
        """Make the column of titles as wide as the longest one, up to a share of the form.

        A word is never cut while it fits into half of the form.
        """
        lines: list[RecordRow | NoteRow] = [*self.rows.values(), *self.notes.values()]
        titles = [line.field.title for line in lines]
        wide = self.fontMetrics().horizontalAdvance
        longest = max((wide(title) for title in titles), default=0)
        word = max((wide(word) for title in titles for word in title.split()), default=0)
        room = self.viewport().width()
        width = max(scaled(self, TITLE_WIDTH), min(longest + 4, round(room * TITLES)), min(word + 4, room // 2))
        for line in lines:
            line.set_title_width(width)
