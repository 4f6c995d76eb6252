"""A short note on a mark."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr

MOST: Final = 200
"""Letters of a note."""


class MarkNote(QDialog):
    """One line; an empty one takes the note away."""

    def __init__(self, parent: QWidget, shape: str, note: str) -> None:
        super().__init__(parent)
        words = tr("Note on this {shape}. It is stored, shown and exported with it.", shape=shape)
        self.setWindowTitle(tr("Note on a mark"))
        self.setMinimumWidth(420)
        self.line = QLineEdit(note)
        self.line.setMaxLength(MOST)
        self.line.setAccessibleName(tr("Note on the mark"))
        self.line.returnPressed.connect(self.accept)
        self.line.selectAll()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(words, wrap=True))
        layout.addWidget(self.line)
        layout.addLayout(row(0, button("Cancel", self.reject), button(tr("Store the note"), self.accept, primary=True)))
        self.line.setFocus()


def ask_note(parent: QWidget, shape: str, note: str) -> str | None:
    """Ask for a mark's note; None when the person stepped back.

    Args:
        parent: Window that asks.
        shape: What a person calls the mark.
        note: The note it has.
    """
    dialog = MarkNote(parent, shape, note)
    return " ".join(dialog.line.text().split()) if dialog.exec() else None
