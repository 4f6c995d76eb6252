"""A live curve of training and validation loss."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from mmdesk.ui.kit import theme
from mmdesk.words import tr


class Curve(QWidget):
    """Two lines over the epochs, told apart by dash and marker as well as by colour.

    pyqtgraph draws them. It is imported when the first training begins: that takes 0.2 s of the
    main thread, which nobody should wait who never trains.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(140)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(tr("Loss by epoch"))
        self.losses: list[float] = []
        self.validation: list[float] = []
        self.epochs = 0
        self.best = 0
        self.plot: Any = None

    def sizeHint(self) -> QSize:
        """Prefer a flat picture."""
        return QSize(480, 180)

    def clear(self) -> None:
        """Begin anew."""
        self.losses, self.validation, self.epochs, self.best = [], [], 0, 0
        if self.plot is None:
            self._make()
        self._draw()

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
        words = tr(
            "Epoch {count} of {epochs}: validation {validation:.3f}, best epoch {best}",
            count=len(self.losses),
            epochs=epochs,
            validation=validation,
            best=best,
        )
        self.setAccessibleDescription(words)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Take the colours and the size of text of another theme."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self.plot is not None:
            self._retheme()
        super().changeEvent(event)

    def _make(self) -> None:
        import pyqtgraph

        self.plot = pyqtgraph.PlotWidget(self)
        self.plot.setAntialiasing(True)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        for side in ("bottom", "left"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self._legend = self.plot.addLegend(offset=(-8, 4), colCount=2)
        self._training = self.plot.plot([], [], name="training", symbol="o", symbolSize=7)
        self._validated = self.plot.plot([], [], name="validation", symbol="s", symbolSize=7)
        self._best = pyqtgraph.InfiniteLine(label="best", labelOpts={"position": 0.9})
        self.plot.addItem(self._best)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self._retheme()

    def _draw(self) -> None:
        steps = list(range(1, len(self.losses) + 1))
        self._training.setData(steps, self.losses)
        self._validated.setData(steps, self.validation)
        self._best.setVisible(self.best > 0)
        self._best.setValue(self.best)
        if steps:
            self.plot.enableAutoRange(axis="y")
        else:
            self.plot.setYRange(0, 1)
        last = max(self.epochs, 2)
        self.plot.setXRange(1, last, padding=0.02)
        self.plot.getAxis("bottom").setTickSpacing(max(1, round(last / 8)), 1)

    def _retheme(self) -> None:
        colours, font = theme.tokens(), self.font()
        font.setPixelSize(max(9, font.pixelSize() - 2))
        self.plot.setBackground(colours.panel)
        for side, words in (("bottom", "epoch"), ("left", "loss")):
            axis = self.plot.getAxis(side)
            axis.setPen(colours.edge)
            axis.setTextPen(colours.text2)
            axis.setTickFont(font)
            axis.setLabel(words)
            axis.label.setFont(font)
        for line, colour, style in (
            (self._training, colours.current, Qt.PenStyle.SolidLine),
            (self._validated, colours.candidate, Qt.PenStyle.DashLine),
        ):
            line.setPen(colour, width=2, style=style)
            line.setSymbolPen(colour)
            line.setSymbolBrush(colour)
        self._best.setPen(colours.text2, width=1, style=Qt.PenStyle.DotLine)
        self._best.label.setColor(colours.text2)
        for _sample, words in self._legend.items:
            words.setText(words.text, color=colours.text, size=f"{font.pixelSize()}px")
