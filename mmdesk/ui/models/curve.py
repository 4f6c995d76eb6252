"""A live curve of training and validation loss."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from mmdesk.ui.kit import theme

_LEFT: Final = 52
_BOTTOM: Final = 22
_TOP: Final = 22
_RIGHT: Final = 12


class Curve(QWidget):
    """Two lines over the epochs, told apart by dash and marker as well as by colour."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(140)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Loss by epoch")
        self.losses: list[float] = []
        self.validation: list[float] = []
        self.epochs = 0
        self.best = 0

    def sizeHint(self) -> QSize:
        """Prefer a flat picture."""
        return QSize(480, 160)

    def clear(self) -> None:
        """Begin anew."""
        self.losses, self.validation, self.epochs, self.best = [], [], 0, 0
        self.update()

    def add(self, loss: float, validation: float, *, epochs: int, best: int) -> None:
        """Add an epoch.

        Args:
            loss: On the training cases.
            validation: On the validation cases.
            epochs: Epochs at most.
            best: The best epoch so far, from 1.
        """
        self.losses.append(loss)
        self.validation.append(validation)
        self.epochs, self.best = epochs, best
        words = f"Epoch {len(self.losses)} of {epochs}: validation {validation:.3f}, best epoch {best}"
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw axes, both lines, the best epoch and what each line is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.tokens()
        area = QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
        painter.fillRect(self.rect(), QColor(colours.panel))
        values = [*self.losses, *self.validation]
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        if high - low < 1e-6:
            low, high = low - 0.5, high + 0.5
        self._axes(painter, area, low, high)
        self._line(painter, area, self.losses, (low, high), colours.current, dashed=False)
        self._line(painter, area, self.validation, (low, high), colours.candidate, dashed=True)
        if self.best:
            x = self._x(area, self.best - 1)
            painter.setPen(QPen(QColor(colours.text2), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        self._legend(painter)
        painter.end()

    def _x(self, area: QRectF, epoch: int) -> float:
        return area.left() + area.width() * epoch / max(1, self.epochs - 1)

    def _axes(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        colours = theme.tokens()
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QColor(colours.edge))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.topLeft(), area.bottomLeft())
        painter.setPen(QColor(colours.text2))
        end = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if self.losses:
            for value, y in ((high, area.top()), (low, area.bottom())):
                painter.drawText(QRectF(0, y - 8, _LEFT - 6, 16), end, f"{value:.3f}")
        words = f"epoch {len(self.losses)} of {self.epochs}" if self.epochs else "epoch"
        painter.drawText(QRectF(area.left(), area.bottom() + 4, area.width(), 16), end, words)

    def _line(
        self,
        painter: QPainter,
        area: QRectF,
        values: list[float],
        span: tuple[float, float],
        colour: str,
        *,
        dashed: bool,
    ) -> None:
        low, high = span
        points = [
            QPointF(self._x(area, place), area.bottom() - area.height() * (value - low) / (high - low))
            for place, value in enumerate(values)
        ]
        painter.setPen(QPen(QColor(colour), 2, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
        painter.drawPolyline(QPolygonF(points))
        if points:
            _marker(painter, points[-1], colour, square=dashed)

    def _legend(self, painter: QPainter) -> None:
        colours = theme.tokens()
        x = float(_LEFT)
        for words, colour, square in (
            ("training", colours.current, False),
            ("validation", colours.candidate, True),
        ):
            style = Qt.PenStyle.DashLine if square else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(colour), 2, style))
            painter.drawLine(QPointF(x, 10), QPointF(x + 24, 10))
            _marker(painter, QPointF(x + 12, 10), colour, square=square)
            painter.setPen(QColor(colours.text))
            painter.drawText(QPointF(x + 30, 14), words)
            x += 120


def _marker(painter: QPainter, point: QPointF, colour: str, *, square: bool) -> None:
    painter.setPen(QPen(QColor(colour), 1))
    painter.setBrush(QColor(colour))
    if square:
        painter.drawRect(QRectF(point.x() - 4, point.y() - 4, 8, 8))
    else:
        painter.drawEllipse(point, 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
