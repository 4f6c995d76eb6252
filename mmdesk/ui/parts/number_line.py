"""A number in a line: typed, or stepped with the arrows; outside its range it says why."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from mmdesk.core.fields.kinds_number import read_number
from mmdesk.words import tr

_DECIMALS = 8


class NumberLine(QLineEdit):
    """A number between two others.

    Signals:
        valued: A new number, a whole one as int.
        refused: Why what was typed is not taken, in words.

    Args:
        words: What the number is.
        low: The smallest.
        high: The largest.
        step: By how much an arrow changes it.
        whole: Only whole numbers.
    """

    valued = Signal(object)
    refused = Signal(str)

    def __init__(self, words: str, low: float, high: float, step: float, *, whole: bool) -> None:
        super().__init__()
        self._words, self._low, self._high, self._step, self._whole = words, low, high, step, whole
        self._value: float = low
        self.editingFinished.connect(self._commit)

    def show_value(self, value: float) -> None:
        """Show a number; what was typed and not taken goes."""
        self._value = value
        if self.hasFocus() and self._read() == value:
            return
        self.setText(self._text(value))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down step; Esc takes back what was typed and lets go."""
        match event.key():
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                step = self._step if event.key() == Qt.Key.Key_Up else -self._step
                self._take(min(self._high, max(self._low, self._value + step)))
            case Qt.Key.Key_Escape:
                self.setText(self._text(self._value))
                event.ignore()
            case _:
                super().keyPressEvent(event)

    def _commit(self) -> None:
        value = self._read()
        if value is None or not self._low <= value <= self._high or (self._whole and value != int(value)):
            kind = tr("a whole number") if self._whole else "a number"
            self.refused.emit(
                tr(
                    "{words} is {kind} between {low:,g} and {high:,g}.",
                    words=self._words,
                    kind=kind,
                    low=self._low,
                    high=self._high,
                )
            )
        else:
            self._take(value)

    def _take(self, value: float) -> None:
        value = int(value) if self._whole else round(float(value), _DECIMALS)
        changed, self._value = value != self._value, value
        self.setText(self._text(value))
        if changed:
            self.valued.emit(value)

    def _read(self) -> float | None:
        return read_number(self.text())

    def _text(self, value: float) -> str:
        return str(int(value)) if self._whole else f"{value:.8g}"
