"""What is drawn over the images of a case: which marks are in sight, which one is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QTransform

from mmdesk.core.cases import geometry
from mmdesk.core.cases.geometry import Scale
from mmdesk.core.cases.marks import Mark, Point

if TYPE_CHECKING:
    from mmdesk.ui.images.pane import Pane

HANDLE_REACH: Final = 8.0
"""Logical pixels within which a handle is grasped."""
EDGE_REACH: Final = 6.0
"""The same for a line."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A picture as a pane shows it now; what marks lie on.

    Attributes:
        case: Id of the case.
        field: Name of the image input.
        frame: Which picture of the file.
        size: Width and height at full resolution, upright.
        scale: How large its pixels are.
        to_pane: From its pixels to the pane's logical pixels.
    """

    case: int
    field: str
    frame: int
    size: tuple[int, int]
    scale: Scale
    to_pane: QTransform

    def on_pane(self, point: Point) -> Point:
        """Return where a point of the picture lies on the pane."""
        at = self.to_pane.map(QPointF(*point))
        return at.x(), at.y()

    def on_picture(self, at: QPointF) -> Point:
        """Return where a point of the pane lies in the picture; outside of it too."""
        back, _ = self.to_pane.inverted()
        point = back.map(at)
        return point.x(), point.y()

    def holds(self, mark: Mark) -> bool:
        """Tell whether a mark lies on this picture."""
        return (mark.case, mark.field, mark.frame) == (self.case, self.field, self.frame)

    def same(self, other: Ground) -> bool:
        """Tell whether it is the same picture, however it is shown."""
        return (self.case, self.field, self.frame) == (other.case, other.field, other.frame)


def ground_of(pane: Pane) -> Ground | None:
    """Return a pane's picture as it is shown; None while there is none, or of an earlier reading."""
    shown, content = pane.picture.shown, pane.content
    if shown is None or content is None or pane.unreadable() or shown.frame != pane.picture.frame:
        return None
    if content.previous:
        return None
    width, height = shown.full
    origin, right, below = pane.from_file(0, 0), pane.from_file(width, 0), pane.from_file(0, height)
    across, down = (right - origin) / width, (below - origin) / height
    return Ground(
        content.case_id,
        content.field,
        shown.frame,
        shown.full,
        geometry.scale_of(shown.facts.spacing, shown.facts.aspect),
        QTransform(across.x(), across.y(), down.x(), down.y(), origin.x(), origin.y()),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What lies under the mouse.

    Attributes:
        mark: The mark.
        part: `handle`, `edge` or `inside`.
        number: Which handle, or the handle where the edge begins.
    """

    mark: Mark
    part: str
    number: int = 0


class MarksLayer(QObject):
    """The marks of the case on the screen.

    Signals:
        changed: Something is to be painted again.

    Attributes:
        reader: Whose marks are own ones.
        chosen: Id of the chosen mark; empty for none.
        corner: Number of the chosen mark's chosen handle, or None.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reader = ""
        self.chosen = ""
        self.corner: int | None = None
        self._marks: dict[str, Mark] = {}
        self._hidden = False
        self._peeking = False

    @property
    def visible(self) -> bool:
        """Whether marks are in sight now."""
        return self._hidden == self._peeking

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All marks of the case."""
        return tuple(self._marks.values())

    @property
    def chosen_mark(self) -> Mark | None:
        """The chosen mark, or None."""
        return self._marks.get(self.chosen)

    def show(self, marks: Iterable[Mark], reader: str) -> None:
        """Show these marks; the chosen one stays chosen where it is among them."""
        self._marks = {mark.id: mark for mark in marks}
        self.reader = reader
        chosen = self.chosen_mark
        if chosen is None:
            self.chosen, self.corner = "", None
        elif self.corner is not None and self.corner >= len(geometry.handles(chosen)):
            self.corner = None
        self.changed.emit()

    def put(self, mark: Mark) -> None:
        """Show a mark, in place of the one of the same id."""
        self._marks[mark.id] = mark
        self.changed.emit()

    def drop(self, name: str) -> None:
        """Show a mark no more."""
        self._marks.pop(name, None)
        if self.chosen == name:
            self.chosen, self.corner = "", None
        self.changed.emit()

    def choose(self, name: str, corner: int | None = None) -> None:
        """Choose a mark and perhaps one of its handles; empty for none."""
        if (self.chosen, self.corner) != (name, corner):
            self.chosen, self.corner = name, corner
            self.changed.emit()

    def choose_next(self, step: int = 1) -> Mark | None:
        """Choose the next own mark of the case and return it; None when there is none."""
        own = [mark for mark in self._marks.values() if mark.reader == self.reader]
        if not own:
            return None
        names = [mark.id for mark in own]
        place = names.index(self.chosen) + step if self.chosen in names else (0 if step > 0 else -1)
        found = own[place % len(own)]
        self.choose(found.id)
        return found

    def hide(self, hidden: bool) -> None:
        """Hide all marks, or show them again."""
        self._hidden = hidden
        self.changed.emit()

    @property
    def hidden(self) -> bool:
        """Whether marks are hidden when nobody peeks."""
        return self._hidden

    def peek(self, peeking: bool) -> None:
        """While peeking, hide what is shown and show what is hidden."""
        self._peeking = peeking
        self.changed.emit()

    def on(self, ground: Ground) -> list[Mark]:
        """Return the marks of a picture, the chosen one last."""
        found = [mark for mark in self._marks.values() if ground.holds(mark)]
        return sorted(found, key=lambda mark: mark.id == self.chosen)

    def is_own(self, mark: Mark) -> bool:
        """Tell whether the reader may change a mark."""
        return mark.reader == self.reader

    def find(self, ground: Ground, at: QPointF) -> Found | None:
        """Return what the mouse points at, the chosen mark before all others."""
        if not self.visible:
            return None
        place = (at.x(), at.y())
        for mark in reversed(self.on(ground)):
            chosen = mark.id == self.chosen
            if found := _under(mark, ground, place, chosen=chosen):
                return found
        return None


def _under(mark: Mark, ground: Ground, at: Point, *, chosen: bool) -> Found | None:
    grips = [ground.on_pane(point) for point in geometry.handles(mark)]
    number, far = geometry.nearest_point(grips, at)
    if far <= HANDLE_REACH and (chosen or mark.shape == "point"):
        return Found(mark, "handle", number)
    way = [ground.on_pane(point) for point in geometry.outline(mark)]
    number, far = geometry.nearest_edge(way, at, closed=mark.closed)
    if far <= EDGE_REACH:
        return Found(mark, "edge", number)
    if chosen and mark.closed and geometry.inside(way, at):
        return Found(mark, "inside")
    return None
