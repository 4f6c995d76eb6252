"""The panes of a case: side by side or mixed, linked relative to where each pane stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from mmdesk.core.display import MODES, SIDE_BY_SIDE, Hang, Hanging, Tone
from mmdesk.ui.widgets import toning
from mmdesk.ui.widgets.compare_view import CompareView
from mmdesk.ui.widgets.pager import Pager
from mmdesk.ui.widgets.pane import Content, Pane
from mmdesk.ui.widgets.pictures import Pictures
from mmdesk.ui.widgets.shown import Source, Wanted

MOST = 4
NARROWEST = 360
"""Panes page instead of shrinking below this width."""
STEP = 0.1
"""Share of the pane that an arrow key moves."""


class Panes(QWidget):
    """One to four panes, linked unless the person unlinks them.

    Signals:
        case_painted: Every pane in sight has painted what its case has, by case id.
        mark_missing: Name of the image input to mark missing.
        link_changed: Whether the panes are linked now.
        stood: How the panes stand has changed (mode, links, tone, turn, size, frame).

    Attributes:
        panes: Those in sight.
        active: Which of them keys act on.
        hanging: The project's arrangement; a case opens as it says.
        compare: Mixes two panes in the other modes.
        on_new_pane: Called with every pane that is made, for overlays and tools.
    """

    case_painted = Signal(int)
    mark_missing = Signal(str)
    link_changed = Signal(bool)
    stood = Signal()

    def __init__(self, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures = pictures
        self.panes: list[Pane] = []
        self.active = 0
        self.hanging = Hanging()
        self.on_new_pane: list[Callable[[Pane], object]] = []
        self._contents: list[Content] = []
        self._order: list[int] = []
        self._first = 0
        self._mode = SIDE_BY_SIDE
        self._linked = True
        self._held = False
        self._magnified = False
        self._values = False
        self._surround: QColor | None = None
        self._bar: QWidget | None = None
        self._painted: set[int] = set()
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

    # -- what is shown ------------------------------------------------------------------------

    @property
    def linked(self) -> bool:
        """Whether zoom and pan go to all panes now."""
        return self._linked and not self._held

    @property
    def mode(self) -> str:
        """How the images are compared now, one of `core.display.MODES`."""
        return self._mode

    @property
    def active_pane(self) -> Pane | None:
        """The pane that keys act on, or None when there is none."""
        return self.panes[self.active] if self.active < len(self.panes) else None

    @property
    def image_names(self) -> list[str]:
        """Names of the case's image inputs in the schema's order."""
        return [name for name, _ in self.images()]

    def images(self) -> list[tuple[str, str]]:
        """Return name and title of the case's image inputs in the schema's order."""
        return [
            (content.field, content.title)
            for content in (self._contents[self._order.index(n)] for n in range(len(self._contents)))
        ]

    def set_hanging(self, hanging: Hanging) -> None:
        """Take the project's arrangement; the case on the screen is shown by it anew."""
        self.hanging = hanging
        self._linked = hanging.linked
        self._mode = hanging.mode
        contents = [self._contents[self._order.index(at)] for at in range(len(self._contents))]
        for pane in self.panes:
            pane.forget()
        if contents:
            self.show_contents(contents)
        self._tell_link()

    def show_contents(self, contents: Sequence[Content]) -> None:
        """Show a case's images; zoom starts anew for another case, stays for the same.

        Args:
            contents: In the schema's order; the arrangement says which pane each stands in.
        """
        fresh = not self._contents or not contents or self._contents[0].case_id != contents[0].case_id
        self._order = self.hanging.order([content.field for content in contents])
        self._contents = [contents[place] for place in self._order]
        if fresh:
            self._painted.clear()
            self._first = 0
        self._fill()

    def prefetch(self, sources: Sequence[Sequence[Source | None]]) -> None:
        """Decode the images of neighbouring cases at the size shown, nearest first.

        Args:
            sources: For each neighbour, its images in the schema's order.
        """
        near = {s for case in sources for s in case if s is not None}
        self.pictures.keep_only(near | {c.source for c in self._contents if c.source is not None})
        for case in sources:
            ordered = [case[place] for place in self._order if place < len(case)]
            for pane, source in zip(self.panes, ordered, strict=False):
                if source is not None:
                    self.pictures.want(Wanted(source, pane.box()), ahead=True)

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

    def active_field(self) -> str:
        """Return the active pane's image input; empty when there is no pane."""
        pane = self.active_pane
        return pane.content.field if pane and pane.content else ""

    def unreadable_field(self) -> str:
        """Return the active pane's image input when its file cannot be read, else nothing."""
        pane = self.active_pane
        return pane.content.field if pane and pane.content and pane.unreadable() else ""

    def forget(self) -> None:
        """Show nothing."""
        self._contents, self._order = [], []
        for pane in self.panes:
            pane.forget()
        self.compare.set_alignment(None)

    # -- size and place -----------------------------------------------------------------------

    def zoom(self, factor: float) -> None:
        """Zoom the active pane, and the others when linked, about the middle."""
        self._zoom(self.active, factor, 0.5, 0.5)

    def set_fit(self, fit: str) -> bool:
        """Give the active pane, and the others when linked, a named size.

        Returns:
            Whether the active pane could take it: true size needs a file that tells its spacing.
        """
        active = self.active_pane
        if active is None or (fit == "real size" and not _has_real_size(active)):
            return False
        for pane in self.together(self.active, "zoom"):
            if fit != "real size" or _has_real_size(pane):
                pane.picture.fit = fit
                pane.view.x = pane.view.y = 0.5
                pane.picture.refit(pane.real_scale)
                pane.view_changed()
        self.stood.emit()
        return True

    def reset(self) -> None:
        """Show the active pane, and the others when linked, as the case opened: size, turn and shades."""
        for pane in self.together(self.active, "zoom"):
            hang = self.hanging.hang(pane.content.field) if pane.content else Hang("")
            picture = pane.picture
            picture.set_tone(hang.tone)
            picture.set_turn(hang.turn)
            pane.view.reset()
            picture.fit = hang.fit
            if not hang.fit:
                pane.view.zoom = hang.zoom
            picture.refit(pane.real_scale)
            pane.view_changed()
        self.stood.emit()

    def fit_or_1to1(self) -> None:
        """Show image pixels one to one, or the whole image when it is not shown whole."""
        active = self.active_pane
        if active is not None:
            self.set_fit("1:1" if active.view.fitted else "fit")

    def pan(self, right: int, down: int) -> None:
        """Look further right or down by a tenth of the pane, in steps."""
        active = self.active_pane
        if active is not None:
            _, _, width, height = active.view.rect()
            dx = -right * STEP * active.view.pane[0] / width
            dy = -down * STEP * active.view.pane[1] / height
            self._pan(self.active, dx, dy)

    # -- shades, turns and frames -------------------------------------------------------------

    def change_tone(self, change: Callable[[Tone, Pane], Tone], index: int | None = None) -> None:
        """Change the shades of a pane and of those linked with it, each from where it stands.

        Args:
            change: Gets a pane and its tone, returns the new one.
            index: Which pane; the active one when None.
        """
        for pane in self.together(self.active if index is None else index, "window"):
            pane.picture.set_tone(change(pane.picture.tone, pane))
            pane.refresh()
        self.stood.emit()

    def step_window(self, step: int) -> None:
        """Take the next window of the file or the presets."""

        def change(tone: Tone, pane: Pane) -> Tone:
            if pane.picture.shown is None:
                return tone
            names = toning.window_names(pane.picture.shown)
            place = names.index(tone.window) if tone.centre is None and tone.window in names else 0
            return tone.named(names[(place + step) % len(names)])

        self.change_tone(change)

    def rotate(self, quarters: int = 1) -> None:
        """Turn the active pane clockwise, and those linked with it."""
        for pane in self.together(self.active, "turn"):
            pane.picture.set_turn(pane.picture.turn.on(quarters))
            pane.picture.refit(pane.real_scale)
            pane.view_changed()
        self.stood.emit()

    def mirror(self) -> None:
        """Mirror the active pane alone, left to right, as to lay a left side over a right one."""
        pane = self.active_pane
        if pane is not None:
            pane.picture.set_turn(pane.picture.turn.flipped())
            pane.view_changed()
            self.stood.emit()

    def step_frame(self, step: int, index: int | None = None, *, around: bool = False) -> None:
        """Go on by frames in a pane and those linked with it.

        Args:
            step: How many, backwards below 0.
            index: Which pane; the active one when None.
            around: Go on with the first after the last.
        """
        for pane in self.together(self.active if index is None else index, "frame"):
            frame = pane.picture.frame + step
            pane.picture.set_frame(frame % pane.picture.frames if around else frame)
            pane.ask()
            pane.refresh()
        self.stood.emit()

    def set_values(self, on: bool) -> None:
        """Show the pixel values under the cursor in every linked pane, or not."""
        self._values = on
        self._follow()

    def set_magnified(self, on: bool) -> None:
        """Show the magnifier at the cursor in every linked pane, or not."""
        self._magnified = on
        self._follow()

    @property
    def values(self) -> bool:
        """Whether pixel values are shown."""
        return self._values

    @property
    def magnified(self) -> bool:
        """Whether the magnifier is shown."""
        return self._magnified

    # -- comparing ----------------------------------------------------------------------------

    def set_mode(self, mode: str) -> bool:
        """Compare in another way; tell whether there are two images to compare."""
        possible = mode == SIDE_BY_SIDE or len(self._contents) > 1
        if possible and mode != self._mode:
            self._mode = mode
            if self._contents:
                self._fill()
            self.stood.emit()
        return possible

    def step_mode(self, step: int) -> bool:
        """Take the next way to compare; tell whether there are two images."""
        return self.set_mode(MODES[(MODES.index(self._mode) + step) % len(MODES)])

    def put(self, field: str, place: int | None = None) -> None:
        """Put an image input into a pane; what stood there takes its place.

        Args:
            field: Name of the input.
            place: Number of the pane over all pages; the active one when None.
        """
        at = self._first + self.active if place is None else place
        self.hanging = self.hanging.moved(self.image_names, field, at % max(1, len(self._contents)))
        self.show_contents([self._contents[self._order.index(n)] for n in range(len(self._contents))])
        self.stood.emit()

    def swap(self) -> None:
        """Let the active pane and the next change places."""
        if len(self._contents) > 1:
            following = self._contents[(self._first + self.active + 1) % len(self._contents)]
            self.put(following.field)

    def standing(self) -> Hanging:
        """Return the arrangement as the panes stand now; images out of sight as they were kept."""
        seen = {
            pane.content.field: Hang(
                pane.content.field,
                pane.picture.fit,
                round(pane.view.zoom, 4),
                pane.picture.tone,
                pane.picture.turn,
                pane.links,
            )
            for pane in self.panes
            if pane.content is not None
        }
        hangs = tuple(seen.get(c.field) or self.hanging.hang(c.field) for c in self._contents)
        return replace(self.hanging, panes=hangs, mode=self._mode, linked=self._linked)

    def used(self) -> dict[str, dict[str, object]]:
        """Return how each image in sight is displayed, by input name; only what is not as it opens."""
        found: dict[str, dict[str, object]] = {}
        for pane in self.panes:
            if pane.content is not None and pane.picture.shown is not None:
                found[pane.content.field] = _used(pane)
        return found

    # -- links --------------------------------------------------------------------------------

    def set_linked(self, linked: bool) -> None:
        """Link or unlink; panes keep where they stand."""
        self._linked = linked
        self._tell_link()

    def set_links(self, links: Sequence[str]) -> None:
        """Say what the active pane does together with the others (`core.display.LINKS`)."""
        pane = self.active_pane
        if pane is not None:
            pane.links = tuple(links)
            pane.refresh()
            self.stood.emit()

    def hold_unlinked(self, held: bool) -> None:
        """Unlink while a key is held."""
        self._held = held
        self._tell_link()

    def together(self, index: int, what: str) -> list[Pane]:
        """Return the panes that a pane does something together with, itself among them."""
        own = self.panes[index : index + 1]
        if not self.linked or not own or what not in own[0].links:
            return own
        return [pane for pane in self.panes if what in pane.links]

    # -- within -------------------------------------------------------------------------------

    def columns(self) -> tuple[int, int]:
        """Return how many panes are in sight and in how many columns."""
        count = len(self._contents)
        if self._comparing:
            return 2, 1
        abreast = max(1, (self.width() + 4) // (NARROWEST + 4))
        if count <= abreast:
            return min(count, MOST), min(count, 3) if count < MOST or abreast < MOST else 2
        if abreast >= 2 and count > 2:
            return min(count, MOST), 2
        return 1, 1

    @property
    def _comparing(self) -> bool:
        return self._mode != SIDE_BY_SIDE and len(self._contents) > 1

    def _fill(self) -> None:
        seen, columns = self.columns()
        self._first = min(self._first, max(0, len(self._contents) - 1)) // max(seen, 1) * max(seen, 1)
        if self._comparing:
            self._first = min(self._first, len(self._contents) - 2)
        page = self._contents[self._first : self._first + seen]
        self._pager.show_place(self._first, len(page), len(self._contents))
        self._have(len(page), columns)
        for index, (pane, content) in enumerate(zip(self.panes, page, strict=True)):
            pane.swapped = self._order[self._first + index] != self._first + index
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
            place = (0, 0) if self._comparing else divmod(index, max(columns, 1))
            at = self._grid.indexOf(pane)
            if at < 0 or tuple(self._grid.getItemPosition(at))[:2] != place:  # type: ignore[arg-type]
                self._grid.addWidget(pane, *place)
                pane.show()
        if layout := self.layout():
            layout.activate()

    def _place_compare(self) -> None:
        if not self._comparing or len(self.panes) < 2:
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
        pane.painted.connect(lambda case_id: self._on_painted(index, case_id))
        for call in self.on_new_pane:
            call(pane)
        return pane

    def _activate(self, index: int) -> None:
        if index != self.active:
            self.active = index
            self.stood.emit()

    def _zoom(self, index: int, factor: float, x: float, y: float) -> None:
        for pane in self.together(index, "zoom"):
            pane.picture.fit = ""
            pane.view.zoom_by(factor, (x, y))
            pane.view_changed()
        self.stood.emit()

    def _pan(self, index: int, dx: float, dy: float) -> None:
        for pane in self.together(index, "pan"):
            pane.view.pan_by(dx, dy)
            pane.view_changed()

    def _drag_tone(self, index: int, across: float, down: float) -> None:
        def change(tone: Tone, pane: Pane) -> Tone:
            window = toning.window_of(pane.picture.shown, tone) if pane.picture.shown else None
            stand = (float(window.centre), float(window.width)) if window else None
            return tone.dragged(across, down, stand)

        self.change_tone(change, index)

    def _hover(self, index: int, x: float, y: float) -> None:
        if not (self._values or self._magnified):
            return
        probe = QPointF(x, y) if x >= 0 else None
        near = self.together(index, "pan")
        for pane in self.panes:
            pane.probe = probe if pane in near or self._comparing else None
            pane.refresh()

    def _follow(self) -> None:
        for pane in self.panes:
            pane.values, pane.magnified = self._values, self._magnified
            pane.picture.want_all(self._magnified)
            pane.ask()
            if pane.underMouse():
                at = pane.mapFromGlobal(pane.cursor().pos()).toPointF()
                inner = pane.inner()
                shares = ((at.x() - inner.x()) / inner.width(), (at.y() - inner.y()) / inner.height())
                self._hover(self.panes.index(pane), *shares)
            pane.refresh()
        self.stood.emit()

    def _tell_link(self) -> None:
        for pane in self.panes:
            pane.linked = self.linked
            pane.refresh()
        self.link_changed.emit(self.linked)
        self.stood.emit()

    def _turn_page(self, step: int) -> None:
        seen = 1 if self._comparing else self.columns()[0]
        self._first = max(0, min(self._first + step * seen, len(self._contents) - 1))
        self._painted.clear()
        self._fill()

    def _on_painted(self, index: int, case_id: int) -> None:
        if not self._contents or self._contents[0].case_id != case_id:
            return
        self._painted.add(index)
        if len(self._painted & set(range(len(self.panes)))) == len(self.panes):
            self.case_painted.emit(case_id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Page or unfold panes when the room changes."""
        super().resizeEvent(event)
        if self._contents and self.columns()[0] != len(self.panes):
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


def _has_real_size(pane: Pane) -> bool:
    return pane.picture.shown is not None and pane.real_scale(pane.picture.shown) is not None
