"""Choose what an export holds: which cases, whose labels, which columns."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from mmdesk.core.cases.case import REFERENCE
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.search import STATES
from mmdesk.core.fields.splits import SPLITS
from mmdesk.services.exporting.choices import Choices
from mmdesk.services.exporting.parts import USUAL, WORDS
from mmdesk.services.exporting.positive import positive_forms
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import QT_TR_NOOP, tr

_ANY: Final = QT_TR_NOOP("any")
_IN_A_ROW: Final = 2


class ExportDialog(QDialog):
    """What an export holds, as far as the reader may see it.

    Args:
        parent: The window.
        schema: The project's fields.
        search: The search line of the worklist.
        reader: Who reads.
    """

    def __init__(self, parent: QWidget, schema: Schema, search: str, reader: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export"))
        self.setMinimumWidth(620)
        self.search = QLineEdit(search)
        self.search.setPlaceholderText(tr("All cases; or a search line as in the worklist"))
        self.split = _combo([(tr(_ANY), ""), *((split, split) for split in SPLITS)])
        self.status = _combo([(tr(_ANY), ""), *((state, state) for state in STATES if state != REFERENCE)])
        self.whose = _combo(
            [
                (tr("everybody's that you may see"), ()),
                (tr("only mine"), (reader,)),
                (tr("only the table's"), (REFERENCE,)),
            ]
        )
        self.form = _combo(
            [
                (tr("Table, one row a case"), ""),
                *((tr("Reader study (iMRMC), positive: {what}", what=what), what) for what in positive_forms(schema)),
            ]
        )
        self.parts = {part: QCheckBox(tr(words)) for part, words in WORDS.items()}
        for part, box in self.parts.items():
            box.setChecked(part in USUAL)
        self.ok = button(tr("Choose the file"), self.accept, primary=True)
        self.ok.setDefault(True)
        self._lay_out()
        self.form.currentIndexChanged.connect(self._on_form)
        self.search.setFocus()

    @property
    def choices(self) -> Choices:
        """What is chosen."""
        parts = tuple(part for part, box in self.parts.items() if box.isChecked())
        return Choices(
            self.search.text().strip(),
            self.split.currentData(),
            self.status.currentData(),
            tuple(self.whose.currentData()),
            parts,
        )

    @property
    def positive(self) -> str:
        """What is positive in a reader study; empty for a table of cases."""
        return str(self.form.currentData())

    def _lay_out(self) -> None:
        form = QFormLayout()
        for words, editor in (
            (tr("Form"), self.form),
            (tr("Cases"), self.search),
            (tr("Split"), self.split),
            (tr("Status"), self.status),
            (tr("Labels"), self.whose),
        ):
            editor.setAccessibleName(words)
            form.addRow(words, editor)
        grid = QGridLayout()
        for place, box in enumerate(self.parts.values()):
            grid.addWidget(box, place // _IN_A_ROW, place % _IN_A_ROW)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(label(tr("Columns"), size="section"))
        layout.addLayout(grid)
        kept = tr(
            "The label stands under the target's name, a model's answer under names with the model's. What you may not "
            "see yet is left out."
        )
        layout.addWidget(label(kept, kind="quiet", wrap=True))
        layout.addLayout(row(0, button(tr("Cancel"), self.reject), self.ok))

    def _on_form(self) -> None:
        for box in self.parts.values():
            box.setEnabled(not self.positive)


def _combo(items: list[tuple[str, object]]) -> QComboBox:
    box = QComboBox()
    for words, data in items:
        box.addItem(words, data)
    return box
