"""The panes of a case side by side: one zoom and pan, relative to where each pane stands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from mmdesk.ui.widgets.pane import Content, Pane
from mmdesk.ui.widgets.pictures import Pictures, Source, Wanted

MOST = 4
NARROWEST = 360
"""Panes page instead of shrinking below this width."""
STEP = 0.1
"""Share of the pane that an arrow key moves."""


class Panes(QWidget):
    """One to four panes, linked unless the person unlinks them.

    Attributes:
        case_painted: Every pane in sight has painted what its case has, by case id.
        mark_missing: Name of the image input to mark missing.
        link_changed: Whether the panes are linked now.
    """

    case_painted = Signal(int)
    mark_missing = Signal(str)
    link_changed = Signal(bool)

    def __init__(self, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures = pictures
        self.panes: list[Pane] = []
        self.active = 0
        self._contents: list[Content] = []
        self._first = 0
        self._linked = True
        self._held = False
        self._painted: set[int] = set()
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._pager = _Pager(self)
        self._pager.turned.connect(self._turn)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._grid, 1)
        column.addWidget(self._pager)

    @property
    def linked(self) -> bool:
        """Whether zoom and pan go to all panes now."""
        return self._linked and not self._held

    def show_contents(self, contents: Sequence[Content]) -> None:
        """Show a case's images; zoom starts anew for another case, stays for the same."""
        fresh = not self._contents or not contents or self._contents[0].case_id != contents[0].case_id
        self._contents = list(contents)
        if fresh:
            self._painted.clear()
            self._first = 0
        self._fill()

    def prefetch(self, sources: Sequence[Sequence[Source | None]]) -> None:
        """Decode the images of neighbouring cases at the size shown, nearest first.

        Args:
            sources: For each neighbour, its images in the order of the panes.
        """
        near = {s for case in sources for s in case if s is not None}
        self.pictures.keep_only(near | {c.source for c in self._contents if c.source is not None})
        for case in sources:
            for pane, source in zip(self.panes, case, strict=False):
                if source is not None:
                    self.pictures.want(Wanted(source, pane.box()), ahead=True)

    def set_surround(self, colour: QColor) -> None:
        """Paint another grey round the images."""
        for pane in self.panes:
            pane.surround = colour
            pane.update()
        self._surround = colour

    _surround: QColor | None = None

    def paint_again(self) -> None:
        """Paint every pane, so that `case_painted` follows."""
        self._painted.clear()
        for pane in self.panes:
            pane.update()

    def settled(self) -> bool:
        """Tell whether no pane in sight waits for a picture."""
        return all(pane.settled() for pane in self.panes)

    def active_field(self) -> str:
        """Return the active pane's image input; empty when there is no pane."""
        pane = self._active_pane()
        return pane.content.field if pane and pane.content else ""

    def unreadable_field(self) -> str:
        """Return the active pane's image input when its file cannot be read, else nothing."""
        pane = self._active_pane()
        return pane.content.field if pane and pane.content and pane.unreadable() else ""

    def zoom(self, factor: float) -> None:
        """Zoom the active pane, and the others when linked, about the middle."""
        self._zoom(self.active, factor, 0.5, 0.5)

    def reset(self) -> None:
        """Fit the active pane, and the others when linked."""
        for pane in self._together(self.active):
            pane.view.reset()
            pane.view_changed()

    def fit_or_1to1(self) -> None:
        """Show image pixels one to one, or the whole image when it is not shown whole."""
        active = self._active_pane()
        if active is None:
            return
        if not active.view.fitted:
            self.reset()
            return
        for pane in self._together(self.active):
            pane.view.zoom_to(1.0)
            pane.view_changed()

    def pan(self, right: int, down: int) -> None:
        """Look further right or down by a tenth of the pane, in steps."""
        active = self._active_pane()
        if active is not None:
            _, _, width, height = active.view.rect()
            dx = -right * STEP * active.view.pane[0] / width
            dy = -down * STEP * active.view.pane[1] / height
            self._pan(self.active, dx, dy)

    def set_linked(self, linked: bool) -> None:
        """Link or unlink; panes keep where they stand."""
        self._linked = linked
        self._tell_link()

    def hold_unlinked(self, held: bool) -> None:
        """Unlink while a key is held."""
        self._held = held
        self._tell_link()

    def forget(self) -> None:
        """Show nothing."""
        self._contents = []
        for pane in self.panes:
            pane.forget()

    def columns(self) -> tuple[int, int]:
        """Return how many panes are in sight and in how many columns."""
        count = len(self._contents)
        abreast = max(1, (self.width() + 4) // (NARROWEST + 4))
        if count <= abreast:
            return min(count, MOST), min(count, 3) if count < MOST or abreast < MOST else 2
        if abreast >= 2 and count > 2:
            return min(count, MOST), 2
        return 1, 1

    def _fill(self) -> None:
        seen, columns = self.columns()
        self._first = min(self._first, max(0, len(self._contents) - 1)) // max(seen, 1) * max(seen, 1)
        page = self._contents[self._first : self._first + seen]
        self._pager.show_place(self._first, len(page), len(self._contents))
        self._have(len(page), columns)
        for pane, content in zip(self.panes, page, strict=True):
            pane.show_content(content)
        self.active = min(self.active, max(0, len(self.panes) - 1))

    def _have(self, count: int, columns: int) -> None:
        while len(self.panes) < count:
            self.panes.append(self._new_pane(len(self.panes)))
        while len(self.panes) > count:
            pane = self.panes.pop()
            self._grid.removeWidget(pane)
            pane.hide()
            pane.deleteLater()
        for index, pane in enumerate(self.panes):
            place = divmod(index, max(columns, 1))
            at = (
                self._grid.getItemPosition(self._grid.indexOf(pane))
                if self._grid.indexOf(pane) >= 0
                else None
            )
            if at is None or tuple(at)[:2] != place:  # type: ignore[arg-type]
                self._grid.addWidget(pane, *place)
                pane.show()

        if layout := self.layout():
            layout.activate()

    def _new_pane(self, index: int) -> Pane:
        pane = Pane(self.pictures, self)
        if self._surround is not None:
            pane.surround = self._surround
        pane.linked = self.linked
        pane.zoomed.connect(lambda factor, x, y: self._zoom(index, factor, x, y))
        pane.panned.connect(lambda dx, dy: self._pan(index, dx, dy))
        pane.activated.connect(lambda: self._activate(index))
        pane.mark_missing.connect(self.mark_missing)
        pane.painted.connect(lambda case_id: self._on_painted(index, case_id))
        return pane

    def _active_pane(self) -> Pane | None:
        return self.panes[self.active] if self.active < len(self.panes) else None

    def _activate(self, index: int) -> None:
        self.active = index

    def _together(self, index: int) -> list[Pane]:
        return self.panes if self.linked else self.panes[index : index + 1]

    def _zoom(self, index: int, factor: float, x: float, y: float) -> None:
        for pane in self._together(index):
            pane.view.zoom_by(factor, (x, y))
            pane.view_changed()

    def _pan(self, index: int, dx: float, dy: float) -> None:
        for pane in self._together(index):
            pane.view.pan_by(dx, dy)
            pane.view_changed()

    def _tell_link(self) -> None:
        for pane in self.panes:
            pane.linked = self.linked
            pane.update()
        self.link_changed.emit(self.linked)

    def _turn(self, step: int) -> None:
        seen, _ = self.columns()
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


class _Pager(QWidget):
    """Says which images are in sight when not all fit, and turns to the others."""

    turned = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        row.addStretch(1)
        for arrow, step, name in (
            (Qt.ArrowType.LeftArrow, -1, "Images before"),
            (Qt.ArrowType.RightArrow, 1, "Further images"),
        ):
            button = QToolButton()
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.setArrowType(arrow)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, by=step: self.turned.emit(by))
            row.addWidget(button)
            if step < 0:
                row.addWidget(self._words)
        row.addStretch(1)
        self.hide()

    def show_place(self, first: int, seen: int, total: int) -> None:
        """Say which images are in sight; hide when all are."""
        last = f" to {first + seen}" if seen > 1 else ""
        self._words.setText(f"Image {first + 1}{last} of {total}")
        self.setVisible(seen < total)
