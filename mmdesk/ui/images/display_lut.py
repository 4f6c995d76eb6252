"""From a picture and a tone to the shades on the screen; arithmetic on arrays, no widget."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QTransform

from mmdesk.core.cases.display import Tone, Turn
from mmdesk.ui.images.decoded_image import DecodedImage
from mmdesk.ui.images.strips import assembled, changed, to_image
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.imaging.base.window import Window

WIDE = "percentiles 0.5 to 99.5"
NARROW = "percentiles 5 to 95"
RANGE = QT_TR_NOOP("whole range")


def window_names(shown: DecodedImage) -> list[str]:
    """Return the names of the windows to choose from, the one it opens with first, as an empty name."""
    if not shown.grey:
        return [""]
    own = shown.window.name if shown.window else ""
    listed = [window.name for window in (*shown.facts.windows, *shown.facts.presets)]
    named = [name for name in dict.fromkeys([*listed, WIDE, NARROW, tr(RANGE)]) if name and name != own]
    return ["", *named]


def window_of(shown: DecodedImage, tone: Tone) -> Window | None:
    """Return the window that a tone means for a picture; None for colour.

    A name that the picture does not know means the window it opens with.
    """
    opens = shown.window
    if opens is None:
        return None
    if tone.centre is not None and tone.width is not None:
        return opens.moved(tone.centre, tone.width)
    for window in (*shown.facts.windows, *shown.facts.presets):
        if tone.window and window.name == tone.window:
            return window
    if tone.window in (WIDE, NARROW, RANGE):
        return _measured(shown, tone.window)
    return opens


def _measured(shown: DecodedImage, name: str) -> Window:
    import numpy as np

    from mmdesk.imaging.base.window import Window

    values = shown.pixels.reshape(-1)
    values = values[:: max(1, values.size // 200_000)].astype(np.float32)
    values = values[np.isfinite(values)]
    shares = {WIDE: (0.5, 99.5), NARROW: (5, 95), tr(RANGE): (0, 100)}[name]
    low, high = (float(v) for v in np.percentile(values, shares)) if values.size else (0.0, 1.0)
    return Window((low + high) / 2, max(high - low, 1e-6), name)


def shades(values: Any, shown: DecodedImage, tone: Tone, window: Window | None = None) -> QImage:
    """Return grey values of a picture, or of a part of it, as the tone shows them.

    Args:
        values: (height, width), of the picture's type.
        shown: The picture they come from.
        tone: How.
        window: What `window_of` gave, when it is at hand.
    """
    from mmdesk.imaging.base.window import window_to_bytes

    window = window or window_of(shown, tone)
    if window is None:
        raise ValueError("colour values have no window")
    invert = shown.facts.inverted != tone.invert
    return to_image(window_to_bytes(values, window, invert=invert, gamma=tone.gamma))


def recoloured(image: QImage, tone: Tone) -> QImage:
    """Return a colour picture as the tone shows it: a channel, brightness, contrast, gamma, inverse."""
    table = _table(tone.brightness, tone.contrast, tone.gamma, tone.invert)
    return changed(image, lambda strip: _recoloured(strip, tone.channel, table))


def _recoloured(image: QImage, channel: str, table: bytes) -> QImage:
    import numpy as np

    width, height = image.width(), image.height()
    if channel == "colour":
        image = image.convertToFormat(QImage.Format.Format_RGB32)
        shades = bytearray(image.constBits()).translate(table)
        np.frombuffer(shades, np.uint8).reshape(-1, 4)[:, 3] = 255
        return QImage(shades, width, height, image.bytesPerLine(), QImage.Format.Format_RGB32).copy()
    if channel == "brightness":
        grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
        shares, step = bytes(grey.constBits()), grey.bytesPerLine()
    else:
        image = image.convertToFormat(QImage.Format.Format_RGB32)
        lines = np.frombuffer(image.constBits(), np.uint8).reshape(height, -1, 4)
        shares, step = lines[:, :width, {"red-free": 1, "red": 2, "blue": 0}[channel]].tobytes(), width
    return QImage(shares.translate(table), width, height, step, QImage.Format.Format_Grayscale8).copy()


@lru_cache(maxsize=64)
def _table(brightness: float, contrast: float, gamma: float, invert: bool) -> bytes:
    import numpy as np

    shares = (np.arange(256) / 255 - 0.5) * contrast + 0.5 + brightness
    shares = np.clip(shares, 0, 1) ** (1 / gamma)
    table = np.rint(shares * 255).astype(np.uint8)
    return bytes(255 - table if invert else table)


def toned(shown: DecodedImage, tone: Tone) -> QImage:
    """Return the whole of a picture as the tone shows it."""
    if tone.plain:
        return shown.image
    if shown.grey:
        return shades(shown.pixels, shown, tone)
    return recoloured(shown.image, tone)


def turned(image: QImage, turn: Turn) -> QImage:
    """Return an image turned and mirrored."""
    if turn.plain:
        return image
    size = image.width(), image.height()
    turning = QTransform().rotate(90 * turn.quarters)
    width, height = turn.size(size)

    def part(top: int, rows: int) -> QImage:
        strip = image.copy(QRectF(*turn.rect_back((0, top, width, rows), size)).toRect())
        if turn.quarters:
            strip = strip.transformed(turning)
        return strip.flipped(Qt.Orientation.Horizontal) if turn.mirrored else strip

    return assembled(round(width), round(height), part)


def reduced(image: QImage, part: QRectF, size: tuple[int, int]) -> QImage:
    """Return a part of a colour image at another size."""
    made = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(made.rect()), image, part)
    painter.end()
    return made
