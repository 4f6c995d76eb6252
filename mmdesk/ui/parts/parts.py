"""Small pieces that every page is made of."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QToolButton, QWidget

from mmdesk.ui.kit import icons, theme


def label(text: str = "", *, size: str = "", kind: str = "", wrap: bool = False) -> QLabel:
    """Return words; `size` is caption, section, page or figure, `kind` quiet, danger or chip."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if size:
        result.setProperty("textsize", size)
    if kind:
        result.setProperty("kind", kind)
    result.setWordWrap(wrap)
    return result


def button(text: str, call: Callable[[], object], *, primary: bool = False, hint: str = "") -> QPushButton:
    """Return a button: a verb with its object, its key beside it."""
    result = QPushButton(f"{text}   {hint}" if hint else text)
    result.setAutoDefault(False)
    if primary:
        result.setProperty("kind", "primary")
    result.clicked.connect(lambda _checked=False: call())
    return result


def make_primary(widget: QPushButton, primary: bool) -> None:
    """Fill a button or empty it again; a page has one filled button at most."""
    widget.setProperty("kind", "primary" if primary else "")
    repolish(widget)


def repolish(widget: QWidget) -> None:
    """Let a changed dynamic property take effect."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def row(*items: QWidget | QLayout | int, space: int = 8) -> QHBoxLayout:
    """Return widgets side by side; 0 is a stretch, another number a gap in pixels."""
    result = QHBoxLayout()
    result.setContentsMargins(0, 0, 0, 0)
    result.setSpacing(space)
    for item in items:
        if isinstance(item, QWidget):
            result.addWidget(item)
        elif isinstance(item, QLayout):
            result.addLayout(item)
        elif item == 0:
            result.addStretch(1)
        else:
            result.addSpacing(item)
    return result


def card() -> QFrame:
    """Return a framed panel."""
    result = QFrame()
    result.setProperty("kind", "card")
    return result


class IconButton(QToolButton):
    """A button that is only an icon, with tooltip, accessible name and the theme's colour."""

    def __init__(self, drawing: str, words: str, call: Callable[[], object], size: int = 18) -> None:
        super().__init__()
        self._drawing = drawing
        self._size = size
        self.setIconSize(QSize(size, size))
        self.setMinimumSize(28, 28)
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.clicked.connect(lambda _checked=False: call())
        self._paint_icon()

    def changeEvent(self, event: QEvent) -> None:
        """Take the colour of a new theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_icon()
        super().changeEvent(event)

    def _paint_icon(self) -> None:
        colours = theme.tokens()
        self.setIcon(icons.icon(self._drawing, colours.text, self._size, colours.line))
