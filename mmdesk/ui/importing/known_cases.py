"""Asks what an import means for cases that the project knows: their names and their splits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from mmdesk.ui.parts.parts import label, row
from mmdesk.words import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmdesk.services.importing.group_splits import SplitMove
    from mmdesk.services.importing.identity import NamesQuestion

CHOOSE: Final = "Choose…"
NAMES: Final[dict[str, bool]] = {"They are the same cases": True, "They are other cases": False}
SPLITS: Final[dict[str, Literal["keep", "move"]]] = {
    "Keep cases in their split": "keep",
    "Move them to the split of their new group": "move",
}


class KnownCases(QWidget):
    """One line for the names and one for the splits, shown only where there is something to decide.

    Signals:
        chosen: A question got an answer.
    """

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.names, self._names_words, self._names_line = self._question(tr("Names that differ"), tuple(NAMES))
        self.moves, self._moves_words, self._moves_line = self._question(tr("Cases that move"), tuple(SPLITS))
        layout.addWidget(self._names_line)
        layout.addWidget(self._moves_line)
        self.begin()

    def begin(self) -> None:
        """Ask nothing, as for a new table."""
        for box, line in ((self.names, self._names_line), (self.moves, self._moves_line)):
            box.setCurrentIndex(0)
            line.hide()
        self.hide()

    @property
    def same_ids(self) -> bool | None:
        """Whether names that differ by zeros or letter case are the project's; None while open."""
        return NAMES.get(self.names.currentText())

    @property
    def splits(self) -> Literal["", "keep", "move"]:
        """What happens to cases whose split changes with their group; empty while open."""
        return SPLITS.get(self.moves.currentText(), "")

    @property
    def decided(self) -> bool:
        """Whether every question that is shown has an answer."""
        lines = ((self.names, self._names_line), (self.moves, self._moves_line))
        return all(line.isHidden() or box.currentIndex() > 0 for box, line in lines)

    def offer(self, names: Sequence[NamesQuestion], moves: Sequence[SplitMove]) -> None:
        """Ask what a check found; what is answered stays on view.

        Args:
            names: Names that may be those of the project.
            moves: Cases whose split changes with their group.
        """
        if names:
            self._names_words.setText(" ".join(question.say() for question in names))
            self._names_line.show()
        if moves and not self.splits:
            from mmdesk.services.importing.group_splits import say_moves

            self._moves_words.setText(say_moves(moves, listed=3))
            self._moves_line.show()
        self.setVisible(not (self._names_line.isHidden() and self._moves_line.isHidden()))

    def _question(self, title: str, answers: Sequence[str]) -> tuple[QComboBox, QLabel, QWidget]:
        words, box, line = label(kind="danger", wrap=True), QComboBox(), QWidget()
        box.addItems([CHOOSE, *answers])
        box.setAccessibleName(title)
        box.activated.connect(lambda _index: self.chosen.emit())
        layout = row(words, box)
        layout.setStretch(0, 1)
        line.setLayout(layout)
        return box, words, line
