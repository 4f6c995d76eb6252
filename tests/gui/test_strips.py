"""Large pictures made in strips are the same pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QTransform

from mmdesk.core.cases.display import Tone, Turn
from mmdesk.ui.images import display_lut as toning
from mmdesk.ui.images import strips

WIDTH, HEIGHT = 331, 207


@pytest.fixture
def pixels(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    monkeypatch.setattr(strips, "STRIP", 10 * WIDTH)
    return np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)


def test_colour_is_the_same_as_at_once(pixels: np.ndarray) -> None:
    borrowed = QImage(pixels.data, WIDTH, HEIGHT, 3 * WIDTH, QImage.Format.Format_RGB888)
    assert strips.to_image(pixels) == borrowed.convertToFormat(QImage.Format.Format_RGB32)


def test_grey_is_the_same_as_at_once(pixels: np.ndarray) -> None:
    grey = np.ascontiguousarray(pixels[:, :, 0])
    whole = QImage(grey.data, WIDTH, HEIGHT, WIDTH, QImage.Format.Format_Grayscale8)
    assert strips.to_image(grey) == whole


def test_an_image_owns_its_memory(pixels: np.ndarray) -> None:
    for some in (pixels, np.ascontiguousarray(pixels[:, :, 0]), np.zeros((3, 3), np.uint8)):
        image = strips.to_image(some)
        before = image.copy()
        some[:] = 7
        assert image == before


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_turned_picture_is_the_same_as_at_once(pixels: np.ndarray, quarters: int, mirrored: bool) -> None:
    image = strips.to_image(pixels)
    whole = image.transformed(QTransform().rotate(90 * quarters))
    if mirrored:
        whole = whole.flipped(Qt.Orientation.Horizontal)
    assert toning.turned(image, Turn(quarters, mirrored)) == whole


@pytest.mark.parametrize("channel", ["colour", "red-free", "red", "blue", "brightness"])
def test_recoloured_is_the_same_as_at_once(pixels: np.ndarray, channel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image, tone = strips.to_image(pixels), Tone(channel=channel, contrast=1.5, gamma=0.8, invert=True)
    found = toning.recoloured(image, tone)
    monkeypatch.setattr(strips, "STRIP", WIDTH * HEIGHT)
    assert found == toning.recoloured(image, tone)


def test_no_strip_is_larger_than_may_be_done_at_once() -> None:
    sizes: list[int] = []

    def part(top: int, rows: int) -> QImage:
        sizes.append(3000 * rows)
        return QImage(3000, rows, QImage.Format.Format_Grayscale8)

    assert strips.assembled(3000, 2000, part).height() == 2000
    assert sum(sizes) == 3000 * 2000
    assert max(sizes) <= strips.STRIP
