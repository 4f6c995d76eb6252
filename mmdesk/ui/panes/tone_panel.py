"""Brightness, contrast and gamma of the active pane, and of those linked with it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSlider, QVBoxLayout, QWidget

from mmdesk.core.cases.display import Tone
from mmdesk.ui.images.pane import Pane
from mmdesk.ui.panes.panes import Panes
from mmdesk.ui.parts.parts import button, label
from mmdesk.words import QT_TR_NOOP, tr

STEPS: Final = 100
GREY_WORDS: Final = QT_TR_NOOP("A grey image has a window instead: drag with the right button.")


@dataclass(frozen=True, slots=True)
class _Amount:
    """One slider: a field of the tone, and whether its middle is 1 and steps multiply."""

    name: str
    title: str
    doubles: bool
    colour_only: bool

    def value(self, place: int) -> float:
        """Return the value at a slider's place, -100 to 100."""
        share = place / STEPS
        return round(4.0**share, 3) if self.doubles else round(share, 2)

    def place(self, value: float) -> int:
        """Return a slider's place for a value."""
        share = math.log(max(value, 1e-3), 4.0) if self.doubles else value
        return round(min(max(share, -1.0), 1.0) * STEPS)


AMOUNTS: Final = (
    _Amount("brightness", "Brightness", doubles=False, colour_only=True),
    _Amount("contrast", "Contrast", doubles=True, colour_only=True),
    _Amount("gamma", "Gamma", doubles=True, colour_only=False),
)


class TonePanel(QFrame):
    """Sliders that lie over the images until a click elsewhere or Esc."""

    def __init__(self, panes: Panes, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("kind", "card")
        self._panes = panes
        self._filling = False
        self.sliders: dict[str, QSlider] = {}
        self._words: dict[str, QLabel] = {}
        self._why = label(tr(GREY_WORDS), size="caption", wrap=True)
        grid = QGridLayout()
        for row, amount in enumerate(AMOUNTS):
            slider = QSlider(Qt.Orientation.Horizontal)
            slider.setRange(-STEPS, STEPS)
            slider.setMinimumWidth(200)
            slider.setAccessibleName(amount.title)
            slider.valueChanged.connect(lambda place, a=amount: self._on_moved(a, place))
            self.sliders[amount.name] = slider
            self._words[amount.name] = label()
            self._words[amount.name].setMinimumWidth(48)
            grid.addWidget(label(amount.title), row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(self._words[amount.name], row, 2)
        column = QVBoxLayout(self)
        column.addLayout(grid)
        column.addWidget(self._why)
        column.addWidget(button(tr("Reset the shades"), self._reset))

    def open_above(self, corner: QPoint) -> None:
        """Show it with its left bottom corner at a point of the screen."""
        self._fill()
        self.adjustSize()
        self.move(corner.x(), corner.y() - self.height())
        self.show()
        self.sliders["gamma" if self._grey() else "brightness"].setFocus()

    def _grey(self) -> bool:
        pane = self._panes.active_pane
        return pane is not None and pane.picture.shown is not None and pane.picture.shown.grey

    def _fill(self) -> None:
        pane = self._panes.active_pane
        tone = pane.picture.tone if pane else Tone()
        self._filling = True
        for amount in AMOUNTS:
            value = float(getattr(tone, amount.name))
            self.sliders[amount.name].setEnabled(not (amount.colour_only and self._grey()))
            self.sliders[amount.name].setValue(amount.place(value))
            self._words[amount.name].setText(f"{value:.2f}")
        self._why.setVisible(self._grey())
        self._filling = False

    def _on_moved(self, amount: _Amount, place: int) -> None:
        value = amount.value(place)
        self._words[amount.name].setText(f"{value:.2f}")
        if self._filling:
            return

        def change(tone: Tone, _pane: Pane) -> Tone:
            changed: dict[str, Any] = {amount.name: value}
            return replace(tone, **changed)

        self._panes.change_tone(change)

    def _reset(self) -> None:
        self._panes.change_tone(lambda _tone, _pane: Tone())
        self._fill()
