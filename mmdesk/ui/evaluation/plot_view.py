"""A plot on screen: drawn by pyqtgraph in the theme's colours, clicked, and saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from mmdesk.ui.evaluation.plots import Plot, Series, to_csv
from mmdesk.ui.kit import theme
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr

_NEAR = 18
"""Pixels from a point within which a click is on it."""


class PlotView(QWidget):
    """Shows one plot at a time.

    Signals:
        picked: Ids of the cases of a point that was clicked, and what they are in words.
        threshold_picked: The threshold at a point of a curve that was clicked.
    """

    picked = Signal(list, str)
    threshold_picked = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.plot: Plot | None = None
        self._mark: float | None = None
        self._canvas: Any = None
        self.title = label(size="section")
        self.save = button(tr("Save"), self._ask_where)
        self.save.setToolTip(tr("Save the plot as PNG or SVG, or its points as CSV"))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 4, 0, 0)
        self._layout.addLayout(row(self.title, 0, self.save))

    def show_plot(self, plot: Plot) -> None:
        """Draw a plot in place of the one before."""
        self.plot, self._mark = plot, None
        self.title.setText(plot.title)
        self.save.setAccessibleName(tr("Save {title}", title=plot.title))
        if self._canvas is None:
            self._make()
        self._draw()

    def mark_threshold(self, threshold: float) -> None:
        """Mark a threshold on the curve."""
        self._mark = threshold
        if self.plot is not None and any(one.thresholds for one in self.plot.series):
            self._draw()

    def save_as(self, path: Path) -> None:
        """Write the plot in the form that the file's ending names: .png, .svg or .csv."""
        if self.plot is None or self._canvas is None:
            return
        if path.suffix.lower() == ".csv":
            path.write_text(to_csv(self.plot), encoding="utf-8")
            return
        if path.suffix.lower() == ".svg":
            self._write_svg(path)
            return
        from pyqtgraph.exporters import ImageExporter

        exporter = ImageExporter(self._canvas.plotItem)
        exporter.parameters()["width"] = 1600
        exporter.export(str(path))

    def _write_svg(self, path: Path) -> None:
        """Draw the scene as SVG; pyqtgraph's own exporter cannot take shaded bands."""
        from PySide6.QtSvg import QSvgGenerator

        drawing = QSvgGenerator()
        drawing.setFileName(str(path))
        drawing.setSize(self._canvas.size())
        drawing.setViewBox(self._canvas.rect())
        painter = QPainter(drawing)
        self._canvas.scene().render(painter, self._canvas.rect(), self._canvas.sceneRect())
        painter.end()

    def click_at(self, x: float, y: float) -> None:
        """Take a click at a point of the plot's own coordinates."""
        found = self._nearest(x, y)
        if found is None:
            return
        one, place = found
        if one.thresholds:
            if (threshold := one.thresholds[place]) is not None:
                self.threshold_picked.emit(float(threshold))
        elif one.ids:
            self.picked.emit(list(one.ids[place]), one.words[place])

    def changeEvent(self, event: QEvent) -> None:
        """Take the colours and the size of text of another theme."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._canvas is not None:
            self._draw()
        super().changeEvent(event)

    def _make(self) -> None:
        import pyqtgraph

        self._canvas = pyqtgraph.PlotWidget(self)
        self._canvas.setAntialiasing(True)
        self._canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._canvas.setMouseEnabled(x=False, y=False)
        self._canvas.setMenuEnabled(False)
        self._canvas.hideButtons()
        for side in ("bottom", "left"):
            self._canvas.getAxis(side).enableAutoSIPrefix(False)
        self._legend = self._canvas.addLegend(offset=(-12, -12))
        self._canvas.scene().sigMouseClicked.connect(self._on_click)
        self._layout.addWidget(self._canvas, 1)

    def _draw(self) -> None:
        import pyqtgraph

        plot, canvas, colours = self.plot, self._canvas, theme.tokens()
        if plot is None:
            return
        canvas.clear()
        self._retheme(plot)
        x, low, high = plot.band
        if len(x):
            edges = [pyqtgraph.PlotCurveItem(list(x), list(values)) for values in (low, high)]
            shade = pyqtgraph.mkColor(colours.current)
            shade.setAlpha(45)
            canvas.addItem(pyqtgraph.FillBetweenItem(*edges, brush=shade))
        for one in plot.series:
            self._add(one)
        if plot.unit_square:
            canvas.setXRange(0, 1, padding=0.03)
            canvas.setYRange(0, 1, padding=0.03)
        else:
            canvas.enableAutoRange()
        self._draw_mark()
        for _sample, words in self._legend.items:
            words.setText(words.text, color=colours.text, size=f"{self._font().pixelSize()}px")

    def _add(self, one: Series) -> None:
        import numpy as np
        import pyqtgraph

        colours = theme.tokens()
        colour = colours.text2 if one.quiet else colours.candidate if one.second else colours.current
        name = one.name or None
        if one.line:
            style = Qt.PenStyle.DashLine if one.quiet or one.second else Qt.PenStyle.SolidLine
            pen = pyqtgraph.mkPen(colour, width=1 if one.quiet else 2, style=style)
            self._canvas.plot(list(one.x), list(one.y), pen=pen, name=name)
            return
        if one.low:
            places, values = (np.asarray(some, float) for some in (one.x, one.y))
            middle = places if one.sideways else values
            ends = np.asarray(one.high, float) - middle, middle - np.asarray(one.low, float)
            span = dict(zip(("right", "left") if one.sideways else ("top", "bottom"), ends, strict=True))
            bars = pyqtgraph.ErrorBarItem(x=places, y=values, **span, pen=pyqtgraph.mkPen(colour, width=2))
            self._canvas.addItem(bars)
        size = 9 if one.low else 6
        self._canvas.plot(
            list(one.x),
            list(one.y),
            pen=None,
            symbol="o",
            symbolSize=size,
            symbolPen=colour,
            symbolBrush=colour,
            name=name,
        )

    def _draw_mark(self) -> None:
        plot, mark = self.plot, self._mark
        if plot is None or mark is None:
            return
        for one in plot.series:
            if one.thresholds and not one.second:
                reached = [place for place, at in enumerate(one.thresholds) if at is None or at >= mark - 1e-12]
                place = reached[-1] if reached else 0
                colours = theme.tokens()
                self._canvas.plot(
                    [one.x[place]], [one.y[place]], pen=None, symbol="s", symbolSize=12,
                    symbolPen=colours.text, symbolBrush=None,
                )  # fmt: skip

    def _retheme(self, plot: Plot) -> None:
        colours, font = theme.tokens(), self._font()
        self._canvas.setBackground(colours.panel)
        for side, words in (("bottom", plot.x), ("left", plot.y)):
            axis = self._canvas.getAxis(side)
            axis.setPen(colours.edge)
            axis.setTextPen(colours.text2)
            axis.setTickFont(font)
            axis.setLabel(words)
            axis.label.setFont(font)
        axis = self._canvas.getAxis("left")
        axis.setTicks([sorted(plot.ticks.items())] if plot.ticks else None)

    def _font(self) -> Any:
        font = self.font()
        font.setPixelSize(max(9, font.pixelSize() - 2))
        return font

    def _on_click(self, event: Any) -> None:
        view = self._canvas.plotItem.vb
        at = view.mapSceneToView(event.scenePos())
        self.click_at(at.x(), at.y())

    def _nearest(self, x: float, y: float) -> tuple[Series, int] | None:
        """Return the series and place of the point next to a click, where one is near."""
        if self.plot is None:
            return None
        import numpy as np

        wide, high = self._canvas.plotItem.vb.viewPixelSize()
        best: tuple[float, Series, int] | None = None
        for one in self.plot.series:
            if not len(one.x) or not (one.ids or one.thresholds):
                continue
            far = np.hypot((np.asarray(one.x, float) - x) / wide, (np.asarray(one.y, float) - y) / high)
            place = int(far.argmin())
            if far[place] <= _NEAR and (best is None or far[place] < best[0]):
                best = (float(far[place]), one, place)
        return best[1:] if best else None

    def _ask_where(self) -> None:
        if self.plot is None:
            return
        forms = ";;".join(f"{name.upper()} (*.{name})" for name in ("png", "svg", "csv"))
        path, chosen = QFileDialog.getSaveFileName(self, tr("Save the plot"), f"{self.plot.name}.png", forms)
        if path:
            ending = chosen[chosen.find("*.") + 1 : -1] if not Path(path).suffix else ""
            self.save_as(Path(path + ending))
