"""Two panes as one picture: blink, swipe, fade, difference, checkerboard, perhaps aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QTransform,
)
from PySide6.QtWidgets import QWidget

from mmdesk.core.cases.display import RATES, SIDE_BY_SIDE
from mmdesk.ui.images import pane_paint
from mmdesk.ui.images.pane import GUTTER, Pane
from mmdesk.ui.panes import compare_mix
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.imaging.align import Rigid

ALIGN_SIDE = 256
"""Pixels of the square that the alignment is found on."""
GRIP = 10
"""Logical pixels beside the line of a swipe where it can be dragged."""
STEPS: Final = {"blink": RATES, "difference": compare_mix.GAINS, "checkerboard": compare_mix.SQUARES}
START: Final = {"blink": 2.0, "swipe": 0.5, "fade": 0.5, "difference": 1.0, "checkerboard": 8.0}


class CompareView(QWidget):
    """Paints two panes that lie below it as one; the mouse goes through it to the upper one.

    Attributes:
        mode: One of `core.display.MODES` but side by side, or that while it is hidden.
        amounts: Blinks a second, shares, strength or squares, by mode.
        second_shown: Blink: the second picture is to be seen.
        alignment: How the second picture is moved onto the first, or None.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.mode = SIDE_BY_SIDE
        self.amounts: dict[str, float] = dict(START)
        self.second_shown = False
        self.alignment: Rigid | None = None
        self._pair: tuple[Pane, Pane] | None = None
        self._aligned_for: object = None
        self._images: dict[int, tuple[object, QImage]] = {}
        self._clock = QTimer(self)
        self._clock.timeout.connect(self.flip)
        self._dragging = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.hide()

    def compare(self, mode: str, first: Pane, second: Pane) -> None:
        """Show two panes in a mode."""
        if self._pair != (first, second):
            self.leave()
            self._pair = (first, second)
            for pane in self._pair:
                pane.refreshed.connect(self.update)
            first.installEventFilter(self)
        self.mode = mode
        self.second_shown = False
        self._run_clock()
        self.show()
        self.raise_()
        self.update()

    def leave(self) -> None:
        """Show nothing; the panes are their own again."""
        self._clock.stop()
        if self._pair is not None:
            for pane in self._pair:
                pane.refreshed.disconnect(self.update)
            self._pair[0].removeEventFilter(self)
        self._pair = None
        self._images.clear()
        self.mode = SIDE_BY_SIDE
        self.hide()

    def flip(self) -> None:
        """Show the other picture of a blink."""
        self.second_shown = not self.second_shown
        self.update()

    def flip_by_hand(self) -> None:
        """Show the other picture and let it stand."""
        self._clock.stop()
        self.flip()

    @property
    def running(self) -> bool:
        """Whether it blinks by itself."""
        return self._clock.isActive()

    def adjust(self, step: int) -> None:
        """Blink faster, show more of the second, make the difference stronger, or the squares smaller."""
        mode = self.mode
        if mode in STEPS:
            choices = STEPS[mode]
            nearest = min(range(len(choices)), key=lambda n: abs(choices[n] - self.amounts[mode]))
            self.amounts[mode] = float(choices[min(max(nearest + step, 0), len(choices) - 1)])
        elif mode in self.amounts:
            self.amounts[mode] = min(max(self.amounts[mode] + step * 0.05, 0.0), 1.0)
        self._run_clock()
        self.update()

    def _run_clock(self) -> None:
        if self.mode == "blink":
            self._clock.start(round(1000 / self.amounts["blink"]))
        else:
            self._clock.stop()

    # -- alignment ----------------------------------------------------------------------------

    def squares(self) -> tuple[Any, Any] | None:
        """Return both whole pictures as grey squares (float32) to be aligned, or None while one is coming."""
        if self._pair is None or any(pane.picture.shown is None for pane in self._pair):
            return None
        import numpy as np

        made = []
        for pane in self._pair:
            image = QImage(ALIGN_SIDE, ALIGN_SIDE, QImage.Format.Format_RGB32)
            image.fill(Qt.GlobalColor.black)
            painter = QPainter(image)
            view = pane.view.copy((ALIGN_SIDE, ALIGN_SIDE))
            view.reset()
            pane.picture.paint(painter, image.rect(), 1.0, view)
            painter.end()
            grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
            made.append(np.frombuffer(grey.constBits(), np.uint8).reshape(ALIGN_SIDE, -1).astype(np.float32))
        return made[0], made[1]

    def set_alignment(self, found: Rigid | None, key: object = None) -> None:
        """Move the second picture onto the first, or let it stand as it is.

        Args:
            found: How, or None.
            key: What `standing` gave when the squares were taken.
        """
        self.alignment, self._aligned_for = found, key
        self.update()

    def standing(self) -> object:
        """Return something that changes when an alignment holds no longer."""
        if self._pair is None:
            return None
        return tuple((p.picture.source, p.picture.turn, p.picture.frame) for p in self._pair)

    def _rigid(self) -> Rigid | None:
        return self.alignment if self._aligned_for == self.standing() else None

    # -- painting -----------------------------------------------------------------------------

    def picture(self) -> QImage | None:
        """Return what is to be seen without words, at the panes' size in screen pixels."""
        if self._pair is None:
            return None
        first, second = self._pair
        if self.mode == "blink":
            return self._image(second if self.second_shown else first)
        if self._alone():
            return self._image(second if first.reason() else first)
        mixed = compare_mix.mix(self.mode, self._image(first), self._image(second), self.amounts[self.mode])
        if self.mode == "difference":
            compare_mix.keep_inside(mixed, self._outlines(), first.surround)
        return mixed

    def _alone(self) -> bool:
        """Tell whether a picture is missing and the other one stands as it is, mixed with nothing."""
        lacking = any(pane.reason() for pane in self._pair or ())
        return lacking and self.mode in ("fade", "difference", "checkerboard")

    def _outlines(self) -> list[QPolygonF]:
        """Return where both pictures lie, in screen pixels of the panes."""
        found: list[QPolygonF] = []
        for pane in self._pair or ():
            outline = QPolygonF(QRectF(*pane.view.rect()))
            rigid = self._rigid()
            if rigid is not None and found:
                outline = _moving(pane, rigid).map(outline)
            found.append(outline)
        return found

    def _image(self, pane: Pane) -> QImage:
        """Return a pane's picture alone; the second one moved onto the first when aligned."""
        rigid = self._rigid() if self._pair is not None and pane is self._pair[1] else None
        view = pane.view
        stand = (pane.picture.stamp, view.pane, view.zoom, view.x, view.y, pane.surround.rgb(), rigid,
                 pane.picture.turn, pane.picture.tone)  # fmt: skip
        kept = self._images.get(id(pane))
        if kept is not None and kept[0] == stand:
            return kept[1]
        image = QImage(*view.pane, QImage.Format.Format_RGB32)
        image.fill(pane.surround)
        painter = QPainter(image)
        if rigid is not None:
            painter.setTransform(_moving(pane, rigid))
        pane.picture.paint(painter, image.rect(), 1.0, cut=rigid is None)
        painter.end()
        self._images[id(pane)] = (stand, image)
        return image

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the mixed picture and say what it is."""
        if self._pair is None:
            return
        first, second = self._pair
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Window))
        inner = self.rect().adjusted(GUTTER, GUTTER, -GUTTER, -GUTTER)
        picture = self.picture()
        if picture is not None:
            painter.drawImage(inner, picture)
        painter.setClipRect(inner)
        self._paint_overlays(painter, inner)
        self._paint_words(painter, inner)
        if first.probe is not None:
            top = second if self.mode == "blink" and self.second_shown else first
            top.paint_probe(painter, first.probe)
        painter.setClipping(False)
        if any(pane.hasFocus() for pane in self._pair):
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Link), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
        for pane in self._pair:
            if pane.content is not None and pane.settled():
                pane.painted.emit(pane.content.case_id)

    def _paint_overlays(self, painter: QPainter, inner: QRect) -> None:
        """Paint the marks of both pictures where each is to be seen, as far as its mode lets them."""
        if self._pair is None:
            return
        first, second = self._pair
        edge = inner.left() + round(inner.width() * (1 - self.amounts.get("swipe", 0.5)))
        left, right = QRect(inner), QRect(inner)
        left.setRight(edge - 1)
        right.setLeft(edge)
        shown: tuple[tuple[Pane, QRect, float], ...] = ()
        match self.mode:
            case "blink":
                shown = ((second if self.second_shown else first, inner, 1.0),)
            case "swipe":
                shown = ((first, left, 1.0), (second, right, 1.0))
            case "fade":
                share = self.amounts["fade"]
                shown = ((first, inner, 1.0 - share), (second, inner, share))
        for pane, room, opacity in shown:
            painter.save()
            painter.setClipRect(room)
            painter.setOpacity(opacity)
            rigid = self._rigid() if pane is second else None
            if rigid is not None:
                painter.setTransform(self._moved(pane, rigid, inner), True)
            pane.paint_overlays(painter)
            painter.restore()

    def _moved(self, pane: Pane, rigid: Rigid, inner: QRect) -> QTransform:
        """Return how an aligned picture is moved, in logical pixels of this widget."""
        ratio = pane.devicePixelRatioF()
        there = QTransform.fromTranslate(-inner.x(), -inner.y()) * QTransform.fromScale(ratio, ratio)
        return there * _moving(pane, rigid) * there.inverted()[0]

    def _marks_left_out(self) -> str:
        left_out = self.mode in ("difference", "checkerboard")
        covered = any(pane.covered() for pane in self._pair or ())
        return tr("Marks are not shown in this mode") if left_out and covered else ""

    def _paint_words(self, painter: QPainter, inner: QRect) -> None:
        if self._pair is None:
            return
        first, second = self._pair
        left, right = QPointF(inner.left() + 4, inner.top() + 4), QPointF(inner.right() - 3, inner.top() + 4)
        if self.mode == "blink":
            shown = second if self.second_shown else first
            shown.paint_words(painter, inner)
            if shown.content is not None and shown.content.previous:
                pane_paint.earlier(painter, inner)
        else:
            pane_paint.plate(painter, left, _named(first))
            pane_paint.plate_at_right(painter, right, _named(second))
            middle = inner.center().x()
            first.paint_reason(painter, QRect(inner.topLeft(), QPoint(middle, inner.bottom())))
            second.paint_reason(painter, QRect(QPoint(middle, inner.top()), inner.bottomRight()))
        words = [self.say()]
        words.append(self._marks_left_out())
        if self.mode != "blink":
            words.append(first.detail())
        if first.values and first.probe is not None and self.mode != "blink":
            words += [said for pane in self._pair if (said := pane.value_words())]
        text = "  ".join(word for word in words if word)
        low = inner.bottom() - (33 if self.mode == "blink" else 3)
        pane_paint.plate(painter, QPointF(inner.left() + 4, low), [(text, False)], up=True, most=inner.width() - 8)

    def say(self) -> str:
        """Say the mode, its setting, and how the second picture was aligned."""
        amount = self.amounts.get(self.mode, 0.0)
        if self._alone():
            return tr("{capitalize}: nothing to compare with", capitalize=self.mode.capitalize())
        match self.mode:
            case "blink":
                words = tr("Blink {amount:g} a second", amount=amount) if self.running else tr("Blink by hand")
            case "swipe" | "fade":
                words = f"{self.mode.capitalize()} {amount * 100:.0f} %"
            case "difference":
                words = "Difference" + (tr(", {amount:.0f} times as strong", amount=amount) if amount > 1 else "")
            case _:
                words = tr("Checkerboard {amount:.0f}", amount=amount)
        rigid = self._rigid()
        return f"{words}, {_aligned(rigid)}" if rigid is not None else words

    # -- the mouse ----------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the line of a swipe be dragged."""
        if self.mode != "swipe" or not isinstance(event, QMouseEvent):
            return super().eventFilter(watched, event)
        x = event.position().x() - GUTTER
        width = max(1, self.width() - 2 * GUTTER)
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = abs(x - width * (1 - self.amounts["swipe"])) <= GRIP
            return self._dragging
        if kind == QEvent.Type.MouseMove and self._dragging:
            self.amounts["swipe"] = min(max(1 - x / width, 0.0), 1.0)
            self.update()
            return True
        if kind == QEvent.Type.MouseButtonRelease and self._dragging:
            self._dragging = False
            return True
        return super().eventFilter(watched, event)


def _named(pane: Pane) -> list[tuple[str, bool]]:
    marks = pane.marks()
    return [*pane.plates(), (marks, True)] if marks else pane.plates()


def _aligned(rigid: Rigid) -> str:
    across, down = rigid.dx * 100, rigid.dy * 100
    return tr(
        "second image aligned: turned {angle:.1f}°, moved {across:+.1f} % {down:+.1f} %",
        angle=rigid.angle,
        across=across,
        down=down,
    )


def _moving(pane: Pane, rigid: Rigid) -> QTransform:
    """Return how a picture is moved and turned about its middle, as the alignment says."""
    left, top, width, height = pane.view.rect()
    side = max(width, height)
    moving = QTransform()
    moving.translate(left + width / 2 + rigid.dx * side, top + height / 2 + rigid.dy * side)
    moving.rotate(rigid.angle)
    return moving.translate(-left - width / 2, -top - height / 2)
