"""Asks which image files a table means, where its names do not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from mmdesk.ui.parts.parts import label, row
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmdesk.services.importing.image_questions import ImageChoices, ImageQuestion

CHOOSE: Final = "Choose…"
MISSING: Final = QT_TR_NOOP("Leave these images missing")
SAME: Final = QT_TR_NOOP("One file stands for both")
_TWICE: Final = ""
_EXAMPLES: Final = 3


class ImageChoice(QWidget):
    """One line for each column whose images are not clear; answers stay until the table changes.

    Signals:
        chosen: Every question has an answer, and one of them is new.

    Attributes:
        boxes: The answers, by field; under the empty name that for files named twice.
    """

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, QComboBox] = {}
        self._lines: dict[str, tuple[QWidget, QLabel]] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def begin(self) -> None:
        """Ask nothing, as for a new table."""
        for line, _ in self._lines.values():
            line.setParent(None)
            line.deleteLater()
        self._lines.clear()
        self.boxes.clear()
        self.hide()

    @property
    def decided(self) -> bool:
        """Whether every question has an answer."""
        return all(box.currentIndex() > 0 for box in self.boxes.values())

    def choices(self) -> ImageChoices:
        """Return the answers."""
        from mmdesk.services.importing.image_questions import ImageChoices

        answers = {field: box.currentText() for field, box in self.boxes.items() if box.currentIndex() > 0}
        return ImageChoices(
            {field: words for field, words in answers.items() if field and words != MISSING},
            same_file=answers.get(_TWICE) == SAME,
            unclear_missing=self.decided and MISSING in answers.values(),
        )

    def offer(self, questions: Sequence[ImageQuestion]) -> None:
        """Ask what is not asked yet; what is answered stays on view."""
        twice = [question for question in questions if question.twice]
        for question in questions:
            if not question.twice:
                self._ask(question.field, question.column, question.say(_EXAMPLES), question.folders)
        if twice:
            words = " ".join(question.say(_EXAMPLES) for question in twice)
            self._ask(_TWICE, tr("files named twice"), words, (tr(SAME),))
        self.setVisible(bool(self.boxes))

    def _ask(self, field: str, title: str, words: str, answers: Sequence[str]) -> None:
        if field in self.boxes:
            box = self.boxes[field]
            box.setCurrentIndex(0)
            self._lines[field][1].setText(words)
            return
        said, box = label(words, kind="danger", wrap=True), QComboBox()
        box.addItems([CHOOSE, *answers, tr(MISSING)])
        box.setAccessibleName(tr("Which files are meant: {title}", title=title))
        box.activated.connect(self._on_chosen)
        line = QWidget()
        layout = row(said, box)
        layout.setStretch(0, 1)
        line.setLayout(layout)
        self._layout.addWidget(line)
        self.boxes[field], self._lines[field] = box, (line, said)

    def _on_chosen(self) -> None:
        if self.decided:
            self.chosen.emit()
