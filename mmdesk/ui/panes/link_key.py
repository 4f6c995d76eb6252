"""The key that unlinks panes: held for a moment's unlinking, tapped to change for good."""

from __future__ import annotations

import time

from mmdesk.ui.panes.panes import Panes

TAP = 0.25
"""Seconds: a press that is shorter is a tap."""


class LinkKey:
    """Tells a tap from a hold."""

    def __init__(self, panes: Panes) -> None:
        self._panes = panes
        self._pressed_at = 0.0

    def held(self, pressed: bool) -> None:
        """Take a press (True) or a release (False)."""
        if pressed:
            self._pressed_at = time.monotonic()
            self._panes.hold_unlinked(True)
            return
        self._panes.hold_unlinked(False)
        if time.monotonic() - self._pressed_at < TAP:
            self._panes.set_linked(not self._panes.linked)
