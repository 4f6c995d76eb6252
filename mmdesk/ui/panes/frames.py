"""Plays the frames of the panes, no faster than they are there."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from mmdesk.ui.panes.panes import Panes

RATES = (1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0)
"""Frames a second."""


class Cine(QObject):
    """The player.

    Attributes:
        rate: Frames a second, as far as they can be read that fast.
    """

    def __init__(self, panes: Panes) -> None:
        super().__init__(panes)
        self.rate = 10.0
        self._panes = panes
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._on_tick)

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._clock.isActive()

    @property
    def possible(self) -> bool:
        """Whether the active pane has more than one frame."""
        pane = self._panes.active_pane
        return pane is not None and pane.picture.frames > 1

    def toggle(self) -> None:
        """Play, or stop at the frame in sight."""
        if self.playing or not self.possible:
            self.stop()
        else:
            self._clock.start(round(1000 / self.rate))

    def stop(self) -> None:
        """Stop at the frame in sight."""
        self._clock.stop()

    def change_rate(self, step: int) -> None:
        """Play faster or slower."""
        place = min(range(len(RATES)), key=lambda n: abs(RATES[n] - self.rate))
        self.rate = RATES[min(max(place + step, 0), len(RATES) - 1)]
        if self.playing:
            self._clock.start(round(1000 / self.rate))

    def _on_tick(self) -> None:
        if not self.possible:
            self.stop()
            return
        moving = self._panes.together(self._panes.active, "frame")
        here = all(pane.picture.shown_frame for pane in moving)
        if here:
            self._panes.step_frame(1, around=True)
