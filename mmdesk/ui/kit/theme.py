"""Colours of the two themes, and Qt's palette and stylesheet made from them."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from string import Template
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from mmdesk.support.resources import resource

SURROUNDS: Final = {"black": "#000000", "dark": "#1A1A1A", "mid": "#777777"}
"""Grey round the images, the same in both themes (R=G=B)."""

SPACE: Final = (2, 4, 8, 12, 16, 24, 32)
ROW: Final = 28


@dataclass(frozen=True, slots=True)
class Tokens:
    """The named colours of one theme; contrasts are given in the guide and tested."""

    name: str
    window: str
    panel: str
    field: str
    hover: str
    text: str
    text2: str
    text_danger: str
    edge: str
    line: str
    focus: str
    primary: str
    selected: str
    unread: str
    missing: str
    read: str
    corrected: str
    referred: str
    conflict: str
    problem: str
    current: str
    candidate: str
    third: str
    fourth: str

    def status(self, name: str) -> str:
        """Return the colour of a status shape."""
        return str(getattr(self, name))


DARK: Final = Tokens(
    name="dark",
    window="#1C1C1C",
    panel="#242424",
    field="#2C2C2C",
    hover="#363636",
    text="#DEDEDE",
    text2="#B2B2B2",
    text_danger="#FF8F80",
    edge="#868686",
    line="#3E3E3E",
    focus="#7CB8F2",
    primary="#3376B0",
    selected="#26394A",
    unread="#A6A6A6",
    missing="#A6A6A6",
    read="#45A072",
    corrected="#62C8F7",
    referred="#F7B23B",
    conflict="#B080AB",
    problem="#F25C33",
    current="#3A9FF0",
    candidate="#EFAF47",
    third="#A8EFDF",
    fourth="#B8618A",
)
LIGHT: Final = Tokens(
    name="light",
    window="#EDEDED",
    panel="#F7F7F7",
    field="#FFFFFF",
    hover="#E2E2E2",
    text="#1B1B1B",
    text2="#4F4F4F",
    text_danger="#7A1200",
    edge="#767676",
    line="#CFCFCF",
    focus="#0B63B0",
    primary="#1D5C96",
    selected="#CFE2F3",
    unread="#5E5E5E",
    missing="#5E5E5E",
    read="#37875B",
    corrected="#1A5F8C",
    referred="#915A08",
    conflict="#512544",
    problem="#7A1200",
    current="#3D87CC",
    candidate="#CC6408",
    third="#0A3B1E",
    fourth="#610062",
)
THEMES: Final = {"dark": DARK, "light": LIGHT}

STATUS_ICONS: Final = {
    "unread": "circle",
    "missing": "circle-dashed",
    "read": "circle-check",
    "corrected": "square-pen",
    "referred": "flag",
    "conflict": "split",
    "problem": "octagon-alert",
}


_FOUR_SIDES: Final = re.compile(r"padding: (\w+) (\w+) (\w+) (\w+)")
_ONE_SIDE: Final = re.compile(r"\b(padding|border|margin)-(left|right):")
_OTHER_SIDE: Final = {"left": "right", "right": "left"}


class _Applied:
    tokens = DARK


def tokens() -> Tokens:
    """Return the colours of the theme in use."""
    return _Applied.tokens


def choose(choice: str) -> Tokens:
    """Return the colours for `dark`, `light` or `system`."""
    if choice in THEMES:
        return THEMES[choice]
    scheme = QGuiApplication.styleHints().colorScheme()
    return LIGHT if scheme == Qt.ColorScheme.Light else DARK


def apply(app: QApplication, choice: str, scale: float = 1.0) -> None:
    """Give the whole program the theme; widgets get a `PaletteChange` event.

    Args:
        app: The application.
        choice: `dark`, `light` or `system`.
        scale: Size of text, 1.0 to 2.0.
    """
    _Applied.tokens = choose(choice)
    font = app.font()
    font.setPixelSize(round(13 * scale))
    app.setFont(font)
    app.setPalette(palette(_Applied.tokens))
    app.setStyleSheet(stylesheet(_Applied.tokens, scale))


def palette(colours: Tokens) -> QPalette:
    """Return Qt's palette in a theme's colours."""
    result = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, colours.window),
        (roles.Base, colours.field),
        (roles.AlternateBase, colours.panel),
        (roles.Button, colours.field),
        (roles.WindowText, colours.text),
        (roles.Text, colours.text),
        (roles.ButtonText, colours.text),
        (roles.ToolTipBase, colours.hover),
        (roles.ToolTipText, colours.text),
        (roles.PlaceholderText, colours.text2),
        (roles.Highlight, colours.selected),
        (roles.HighlightedText, colours.text),
        (roles.Link, colours.focus),
        (roles.Accent, colours.primary),
    ):
        result.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.edge))
    return result


def stylesheet(colours: Tokens, scale: float = 1.0) -> str:
    """Return the program's stylesheet in a theme's colours."""
    values = {field.name: getattr(colours, field.name) for field in fields(colours)}
    for size in (11, 12, 13, 15, 18, 24):
        values[f"px{size}"] = f"{round(size * scale)}px"
    values["arrow"] = resource("themes", f"arrow-{colours.name}.svg").as_posix()
    values["check"] = resource("themes", "check.svg").as_posix()
    values["row"] = f"{round((ROW - 10) * scale)}px"
    text = Template(resource("themes", "window.qss").read_text(encoding="utf-8")).substitute(values)
    right_to_left = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    return mirrored(text) if right_to_left else text


def mirrored(text: str) -> str:
    """Return a stylesheet for a layout from right to left; what Qt mirrors by itself stays.

    Example:
        >>> mirrored("padding: 1px 2px 3px 4px; border-left: 0;")
        'padding: 1px 4px 3px 2px; border-right: 0;'
    """
    text = _FOUR_SIDES.sub(r"padding: \1 \4 \3 \2", text)
    return _ONE_SIDE.sub(lambda found: f"{found[1]}-{_OTHER_SIDE[found[2]]}:", text)
