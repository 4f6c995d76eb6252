"""A target that the table has no column for: what readers are to decide from now on."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from mmdesk.core.fields.guess import field_name
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr


class NewTarget(QWidget):
    """The targets there are, and one line for another: its name, its answers, whether several may hold.

    Signals:
        added: The person wants this target.
        taken_back: The person wants the targets that were added here no more.
    """

    added = Signal()
    taken_back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLineEdit()
        self.title.setPlaceholderText(tr("what readers decide"))
        self.title.setAccessibleName(tr("Name of a new target"))
        self.title.setMaximumWidth(220)
        self.answers = QLineEdit()
        self.answers.setPlaceholderText(tr("answers, apart by commas; none for yes and no"))
        self.answers.setAccessibleName(tr("Answers of the new target, apart by commas"))
        self.several = QCheckBox(tr("several may hold"))
        self.add = button(tr("Add this target"), self._on_add)
        self.back = button(tr("Take it back"), self.taken_back.emit)
        self.title.textChanged.connect(self._refresh)
        self.answers.textChanged.connect(self._refresh)
        line = row(label(tr("New target")), self.title, self.answers, self.several, self.add, self.back)
        line.setStretch(2, 1)
        self.given = label(kind="quiet", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.given)
        layout.addLayout(line)
        self.begin()

    def begin(self) -> None:
        """Begin anew, as for another table."""
        self.title.clear()
        self.answers.clear()
        self.several.setChecked(False)
        self.back.hide()
        self._refresh()

    def say_given(self, schema: Schema | None) -> None:
        """Say which targets there are, with their answers."""
        targets = schema.targets if schema else ()
        named = [f"{t.title} ({', '.join(t.options)})" if t.options else t.title for t in targets]
        self.given.setText(tr("Targets: {named}.", named="; ".join(named)) if named else tr("No target yet."))

    @property
    def options(self) -> tuple[str, ...]:
        """The answers that were written, each once."""
        return tuple(dict.fromkeys(part.strip() for part in self.answers.text().split(",") if part.strip()))

    def added_to(self, schema: Schema) -> Schema:
        """Return a schema with the target that is written here."""
        title, options = self.title.text().strip(), self.options
        kind = "flag" if not options else "labels" if self.several.isChecked() else "choice"
        name = field_name(title, {field.name for field in schema})
        columns = options if KINDS[kind].several else (title,)
        target = Field(name, "target", kind, columns, label=title, options=options)
        order = {"input": 0, "target": 1, "note": 2}
        fields = sorted((*schema, target), key=lambda field: order[field.role])
        return replace(schema, fields=tuple(fields))

    def _on_add(self) -> None:
        self.added.emit()
        self.title.clear()
        self.answers.clear()
        self.back.show()

    def _refresh(self) -> None:
        count = len(self.options)
        self.add.setEnabled(bool(self.title.text().strip()) and count != 1)
        self.several.setEnabled(count > 1)
