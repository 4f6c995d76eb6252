"""A model runs code of its maker's: the person sees the code, and says why it may run once, or leaves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from mmdesk.core.errors import RunsCode
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.models.trusting import MakersCode


class TrustDialog(QDialog):
    """Shows what would run; nothing runs before a reason is written and the button pressed.

    Args:
        parent: Window that asks.
        file: Name of the model's file.
        problem: Why it was not taken as it is.
        guards: What will hold the code in, in words.
    """

    def __init__(self, parent: QWidget, file: str, problem: RunsCode, guards: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Code in {file}", file=file))
        self.resize(860, 640)
        self.code: MakersCode | None = None
        self.on_choose: Callable[[], object] = lambda: None
        named = [line for line in problem.details.splitlines() if not line.startswith("{")]
        holds = tr("{file} holds {named}. Nothing of it was run.", file=file, named="; ".join(named))
        self.about = label(tr("No file of code is chosen."), kind="quiet")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(tr("The code"))
        self.text.setPlaceholderText(
            tr(
                "Choose the .py file with the layers that its maker wrote, to read it here. "
                "The Python inside Lambda layers is compiled and cannot be shown."
            )
        )
        self.why = QLineEdit()
        self.why.setAccessibleName(tr("Who made it, and why do you trust it?"))
        self.why.setPlaceholderText(tr("such as: by Ann Example of our department, read by me today"))
        self.why.textChanged.connect(lambda _: self._check())
        self.words = label(kind="danger", wrap=True)
        self.words.hide()
        self.choose = button(tr("Choose its code…"), self._choose)
        self.run = button(tr("Run this code once"), self.accept, primary=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(holds, wrap=True))
        layout.addWidget(label(problem.do, kind="quiet", wrap=True))
        layout.addLayout(row(self.choose, self.about, 0, space=12))
        layout.addWidget(self.text, 1)
        layout.addWidget(label(guards, wrap=True))
        layout.addWidget(label(tr("Who made it, and why do you trust it? It goes into the journal and on the card.")))
        layout.addWidget(self.why)
        layout.addWidget(self.words)
        layout.addLayout(row(0, button("Cancel", self.reject), self.run))
        self._check()

    @property
    def reason(self) -> str:
        """What the person wrote."""
        return self.why.text().strip()

    def show_code(self, code: MakersCode) -> None:
        """Show a file of code: this, and no other, would run."""
        self.words.hide()
        self.code = code
        self.text.setPlainText(code.text)
        self.about.setText(tr("{name}, SHA-256 {digest}…", name=code.file.name, digest=code.sha256[:16]))

    def say(self, words: str) -> None:
        """Say why a file of code cannot be shown; an earlier one is taken away."""
        self.code = None
        self.text.clear()
        self.about.setText(tr("No file of code is chosen."))
        self.words.setText(words)
        self.words.show()

    def _choose(self) -> None:
        self.on_choose()

    def _check(self) -> None:
        self.run.setEnabled(bool(self.reason))
