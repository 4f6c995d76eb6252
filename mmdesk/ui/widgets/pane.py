"""One image of a case, painted on an exact grey, with the case and side always in sight."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from mmdesk.ui.theme import SURROUNDS
from mmdesk.ui.widgets import pane_paint
from mmdesk.ui.widgets.pictures import Pictures, Shown, Source, Wanted
from mmdesk.ui.widgets.viewport import Viewport

GUTTER = 3
PATIENCE = 150
"""Milliseconds before a picture that is not there yet shows a bar."""
PIXELS_FROM = 4.0
"""From this many screen pixels per image pixel on, single pixels are shown."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a pane is to show.

    Attributes:
        case_id: The case's id.
        case: Its name.
        field: The image input's name.
        title: Its title.
        side: `left`, `right` or empty.
        source: The picture's file, or None when the image is missing.
        missing: Why it is missing, in words.
    """

    case_id: int
    case: str
    field: str
    title: str
    side: str = ""
    source: Source | None = None
    missing: str = ""


class Pane(QWidget):
    """Shows one image; zoom and pan are told as signals so that panes can be linked.

    Attributes:
        zoomed: Factor and the point of the pane (shares of width and height) that stays.
        panned: Shares of the shown width and height.
        activated: The person pressed the mouse in it or moved the focus to it.
        mark_missing: The person wants this unreadable image marked missing.
        painted: It has been painted with everything its case has to show, by case id.
    """

    zoomed = Signal(float, float, float)
    panned = Signal(float, float)
    activated = Signal()
    mark_missing = Signal(str)
    painted = Signal(int)

    def __init__(self, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = Viewport()
        self.content: Content | None = None
        self.surround = QColor(SURROUNDS["dark"])
        self.linked = True
        self._pictures = pictures
        self._drag: QPoint | None = None
        self._shown: Shown | None = None
        self._late = False
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE)
        self._patience.timeout.connect(self._on_patience)
        self._settle = QTimer(self, singleShot=True, interval=60)
        self._settle.timeout.connect(self._ask)
        self._button = QPushButton("Mark it missing", self)
        self._button.clicked.connect(self._on_mark)
        self._button.hide()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        pictures.arrived.connect(self._on_arrived)

    def show_content(self, content: Content) -> None:
        """Show another image, or the same one again after a change."""
        same = self.content is not None and self.content.source == content.source and content.source
        self.content = content
        if not same or self._shown is None:
            self._shown = None
            self.view.reset()
        self._late = False
        self._patience.stop()
        self.setAccessibleName(self._say())
        self._ask()
        self._place_button()
        self.update()

    def box(self) -> tuple[int, int]:
        """Return the pane's room for a picture, in screen pixels."""
        ratio = self.devicePixelRatioF()
        inner = self._inner()
        return max(1, round(inner.width() * ratio)), max(1, round(inner.height() * ratio))

    def settled(self) -> bool:
        """Tell whether there is nothing to wait for: a picture, or the reason why there is none."""
        source = self.content.source if self.content else None
        return source is None or self._shown is not None or self._pictures.problem(source) is not None

    def unreadable(self) -> bool:
        """Tell whether its file is there but cannot be shown."""
        source = self.content.source if self.content else None
        return source is not None and self._pictures.problem(source) is not None

    def forget(self) -> None:
        """Show nothing, as when the project closes."""
        self.content = None
        self._shown = None
        self._button.hide()
        self.update()

    def _inner(self) -> QRect:
        return self.rect().adjusted(GUTTER, GUTTER, -GUTTER, -GUTTER)

    def _fit(self, source: Source) -> Wanted:
        return Wanted(source, self.box())

    def _ask(self) -> None:
        """Take what is there; ask for what is not."""
        source = self.content.source if self.content else None
        if source is None:
            return
        wanted = self._fit(source)
        found = self._pictures.get(wanted)
        if found is None:
            self._pictures.want(wanted)
            found = self._pictures.best(source)
        self._take(found)
        if self._shown is not None and self._needs_more(self._shown):
            whole = self._pictures.get(Wanted(source, None))
            if whole is not None:
                self._take(whole)
            else:
                self._pictures.want(Wanted(source, None))
        if not self.settled():
            self._patience.start()

    def _take(self, shown: Shown | None) -> None:
        if shown is None:
            return
        self._shown = shown
        self.view.image = shown.full
        self.view.pane = self.box()
        self._late = False
        self._patience.stop()

    def _needs_more(self, shown: Shown) -> bool:
        drawn = self.view.rect()[2]
        return not shown.whole and drawn > shown.image.width() * 1.02

    def _on_arrived(self, wanted: Wanted) -> None:
        if self.content is not None and wanted.source == self.content.source:
            self._ask()
            self._place_button()
            self.setAccessibleName(self._say())
            self.update()

    def _on_patience(self) -> None:
        self._late = not self.settled()
        self.update()

    def _on_mark(self) -> None:
        if self.content is not None:
            self.mark_missing.emit(self.content.field)

    def _place_button(self) -> None:
        self._button.setVisible(self.unreadable())
        if self._button.isVisible():
            size = self._button.sizeHint()
            inner = self._inner()
            top = min(inner.center().y() + 104, inner.bottom() - size.height() - 40)
            self._button.setGeometry(inner.center().x() - size.width() // 2, top, size.width(), size.height())

    def _say(self) -> str:
        content = self.content
        if content is None:
            return "No image"
        said = [f"Case {content.case}", content.title, content.side, self._reason()]
        return ", ".join(part for part in said if part)

    def _reason(self) -> str:
        content = self.content
        if content is None:
            return ""
        if content.source is None:
            return content.missing
        problem = self._pictures.problem(content.source)
        return problem.say() if problem else ""

    def view_changed(self) -> None:
        """Paint at the new zoom, with more pixels when they are needed."""
        self._ask()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint surround, picture, plates and the ring of focus in the gutter."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Window))
        inner = self._inner()
        painter.fillRect(inner, self.surround)
        painter.setClipRect(inner)
        if self._shown is not None and not self.unreadable():
            self._paint_picture(painter, inner, self._shown)
        if self._reason():
            pane_paint.nothing_here(painter, inner, self._reason(), broken=self.unreadable())
        if self._late:
            painter.fillRect(QRect(inner.left(), inner.top(), inner.width(), 2), pane_paint.BAR)
        self._paint_plates(painter, inner)
        painter.setClipping(False)
        if self.hasFocus():
            self._paint_ring(painter)
        painter.end()
        if self.content is not None and self.settled():
            self.painted.emit(self.content.case_id)

    def _paint_picture(self, painter: QPainter, inner: QRect, shown: Shown) -> None:
        ratio = self.devicePixelRatioF()
        left, top, width, height = self.view.rect()
        image = shown.image
        if (image.width(), image.height()) == (round(width), round(height)):
            painter.drawImage(
                QRectF(
                    inner.left() + round(left) / ratio,
                    inner.top() + round(top) / ratio,
                    image.width() / ratio,
                    image.height() / ratio,
                ),
                image,
                QRectF(image.rect()),
            )
            return
        smooth = self.view.scale < PIXELS_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        target, source = self._visible(image, inner, ratio)
        painter.drawImage(target, image, source)

    def _visible(self, image: QImage, inner: QRect, ratio: float) -> tuple[QRectF, QRectF]:
        """Return the part of the picture that lies in the pane, on the pane and in the picture."""
        left, top, width, height = self.view.rect()
        pane_w, pane_h = self.view.pane
        x0, y0 = max(left, 0.0), max(top, 0.0)
        x1, y1 = min(left + width, float(pane_w)), min(top + height, float(pane_h))
        sx, sy = image.width() / width, image.height() / height
        source = QRectF((x0 - left) * sx, (y0 - top) * sy, (x1 - x0) * sx, (y1 - y0) * sy)
        place = QPointF(inner.left() + x0 / ratio, inner.top() + y0 / ratio)
        return QRectF(place.x(), place.y(), (x1 - x0) / ratio, (y1 - y0) / ratio), source

    def _paint_plates(self, painter: QPainter, inner: QRect) -> None:
        content = self.content
        if content is None:
            return
        texts = [(content.case, False), (content.title, True)]
        if content.side:
            texts.append((content.side[0].upper(), True))
        pane_paint.plate(painter, QPointF(inner.left() + 4, inner.top() + 4), texts)
        if words := self.detail():
            corner = QPointF(inner.left() + 4, inner.bottom() - 3)
            pane_paint.plate(painter, corner, [(words, False)], up=True)

    def detail(self) -> str:
        """Say how much of the picture's resolution is on the screen."""
        if self._shown is None or self.unreadable():
            return ""
        full = f"{self._shown.full[0]} × {self._shown.full[1]}"  # noqa: RUF001
        share = round(self.view.scale * 100)
        parts = [f"{share} % of {full}"]
        if self._needs_more(self._shown):
            parts.append("full picture coming")
        if self._shown.note:
            parts.append(self._shown.note)
        if not self.linked:
            parts.append("not linked")
        return "  ".join(parts)

    def _paint_ring(self, painter: QPainter) -> None:
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Link), 2))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.setPen(QPen(Qt.GlobalColor.black, 1))
        painter.drawRect(self._inner().adjusted(-1, -1, 0, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit at once with the picture there is, then with one of the right size."""
        self.view.pane = self.box()
        self._settle.start()
        self._place_button()
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the cursor; without a mouse wheel's steps, by the distance scrolled."""
        steps = event.angleDelta().y() / 120
        if steps:
            inner = self._inner()
            at = event.position()
            self.zoomed.emit(
                1.2**steps,
                (at.x() - inner.left()) / inner.width(),
                (at.y() - inner.top()) / inner.height(),
            )
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag."""
        self.activated.emit()
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._drag = event.position().toPoint()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan by the distance dragged."""
        if self._drag is not None:
            now = event.position().toPoint()
            ratio = self.devicePixelRatioF()
            _, _, width, height = self.view.rect()
            moved = now - self._drag
            self._drag = now
            self.panned.emit(moved.x() * ratio / width, moved.y() * ratio / height)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        self._drag = None
        self.unsetCursor()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring and become the pane that keys act on."""
        self.activated.emit()
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.update()
        super().focusOutEvent(event)
