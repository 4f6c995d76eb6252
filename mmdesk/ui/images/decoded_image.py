"""A decoded picture, or a part of one, as the panes paint it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QImage

from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.imaging.base.window import Window

Region = tuple[int, int, int, int]
"""x, y, width and height in pixels of the upright full-size frame."""


@dataclass(frozen=True, slots=True)
class Source:
    """Which bytes a picture comes from.

    Attributes:
        path: The file.
        stamp: Content hash or another mark that changes when the file does.
        window: Of a volume the window that its field declares, empty for the file's own; None for
            images that are no volumes.
    """

    path: Path
    stamp: str = ""
    window: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture at a size.

    Attributes:
        source: Which file.
        box: Screen pixels that the region is fitted into, or None for full resolution.
        frame: Which frame, from 0.
        region: The part wanted, or None for the whole frame.
    """

    source: Source
    box: tuple[int, int] | None
    frame: int = 0
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file says of its pictures.

    Attributes:
        frames: How many it has.
        spacing: Millimetres between pixels, (down, across), where known.
        aspect: Height of a pixel divided by its width.
        windows: The windows it brings, the default one first.
        presets: Customary windows for such pictures.
        unit: Unit of grey values.
        inverted: Low values are meant to be white.
        stack: Its frames are slices of a volume.
        between: Millimetres between slices; 0 where that is not known.
    """

    frames: int = 1
    spacing: tuple[float, float] | None = None
    aspect: float = 1.0
    windows: tuple[Window, ...] = ()
    presets: tuple[Window, ...] = ()
    unit: str = ""
    inverted: bool = False
    stack: bool = False
    between: float = 0.0


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A picture ready to be painted.

    Attributes:
        image: Its pixels as they are shown at first: 32 bits colour or 8 bits grey.
        full: Width and height of the file's frame, upright.
        whole: It has every pixel of the frame.
        note: What a reader must know of the decoding, one sentence or empty.
        pixels: Grey values before any window (height, width), else None.
        window: The window that `image` was made with; None for colour.
        facts: What the file says.
        frame: Which frame.
        region: The part of the frame it shows; None for all of it.
        share: Of a very large picture, the share of it that is decoded, above 0 to 1; the rest
            is stood for by what lies near, and still to come.
        position: Of a slice, millimetres from the first one, where known.
        most: The scale of the finest pixels that can be had of this frame, at most 1.
    """

    image: QImage
    full: tuple[int, int]
    whole: bool
    note: str = ""
    pixels: Any = None
    window: Window | None = None
    facts: Facts = Facts()
    frame: int = 0
    region: Region | None = None
    share: float = 1.0
    position: float | None = None
    most: float = 1.0

    @property
    def grey(self) -> bool:
        """Whether it has values that a window can be put on."""
        return self.pixels is not None

    @property
    def complete(self) -> bool:
        """Whether every part of it is decoded."""
        return self.share >= 1.0

    @property
    def part(self) -> Region:
        """The part of the frame it shows."""
        return self.region or (0, 0, *self.full)

    @property
    def scale(self) -> float:
        """Its pixels for each pixel of the file."""
        return self.image.width() / self.part[2]

    @property
    def size(self) -> int:
        """Bytes of memory it takes."""
        return int(self.image.sizeInBytes()) + (int(self.pixels.nbytes) if self.grey else 0)


def frame_words(shown: DecodedImage) -> str:
    """Return which frame of how many a picture is; of a slice also where it lies."""
    number, count = shown.frame + 1, shown.facts.frames
    if not shown.facts.stack:
        return tr("frame {number} of {count}", number=number, count=count)
    if shown.position is None:
        return tr("slice {number} of {count}", number=number, count=count)
    return tr("slice {number} of {count}, at {place:.1f} mm", number=number, count=count, place=shown.position)
