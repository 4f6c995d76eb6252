"""What a key press may mean on the keyboard layout in use.

A key acts by what it produces: its letter on Latin layouts (also Dvorak and AZERTY), its digit in
any script, its sign. A layout that has no Latin letters (Russian, Greek, Hebrew, Arabic and so on)
acts by place: the key where a US keyboard has J is J. Digits act by place too, where the number row
produces them only with Shift.
"""

from __future__ import annotations

import sys
import unicodedata
from typing import Final

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

_PLACES: Final = ("1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM,./")
_SHIFTED: Final = {",": "<", ".": ">", "/": "?"}
_FIRST: Final = {"linux": (10, 24, 38, 52), "win32": (2, 16, 30, 44)}
"""Scan code of the first key of each row; the others follow."""
_DARWIN: Final = (
    (18, 19, 20, 21, 23, 22, 26, 28, 25, 29),
    (12, 13, 14, 15, 17, 16, 32, 34, 31, 35),
    (0, 1, 2, 3, 5, 4, 38, 40, 37),
    (6, 7, 8, 9, 11, 45, 46, 43, 47, 44),
)
_MODIFIERS: Final = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


def _codes(platform: str) -> dict[int, str]:
    rows = _DARWIN
    if platform != "darwin":
        rows = tuple(tuple(range(first, first + 10)) for first in _FIRST.get(platform, ()))  # type: ignore[assignment]
    return {code: key for row, keys in zip(rows, _PLACES, strict=False) for code, key in zip(row, keys, strict=False)}


_CODES: Final = {platform: _codes(platform) for platform in ("linux", "win32", "darwin")}


def place_of(event: QKeyEvent) -> str:
    """Return what a US keyboard has at the key's place; empty when the system does not say."""
    code = event.nativeVirtualKey() if sys.platform == "darwin" else event.nativeScanCode()
    return _CODES.get(sys.platform, {}).get(code, "")


def is_latin(text: str) -> bool | None:
    """Tell whether a layout that produces a text has Latin letters; None when the text does not show it.

    Example:
        >>> is_latin("j"), is_latin("é"), is_latin("й"), is_latin("."), is_latin("لا")
        (True, True, False, None, False)
    """
    for sign in text:
        if unicodedata.category(sign)[0] in "LM":
            return unicodedata.name(sign, "").startswith(("LATIN", "FEMININE", "MASCULINE", "MICRO"))
    return None


def texts(event: QKeyEvent, *, latin: bool) -> list[str]:
    """Return the texts that a key press may be declared by, what it produces first.

    Args:
        event: The press.
        latin: The layout in use has Latin letters.
    """
    keypad = event.modifiers() & Qt.KeyboardModifier.KeypadModifier
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    text = event.text()
    plain = not (modifiers & _MODIFIERS)
    found = []
    if plain and len(text) == 1 and text.isdecimal():
        found.append(str(unicodedata.decimal(text)))
    elif plain and len(text) == 1 and text.isprintable() and not text.isalpha() and text != " ":
        found.append(text)
    if not (keypad and text.isdecimal()):
        found.append(_combined(modifiers, event.key()))
    place = place_of(event)
    if place.isdigit() and not modifiers and not (text.isascii() and text.isalnum()):
        found.append(place)
    elif place and not place.isdigit() and not latin:
        shifted = modifiers == Qt.KeyboardModifier.ShiftModifier and place in _SHIFTED
        found.append(_SHIFTED[place] if shifted else _combined(modifiers, ord(place)))
    return found


def portable(key: str) -> str:
    """Return a key's text with one name for both Enter keys."""
    return key.replace("Return", "Enter")


def _combined(modifiers: Qt.KeyboardModifier, key: int) -> str:
    sequence = QKeySequence(QKeyCombination(modifiers, Qt.Key(key)))
    return portable(sequence.toString(QKeySequence.SequenceFormat.PortableText))
