"""Set one record field to the same value for several cases, asked before it is done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QStackedWidget, QVBoxLayout, QWidget

from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.ui.record.editor_choice import editor_for
from mmdesk.ui.record.field_editors import Editor
from mmdesk.words import tr


def settable(fields: Sequence[Field]) -> list[Field]:
    """Return the record fields of which several cases may share a value."""
    return [field for field in fields if not kind_of(field).is_image and kind_of(field).form is not Form.STEPS]


class SetField(QDialog):
    """Asks which field, which value (or missing), and says for how many cases.

    Attributes:
        value: What was entered; None until something was.
    """

    def __init__(self, parent: QWidget, fields: Sequence[Field], cases: int) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Set a field"))
        self.setMinimumWidth(460)
        self._fields = list(fields)
        self._cases = cases
        self.value: Value = None
        self.names = QComboBox()
        self.names.setAccessibleName("Field")
        self.names.addItems([field.title for field in self._fields])
        self.editors = QStackedWidget()
        self.question = label(wrap=True)
        self.problem = label(kind="danger", wrap=True)
        self.missing = button(tr("Mark missing"), self._mark_missing)
        self.ok = button("", self._finish, primary=True)
        self._editors = [self._editor(field) for field in self._fields]
        for editor in self._editors:
            self.editors.addWidget(editor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.names)
        layout.addWidget(self.editors)
        layout.addWidget(self.problem)
        layout.addWidget(self.question)
        layout.addLayout(row(self.missing, 0, button("Cancel", self.reject), self.ok))
        self.names.currentIndexChanged.connect(self._choose)
        self._choose(0)
        self.editor.setFocus()

    @property
    def field(self) -> Field:
        """The field that is chosen."""
        return self._fields[self.names.currentIndex()]

    @property
    def editor(self) -> Editor:
        """The editor of that field."""
        return self._editors[self.names.currentIndex()]

    def _editor(self, field: Field) -> Editor:
        editor = editor_for(field)
        editor.show_value(None)
        editor.committed.connect(self._take)
        editor.entered.connect(self._finish, Qt.ConnectionType.QueuedConnection)
        editor.problem.connect(self.problem.setText)
        return editor

    def _choose(self, place: int) -> None:
        self.value = None
        self.editors.setCurrentIndex(place)
        self.editor.show_value(None)
        self.problem.setText("")
        self.question.setText(
            tr("Set {field} for 1 case? One undo takes it back.", field=self.field.title, count=f"{self._cases:,}")
            if self._cases == 1
            else tr(
                "Set {field} for {count} cases? One undo takes it back.",
                field=self.field.title,
                count=f"{self._cases:,}",
            )
        )
        self.ok.setText(tr("Set {title}", title=self.field.title))

    def _take(self, value: Value) -> None:
        self.value = value

    def _mark_missing(self) -> None:
        self.value = Missing(Reason.READER)
        self.accept()

    def _finish(self) -> None:
        self.ok.setFocus()
        if self.problem.text():
            return
        if self.value is None:
            self.problem.setText(tr("{title} has no value yet. Nothing is changed. Enter one.", title=self.field.title))
            return
        self.accept()
