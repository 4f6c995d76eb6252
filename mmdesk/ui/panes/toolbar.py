"""The bar below the images: what can be done with them, each with its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QMenu, QSlider, QToolButton, QWidget

from mmdesk.core.cases.display import CHANNELS, LINKS, MODES, SIDE_BY_SIDE
from mmdesk.core.cases.marks import SHAPES
from mmdesk.ui.images import display_lut as toning
from mmdesk.ui.kit import icons, theme
from mmdesk.ui.kit.actions import BY_NAME
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.panes.panes import Panes
from mmdesk.ui.panes.tone_panel import TonePanel
from mmdesk.ui.panes.viewing import Viewing
from mmdesk.ui.parts.flow import Flow
from mmdesk.ui.parts.parts import label
from mmdesk.words import QT_TR_NOOP, tr

REST: Final = 60
"""Milliseconds after which the bar follows what happened to the panes."""
ICONS: Final = {
    "fit_or_1to1": "maximize",
    "adjust": "sliders-horizontal",
    "invert": "contrast",
    "rotate": "rotate-cw",
    "mirror": "flip-vertical-2",
    "magnifier": "zoom-in",
    "pixel_values": "target",
    "play": "play",
}
MARKS: Final = tuple(f"mark_{shape}" for shape in SHAPES)
LINK_WORDS: Final = {
    "zoom": QT_TR_NOOP("Zoom with the others"),
    "pan": QT_TR_NOOP("Move with the others"),
    "turn": QT_TR_NOOP("Turn with the others"),
    "window": QT_TR_NOOP("Window with the others"),
    "frame": QT_TR_NOOP("Go through frames with the others"),
}


class ImageBar(QFrame):
    """Buttons and menus for the active pane."""

    def __init__(self, keys: Keys, panes: Panes, viewing: Viewing) -> None:
        super().__init__()
        self._keys = keys
        self._panes = panes
        self._viewing = viewing
        self.buttons: dict[str, QToolButton] = {}
        self._tone = TonePanel(panes, self)
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self.refresh)
        self._frame_words = label(size="caption")
        self.frame = self._frame_slider()
        self.setProperty("kind", "panel")
        self.setLayoutDirection(QApplication.layoutDirection())
        self._lay_out()
        panes.stood.connect(self._rest.start)
        panes.case_painted.connect(lambda _case: self._rest.start())
        keys.changed.connect(self._rest.start)
        viewing.adjust_asked.connect(self._open_tone)
        self.refresh()

    def _lay_out(self) -> None:
        row = Flow(self, (4, 1), 2)
        self.mode = self._menu_button("Compare", self._fill_modes)
        self.window_names = self._menu_button("Window", self._fill_windows)
        self.channel = self._menu_button("Colour", self._fill_channels)
        self.image = self._menu_button("Image", self._fill_images)
        self.links = self._menu_button("Links", self._fill_links)
        for widget in (
            self._button("fit_or_1to1"),
            self.window_names,
            self.channel,
            *(self._button(name) for name in ("adjust", "invert", "rotate", "mirror")),
            self._gap(),
            self.mode,
            self.image,
            self.links,
            self._gap(),
            self._menu_button("Marks", self._fill_marks),
            *(self._button(name) for name in ("magnifier", "pixel_values", "play")),
            self.frame,
            self._frame_words,
        ):
            row.addWidget(widget)

    def _button(self, name: str) -> QToolButton:
        made = QToolButton()
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setMinimumSize(28, 28)
        made.clicked.connect(lambda _checked=False: self._keys.trigger(name))
        self.buttons[name] = made
        return made

    def _menu_button(self, title: str, fill: Callable[[QMenu], None]) -> QToolButton:
        made = QToolButton()
        made.setText(title)
        made.setProperty("kind", "menu")
        made.setAccessibleName(title)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setMinimumHeight(28)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(made)

        def refill() -> None:
            menu.clear()
            fill(menu)

        menu.aboutToShow.connect(refill)
        made.setMenu(menu)
        return made

    def _frame_slider(self) -> QSlider:
        made = QSlider(Qt.Orientation.Horizontal)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setFixedWidth(160)
        made.setAccessibleName(tr("Frame or slice"))
        made.valueChanged.connect(self._panes.go_to_frame)
        return made

    def _gap(self) -> QWidget:
        gap = QFrame()
        gap.setProperty("kind", "line")
        gap.setFixedSize(1, 20)
        return gap

    def refresh(self) -> None:
        """Follow the panes: what is on, what can be done, and with which key."""
        colours, panes = theme.tokens(), self._panes
        for name, made in self.buttons.items():
            drawing = "pause" if name == "play" and self._viewing.cine.playing else ICONS[name]
            made.setIcon(icons.icon(drawing, colours.text, 16, colours.edge))
            hint = self._keys.hint(name)
            made.setToolTip(f"{tr(BY_NAME[name].words)}   {hint}" if hint else tr(BY_NAME[name].words))
            made.setAccessibleName(tr(BY_NAME[name].words))
        for name, on in (("magnifier", panes.magnified), ("pixel_values", panes.values)):
            self.buttons[name].setCheckable(True)
            self.buttons[name].setChecked(on)
        pane = panes.active_pane
        shown = pane.picture.shown if pane else None
        grey = shown is not None and shown.grey
        self.window_names.setVisible(grey)
        self.channel.setVisible(shown is not None and not grey)
        for made in (self.mode, self.links):
            made.setVisible(panes.several)
        self.mode.setText(panes.mode.capitalize())
        self.links.setText("Linked" if panes.linked and pane and pane.links else tr("Not linked"))
        frames = pane.picture.frames if pane else 1
        self.buttons["play"].setVisible(frames > 1)
        self._frame_words.setVisible(frames > 1)
        self.frame.setVisible(frames > 1)
        if pane is not None and not self.frame.isSliderDown():
            with QSignalBlocker(self.frame):
                self.frame.setRange(0, frames - 1)
                self.frame.setValue(pane.picture.frame)
        if pane is not None and frames > 1:
            rate = f", {self._viewing.cine.rate:g} a second" if self._viewing.cine.playing else ""
            number = pane.picture.frame + 1
            self._frame_words.setText(
                tr("Slice {number} of {frames}{rate}", number=number, frames=frames, rate=rate)
                if shown is not None and shown.facts.stack
                else tr("Frame {number} of {frames}{rate}", number=number, frames=frames, rate=rate)
            )
        if pane is not None:
            tone = pane.picture.tone
            self.channel.setText(tone.channel.capitalize())
            self.buttons["invert"].setCheckable(True)
            self.buttons["invert"].setChecked(tone.invert)
            named = tone.window or (shown.window.name if shown and shown.window else "")
            self.window_names.setText(tr("Own window") if tone.centre is not None else named or "Window")

    def _open_tone(self) -> None:
        at = self.buttons["adjust"]
        self._tone.open_above(at.mapToGlobal(QPoint(0, 0)))

    def _add(self, menu: QMenu, words: str, call: Callable[[], object], *, on: bool, name: str = "") -> None:
        hint = self._keys.hint(name) if name else ""
        entry = menu.addAction(f"{words}\t{hint}" if hint else words)
        entry.setCheckable(True)
        entry.setChecked(on)
        entry.triggered.connect(lambda _checked=False: call())

    def _fill_modes(self, menu: QMenu) -> None:
        for mode in MODES:
            self._add(
                menu,
                mode.capitalize(),
                lambda m=mode: self._viewing.set_mode(m),  # type: ignore[misc]
                on=mode == self._panes.mode,
                name="blink" if mode == "blink" else "",
            )
        menu.addSeparator()
        for name in ("align", "compare_more", "compare_less", "compare"):
            hint = self._keys.hint(name)
            entry = menu.addAction(f"{tr(BY_NAME[name].words)}\t{hint}" if hint else tr(BY_NAME[name].words))
            entry.setEnabled(name in ("align", "compare") or self._panes.mode != SIDE_BY_SIDE)
            entry.triggered.connect(lambda _c=False, n=name: self._keys.trigger(n))

    def _fill_marks(self, menu: QMenu) -> None:
        for name in (
            *MARKS,
            "mark_tool",
            "",
            "mark_target",
            "mark_note",
            "choose_mark",
            "remove_mark",
            "hide_marks",
        ):
            if not name:
                menu.addSeparator()
                continue
            hint = self._keys.hint(name)
            entry = menu.addAction(f"{tr(BY_NAME[name].words)}\t{hint}" if hint else tr(BY_NAME[name].words))
            entry.setEnabled(not self._keys.why_not(name))
            entry.triggered.connect(lambda _c=False, n=name: self._keys.trigger(n))

    def _fill_windows(self, menu: QMenu) -> None:
        pane = self._panes.active_pane
        if pane is None or pane.picture.shown is None:
            return
        shown, tone = pane.picture.shown, pane.picture.tone
        opens = shown.window.name if shown.window and shown.window.name else tr("as it opens")
        for name in toning.window_names(shown):
            self._add(
                menu,
                (name or opens).capitalize(),
                lambda n=name: self._panes.change_tone(lambda t, _p: t.named(n)),  # type: ignore[misc]
                on=tone.centre is None and tone.window == name,
            )

    def _fill_channels(self, menu: QMenu) -> None:
        pane = self._panes.active_pane
        now = pane.picture.tone.channel if pane else ""
        for name in CHANNELS:
            self._add(
                menu,
                name.capitalize(),
                lambda n=name: self._panes.change_tone(lambda t, _p: replace(t, channel=n)),  # type: ignore[misc]
                on=name == now,
            )

    def _fill_images(self, menu: QMenu) -> None:
        field = self._panes.active_field()
        for name, title in self._panes.images():
            self._add(menu, title, lambda n=name: self._panes.put(n), on=name == field)  # type: ignore[misc]
        menu.addSeparator()
        for name in ("previous_images", "swap_panes", "keep_hanging", "forget_hanging"):
            hint = self._keys.hint(name)
            entry = menu.addAction(f"{tr(BY_NAME[name].words)}\t{hint}" if hint else tr(BY_NAME[name].words))
            entry.triggered.connect(lambda _c=False, n=name: self._keys.trigger(n))

    def _fill_links(self, menu: QMenu) -> None:
        pane = self._panes.active_pane
        if pane is None:
            return
        linked, links = self._panes.linked, pane.links
        self._add(
            menu,
            tr("Link the panes"),
            lambda: self._panes.set_linked(not linked),
            on=linked,
            name="link_panes",
        )
        menu.addSeparator()
        for what in LINKS:
            rest = tuple(n for n in LINKS if (n in links) != (n == what))
            self._add(
                menu,
                LINK_WORDS[what],
                lambda r=rest: self._panes.set_links(r),  # type: ignore[misc]
                on=what in links,
            )

    def changeEvent(self, event: QEvent) -> None:
        """Take a new theme's colours."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_rest"):
            self._rest.start()
        super().changeEvent(event)
