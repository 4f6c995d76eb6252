"""Drawing and changing marks with the mouse, on whichever pane it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter

from mmdesk.core.cases import geometry
from mmdesk.core.cases.marks import SHAPES, Mark, Point
from mmdesk.ui.images import pane_paint
from mmdesk.ui.marks.mark_paint import Made, MarkStyle, paint_mark
from mmdesk.ui.marks.marks_layer import HANDLE_REACH, Found, Ground, MarksLayer, ground_of
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.ui.images.pane import Pane

TOOLS: Final = tuple(SHAPES)
"""The tools, in the order in which the key walks through them."""
CLICKED: Final = ("angle", "line", "polygon")
"""Drawn point by point; the others by one drag, or by two clicks."""
ENDLESS: Final = ("line", "polygon")
"""Drawn until the reader ends them."""
_STILL: Final = 4.0
"""Logical pixels: a press that moves less is a click."""
_OUTSIDE: Final = 12.0
"""Logical pixels beside the picture where a drawing may still begin, at its edge."""
_SLACK: Final = 0.7
"""Logical pixels that a free hand may differ from what was drawn."""
_NOTE_SHOWN: Final = 24
"""Letters of a note that stand beside a mark that is not chosen."""
_NO_SPACING: Final = QT_TR_NOOP("pixel size not known")


@dataclass(slots=True)
class _Draft:
    """A mark that is being drawn."""

    ground: Ground
    shape: str
    points: list[Point]
    began: QPointF
    pointer: Point | None = None
    held: bool = True

    def mark(self, points: list[Point]) -> Mark:
        place = self.ground
        return Mark(place.case, place.field, self.shape, tuple(points), frame=place.frame)


@dataclass(slots=True)
class _Drag:
    """A mark that is being moved or changed."""

    found: Found
    began: QPointF
    start: Point
    now: Mark | None = field(default=None)


class MarkTools(QObject):
    """One hand for all panes: a tool or none, a drawing or none, a drag or none.

    Signals:
        made: A `Mark` was drawn; it has no id yet.
        altered: An own `Mark` was moved or changed.
        tool_changed: Name of the tool now; empty for none.
        refused: Why nothing can be drawn, in words.

    Attributes:
        tool: Name of the tool; empty for none.
        target: Target that new marks speak of; empty for none.
        option: Option of it; empty for none.
        allowed: Returns why nothing can be drawn, in words; empty when it can.
        away: Returns why there is nothing to draw on now, in words: pictures are mixed.
        say_target: Returns the words for a target and its option.
        hint: Words that stand beside the tool's name.
    """

    made = Signal(object)
    altered = Signal(object)
    tool_changed = Signal(str)
    refused = Signal(str)

    def __init__(self, layer: MarksLayer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layer = layer
        self.tool = ""
        self.target = ""
        self.option = ""
        self.allowed: Callable[[], str] = str
        self.away: Callable[[], str] = str
        self.say_target: Callable[[str, str], str] = lambda target, option: option or target
        self.hint: Callable[[], str] = str
        self._draft: _Draft | None = None
        self._drag: _Drag | None = None
        self._made = Made()
        self._sizes: dict[tuple[int, str, int], tuple[int, int]] = {}

    def size_of(self, mark: Mark) -> tuple[int, int]:
        """Return width and height of the picture a mark lies on, as it was painted last."""
        left_to = geometry.bounds(mark.points)[2:]
        return self._sizes.get((mark.case, mark.field, mark.frame), (math.ceil(left_to[0]), math.ceil(left_to[1])))

    @property
    def drawing(self) -> bool:
        """Whether a mark is half drawn."""
        return self._draft is not None

    def set_tool(self, name: str) -> None:
        """Take a tool, or none; what is half drawn is left out."""
        if words := self.allowed() if name else "":
            self.refused.emit(words)
            return
        self.drop_draft()
        self.tool = name
        if name:
            self.layer.hide(False)
        self.layer.changed.emit()
        self.tool_changed.emit(name)

    def next_tool(self) -> None:
        """Take the next tool; after the last one none."""
        place = TOOLS.index(self.tool) + 1 if self.tool else 0
        self.set_tool(TOOLS[place] if place < len(TOOLS) else "")

    def drop_draft(self) -> bool:
        """Leave out what is half drawn or half moved; tell whether there was anything."""
        was = self._draft is not None or self._drag is not None
        self._draft = self._drag = None
        if was:
            self.layer.changed.emit()
        return was

    def finish(self) -> bool:
        """End a drawing of many points; tell whether there was a drawing."""
        draft = self._draft
        if draft is None:
            return False
        if draft.shape in ENDLESS and len(draft.points) >= SHAPES[draft.shape].fewest:
            self._make(draft, draft.points)
        return True

    def undo_point(self) -> bool:
        """Take back the last point of a drawing; tell whether there was a drawing."""
        draft = self._draft
        if draft is None:
            return False
        draft.points.pop()
        if not draft.points or draft.shape not in CLICKED:
            self._draft = None
        self.layer.changed.emit()
        return True

    # -- the mouse ----------------------------------------------------------------------------

    def pressed(self, pane: Pane, event: QMouseEvent) -> bool:
        """Begin or go on with a drawing, or grasp a mark."""
        ground = ground_of(pane)
        if ground is None or self.away():
            return False
        if event.type() == QEvent.Type.MouseButtonDblClick and self._pressed_twice(ground, event):
            return True
        if event.button() == Qt.MouseButton.RightButton:
            return self.finish()
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        at = event.position()
        if self._draft is not None and self._draft.ground.same(ground):
            self._go_on(self._draft, ground, at)
            return True
        self.drop_draft()
        return self._grasp(ground, at) if not self.tool else self._begin(ground, at)

    def moved(self, pane: Pane, event: QMouseEvent) -> bool:
        """Show where the drawing or the mark would be."""
        ground = ground_of(pane)
        if ground is None or self.away():
            return False
        if self.tool and not event.buttons():
            pane.setCursor(Qt.CursorShape.CrossCursor)
        at = event.position()
        if self._drag is not None:
            self._pull(self._drag, ground, at)
            return True
        draft = self._draft
        if draft is None or not draft.ground.same(ground):
            return False
        draft.pointer = geometry.clamped(ground.on_picture(at), ground.size)
        if draft.shape == "freehand" and draft.held:
            self._trace(draft, ground)
        self.layer.changed.emit()
        return bool(event.buttons() & Qt.MouseButton.LeftButton)

    def released(self, pane: Pane, event: QMouseEvent) -> bool:
        """End a drag; what was drawn in one stroke is finished."""
        ground = ground_of(pane)
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        if self._drag is not None:
            self._let_go(self._drag)
            return True
        draft = self._draft
        if draft is None or ground is None:
            return False
        draft.held = False
        at = event.position()
        if draft.shape == "freehand":
            self._end_freehand(draft, ground)
        elif draft.shape not in CLICKED and draft.ground.same(ground) and _far(draft.began, at) > _STILL:
            draft.points.append(geometry.clamped(ground.on_picture(at), ground.size))
            self._make(draft, draft.points)
        pane.update()
        return True

    def _pressed_twice(self, ground: Ground, event: QMouseEvent) -> bool:
        """End a drawing of many points; without a tool put one more point into the chosen mark."""
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        if self.tool:
            return self.tool == "point" or (self.tool in ENDLESS and self.finish())
        found = self.layer.find(ground, event.position())
        if found is None or not self._may_change(found.mark):
            return found is not None
        if found.part == "edge" and geometry.may_take_point(found.mark):
            at = geometry.clamped(ground.on_picture(event.position()), ground.size)
            self.layer.choose(found.mark.id, found.number + 1)
            self.altered.emit(geometry.with_point(found.mark, found.number, at))
        return True

    # -- drawing ------------------------------------------------------------------------------

    def _begin(self, ground: Ground, at: QPointF) -> bool:
        if words := self.allowed():
            self.refused.emit(words)
            return True
        found = self.layer.find(ground, at)
        if found and found.part == "handle" and found.mark.id == self.layer.chosen:
            return self._grasp(ground, at)
        here = ground.on_picture(at)
        inside = geometry.clamped(here, ground.size)
        edge = ground.on_pane(inside)
        if math.dist(edge, (at.x(), at.y())) > _OUTSIDE:
            return False
        self.layer.choose("")
        draft = _Draft(ground, self.tool, [inside], at, inside)
        if self.tool == "point":
            self._make(draft, draft.points)
            return True
        self._draft = draft
        self.layer.changed.emit()
        return True

    def _go_on(self, draft: _Draft, ground: Ground, at: QPointF) -> None:
        here = geometry.clamped(ground.on_picture(at), ground.size)
        fewest = SHAPES[draft.shape].fewest
        first = ground.on_pane(draft.points[0])
        near_first = math.dist(first, (at.x(), at.y())) <= HANDLE_REACH
        if draft.shape == "polygon" and len(draft.points) >= fewest and near_first:
            self._make(draft, draft.points)
            return
        draft.points.append(here)
        if len(draft.points) == SHAPES[draft.shape].most or draft.shape not in CLICKED:
            self._make(draft, draft.points)
            return
        self.layer.changed.emit()

    def _trace(self, draft: _Draft, ground: Ground) -> None:
        here = draft.pointer
        last = ground.on_pane(draft.points[-1])
        room = len(draft.points) < SHAPES["freehand"].most
        if here is not None and room and math.dist(ground.on_pane(here), last) >= 1.0:
            draft.points.append(here)

    def _end_freehand(self, draft: _Draft, ground: Ground) -> None:
        way = geometry.simplified(draft.points, _SLACK * _picture_pixels(ground))
        if len(way) < SHAPES["freehand"].fewest:
            self._draft = None
            self.layer.changed.emit()
            return
        self._make(draft, list(way))

    def _make(self, draft: _Draft, points: list[Point]) -> None:
        self._draft = None
        mark = replace(draft.mark(points), target=self.target, option=self.option)
        if _is_something(mark, _picture_pixels(draft.ground)):
            self.made.emit(mark)
        else:
            self.layer.changed.emit()

    # -- changing -----------------------------------------------------------------------------

    def _grasp(self, ground: Ground, at: QPointF) -> bool:
        found = self.layer.find(ground, at)
        if found is None:
            self.layer.choose("")
            return False
        corner = found.number if found.part == "handle" and found.mark.shape != "point" else None
        self.layer.choose(found.mark.id, corner)
        if self._may_change(found.mark):
            self._drag = _Drag(found, at, ground.on_picture(at))
        return True

    def _may_change(self, mark: Mark) -> bool:
        return self.layer.is_own(mark) and not self.allowed()

    def _pull(self, drag: _Drag, ground: Ground, at: QPointF) -> None:
        if drag.now is None and _far(drag.began, at) < _STILL:
            return
        mark, here = drag.found.mark, ground.on_picture(at)
        if not ground.holds(mark):
            return
        if drag.found.part == "handle":
            drag.now = geometry.with_handle(mark, drag.found.number, here, ground.size)
        else:
            by = (here[0] - drag.start[0], here[1] - drag.start[1])
            drag.now = geometry.moved(mark, by, ground.size)
        self.layer.changed.emit()

    def _let_go(self, drag: _Drag) -> None:
        self._drag = None
        if drag.now is not None:
            self.altered.emit(drag.now)
        self.layer.changed.emit()

    # -- painting -----------------------------------------------------------------------------

    def paint(self, painter: QPainter, pane: Pane) -> None:
        """Paint marks, the drawing, and which tool is in hand."""
        ground = ground_of(pane)
        if ground is None:
            return
        self._sizes = {key: size for key, size in self._sizes.items() if key[0] == ground.case}
        self._sizes[ground.case, ground.field, ground.frame] = ground.size
        if self.layer.visible:
            for mark in self.layer.on(ground):
                dragged = self._drag.now if self._drag and self._drag.found.mark.id == mark.id else None
                self._paint(painter, dragged or mark, ground)
            self._paint_draft(painter, ground)
        if states := self._states():
            inner = pane.inner()
            bold = QFontMetrics(pane_paint.font_of(painter.font(), 13, bold=True))
            room = inner.width() - 2 * pane_paint.SPACE - 8
            words = next((words for words in states if bold.horizontalAdvance(words) <= room), states[-1])
            second_row = inner.top() + 4 + bold.height() + 8
            pane_paint.plate_right(painter, QPointF(inner.right() - 3, second_row), words)

    def _paint(self, painter: QPainter, mark: Mark, ground: Ground) -> None:
        chosen = mark.id == self.layer.chosen
        own = self.layer.is_own(mark)
        look = MarkStyle(own, chosen, self.layer.corner if chosen else None, self._words(mark, ground, chosen=chosen))
        paint_mark(painter, mark, ground, look, self._made)

    def _paint_draft(self, painter: QPainter, ground: Ground) -> None:
        draft = self._draft
        if draft is None or not draft.ground.same(ground):
            return
        ahead = [draft.pointer] if draft.pointer is not None and draft.shape != "freehand" else []
        mark = draft.mark([*draft.points, *ahead])
        whole = SHAPES[mark.shape].fewest <= len(mark.points) <= SHAPES[mark.shape].most
        words = self._words(mark, ground, chosen=True) if whole else ""
        shape = mark if whole else replace(mark, shape="line")
        open_end = draft.shape in (*ENDLESS, "freehand")
        paint_mark(painter, shape, ground, MarkStyle(words=words, unfinished=open_end or not whole), self._made)

    def _words(self, mark: Mark, ground: Ground, *, chosen: bool) -> str:
        parts = []
        if mark.target:
            parts.append(self.say_target(mark.target, mark.option))
        if chosen or mark.shape in ("ruler", "angle"):
            figures = geometry.say_measures(mark, ground.scale)
            if figures and chosen and ground.scale.unit == "px" and mark.shape != "angle":
                figures = f"{figures}, {tr(_NO_SPACING)}"
            parts.append(figures)
        if mark.note:
            parts.append(mark.note if len(mark.note) <= _NOTE_SHOWN or chosen else _shortened(mark.note))
        if chosen and not self.layer.is_own(mark) and mark.reader:
            parts.append(mark.reader)
        return "   ".join(part for part in parts if part)

    def _states(self) -> list[str]:
        """Return what is to be said of the mode, from the longest to the shortest; empty for nothing."""
        if not self.layer.visible:
            return [tr("Marks hidden")] if self.layer.marks else []
        if not self.tool:
            return []
        name = SHAPES[self.tool].words.capitalize()
        target = tr("for {say_target}", say_target=self.say_target(self.target, self.option)) if self.target else ""
        said = [part for part in (name, target, self.hint()) if part]
        return ["   ".join(said[:count]) for count in range(len(said), 0, -1)]


def _is_something(mark: Mark, pixel: float) -> bool:
    """Tell whether a mark is more than a slip of the hand."""
    if mark.shape == "point":
        return True
    left, top, right, bottom = geometry.bounds(mark.points)
    if mark.closed:
        return min(right - left, bottom - top) >= 2 * pixel
    return max(right - left, bottom - top) >= 2 * pixel


def _picture_pixels(ground: Ground) -> float:
    """Return how many pixels of the picture one logical pixel of the pane is."""
    scale = math.sqrt(abs(ground.to_pane.determinant()))
    return 1.0 / scale if scale else 1.0


def _shortened(note: str) -> str:
    return f"{note[:_NOTE_SHOWN].rstrip()}…"


def _far(one: QPointF, other: QPointF) -> float:
    return math.hypot(other.x() - one.x(), other.y() - one.y())
