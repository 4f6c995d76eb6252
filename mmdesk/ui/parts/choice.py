"""A box that offers choices by their words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox


def choice(name: str) -> QComboBox:
    """Return an empty box as wide as its choices.

    Args:
        name: What assistive technology reads.
    """
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return made


def fill_choice(box: QComboBox, rows: Sequence[tuple[str, str]], first: str = "") -> None:
    """Offer choices without a signal; what was chosen stays chosen while it is offered.

    Args:
        box: The box.
        rows: Words and name of each choice.
        first: Name of what is chosen where nothing was; else the first one.
    """
    left = box.currentData() or first
    with QSignalBlocker(box):
        box.clear()
        for words, name in rows:
            box.addItem(words, name)
        box.setCurrentIndex(max(0, box.findData(left)))
