"""How images are displayed: shades, turns, links between panes, and a project's arrangement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from mmdesk.words import tr

SIDE_BY_SIDE: Final = "side by side"
MODES: Final = (SIDE_BY_SIDE, "blink", "swipe", "fade", "difference", "checkerboard")
"""Ways to compare two images."""
CHANNELS: Final = ("colour", "red-free", "red", "blue", "brightness")
"""What of a colour picture is shown; `red-free` is its green alone, in grey."""
FITS: Final = ("fit", "fill", "1:1", "real size")
"""Named sizes: whole, no empty border, a screen pixel per image pixel, true millimetres."""
LINKS: Final = ("zoom", "pan", "turn", "window", "frame")
"""What panes can do together."""
RATES: Final = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
"""Blinks a second."""

Point = tuple[float, float]
Size = tuple[float, float]
Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Tone:
    """How the values of a picture become shades.

    Attributes:
        window: Name of a window of the file or a preset; empty for the one it opens with.
        centre: Value shown as middle grey, when a person has set it, else None.
        width: Values between black and white, likewise.
        invert: White for black.
        channel: One of `CHANNELS`; colour pictures only.
        brightness: Added to every colour value, -1 to 1 of the whole range.
        contrast: Spread of colour values about the middle, 1 as they are, above 0.
        gamma: Above 1 lightens the middle, 1 as it is, above 0.
    """

    window: str = ""
    centre: float | None = None
    width: float | None = None
    invert: bool = False
    channel: str = "colour"
    brightness: float = 0.0
    contrast: float = 1.0
    gamma: float = 1.0

    @property
    def plain(self) -> bool:
        """Whether a picture is shown as it opens."""
        return self == Tone()

    def say(self) -> str:
        """Name what is changed, for the plate on the pane; empty when nothing is."""
        parts = []
        if self.centre is not None and self.width is not None:
            parts.append(tr("window {short} / {short_2}", short=_short(self.centre), short_2=_short(self.width)))
        elif self.window:
            parts.append(self.window)
        if self.channel != "colour":
            parts.append(tr("brightness only") if self.channel == "brightness" else self.channel)
        if self.invert:
            parts.append("inverted")
        if self.brightness:
            parts.append(tr("brightness {brightness:+.0f} %", brightness=self.brightness * 100))
        if self.contrast != 1.0:
            parts.append(tr("contrast {contrast:.2g}", contrast=self.contrast))
        if self.gamma != 1.0:
            parts.append(tr("gamma {gamma:.2g}", gamma=self.gamma))
        return ", ".join(parts)

    def dragged(self, across: float, down: float, window: tuple[float, float] | None) -> Tone:
        """Return the tone after a drag, relative to where it stands.

        Args:
            across: Share of the pane dragged to the right: a wider window, less contrast.
            down: Share of the pane dragged down: a higher centre, a darker picture.
            window: Centre and width shown now; None for a colour picture, whose brightness
                and contrast follow instead.
        """
        factor = float(4.0**across)
        if window is None:
            contrast = min(max(self.contrast / factor, 0.1), 10.0)
            return replace(self, contrast=contrast, brightness=min(max(self.brightness - down, -1.0), 1.0))
        centre, width = window
        return replace(self, window="", centre=centre + down * width, width=max(width * factor, 1e-6))

    def next_channel(self) -> Tone:
        """Return the tone with the next channel."""
        place = CHANNELS.index(self.channel) if self.channel in CHANNELS else -1
        return replace(self, channel=CHANNELS[(place + 1) % len(CHANNELS)])

    def named(self, window: str) -> Tone:
        """Return the tone with a window by its name."""
        return replace(self, window=window, centre=None, width=None)


@dataclass(frozen=True, slots=True)
class Turn:
    """How a picture is turned: first by quarters clockwise, then perhaps mirrored left to right.

    Example:
        >>> Turn(1).point((0, 0), (40, 30))
        (30, 0)
        >>> Turn(1).back((30, 0), (40, 30))
        (0, 0)
    """

    quarters: int = 0
    mirrored: bool = False

    @property
    def plain(self) -> bool:
        """Whether the picture stands as in its file."""
        return not self.quarters and not self.mirrored

    def on(self, quarters: int = 1) -> Turn:
        """Return it turned further, clockwise as seen on the screen."""
        step = -quarters if self.mirrored else quarters
        return Turn((self.quarters + step) % 4, self.mirrored)

    def flipped(self) -> Turn:
        """Return it mirrored left to right, as seen on the screen."""
        return Turn(self.quarters, not self.mirrored)

    def size(self, size: Size) -> Size:
        """Return width and height after turning."""
        return (size[1], size[0]) if self.quarters % 2 else size

    def point(self, point: Point, size: Size) -> Point:
        """Return where a point of the upright picture of that size lies after turning."""
        (x, y), (width, height) = point, size
        match self.quarters % 4:
            case 1:
                x, y = height - y, x
            case 2:
                x, y = width - x, height - y
            case 3:
                x, y = y, width - x
        return (self.size(size)[0] - x if self.mirrored else x, y)

    def back(self, point: Point, size: Size) -> Point:
        """Return which point of the upright picture lies at a point after turning."""
        (x, y), (width, height) = point, size
        if self.mirrored:
            x = self.size(size)[0] - x
        match self.quarters % 4:
            case 1:
                return y, height - x
            case 2:
                return width - x, height - y
            case 3:
                return width - y, x
        return x, y

    def rect(self, rect: Rect, size: Size) -> Rect:
        """Return where a rectangle (x, y, width, height) of the upright picture lies after turning."""
        return _spanned(self.point(rect[:2], size), self.point((rect[0] + rect[2], rect[1] + rect[3]), size))

    def rect_back(self, rect: Rect, size: Size) -> Rect:
        """Return the rectangle of the upright picture that lies in one after turning."""
        return _spanned(self.back(rect[:2], size), self.back((rect[0] + rect[2], rect[1] + rect[3]), size))

    def say(self) -> str:
        """Name the turn, for the mark on the pane; empty when there is none."""
        parts = [tr("turned {quarters}°", quarters=self.quarters * 90)] if self.quarters else []
        return ", ".join([*parts, "mirrored"] if self.mirrored else parts)


@dataclass(frozen=True, slots=True)
class Hang:
    """How one image input is shown when a case opens.

    Attributes:
        field: The input's name.
        fit: One of `FITS`, or empty for `zoom`.
        zoom: Times the fitted size, where `fit` is empty.
        tone: Its shades.
        turn: How it is turned.
        links: What it does together with the other panes, of `LINKS`.
    """

    field: str
    fit: str = "fit"
    zoom: float = 1.0
    tone: Tone = Tone()
    turn: Turn = Turn()
    links: tuple[str, ...] = LINKS


@dataclass(frozen=True, slots=True)
class Hanging:
    """A project's hanging protocol: which input stands in which pane, and how.

    Attributes:
        panes: In the order of the panes; inputs that are not named follow in the schema's order.
        mode: One of `MODES`.
        linked: Whether the panes are linked at all.
    """

    panes: tuple[Hang, ...] = ()
    mode: str = SIDE_BY_SIDE
    linked: bool = True

    def order(self, names: Sequence[str]) -> list[int]:
        """Return the places of image inputs, given in the schema's order, as the panes show them."""
        wanted = [hang.field for hang in self.panes if hang.field in names]
        first = [names.index(name) for name in dict.fromkeys(wanted)]
        return first + [index for index in range(len(names)) if index not in first]

    def hang(self, field: str) -> Hang:
        """Return how an input is shown; as it is when nothing was kept for it."""
        return next((hang for hang in self.panes if hang.field == field), Hang(field))

    def moved(self, names: Sequence[str], field: str, place: int) -> Hanging:
        """Return it with an input at another place; the one that stood there takes its place.

        Args:
            names: All image inputs in the schema's order.
            field: The input to move.
            place: Number of the pane, from 0.
        """
        ordered = [names[at] for at in self.order(names)]
        here = ordered.index(field)
        ordered[here], ordered[place] = ordered[place], field
        return replace(self, panes=tuple(self.hang(name) for name in ordered))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


def read_hanging(stored: object) -> Hanging:
    """Return the arrangement that was stored; what is not understood is left as it is by default.

    Args:
        stored: What `Hanging.to_json` gave, perhaps of another version, or None.
    """
    if not isinstance(stored, Mapping):
        return Hanging()
    listed = stored.get("panes")
    panes = tuple(
        _read_hang(entry)
        for entry in (listed if isinstance(listed, (list, tuple)) else ())
        if isinstance(entry, Mapping) and isinstance(entry.get("field"), str)
    )
    mode = stored.get("mode")
    return Hanging(panes, mode if mode in MODES else SIDE_BY_SIDE, stored.get("linked") is not False)


def _read_hang(entry: Mapping[str, Any]) -> Hang:
    fit, zoom, links = entry.get("fit"), entry.get("zoom"), entry.get("links")
    turn = entry.get("turn") if isinstance(entry.get("turn"), Mapping) else {}
    quarters = turn.get("quarters", 0) if turn else 0
    return Hang(
        entry["field"],
        fit if fit in (*FITS, "") else "fit",
        float(zoom) if isinstance(zoom, (int, float)) and 0.01 <= zoom <= 1000 else 1.0,
        _read_tone(entry.get("tone")),
        Turn(quarters % 4 if isinstance(quarters, int) else 0, bool(turn and turn.get("mirrored"))),
        tuple(n for n in LINKS if n in links) if isinstance(links, (list, tuple)) else LINKS,
    )


def _read_tone(stored: object) -> Tone:
    if not isinstance(stored, Mapping):
        return Tone()
    usual = Tone()
    kept: dict[str, Any] = {}
    for entry in fields(Tone):
        value, plain = stored.get(entry.name), getattr(usual, entry.name)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if (plain is None or isinstance(plain, float)) and number:
            kept[entry.name] = float(value)  # type: ignore[arg-type]
        elif plain is not None and type(value) is type(plain):
            kept[entry.name] = value
    tone = Tone(**kept)
    sound = tone.channel in CHANNELS and tone.contrast > 0 and tone.gamma > 0
    return tone if sound and (tone.width is None or tone.width > 0) else usual


def real_scale(spacing: tuple[float, float] | None, dots_per_inch: float) -> float | None:
    """Return screen pixels per image pixel at true size; None where the spacing is not known.

    Args:
        spacing: Millimetres between pixels, (down, across).
        dots_per_inch: Of the screen, as it says itself.
    """
    if spacing is None or spacing[1] <= 0 or dots_per_inch <= 0:
        return None
    return spacing[1] * dots_per_inch / 25.4


def _spanned(one: Point, other: Point) -> Rect:
    left, top = min(one[0], other[0]), min(one[1], other[1])
    return left, top, abs(one[0] - other[0]), abs(one[1] - other[1])


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
