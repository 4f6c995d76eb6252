"""An opened image file: what it says of itself, and pieces of it on demand."""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from numpy.typing import NDArray

from mmdesk.imaging.base.limited_reader import OnShare
from mmdesk.imaging.base.plane import Box, Plane, Region, cropped, fitted, reduced
from mmdesk.imaging.base.window import AS_STORED, Window, percentile_window
from mmdesk.words import tr

KEPT_BYTES = 400_000_000
"""Bytes of the last decoded frame that an open source keeps for the next read."""
_LARGE = 32_000_000
"""Of frames of more bytes than this, the whole program keeps only the latest."""


@dataclass(slots=True)
class _Kept:
    """The last frame decoded whole, as `_frame` gave it."""

    frame: int
    scale: float
    pixels: NDArray[Any]


class ImageSource(ABC):
    """An image file that is open; made by `open_image`. Use from one thread at a time.

    Attributes:
        frames: Pictures in the file: pages, slices, moments; at least 1.
        size: (width, height) of the first frame, upright.
        kind: `rgb` or `grey`.
        bits: Bits of one value in the file, 1 to 64.
        spacing: Millimetres between pixels, (down, across), where the file tells, else None.
        aspect: Height of a pixel divided by its width; stretch by it to see true shapes.
        windows: Windows that the file brings for its first frame, the default one first.
        presets: Customary windows for this kind of picture.
        notes: What a reader must know, one sentence each; more may come with the pixels and the window.
        syntax: How the file is compressed, in words ("JPEG", "RLE Lossless").
        inverted: Low values are meant to be shown white (MONOCHROME1).
        unit: Unit of grey values, "" where the file does not tell.
        stored: Values of 8 bits are shown as they are where the file brings no window.
        stack: Its frames are slices of a volume, in the order in which they lie.
        most_scale: The largest scale at which pixels can be had, at most 1.
        on_share: Called now and then while a large frame is decoded, with the share that is done;
            what it raises ends the read. None for nobody.
    """

    frames: int = 1
    size: tuple[int, int] = (1, 1)
    kind: str = "rgb"
    bits: int = 8
    spacing: tuple[float, float] | None = None
    aspect: float = 1.0
    windows: tuple[Window, ...] = ()
    presets: tuple[Window, ...] = ()
    notes: tuple[str, ...] = ()
    syntax: str = ""
    inverted: bool = False
    unit: str = ""
    most_scale: float = 1.0
    stored: bool = True
    stack: bool = False

    def __init__(self) -> None:
        self.on_share: OnShare | None = None
        self._kept: _Kept | None = None
        self._first: dict[int, Window] = {}

    @abstractmethod
    def _frame(self, frame: int, scale: float) -> tuple[NDArray[Any], float]:
        """Decode a frame whole, upright, at no less than a scale of its full size.

        Returns:
            Pixels as in `Plane`, and the scale they have: `scale` or more, at most 1.
        """

    def size_of(self, frame: int) -> tuple[int, int]:
        """Return (width, height) of a frame, upright; pages of a TIFF may differ."""
        del frame
        return self.size

    def windows_of(self, frame: int) -> tuple[Window, ...]:
        """Return the windows that the file brings for a frame, the default one first."""
        del frame
        return self.windows

    def position_of(self, frame: int) -> float | None:
        """Return how many millimetres a slice lies from the first one; None where that is not known."""
        del frame
        return None

    def origin(self, frame: int) -> tuple[Path | None, int]:
        """Return the file that holds a frame, where the image is a folder, and which frame of the file it is."""
        return None, frame

    def sample(self, frame: int) -> NDArray[Any]:
        """Return the values of a frame that count for a window."""
        return self._sample(frame)

    def first_window(self, plane: Plane | None = None, frame: int = 0) -> Window:
        """Return the window that a frame opens with, whatever size or part of it is read.

        The file's first one that shows anything; else 8 bits as stored, other values by percentiles.

        Args:
            plane: What was read of the frame, if at hand: 8 bits need no second look.
            frame: Which.
        """
        if frame not in self._first:
            self._first[frame] = self._opening(plane, frame)
        return self._first[frame]

    def _opening(self, plane: Plane | None, frame: int) -> Window:
        windows = self.windows_of(frame)
        if not windows and self.stored and plane is not None and plane.pixels.dtype.itemsize == 1:
            return AS_STORED
        values = self._sample(frame)
        for window in windows:
            if window.shows(values):
                self._say(window.note)
                break
        else:
            plain = self.stored and values.dtype.itemsize == 1
            window = AS_STORED if plain else percentile_window(values, "percentiles")
        if windows and window != windows[0]:
            first = windows[0]
            self._say(
                tr(
                    "The window in this file (centre {centre:g}, width {width:g}) shows nothing of"
                    " the picture; it opens with {name}.",
                    centre=first.centre,
                    width=first.width,
                    name=window.name or "another one",
                )
            )
        return window

    def _sample(self, frame: int) -> NDArray[Any]:
        """Return the values of a frame that its window is worked out from."""
        return self._counted(self._decoded(frame, self.most_scale)[0], frame)

    def _counted(self, values: NDArray[Any], frame: int) -> NDArray[Any]:
        """Return the values that count for the window of a frame."""
        del frame
        return values

    def _say(self, note: str) -> None:
        """Add a sentence to what a reader must know, once."""
        if note and note not in self.notes:
            self.notes = (*self.notes, note)

    def read(self, frame: int = 0, box: Box | None = None, region: Region | None = None) -> Plane:
        """Return a frame or a part of it, before any window.

        Args:
            frame: From 0.
            box: (width, height) in screen pixels that the region is fitted into; None keeps
                the file's resolution. Never enlarged.
            region: (x, y, width, height) in pixels of the full-size upright frame; cut to it.

        Raises:
            ImageProblem: Damaged, cut short, in an unknown compression, or it takes too long.
            IndexError: There is no such frame.
        """
        self._check_frame(frame)
        size = self.size_of(frame)
        whole = cropped(region, size)
        wanted = fitted((whole[2], whole[3]), box)
        pixels, scale = self._decoded(frame, max(wanted[0] / whole[2], wanted[1] / whole[3]))
        if region is not None:
            height, width = pixels.shape[:2]
            x0, y0 = whole[0] * width // size[0], whole[1] * height // size[1]
            x1 = max(x0 + 1, round((whole[0] + whole[2]) * width / size[0]))
            y1 = max(y0 + 1, round((whole[1] + whole[3]) * height / size[1]))
            pixels = pixels[y0:y1, x0:x1]
        small = (min(wanted[0], pixels.shape[1]), min(wanted[1], pixels.shape[0]))
        return Plane(reduced(pixels, small), min(1.0, scale), whole).rescaled()

    def complete(self, frame: int = 0, box: Box | None = None) -> Plane:
        """Return a frame by `read`, as often as it takes until all of it is decoded."""
        plane = self.read(frame, box)
        while not plane.complete:
            plane = self.read(frame, box)
        return plane

    def whole(self, frame: int, least: tuple[int, int]) -> Plane:
        """Return a frame at the resolution that costs least to decode, not made smaller afterwards.

        Args:
            frame: From 0.
            least: (width, height) that it may not fall below where the file has as much.

        Raises:
            ImageProblem: As `read`.
        """
        self._check_frame(frame)
        width, height = self.size_of(frame)
        pixels, scale = self._decoded(frame, min(1.0, max(least[0] / width, least[1] / height)))
        return Plane(pixels, scale, (0, 0, width, height)).rescaled()

    def value_at(self, x: int, y: int, frame: int = 0) -> float | tuple[int, int, int] | None:
        """Return the value of one pixel of a full-size frame; None outside of it.

        Grey values are in `unit`, colours red, green and blue 0..255. It may decode the
        frame: ask a `Plane` at hand first.
        """
        self._check_frame(frame)
        width, height = self.size_of(frame)
        if not (0 <= x < width and 0 <= y < height):
            return None
        return self.read(frame, region=(x, y, 1, 1)).value_at(x, y)

    def forget(self) -> None:
        """Drop the decoded frame that is kept for the next read."""
        self._kept = None

    def close(self) -> None:
        """Let go of the file and of what was kept of it."""
        self.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_frame(self, frame: int) -> None:
        if not 0 <= frame < self.frames:
            raise IndexError(tr("frame {frame} of {frames}", frame=frame, frames=self.frames))

    def _decoded(self, frame: int, scale: float) -> tuple[NDArray[Any], float]:
        scale = min(scale, self.most_scale)
        kept = self._kept
        if kept is not None and kept.frame == frame and kept.scale >= scale - 1e-6:
            return kept.pixels, kept.scale
        self._kept = kept = None
        width, height = self.size_of(frame)
        if 3 * width * height * scale * scale > _LARGE:
            _make_room(self)
        pixels, scale = self._frame(frame, scale)
        if pixels.nbytes <= KEPT_BYTES:
            self._kept = _Kept(frame, scale, pixels)
        return pixels, scale


_large: weakref.ref[ImageSource] | None = None


def _make_room(newest: ImageSource) -> None:
    """Let the source that kept a large frame before this one forget it."""
    global _large  # noqa: PLW0603  (one for the whole program is the point)
    before = _large() if _large else None
    if before is not None and before is not newest:
        before.forget()
    _large = weakref.ref(newest)
