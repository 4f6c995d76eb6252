"""Which key presses are repeats of a key that is held down.

X servers send a held key as pairs of release and press, and Qt sees only some of them as repeats.
Both halves of such a pair have the same time; nobody lets go of a key and presses it again within
a few milliseconds.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QKeyEvent

PAIR_MS: Final = 10
"""A press this soon after the release of the same key is the other half of a repeat."""


class HeldKeys:
    """Follows the presses and releases of the window's keys.

    An event without a time, as programs make them, is what it says it is.
    """

    def __init__(self) -> None:
        self._down: set[int] = set()
        self._released: dict[int, int] = {}

    def press(self, event: QKeyEvent) -> bool:
        """Note a press; tell whether it is a repeat of a key that was not let go."""
        key, at = key_of(event), event.timestamp()
        was_down = bool(at) and key in self._down
        self._down.add(key)
        since = at - self._released.get(key, -PAIR_MS - 1)
        return event.isAutoRepeat() or was_down or (bool(at) and 0 <= since <= PAIR_MS)

    def release(self, event: QKeyEvent) -> None:
        """Note a release, which the next press may show to be half of a repeat."""
        if not event.isAutoRepeat():
            self._down.discard(key_of(event))
            if event.timestamp():
                self._released[key_of(event)] = event.timestamp()

    def forget(self) -> None:
        """Take no key to be down: the window lost the keyboard, and with it the releases."""
        self._down.clear()


def key_of(event: QKeyEvent) -> int:
    """Return what identifies a key whatever modifiers and layout make of it."""
    return event.nativeScanCode() or -event.key()
