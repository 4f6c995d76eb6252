"""One image of a case, painted on an exact grey, with the case and side always in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from mmdesk.core.cases.display import LINKS, Hang, real_scale
from mmdesk.ui.images import magnifier, pane_paint
from mmdesk.ui.images.changed_file import ChangedFile
from mmdesk.ui.images.content import Content
from mmdesk.ui.images.decoded_image import DecodedImage, Wanted, frame_words
from mmdesk.ui.images.picture_view import PictureView
from mmdesk.ui.images.pictures import Pictures
from mmdesk.ui.images.viewport import Viewport
from mmdesk.ui.kit.theme import SURROUNDS
from mmdesk.words import tr

GUTTER = 3
PATIENCE = 150
"""Milliseconds before a picture that is not there yet shows a bar."""
LONG = 500
"""Milliseconds after which it also says how long it has been reading."""
FULL = 0.995
"""Screen pixels per image pixel from which a picture is not reduced."""


class PaneTool(Protocol):
    """Gets a pane's mouse events first; returns True for those it keeps."""

    def pressed(self, pane: Pane, event: QMouseEvent) -> bool:
        """A button was pressed."""

    def moved(self, pane: Pane, event: QMouseEvent) -> bool:
        """The mouse moved, with or without a button."""

    def released(self, pane: Pane, event: QMouseEvent) -> bool:
        """A button was released."""


class Pane(QWidget):
    """Shows one image; what the mouse does is told as signals so that panes can be linked.

    Signals:
        zoomed: Factor and the point of the pane (shares of width and height) that stays.
        panned: Shares of the shown width and height.
        toned: Shares of the pane that the window was dragged across and down.
        framed: Frames to go on.
        hovered: The point of the pane under the cursor, in shares; -1 when it left.
        activated: The person pressed the mouse in it or moved the focus to it.
        file_chosen: Image input, and what to do about its file, see `ChangedFile`.
        mark_missing: The person wants this unreadable image marked missing.
        refreshed: Something else is to be seen in it.
        painted: It has been painted with everything its case has to show, by case id.

    Attributes:
        picture: How its picture stands and is painted.
        content: What it shows.
        linked: Whether the panes are linked at all.
        links: What it does together with the others, of `core.display.LINKS`.
        swapped: It stands at another place than the schema's order says.
        probe: The point (shares) whose value it shows, or None.
        magnified: It shows the magnifier at `probe`.
        values: It shows the value at `probe`.
        overlays: Painters of what lies over the picture (marks), called in order.
        covered: Tells whether the overlays have anything to paint.
        tool: Who gets mouse events before the pane does, or None.
    """

    zoomed = Signal(float, float, float)
    panned = Signal(float, float)
    toned = Signal(float, float)
    framed = Signal(int)
    hovered = Signal(float, float)
    activated = Signal()
    file_chosen = Signal(str, str)
    mark_missing = Signal(str)
    refreshed = Signal()
    painted = Signal(int)

    def __init__(self, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = PictureView(pictures, self._on_changed, self)
        self.content: Content | None = None
        self.surround = QColor(SURROUNDS["dark"])
        self.linked = True
        self.links: tuple[str, ...] = LINKS
        self.swapped = False
        self.probe: QPointF | None = None
        self.magnified = False
        self.values = False
        self.overlays: list[Callable[[QPainter, Pane], None]] = []
        self.covered: Callable[[], bool] = bool
        self.tool: PaneTool | None = None
        self._pictures = pictures
        self._drag: QPoint | None = None
        self._button_held = Qt.MouseButton.NoButton
        self._late = 0
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE)
        self._patience.timeout.connect(self._on_patience)
        self._settle = QTimer(self, singleShot=True, interval=60)
        self._settle.timeout.connect(self.ask)
        self._button = QPushButton(tr("Mark it missing"), self)
        self._button.clicked.connect(self._on_mark)
        self._button.hide()
        self.changed_file = ChangedFile(self)
        self.changed_file.chosen.connect(self._on_file)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        pictures.arrived.connect(self._on_arrived)
        pictures.progressed.connect(self._on_progressed)

    @property
    def view(self) -> Viewport:
        """Where the picture stands."""
        return self.picture.view

    def show_content(self, content: Content, hang: Hang | None = None) -> None:
        """Show another image as the arrangement says, or the same one again after a change."""
        same = self.content is not None and self.content.source == content.source and content.source
        self.content = content
        if not same or self.picture.shown is None:
            hang = hang or Hang(content.field)
            self.links = hang.links
            self.picture.begin(content.source, hang)
        self._late = 0
        self._patience.stop()
        self.setAccessibleName(self._say())
        self.ask()
        self._place_button()
        self.refresh()

    def box(self) -> tuple[int, int]:
        """Return the pane's room for a picture, in screen pixels."""
        ratio = self.devicePixelRatioF()
        inner = self.inner()
        return max(1, round(inner.width() * ratio)), max(1, round(inner.height() * ratio))

    def inner(self) -> QRect:
        """Return the pane without its gutter, in logical pixels."""
        return self.rect().adjusted(GUTTER, GUTTER, -GUTTER, -GUTTER)

    def settled(self) -> bool:
        """Tell whether there is nothing to wait for: a picture, or the reason why there is none."""
        return self.content is None or self.picture.settled()

    def unreadable(self) -> bool:
        """Tell whether its file is there but cannot be shown."""
        return self.picture.problem() is not None

    def forget(self) -> None:
        """Show nothing, as when the project closes."""
        self.content = None
        self.picture.begin(None, Hang(""))
        self._button.hide()
        self.changed_file.hide()
        self.refresh()

    def ask(self) -> None:
        """Take the pixels that are there; ask for those that are not."""
        if self.content is None:
            return
        self.view.pane = self.box()
        fresh = self.picture.shown is None
        settled = self.picture.ask(self.box())
        if fresh and self.picture.shown is not None:
            self.picture.refit(self.real_scale)
            self.picture.ask(self.box())
        if settled:
            self._late = 0
            self._patience.stop()
        elif not self._patience.isActive():
            self._patience.start()

    def real_scale(self, shown: DecodedImage) -> float | None:
        """Return screen pixels per image pixel at true size, None where that is not known."""
        dots = self.screen().physicalDotsPerInch() * self.devicePixelRatioF()
        return real_scale(shown.facts.spacing, dots)

    def refresh(self) -> None:
        """Paint anew, here or where the picture is mixed with another."""
        self.update()
        self.refreshed.emit()

    def view_changed(self) -> None:
        """Paint at the new place, with more pixels when they are needed."""
        self.picture.touch()
        self.ask()
        self.refresh()

    def from_file(self, x: float, y: float) -> QPointF:
        """Return where a point of the upright full-size picture lies on this widget."""
        ratio, inner = self.devicePixelRatioF(), self.inner()
        at_x, at_y = self.picture.pane_point(x, y)
        return QPointF(inner.x() + at_x / ratio, inner.y() + at_y / ratio)

    # -- what it says -------------------------------------------------------------------------

    def plates(self) -> list[tuple[str, bool]]:
        """Return case, title and side, each with whether it is bold."""
        return self.content.plates() if self.content else []

    def marks(self) -> str:
        """Say that the picture is of an earlier reading or stands otherwise than in its file or place."""
        earlier = (
            tr("PREVIOUS, {previous}", previous=self.content.previous) if self.content and self.content.previous else ""
        )
        words = [earlier, self.picture.turn.say(), tr("order changed") if self.swapped else ""]
        return ", ".join(word for word in words if word)

    def detail(self) -> str:
        """Say how much of the picture's resolution is on the screen, and in which shades."""
        shown = self.picture.shown
        if shown is None or self.unreadable():
            return ""
        size = tr(
            "{scale} % of {full} × {full_2}",  # noqa: RUF001
            scale=round(self.view.scale * 100),
            full=shown.full[0],
            full_2=shown.full[1],
        )
        parts = [tr("Reduced to {size}", size=size) if self.view.scale < FULL else size]
        if self.picture.needs_more():
            share = self.picture.share()
            parts.append(tr("full picture coming") + (f", {share * 100:.0f} %" if share else ""))
        elif self.picture.coarse(self.view):
            parts.append(tr("less than full resolution"))
        if not shown.complete:
            parts.append(tr("still reading, {share} %", share=int(shown.share * 100)))
        if shown.facts.frames > 1:
            parts.append(frame_words(shown))
        parts += [words for words in (self.picture.tone.say(), shown.note) if words]
        if not self.linked or not self.links:
            parts.append(tr("not linked"))
        return "  ".join(parts)

    def _say(self) -> str:
        return self.content.say(self.reason() or self.content.changed) if self.content else tr("No image")

    def reason(self) -> str:
        """Say why there is no picture; empty where there is one or it is coming."""
        content = self.content
        if content is None:
            return ""
        if content.source is None:
            return content.missing
        problem = self.picture.problem()
        return str(problem.say()) if problem else ""

    # -- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint surround, picture, what lies over it, plates and the ring of focus in the gutter."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Window))
        inner = self.inner()
        painter.setClipRect(inner)
        painter.fillRect(inner, self.surround)
        self.picture.paint(painter, inner, self.devicePixelRatioF())
        self.paint_overlays(painter)
        self.paint_words(painter, inner)
        if self.probe is not None and not self.unreadable():
            self.paint_probe(painter, self.probe)
        painter.setClipping(False)
        if self.content is not None and self.content.previous:
            pane_paint.earlier(painter, inner)
        if self.hasFocus():
            self._paint_ring(painter)
        painter.end()
        if self.content is not None and self.settled():
            self.painted.emit(self.content.case_id)

    def paint_overlays(self, painter: QPainter) -> None:
        """Paint what lies over the picture, within the painter's clip."""
        for overlay in self.overlays:
            painter.save()
            overlay(painter, self)
            painter.restore()

    def paint_words(self, painter: QPainter, inner: QRect) -> None:
        """Paint the plates, the bar of a late picture, and why there is none."""
        self.paint_reason(painter, inner)
        if self._late:
            width = round(inner.width() * (self.picture.share() or 1.0))
            painter.fillRect(QRect(inner.left(), inner.top(), width, 2), pane_paint.BAR)
        if self.content is None:
            return
        pane_paint.plate(painter, QPointF(inner.left() + 4, inner.top() + 4), self.plates())
        if words := self.marks():
            pane_paint.plate_right(painter, QPointF(inner.right() - 3, inner.top() + 4), words)
        if words := self.detail() or self._waiting():
            corner = QPointF(inner.left() + 4, inner.bottom() - 3)
            pane_paint.plate(painter, corner, [(words, False)], up=True, most=inner.width() - 8)

    def paint_reason(self, painter: QPainter, room: QRect) -> None:
        """Say in the middle of a room why there is no picture, or that it is another one."""
        if words := self.reason():
            pane_paint.nothing_here(painter, room, words, broken=self.unreadable())
        elif self.content is not None and self.content.changed:
            pane_paint.across(painter, room, self.content.changed)

    def _waiting(self) -> str:
        if self._late < LONG:
            return ""
        share = self.picture.share()
        return tr("Reading the image, {late:.1f} s", late=self._late / 1000) + (
            f", {share * 100:.0f} %" if share else ""
        )

    def paint_probe(self, painter: QPainter, probe: QPointF) -> None:
        """Paint the magnifier and the value at a point (shares) of the pane, where they are on."""
        if self.magnified:
            self._paint_magnifier(painter, probe)
        if self.values:
            pane_paint.value(painter, self.inner(), probe, self.value_words())

    def _paint_magnifier(self, painter: QPainter, probe: QPointF) -> None:
        """Paint the magnifier with case and side on it."""
        words = [*self.plates(), *([(marks, True)] if (marks := self.marks()) else [])]
        place = magnifier.PaneArea(self.inner(), self.devicePixelRatioF(), self.surround)
        magnifier.paint(painter, place, self.picture, probe, words)

    def value_words(self) -> str:
        """Return place and value of the pixel at the probe, in words; empty where there is none."""
        if self.probe is None:
            return ""
        ratio, inner = self.devicePixelRatioF(), self.inner()
        x, y = self.probe.x() * inner.width() * ratio, self.probe.y() * inner.height() * ratio
        return self.picture.value_words(x, y)

    def _paint_ring(self, painter: QPainter) -> None:
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Link), 2))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.setPen(QPen(Qt.GlobalColor.black, 1))
        painter.drawRect(self.inner().adjusted(-1, -1, 0, 0))

    # -- events -------------------------------------------------------------------------------

    def _on_changed(self) -> None:
        self.picture.touch()
        self.refresh()

    def _on_arrived(self, wanted: Wanted) -> None:
        if self.content is not None and wanted.source == self.content.source:
            self.ask()
            self._place_button()
            self.setAccessibleName(self._say())
            self.refresh()

    def _on_progressed(self, wanted: Wanted) -> None:
        if self.content is not None and wanted.source == self.content.source:
            self.refresh()

    def _on_patience(self) -> None:
        if self.settled():
            self._late = 0
        else:
            self._late += PATIENCE
            self._patience.start()
        self.refresh()

    def _on_mark(self) -> None:
        if self.content is not None:
            self.mark_missing.emit(self.content.field)

    def _on_file(self, way: str) -> None:
        if self.content is not None:
            self.file_chosen.emit(self.content.field, way)

    def _place_button(self) -> None:
        own = self.content is not None and not self.content.previous
        other = own and self.content is not None and self.content.other and not self.reason()
        self.changed_file.stand(self.inner(), shown=bool(other))
        self._button.setVisible(own and self.unreadable())
        if self._button.isVisible():
            size = self._button.sizeHint()
            inner = self.inner()
            top = min(inner.center().y() + 104, inner.bottom() - size.height() - 40)
            self._button.setGeometry(inner.center().x() - size.width() // 2, top, size.width(), size.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit at once with the picture there is, then with one of the right size."""
        self.view.pane = self.box()
        self.picture.refit(self.real_scale)
        self.picture.touch()
        self._settle.start()
        self._place_button()
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the cursor; with several frames go through them, and zoom with Ctrl."""
        steps = event.angleDelta().y() / 120
        zooms = self.picture.frames < 2 or event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if steps and zooms:
            at = self._share(event.position())
            self.zoomed.emit(1.2**steps, at.x(), at.y())
        elif steps:
            self.framed.emit(-1 if steps > 0 else 1)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag: left or middle moves the picture, right sets the window."""
        self.activated.emit()
        if self.tool is not None and self.tool.pressed(self, event):
            return
        if event.button() in (
            Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
        ):  # fmt: skip
            self._drag = event.position().toPoint()
            self._button_held = event.button()
            right = event.button() == Qt.MouseButton.RightButton
            self.setCursor(Qt.CursorShape.SizeAllCursor if right else Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture or its window by the distance dragged."""
        at = self._share(event.position())
        self.hovered.emit(at.x(), at.y())
        if self.tool is not None and self.tool.moved(self, event):
            return
        if self._drag is None:
            return
        now = event.position().toPoint()
        moved = now - self._drag
        self._drag = now
        if self._button_held == Qt.MouseButton.RightButton:
            inner = self.inner()
            self.toned.emit(moved.x() / inner.width(), moved.y() / inner.height())
            return
        ratio = self.devicePixelRatioF()
        _, _, width, height = self.view.rect()
        self.panned.emit(moved.x() * ratio / width, moved.y() * ratio / height)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        if self.tool is not None and self.tool.released(self, event):
            return
        self._drag = None
        self.unsetCursor()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Follow the cursor."""
        at = self._share(event.position())
        self.hovered.emit(at.x(), at.y())
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Stop following the cursor."""
        self.hovered.emit(-1.0, -1.0)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring and become the pane that keys act on."""
        self.activated.emit()
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.update()
        super().focusOutEvent(event)

    def _share(self, point: QPointF) -> QPointF:
        inner = self.inner()
        return QPointF((point.x() - inner.left()) / inner.width(), (point.y() - inner.top()) / inner.height())
