"""Small questions: one line of text, a reason, a reader."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QVBoxLayout, QWidget

from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr


class AskText(QDialog):
    """One question with one line to answer; the button is enabled once there is an answer."""

    def __init__(self, parent: QWidget, title: str, words: str, verb: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(420)
        self.line = QLineEdit()
        self.line.setAccessibleName(words)
        self.ok = button(verb, self.accept, primary=True)
        self.ok.setEnabled(False)
        self.line.textChanged.connect(lambda text: self.ok.setEnabled(bool(text.strip())))
        self.line.returnPressed.connect(self._on_enter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(words, wrap=True))
        layout.addWidget(self.line)
        layout.addLayout(row(0, button("Cancel", self.reject), self.ok))
        self.line.setFocus()

    @property
    def answer(self) -> str:
        """The trimmed answer."""
        return self.line.text().strip()

    def _on_enter(self) -> None:
        if self.answer:
            self.accept()


class AskReader(QDialog):
    """Who reads: a name from those before, or a new one unless only listed ones may read."""

    def __init__(self, parent: QWidget, current: str, known: list[str], *, listed: bool = False) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Change the reader"))
        self.setMinimumWidth(420)
        self.names = QComboBox()
        self.names.setEditable(not listed)
        self.names.setAccessibleName("Reader")
        self.names.addItems(sorted({current, *known}, key=str.casefold))
        self.names.setCurrentText(current)
        words = tr(
            "The name stands beside every label you store. Changing the reader ends the other's undo; all labels stay."
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(words, wrap=True))
        layout.addWidget(self.names)
        layout.addLayout(
            row(0, button("Cancel", self.reject), button(tr("Change the reader"), self.accept, primary=True))
        )
        if line := self.names.lineEdit():
            line.selectAll()
            line.returnPressed.connect(self.accept, Qt.ConnectionType.QueuedConnection)
        self.names.setFocus()

    @property
    def answer(self) -> str:
        """The trimmed name."""
        return self.names.currentText().strip()


class AskYes(QDialog):
    """Whether to go on all the same; stepping back is what Enter does."""

    def __init__(self, parent: QWidget, title: str, words: str, verb: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(520)
        self.back = button("Cancel", self.reject, primary=True)
        self.go = button(verb, self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(words, wrap=True))
        layout.addLayout(row(0, self.go, self.back))
        self.back.setFocus()


def ask_yes(parent: QWidget, title: str, words: str, verb: str) -> bool:
    """Ask whether to go on all the same."""
    return bool(AskYes(parent, title, words, verb).exec())


def ask_text(parent: QWidget, title: str, words: str, verb: str) -> str:
    """Ask for one line; an empty text when the person stepped back."""
    dialog = AskText(parent, title, words, verb)
    return dialog.answer if dialog.exec() else ""


def ask_reader(parent: QWidget, current: str, known: list[str], *, listed: bool = False) -> str:
    """Ask who reads; an empty text when the person stepped back.

    Args:
        parent: Window that asks.
        current: Who reads now.
        known: Names to choose from.
        listed: Only these names may read.
    """
    dialog = AskReader(parent, current, known, listed=listed)
    return dialog.answer if dialog.exec() else ""
