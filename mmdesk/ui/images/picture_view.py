"""A picture in a pane: how it stands, which pixels that needs, and its painting; no widget itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRect, QRectF, QTimer
from PySide6.QtGui import QImage, QPainter

from mmdesk.core.cases.display import Hang, Tone, Turn
from mmdesk.ui.images import display_lut as toning
from mmdesk.ui.images.decoded_image import DecodedImage, Region, Source, Wanted
from mmdesk.ui.images.pictures import Pictures
from mmdesk.ui.images.viewport import Viewport
from mmdesk.words import tr

PIXELS_FROM = 4.0
"""From this many screen pixels per image pixel on, single pixels are shown."""
WHOLE = 24_000_000
"""Pixels up to which a frame is held in full; larger ones are read in parts."""
AT_ONCE = 1_600_000
"""Pixels up to which a new tone is put on the whole picture at once."""
REST = 120
"""Milliseconds of rest before a new tone is put on the whole of a larger picture."""
TILE = 512
AHEAD = 2
"""Frames read ahead."""


class PictureView(QObject):
    """One pane's picture.

    Attributes:
        view: Where the turned picture stands.
        turn: How it is turned.
        tone: Its shades.
        fit: The named size it keeps (`core.display.FITS`), empty once it was zoomed.
        source: The file, or None.
        frame: The frame wanted; `shown.frame` is the one painted.
        shown: The whole frame at the size of the pane, or None while it is coming.
        detail: More pixels of it, whole or in part, or None.
        stamp: Another number each time something else is to be seen.
    """

    def __init__(self, pictures: Pictures, changed: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self.view = Viewport()
        self.turn = Turn()
        self.tone = Tone()
        self.fit = "fit"
        self.source: Source | None = None
        self.frame = 0
        self._moved = 0.0
        self.shown: DecodedImage | None = None
        self.detail: DecodedImage | None = None
        self.stamp = 0
        self._pictures = pictures
        self._changed = changed
        self._made: dict[int, tuple[DecodedImage, Tone, Turn, QImage]] = {}
        self._cut: tuple[object, Any] = (None, None)
        self._base: Wanted | None = None
        self._requested: Wanted | None = None
        self._late: DecodedImage | None = None
        self._all = False
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._make_late)

    @property
    def frames(self) -> int:
        """How many frames the file has, as far as known."""
        return self.shown.facts.frames if self.shown else 1

    @property
    def shown_frame(self) -> bool:
        """Whether the frame that is wanted is the one painted, or none can be."""
        return self.problem() is not None or (self.shown is not None and self.shown.frame == self.frame)

    @property
    def stretched(self) -> tuple[float, float]:
        """Width and height of the upright frame in square pixels."""
        if self.shown is None:
            return 1.0, 1.0
        return self.shown.full[0], self.shown.full[1] * self.shown.facts.aspect

    def begin(self, source: Source | None, hang: Hang) -> None:
        """Show another picture from the beginning, as the arrangement says."""
        self._drop_asked()
        self.source = source
        self.frame = 0
        self.shown = self.detail = None
        self._made.clear()
        self._cut = (None, None)
        self.tone, self.turn, self.fit = hang.tone, hang.turn, hang.fit
        self.view.reset()
        self.view.zoom = hang.zoom if not hang.fit else 1.0
        self.touch()

    def touch(self) -> None:
        """Note that something else is to be seen."""
        self.stamp += 1

    def set_tone(self, tone: Tone) -> None:
        """Show other shades."""
        if tone != self.tone:
            self.tone = tone
            self.touch()

    def set_turn(self, turn: Turn) -> None:
        """Turn the picture; the point in the middle stays there."""
        size = self.stretched
        old = self.turn.size(size)
        middle = self.turn.back((self.view.x * old[0], self.view.y * old[1]), size)
        self.turn = turn
        new = turn.size(size)
        x, y = turn.point(middle, size)
        self.view.x, self.view.y = x / new[0], y / new[1]
        self._place_image()
        self.touch()

    def set_frame(self, frame: int) -> None:
        """Want another frame, between the first and the last."""
        self.frame = min(max(frame, 0), self.frames - 1)
        self._moved = 0.0

    def move_slices(self, distance: float) -> None:
        """Go on by millimetres to the nearest slice; what is left of the way counts for the next time."""
        between = self.shown.facts.between if self.shown else 0.0
        if between:
            wanted = self.frame + self._moved + distance / between
            self.set_frame(round(wanted))
            self._moved = wanted - self.frame if 0 <= wanted <= self.frames - 1 else 0.0

    def refit(self, real: Callable[[DecodedImage], float | None]) -> None:
        """Give the picture its named size again.

        Args:
            real: Returns screen pixels per image pixel at true size, or None.
        """
        if self.shown is None or not self.fit:
            return
        if self.fit == "fit":
            self.view.reset()
        elif self.fit == "fill":
            self.view.zoom = self.view.filling
        elif self.fit == "1:1":
            self.view.zoom = 1.0 / self.view.fit
        else:
            self.view.zoom = (real(self.shown) or self.view.fit) / self.view.fit
        self.touch()

    # -- which pixels -------------------------------------------------------------------------

    def ask(self, box: tuple[int, int]) -> bool:
        """Take the pixels that are there and ask for those that are not; tell whether it is settled."""
        if self.source is None:
            return True
        wanted = self._base = Wanted(self.source, box, self.frame)
        found = self._pictures.get(wanted)
        if found is None or not found.complete:
            self._pictures.want(wanted)
        self._take(found or self._pictures.best(self.source, self.frame))
        self._ask_detail()
        self._ask_ahead(box)
        return self.settled()

    def settled(self) -> bool:
        """Tell whether there is a picture, or a reason why there is none."""
        return self.source is None or self.shown is not None or self.problem() is not None

    def problem(self) -> Any:
        """Return the `ImageProblem` of a file that cannot be read, else None."""
        return self._pictures.problem(self.source) if self.source else None

    def needs_more(self) -> bool:
        """Tell whether the pane shows less than the resolution it has room for."""
        return self.shown is not None and self._lacks(self.shown) and self._lacking_detail()

    def share(self) -> float:
        """Return how much of what is being read is decoded, 0 to 1, as far as its format tells."""
        coming = self._requested if self.shown is not None else self._base
        if coming is None:
            return 0.0
        kept = self._pictures.get(coming)
        return kept.share if kept is not None and not kept.complete else self._pictures.share(coming)

    def coarse(self, view: Viewport) -> bool:
        """Tell whether a view shows less than the resolution it has room for, with the pixels at hand."""
        layers = self._layers(view)
        return bool(layers) and layers[-1].scale < min(view.scale, 1.0) * 0.98

    def want_all(self, wanted: bool) -> None:
        """Ask for full resolution, as for the magnifier, also while less would do for the pane."""
        self._all = wanted

    def _take(self, shown: DecodedImage | None) -> None:
        if shown is None or shown is self.shown:
            return
        self.shown = shown
        if self.detail is not None and self.detail.frame != shown.frame:
            self.detail = None
        self._made = {key: made for key, made in self._made.items() if made[0] is self.detail}
        self._place_image()
        self.touch()

    def _place_image(self) -> None:
        width, height = self.turn.size(self.stretched)
        self.view.image = (max(1, round(width)), max(1, round(height)))

    def _lacks(self, shown: DecodedImage) -> bool:
        most = 1.0 if self._all and math.prod(shown.full) <= WHOLE else self.view.scale
        return shown.scale < shown.most * 0.999 and most > shown.scale * 1.02

    def _lacking_detail(self) -> bool:
        detail = self.detail
        if detail is None or not detail.complete or self._lacks(detail):
            return True
        return not _covers(detail.part, self._seen())

    def _seen(self) -> Region:
        """Return the part of the frame that lies in the pane, in pixels of the file."""
        x, y, width, height = self.turn.rect_back(self.view.visible(), self.stretched)
        aspect = self.shown.facts.aspect if self.shown else 1.0
        left, top = math.floor(x), math.floor(y / aspect)
        return left, top, math.ceil(x + width) - left, math.ceil((y + height) / aspect) - top

    def _ask_detail(self) -> None:
        shown, source = self.shown, self.source
        if shown is None or source is None or shown.frame != self.frame or not self._lacks(shown):
            self._drop_asked()
            return
        if not self._lacking_detail():
            return
        width, height = shown.full
        wanted = Wanted(source, None, self.frame) if width * height <= WHOLE else self._wanted_part(source, shown)
        detail = self._pictures.get(wanted)
        usable = detail is not None and (detail.complete or detail.region is None)
        if usable and detail is not self.detail:
            self.detail = detail
            self.touch()
        if wanted != self._requested and (detail is None or not detail.complete):
            self._drop_asked()
            self._requested = wanted
            self._pictures.want(wanted)

    def _wanted_part(self, source: Source, shown: DecodedImage) -> Wanted:
        level = min(1.0, 2.0 ** math.ceil(math.log2(self.view.scale)))
        tile = round(TILE / level)
        x, y, width, height = self._seen()
        x0 = max(0, (x - tile // 2) // tile * tile)
        y0 = max(0, (y - tile // 2) // tile * tile)
        x1 = min(shown.full[0], -(-(x + width + tile // 2) // tile) * tile)
        y1 = min(shown.full[1], -(-(y + height + tile // 2) // tile) * tile)
        region = (x0, y0, max(1, x1 - x0), max(1, y1 - y0))
        box = (max(1, round(region[2] * level)), max(1, round(region[3] * level)))
        return Wanted(source, box, self.frame, region)

    def _drop_asked(self) -> None:
        if self._requested is not None:
            self._pictures.drop(self._requested)
        self._requested = None

    def _ask_ahead(self, box: tuple[int, int]) -> None:
        if self.source is None or self.frames < 2 or self.shown is None or self.shown.frame != self.frame:
            return
        for step in range(1, AHEAD + 1):
            self._pictures.want(Wanted(self.source, box, (self.frame + step) % self.frames), ahead=True)

    # -- painting -----------------------------------------------------------------------------

    def paint(
        self, painter: QPainter, inner: QRect, ratio: float, view: Viewport | None = None, *, cut: bool = True
    ) -> None:
        """Paint the picture into a rectangle.

        Args:
            painter: Where; it clips.
            inner: In logical pixels.
            ratio: Screen pixels per logical pixel.
            view: Another place than the pane's own, as for the magnifier.
            cut: Paint only what lies in the rectangle; not under a painter that turns.
        """
        if self.shown is None or self.problem() is not None:
            return
        view = view or self.view
        for shown in self._layers(view):
            self._paint_layer(painter, inner, ratio, shown, view, cut=cut)

    def _layers(self, view: Viewport) -> list[DecodedImage]:
        base, detail = self.shown, self.detail
        if base is None:
            return []
        if detail is None or base.scale >= min(view.scale, 1.0) * 0.98:
            return [base]
        return [detail] if detail.region is None else [base, detail]

    def _paint_layer(
        self, painter: QPainter, inner: QRect, ratio: float, shown: DecodedImage, view: Viewport, *, cut: bool
    ) -> None:
        place = self._place(shown, view)
        seen = place.intersected(QRectF(0, 0, *view.pane)) if cut else place
        if seen.isEmpty():
            return
        image = self._image(shown)
        corner = inner.topLeft()
        if image is None:
            seen = QRectF(seen.toAlignedRect()).intersected(place)
            image, source = self._quick(shown, place, seen), None
        elif (image.width(), image.height()) == (round(place.width()), round(place.height())):
            seen, source = QRectF(round(place.x()), round(place.y()), image.width(), image.height()), None
        else:
            sx, sy = image.width() / place.width(), image.height() / place.height()
            source = QRectF(
                (seen.x() - place.x()) * sx,
                (seen.y() - place.y()) * sy,
                seen.width() * sx,
                seen.height() * sy,
            )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, view.scale < PIXELS_FROM)
        target = QRectF(
            corner.x() + seen.x() / ratio,
            corner.y() + seen.y() / ratio,
            seen.width() / ratio,
            seen.height() / ratio,
        )
        painter.drawImage(target, image, source or QRectF(image.rect()))

    def _place(self, shown: DecodedImage, view: Viewport) -> QRectF:
        """Return where a layer lies on the pane, in screen pixels."""
        aspect = shown.facts.aspect
        x, y, width, height = shown.part
        part = (x, y * aspect, width, height * aspect)
        left, top, wide, high = self.turn.rect(part, self.stretched)
        at_x, at_y = view.place(left, top)
        return QRectF(at_x, at_y, wide * view.scale, high * view.scale)

    def _image(self, shown: DecodedImage) -> QImage | None:
        """Return the whole layer in its shades, turned; None while that is still to be made."""
        if self.tone.plain and self.turn.plain:
            return shown.image
        made = self._made.get(id(shown))
        if made is not None and made[1:3] == (self.tone, self.turn):
            return made[3]
        if shown.image.width() * shown.image.height() <= AT_ONCE:
            image = toning.turned(toning.toned(shown, self.tone), self.turn)
            self._made[id(shown)] = (shown, self.tone, self.turn, image)
            return image
        self._late = shown
        self._rest.start()
        return None

    def _make_late(self) -> None:
        shown, tone, turn = self._late, self.tone, self.turn
        if shown is None or shown not in (self.shown, self.detail):
            return

        def made(image: QImage) -> None:
            if (self.tone, self.turn) == (tone, turn) and shown in (self.shown, self.detail):
                self._made[id(shown)] = (shown, tone, turn, image)
                self._changed()

        self._pictures.run(tr("Shading an image"), lambda: toning.turned(toning.toned(shown, tone), turn), made)

    def _quick(self, shown: DecodedImage, place: QRectF, seen: QRectF) -> QImage:
        """Return only what is seen, at the size it is seen, in its shades."""
        size = (place.width(), place.height())
        upright = (size[1], size[0]) if self.turn.quarters % 2 else size
        part = (seen.x() - place.x(), seen.y() - place.y(), seen.width(), seen.height())
        x, y, width, height = self.turn.rect_back(part, upright)
        sx, sy = shown.image.width() / upright[0], shown.image.height() / upright[1]
        box = QRectF(x * sx, y * sy, width * sx, height * sy)
        out = (max(1, round(width)), max(1, round(height)))
        key = (id(shown), box.getRect(), out)
        if self._cut[0] != key:
            self._cut = (key, _cut_out(shown, box, out))
        values = self._cut[1]
        if shown.grey:
            image = toning.shades(values, shown, self.tone)
        else:
            image = values if self.tone.plain else toning.recoloured(values, self.tone)
        return toning.turned(image, self.turn)

    # -- points -------------------------------------------------------------------------------

    def file_point(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of the upright full-size frame at a point of the pane (screen pixels)."""
        aspect = self.shown.facts.aspect if self.shown else 1.0
        at_x, at_y = self.turn.back(self.view.point(x, y), self.stretched)
        return at_x, at_y / aspect

    def pane_point(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the upright full-size frame lies on the pane (screen pixels)."""
        aspect = self.shown.facts.aspect if self.shown else 1.0
        return self.view.place(*self.turn.point((x, y * aspect), self.stretched))

    def value_words(self, x: float, y: float) -> str:
        """Return place and value of the pixel at a point of the pane, in words; empty outside."""
        shown = self.shown
        if shown is None or self.problem() is not None:
            return ""
        at_x, at_y = self.file_point(x, y)
        if not (0 <= at_x < shown.full[0] and 0 <= at_y < shown.full[1]):
            return ""
        if self.detail is not None and _covers(self.detail.part, (int(at_x), int(at_y), 1, 1)):
            shown = self.detail
        left, top, width, height = shown.part
        column = min(int((at_x - left) * shown.image.width() / width), shown.image.width() - 1)
        row = min(int((at_y - top) * shown.image.height() / height), shown.image.height() - 1)
        about = "" if shown.scale >= 1.0 else "about "
        if shown.grey:
            value = f"{float(shown.pixels[row, column]):.6g}"
            said = f"{value} {shown.facts.unit}".strip()
        else:
            colour = shown.image.pixelColor(column, row)
            said = f"R {colour.red()} G {colour.green()} B {colour.blue()}"
        return f"{int(at_x)}, {int(at_y)}: {about}{said}"


def _covers(region: Region, part: Region) -> bool:
    return (
        region[0] <= part[0]
        and region[1] <= part[1]
        and region[0] + region[2] >= part[0] + part[2]
        and region[1] + region[3] >= part[1] + part[3]
    )


def _cut_out(shown: DecodedImage, box: QRectF, size: tuple[int, int]) -> Any:
    """Return a part of a layer at a size: an array of values, or an image in colour."""
    if not shown.grey:
        return toning.reduced(shown.image, box, size)
    from mmdesk.imaging.base.plane import reduced

    x0, y0 = int(box.left()), int(box.top())
    x1 = max(x0 + 1, min(round(box.right()), shown.pixels.shape[1]))
    y1 = max(y0 + 1, min(round(box.bottom()), shown.pixels.shape[0]))
    values = shown.pixels[y0:y1, x0:x1]
    return reduced(values, (min(size[0], x1 - x0), min(size[1], y1 - y0)))
