"""Lucide's line drawings as icons in any colour."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from mmdesk.support.resources import resource


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """Return a drawing as a picture.

    Args:
        name: File name in `resources/icons` without `.svg`.
        colour: Stroke, as `#RRGGBB`.
        size: Edge in logical pixels.
        ratio: Device pixels per logical pixel.

    Raises:
        FileNotFoundError: There is no such drawing.
    """
    text = resource("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


@lru_cache(maxsize=256)
def icon(name: str, colour: str, size: int = 16, faint: str = "") -> QIcon:
    """Return a drawing as an icon, sharp on the sharpest screen; `faint` colours it where disabled."""
    result = QIcon()
    app = QGuiApplication.instance()
    ratio = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        result.addPixmap(pixmap(name, colour, size, ratio), mode)
    if faint:
        result.addPixmap(pixmap(name, faint, size, ratio), QIcon.Mode.Disabled)
    return result
