"""What the keys, the palette and the bar do to the images; and the arrangement kept with the project."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from mmdesk.core.cases.display import MODES, SIDE_BY_SIDE, Hanging
from mmdesk.core.changes import Change
from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.kit.keys import Handler, Keys
from mmdesk.ui.kit.theme import SURROUNDS
from mmdesk.ui.panes.frames import Cine
from mmdesk.ui.panes.link_key import LinkKey
from mmdesk.ui.panes.panes import Panes
from mmdesk.words import QT_TR_NOOP, tr

ZOOM_STEP = 1.25
MEGABYTE = 1024 * 1024
ONE_IMAGE = QT_TR_NOOP("This case has one image. There is nothing to compare it with. Choose another case.")
NO_SIZE = QT_TR_NOOP("This file does not tell its pixel spacing. The size stays as it is. Press {key} for 1:1.")
NOT_ALIGNED = QT_TR_NOOP("The two images have too little in common. They stand as they are. Compare them side by side.")


class Viewing(QObject):
    """Binds the actions of the images.

    Signals:
        adjust_asked: The person wants brightness, contrast and gamma.

    Attributes:
        cine: Plays frames.
    """

    adjust_asked = Signal()

    def __init__(self, bridge: Bridge, keys: Keys, panes: Panes, why_not: Callable[[], str]) -> None:
        super().__init__(panes)
        self.cine = Cine(panes)
        self._bridge = bridge
        self._keys = keys
        self._panes = panes
        self._before = SIDE_BY_SIDE
        self._link_key = LinkKey(panes)
        self._bind(why_not)
        bridge.project_opened.connect(self._on_opened)
        bridge.project_closed.connect(self._on_closed)
        bridge.preferences.changed.connect(self._on_preference)
        for name in ("surround", "image_memory"):
            self._on_preference(name)
        if bridge.session is not None:
            self._on_opened(bridge.session)

    def set_mode(self, mode: str) -> None:
        """Compare in a way, or say why that cannot be."""
        if not self._panes.set_mode(mode):
            self._bridge.notices.tell(tr(ONE_IMAGE))

    def blink(self) -> None:
        """Blink, or go back to the way of comparing before."""
        if self._panes.mode == "blink":
            self.set_mode(self._before if self._before != "blink" else SIDE_BY_SIDE)
        else:
            self._before = self._panes.mode
            self.set_mode("blink")

    def align(self) -> None:
        """Lay the second image onto the first by itself, or take that back."""
        compare = self._panes.compare
        if self._panes.mode == SIDE_BY_SIDE:
            self.set_mode("difference")
        if compare.alignment is not None:
            compare.set_alignment(None)
            return
        squares, key = compare.squares(), compare.standing()
        if squares is None:
            return

        def work() -> Any:
            from mmdesk.imaging.align import find_rigid

            return find_rigid(*squares)

        def done(found: Any) -> None:
            if key != compare.standing():
                return
            if found.found:
                compare.set_alignment(found, key)
            else:
                self._bridge.notices.tell(tr(NOT_ALIGNED))

        self._panes.pictures.run(tr("Aligning two images"), work, done)

    def keep_hanging(self) -> None:
        """Keep the arrangement on the screen for everyone on the project."""
        hanging = self._panes.standing()
        self._store(hanging, lambda: self._set(hanging))

    def forget_hanging(self) -> None:
        """Let cases open as the schema says."""
        self._store(None, lambda: self._panes.set_hanging(Hanging()))

    def _set(self, hanging: Hanging) -> None:
        self._panes.hanging = hanging

    def _store(self, hanging: Hanging | None, then: Callable[[], object]) -> None:
        def work(session: Session) -> Change:
            from mmdesk.services.cases.display import keep_hanging

            return keep_hanging(session.project, hanging, session.reader)

        self._bridge.change(tr("Keeping the arrangement"), work, lambda _change: then())

    # -- the session --------------------------------------------------------------------------

    def _on_opened(self, session: Session) -> None:
        self.cine.stop()

        def work(_ctx: JobContext) -> Hanging:
            from mmdesk.services.cases.display import hanging_of

            return hanging_of(session.project)

        self._panes.set_hanging(Hanging())
        self._bridge.run(tr("Reading the arrangement"), work, self._take, urgent=True)

    def _take(self, hanging: Hanging) -> None:
        if hanging != self._panes.hanging:
            self._panes.set_hanging(hanging)

    def _on_closed(self) -> None:
        self.cine.stop()
        self._panes.set_hanging(Hanging())

    def _on_preference(self, name: str) -> None:
        preferences = self._bridge.preferences
        if name == "surround":
            self._panes.set_surround(QColor(SURROUNDS[str(preferences.get("surround"))]))
        elif name == "image_memory":
            self._panes.pictures.set_bound(int(preferences.get("image_memory")) * MEGABYTE)

    def say_display(self) -> str:
        """Return how the images are displayed now, as the journal keeps it beside a label."""
        images = self._panes.used()
        if not images:
            return ""
        told = {
            "images": images,
            "mode": self._panes.mode,
            "surround": str(self._bridge.preferences.get("surround")),
        }
        return json.dumps(told, ensure_ascii=False)

    # -- keys ---------------------------------------------------------------------------------

    def _bind(self, why_not: Callable[[], str]) -> None:
        panes, compare = self._panes, self._panes.compare
        sized: dict[str, Handler] = {
            "fit_or_1to1": panes.fit_or_1to1,
            "fill_view": lambda: panes.set_fit("fill"),
            "real_size": self._real_size,
            "reset_view": panes.reset,
            "zoom_in": lambda: panes.zoom(ZOOM_STEP),
            "zoom_out": lambda: panes.zoom(1 / ZOOM_STEP),
            "zoom_fit": lambda: panes.set_fit("fit"),
            "link_panes": self._link_key.held,
            "swap_panes": panes.swap,
            "keep_hanging": self.keep_hanging,
            "forget_hanging": self.forget_hanging,
        }
        shaded: dict[str, Handler] = {
            "window_next": lambda: panes.step_window(1),
            "window_back": lambda: panes.step_window(-1),
            "invert": self._invert,
            "channel": lambda: panes.change_tone(lambda tone, _pane: tone.next_channel()),
            "adjust": self.adjust_asked.emit,
            "rotate": panes.rotate,
            "mirror": panes.mirror,
            "magnifier": lambda: panes.set_magnified(not panes.magnified),
            "pixel_values": lambda: panes.set_values(not panes.values),
            "frame_back": lambda: panes.step_frame(-1),
            "frame_on": lambda: panes.step_frame(1),
            "play": self.cine.toggle,
            "play_faster": lambda: self.cine.change_rate(1),
            "play_slower": lambda: self.cine.change_rate(-1),
        }
        compared: dict[str, Handler] = {
            "compare": lambda: self._step_mode(1),
            "compare_back": lambda: self._step_mode(-1),
            "blink": self.blink,
            "blink_flip": self._flip,
            "compare_more": lambda: compare.adjust(1),
            "compare_less": lambda: compare.adjust(-1),
            "align": self.align,
            "compare_side": partial(self.set_mode, SIDE_BY_SIDE),
        }
        for mode in MODES[2:]:
            compared[f"compare_{mode}"] = partial(self.set_mode, mode)
        for name, handler in {**sized, **shaded, **compared}.items():
            self._keys.bind(name, handler, why_not, page="reading")

    def _invert(self) -> None:
        self._panes.change_tone(lambda tone, _pane: replace(tone, invert=not tone.invert))

    def _real_size(self) -> None:
        if not self._panes.set_fit("real size"):
            self._bridge.notices.tell(tr(NO_SIZE).format(key=self._keys.hint("fit_or_1to1")))

    def _step_mode(self, step: int) -> None:
        if not self._panes.step_mode(step):
            self._bridge.notices.tell(tr(ONE_IMAGE))

    def _flip(self) -> None:
        if self._panes.mode != "blink":
            self.blink()
        self._panes.compare.flip_by_hand()
