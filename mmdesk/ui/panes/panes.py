"""The panes of a case: side by side or mixed, linked relative to where each pane stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from mmdesk.core.cases.display import MODES, SIDE_BY_SIDE, Hang, Hanging, Tone
from mmdesk.ui.images import display_lut as toning
from mmdesk.ui.images.content import Content
from mmdesk.ui.images.decoded_image import Source, Wanted
from mmdesk.ui.images.pane import Pane
from mmdesk.ui.images.pictures import Pictures
from mmdesk.ui.panes.compare_view import CompareView
from mmdesk.ui.panes.linked_panes import LinkedPanes
from mmdesk.ui.panes.pager import Pager
from mmdesk.words import tr

MOST = 4
NARROWEST = 360
"""Panes page instead of shrinking below this width."""


class Panes(LinkedPanes):
    """One to four panes, linked unless the person unlinks them.

    Signals:
        case_painted: Every pane in sight has painted what its case has, by case id.
        file_chosen: Image input, and what to do about its file.
        mark_missing: Name of the image input to mark missing.

    Attributes:
        compare: Mixes two panes in the other modes.
        on_new_pane: Called with every pane that is made, for overlays and tools.
    """

    case_painted = Signal(int)
    file_chosen = Signal(str, str)
    mark_missing = Signal(str)

    def __init__(self, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures = pictures
        self.on_new_pane: list[Callable[[Pane], object]] = []
        self._contents: list[Content] = []
        self._earlier: dict[str, Content] = {}
        self._row: list[Content] = []
        self._order: list[int] = []
        self._first = 0
        self._mode = SIDE_BY_SIDE
        self._surround: QColor | None = None
        self._bar: QWidget | None = None
        self._painted: set[int] = set()
        self._laid = (0, 0)
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._pager = Pager(self)
        self._pager.turned.connect(self._turn_page)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(self._grid, 1)
        self._column.addWidget(self._pager)
        self.compare = CompareView(self)

    def add_bar(self, bar: QWidget) -> None:
        """Put a bar below the panes; it is not shown on a monitor for images alone."""
        self._column.addWidget(bar)
        self._bar = bar

    def changeEvent(self, event: QEvent) -> None:
        """Leave the bar out on a monitor for images alone."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ParentChange and self._bar is not None:
            alone = bool(self.window().windowFlags() & Qt.WindowType.FramelessWindowHint)
            self._bar.setVisible(not alone)

    @property
    def mode(self) -> str:
        """How the images are compared now, one of `core.display.MODES`."""
        return self._mode

    @property
    def image_names(self) -> list[str]:
        """Names of the case's image inputs in the schema's order."""
        return [name for name, _ in self.images()]

    def images(self) -> list[tuple[str, str]]:
        """Return name and title of the case's image inputs in the schema's order."""
        return [(content.field, content.title) for content in self._in_schema_order()]

    @property
    def several(self) -> bool:
        """Whether there are two images to compare."""
        return len(self._row) > 1

    def set_hanging(self, hanging: Hanging) -> None:
        """Take the project's arrangement; the case on the screen is shown by it anew."""
        self.hanging = hanging
        self._linked = hanging.linked
        self._mode = hanging.mode
        for pane in self.panes:
            pane.forget()
        if self._contents:
            self._show_again()
        self._tell_link()

    def show_contents(self, contents: Sequence[Content], earlier: Sequence[Content] = ()) -> None:
        """Show a case's images; zoom starts anew for another case, stays for the same.

        Args:
            contents: In the schema's order; the arrangement says which pane each stands in.
            earlier: Images of the reading before it; each stands right of the one of its input.
        """
        fresh = not self._contents or not contents or self._contents[0].case_id != contents[0].case_id
        self._order = self.hanging.order([content.field for content in contents])
        self._contents = [contents[place] for place in self._order]
        self._earlier = {content.field: content for content in earlier}
        self._row = []
        for content in self._contents:
            before = self._earlier.get(content.field)
            self._row += [content] if before is None else [content, before]
        if fresh:
            self._painted.clear()
            self._first = 0
            self.pictures.look_away({content.source for content in self._row if content.source})
        self._fill()

    def prefetch(self, sources: Sequence[Sequence[Source | None]]) -> None:
        """Decode the images of neighbouring cases at the size shown, nearest first.

        Args:
            sources: For each neighbour, its images in the schema's order, then those of the
                reading before it.
        """
        near = {s for case in sources for s in case if s is not None}
        self.pictures.keep_only(near | {c.source for c in self._row if c.source is not None})
        own = [pane for pane in self.panes if pane.content is not None and not pane.content.previous]
        for case in sources:
            ordered = [case[place] for place in self._order if place < len(case)]
            for pane, source in zip(own, ordered, strict=False):
                if source is not None:
                    self.pictures.want(Wanted(source, pane.box()), ahead=True)
            for source in case[len(self._order) :] if own else ():
                if source is not None:
                    self.pictures.want(Wanted(source, own[0].box()), ahead=True)

    def set_surround(self, colour: QColor) -> None:
        """Paint another grey round the images."""
        self._surround = colour
        for pane in self.panes:
            pane.surround = colour
            pane.refresh()

    def paint_again(self) -> None:
        """Paint every pane, so that `case_painted` follows."""
        self._painted.clear()
        for pane in self.panes:
            pane.refresh()

    def settled(self) -> bool:
        """Tell whether no pane in sight waits for a picture."""
        return all(pane.settled() for pane in self.panes)

    def unreadable_field(self) -> str:
        """Return the active pane's image input when its file cannot be read, else nothing."""
        pane = self.active_pane
        return self.active_field() if pane and pane.unreadable() else ""

    def forget(self) -> None:
        """Show nothing."""
        self._contents, self._order, self._earlier, self._row = [], [], {}, []
        for pane in self.panes:
            pane.forget()
        self.compare.set_alignment(None)

    def set_mode(self, mode: str) -> bool:
        """Compare in another way; tell whether there are two images to compare."""
        possible = mode == SIDE_BY_SIDE or self.several
        if possible and mode != self._mode:
            self._mode = mode
            if self._contents:
                self._fill()
            self.stood.emit()
        return possible

    def step_mode(self, step: int) -> bool:
        """Take the next way to compare; tell whether there are two images."""
        return self.set_mode(MODES[(MODES.index(self._mode) + step) % len(MODES)])

    def put(self, field: str) -> None:
        """Put an image input into the active pane; what stood there takes its place.

        Args:
            field: Name of the input.
        """
        names = [content.field for content in self._contents]
        here = self._row[min(self._first + self.active, len(self._row) - 1)].field
        self.hanging = self.hanging.moved(self.image_names, field, names.index(here))
        self._show_again()
        self.stood.emit()

    def swap(self) -> None:
        """Let the active pane's image and the next one of the case change places."""
        if len(self._contents) > 1:
            names = [content.field for content in self._contents]
            here = names.index(self._row[min(self._first + self.active, len(self._row) - 1)].field)
            self.put(names[(here + 1) % len(names)])

    def standing(self) -> Hanging:
        """Return the arrangement as the panes stand now; images out of sight as they were kept."""
        seen = {
            pane.content.field: Hang(
                pane.content.field,
                pane.picture.fit,
                1.0 if pane.picture.fit else round(pane.view.zoom, 4),
                pane.picture.tone,
                pane.picture.turn,
                pane.links,
            )
            for pane in self.panes
            if pane.content is not None and not pane.content.previous
        }
        hangs = tuple(seen.get(c.field) or self.hanging.hang(c.field) for c in self._contents)
        return replace(self.hanging, panes=hangs, mode=self._mode, linked=self._linked)

    def used(self) -> dict[str, dict[str, object]]:
        """Return how each image in sight is displayed, by input name; only what is not as it opens.

        An image of an earlier reading goes by the input's name and the earlier case's.
        """
        found: dict[str, dict[str, object]] = {}
        for pane in self.panes:
            content = pane.content
            if content is not None and pane.picture.shown is not None:
                name = (
                    tr("{field} of {case}", field=content.field, case=content.case)
                    if content.previous
                    else content.field
                )
                found[name] = _used(pane)
        return found

    def columns(self) -> tuple[int, int]:
        """Return how many panes are in sight and in how many columns."""
        count = len(self._row)
        if self.mixed:
            return 2, 1
        abreast = max(1, (self.width() + 4) // (NARROWEST + 4))
        if count <= abreast:
            if count < 3:
                return count, count
            in_a_row = min(self.width() / 3, self.height()) >= min(self.width(), self.height()) / 2
            return min(count, MOST), 3 if count == 3 and in_a_row else 2
        if abreast >= 2 and count > 2:
            return min(count, MOST), 2
        return 1, 1

    @property
    def mixed(self) -> bool:
        """Whether two panes lie on one another and are shown as one picture."""
        return self._mode != SIDE_BY_SIDE and self.several

    def _in_schema_order(self) -> list[Content]:
        return [self._contents[self._order.index(index)] for index in range(len(self._contents))]

    def _show_again(self) -> None:
        self.show_contents(self._in_schema_order(), list(self._earlier.values()))

    def _fill(self) -> None:
        self._laid = seen, columns = self.columns()
        self._first = min(self._first, max(0, len(self._row) - 1)) // max(seen, 1) * max(seen, 1)
        if self.mixed:
            self._first = min(self._first, len(self._row) - 2)
        page = self._row[self._first : self._first + seen]
        self._pager.show_place(self._first, len(page), len(self._row))
        self._have(len(page), columns)
        names = [content.field for content in self._contents]
        for pane, content in zip(self.panes, page, strict=True):
            place = names.index(content.field)
            pane.swapped = self._order[place] != place
            pane.show_content(content, self.hanging.hang(content.field))
        self.active = min(self.active, max(0, len(self.panes) - 1))
        self._place_compare()

    def _have(self, count: int, columns: int) -> None:
        while len(self.panes) < count:
            self.panes.append(self._new_pane(len(self.panes)))
        while len(self.panes) > count:
            pane = self.panes.pop()
            self.compare.leave()
            self._grid.removeWidget(pane)
            pane.hide()
            pane.deleteLater()
        for index, pane in enumerate(self.panes):
            place = (0, 0) if self.mixed else divmod(index, max(columns, 1))
            at = self._grid.indexOf(pane)
            if at < 0 or tuple(self._grid.getItemPosition(at))[:2] != place:  # type: ignore[arg-type]
                self._grid.addWidget(pane, *place)
                pane.show()
        if layout := self.layout():
            layout.activate()

    def _place_compare(self) -> None:
        if not self.mixed or len(self.panes) < 2:
            self.compare.leave()
            self._grid.removeWidget(self.compare)
            return
        if self._grid.indexOf(self.compare) < 0:
            self._grid.addWidget(self.compare, 0, 0)
        if self.compare.mode != self._mode or not self.compare.isVisible():
            self.panes[0].raise_()
            self.compare.compare(self._mode, self.panes[0], self.panes[1])

    def _new_pane(self, index: int) -> Pane:
        pane = Pane(self.pictures, self)
        if self._surround is not None:
            pane.surround = self._surround
        pane.linked = self.linked
        pane.values, pane.magnified = self._values, self._magnified
        pane.picture.want_all(self._magnified)
        pane.zoomed.connect(lambda factor, x, y: self._zoom(index, factor, x, y))
        pane.panned.connect(lambda dx, dy: self._pan(index, dx, dy))
        pane.toned.connect(lambda across, down: self._drag_tone(index, across, down))
        pane.framed.connect(lambda step: self.step_frame(step, index))
        pane.hovered.connect(lambda x, y: self._hover(index, x, y))
        pane.activated.connect(lambda: self._activate(index))
        pane.mark_missing.connect(self.mark_missing)
        pane.file_chosen.connect(self.file_chosen)
        pane.painted.connect(lambda case_id: self._on_painted(index, case_id))
        for call in self.on_new_pane:
            call(pane)
        return pane

    def _turn_page(self, step: int) -> None:
        seen = 1 if self.mixed else self.columns()[0]
        self._first = max(0, min(self._first + step * seen, len(self._row) - 1))
        self._painted.clear()
        self._fill()

    def _on_painted(self, index: int, case_id: int) -> None:
        if not self._contents or self._contents[0].case_id != case_id:
            return
        self._painted.add(index)
        own = {n for n, pane in enumerate(self.panes) if pane.content and not pane.content.previous}
        if own <= self._painted:
            self.case_painted.emit(case_id)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the surround where a pane is left out, so that nothing bright stands beside the images."""
        if self._surround is not None and self.panes and not self.mixed:
            columns = max(1, self._laid[1])
            painter = QPainter(self)
            for index in range(len(self.panes), -(-len(self.panes) // columns) * columns):
                painter.fillRect(self._grid.cellRect(*divmod(index, columns)), self._surround)
            painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Page or unfold panes when the room changes."""
        super().resizeEvent(event)
        if self._contents and self.columns() != self._laid:
            self._fill()


def _used(pane: Pane) -> dict[str, object]:
    picture, plain = pane.picture, Tone()
    used: dict[str, object] = {"zoom": round(pane.view.scale, 4)}
    window = toning.window_of(picture.shown, picture.tone) if picture.shown else None
    if window is not None:
        used["window"] = [round(float(window.centre), 4), round(float(window.width), 4)]
    for name in ("invert", "channel", "brightness", "contrast", "gamma"):
        if (value := getattr(picture.tone, name)) != getattr(plain, name):
            used[name] = value
    if words := pane.marks():
        used["marks"] = words
    if picture.frames > 1:
        used["frame"] = picture.frame + 1
    return used
