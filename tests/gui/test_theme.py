"""The colours keep the contrasts that the guide promises, and the surround is exact grey."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPalette

from mmdesk.ui.kit import icons, theme

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

SURFACES = ("window", "panel", "field", "hover")
READABLE = {"text": 4.5, "text2": 4.5, "text_danger": 4.5, "edge": 3.0, "focus": 3.0}
SHAPES = ("unread", "missing", "read", "corrected", "referred", "conflict", "problem")
CHART = ("current", "candidate", "third", "fourth")


def luminance(colour: str) -> float:
    """Relative luminance of WCAG."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", theme.THEMES.values(), ids=lambda tokens: tokens.name)
def test_words_and_controls_stand_out_on_every_surface(tokens):
    for name, least in READABLE.items():
        for surface in SURFACES:
            assert contrast(getattr(tokens, name), getattr(tokens, surface)) >= least, (name, surface)


@pytest.mark.parametrize("tokens", theme.THEMES.values(), ids=lambda tokens: tokens.name)
def test_shapes_stand_out_on_surfaces_and_selection(tokens):
    for name in SHAPES:
        for surface in (*SURFACES, "selected"):
            assert contrast(tokens.status(name), getattr(tokens, surface)) >= 3.0, (name, surface)
    for name in CHART:
        assert contrast(getattr(tokens, name), tokens.panel) >= 3.0, name


@pytest.mark.parametrize("tokens", theme.THEMES.values(), ids=lambda tokens: tokens.name)
def test_white_on_the_filled_button_can_be_read(tokens):
    assert contrast("#FFFFFF", tokens.primary) >= 4.5


def test_surround_is_exact_grey():
    for colour in theme.SURROUNDS.values():
        red, green, blue, _ = QColor(colour).getRgb()
        assert red == green == blue


@pytest.mark.parametrize("tokens", theme.THEMES.values(), ids=lambda tokens: tokens.name)
def test_stylesheet_and_palette_use_the_tokens(tokens, qapp):
    sheet = theme.stylesheet(tokens, 2.0)
    assert "$" not in sheet
    assert "font-size: 36px" in sheet
    assert theme.palette(tokens).color(QPalette.ColorRole.Base).name().upper() == tokens.field


def test_every_status_has_a_drawing_in_its_colour(qapp):
    for name, drawing in theme.STATUS_ICONS.items():
        picture = icons.pixmap(drawing, theme.DARK.status(name), 32).toImage()
        wanted = QColor(theme.DARK.status(name)).getRgb()[:3]
        inks = [
            picture.pixelColor(x, y).getRgb()[:3]
            for x in range(32)
            for y in range(32)
            if picture.pixelColor(x, y).alpha() == 255
        ]
        assert inks, name
        assert all(abs(a - b) <= 2 for ink in inks for a, b in zip(ink, wanted, strict=True)), name


def test_all_drawings_named_in_code_are_there():
    from mmdesk.support.resources import resource

    for path in sorted(resource("icons").glob("*.svg")):
        assert "currentColor" in path.read_text(encoding="utf-8"), path.name
    assert resource("icons", "LICENSE").read_text(encoding="utf-8").startswith("ISC License")
