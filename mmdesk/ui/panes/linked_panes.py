"""Panes that do things together: size, place, shades, turns and frames, each from where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QWidget

from mmdesk.core.cases.display import Hang, Hanging, Tone
from mmdesk.ui.images import display_lut as toning
from mmdesk.ui.images.pane import Pane

STEP = 0.1
"""Share of the pane that an arrow key moves."""


class LinkedPanes(QWidget):
    """What the panes of a case do together.

    Signals:
        link_changed: Whether the panes are linked now.
        stood: How the panes stand has changed (mode, links, tone, turn, size, frame).

    Attributes:
        panes: Those in sight.
        active: Which of them keys act on.
        hanging: The project's arrangement; a case opens as it says.
    """

    link_changed = Signal(bool)
    stood = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panes: list[Pane] = []
        self.active = 0
        self.hanging = Hanging()
        self._linked = True
        self._held = False
        self._magnified = False
        self._values = False

    @property
    def mixed(self) -> bool:
        """Whether two panes lie on one another and are shown as one picture."""
        return False

    @property
    def linked(self) -> bool:
        """Whether zoom and pan go to all panes now."""
        return self._linked and not self._held

    @property
    def active_pane(self) -> Pane | None:
        """The pane that keys act on, or None when there is none."""
        return self.panes[self.active] if self.active < len(self.panes) else None

    def active_field(self) -> str:
        """Return the active pane's image input; empty when there is none of the case that is read."""
        pane = self.active_pane
        return pane.content.field if pane and pane.content and not pane.content.previous else ""

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
        index = self.active if index is None else index
        for pane in self.together(index, "frame"):
            frame = pane.picture.frame + step
            if not around and (between := _other_distance(self.panes[index], pane)):
                pane.picture.move_slices(step * between)
            else:
                pane.picture.set_frame(frame % pane.picture.frames if around else frame)
            pane.ask()
            pane.refresh()
        self.stood.emit()

    def go_to_frame(self, frame: int) -> None:
        """Show a frame of the active pane; those linked with it go on as far."""
        active = self.active_pane
        if active is not None and frame != active.picture.frame:
            self.step_frame(frame - active.picture.frame)

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
            pane.probe = probe if pane in near or self.mixed else None
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


def _other_distance(active: Pane, other: Pane) -> float:
    """Return the distance of the active pane's slices where the other's is known and another one; else 0."""
    shown = active.picture.shown, other.picture.shown
    if other is active or shown[0] is None or shown[1] is None:
        return 0.0
    own, theirs = shown[0].facts.between, shown[1].facts.between
    return own if own and theirs and abs(own - theirs) > 1e-3 * own else 0.0


def _has_real_size(pane: Pane) -> bool:
    return pane.picture.shown is not None and pane.real_scale(pane.picture.shown) is not None
