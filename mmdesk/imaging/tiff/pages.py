"""Large and unusual TIFF files: tiles and strips read as they are needed, in pyramid levels.

Segments are read with ordinary reads, not through a memory map: a file that is cut short while
it is open then gives a sentence, where a map would end the process.
"""

from __future__ import annotations

import itertools
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base.limited_reader import HEADER_BYTES, LimitedReader
from mmdesk.imaging.base.picture import DAMAGE, MOST_BYTES, MOST_FRAMES, MOST_PIXELS, unreadable
from mmdesk.imaging.base.plane import Box, Plane, Region, cropped, fitted, reduced
from mmdesk.imaging.base.source import ImageSource
from mmdesk.imaging.raster import RasterSource, largest_first
from mmdesk.imaging.tiff.coarse import Span, TilePosition
from mmdesk.imaging.tiff.segments import Segments
from mmdesk.words import tr

SMALL = 16_000_000
"""Pixels up to which a TIFF is decoded as a whole."""
BUDGET = 0.3
"""Seconds that one read may decode tiles; the others are stood for by their neighbours."""
TILE_CACHE = 128 << 20
"""Bytes of decoded tiles that an open file keeps."""
SAMPLED = 4_000_000
"""Pixels of a large frame that its window is worked out from."""
_LOOKED_AT = 64
"""Pages among which the largest is looked for."""
_PALETTE = 3
_DEEP_NUMBERS = frozenset({"c8", "c16", "i4", "u4", "i8", "u8", "f2", "f8", "i1"})


def open_tiff(file: LimitedReader) -> ImageSource | None:
    """Open a TIFF to be read in parts; None when Pillow reads it, or has to say what is wrong.

    Args:
        file: Open; closed with the source, or at None by the caller.

    Raises:
        ImageProblem: Too large, or damaged in a way that Pillow would not find.
    """
    tiff = _parsed(file)
    if tiff is None:
        return None
    try:
        largest = _largest(tiff)
        page: Any = tiff.pages[largest]
        pixels = int(page.imagewidth) * int(page.imagelength)
        small = file.length <= MOST_BYTES and pixels <= MOST_PIXELS
        known = not _beyond_pillow(page)
        if known and small and pixels <= SMALL:
            return _small(file, tiff, largest)
        return TiffSource(file, tiff, largest)
    except ImageProblem:
        if small and known:
            return None
        raise
    except DAMAGE:
        return None


def _beyond_pillow(page: Any) -> bool:
    """Tell whether Pillow reads a page wrongly or not at all: deep colours, deep planes, odd numbers."""
    if not page.dtype:
        return False
    colours = int(page.samplesperpixel) > 1 and page.dtype.itemsize > 1
    odd = f"{page.dtype.kind}{page.dtype.itemsize}" in _DEEP_NUMBERS
    deep_palette = int(page.photometric) == _PALETTE and page.dtype.itemsize > 1
    return bool(odd or colours or deep_palette)


def _largest(tiff: Any) -> int:
    """Return which page is the picture, from 0: the first, unless a much larger one follows it.

    Some scanners put a small copy or a label before the picture.
    """
    sizes = [int(page.imagewidth) * int(page.imagelength) for page in tiff.pages[:_LOOKED_AT]]
    most = max(sizes)
    return sizes.index(most) if most >= 2 * sizes[0] else 0


def _small(file: LimitedReader, tiff: Any, largest: int) -> ImageSource | None:
    """Open with Pillow what it knows; else in parts; None when neither can."""
    file.seek(0)
    file.limit.look()
    try:
        source = RasterSource(file.read(), largest)
    except ImageProblem:
        return TiffSource(file, tiff, largest)
    file.close()
    return source


def _parsed(file: LimitedReader) -> Any:
    from tifffile import TiffFile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    file.limit.look(HEADER_BYTES)
    try:
        return TiffFile(file)
    except ImageProblem:
        raise
    except DAMAGE:
        return None


_Tile = tuple[NDArray[Any], int, int]
"""A tile's pixels and the place of its first one in the page, both made smaller."""


@dataclass(frozen=True, slots=True)
class _Level:
    """One resolution of a frame: full size first."""

    segments: Segments
    scale: float


class TiffSource(ImageSource):
    """A TIFF of which only the tiles or strips in sight are decoded.

    Args:
        file: Open; closed with the source.
        tiff: What tifffile made of it.
        largest: The page that comes first, from 0.

    Raises:
        ImageProblem: Too large, or kept in a way that cannot be read in parts.
    """

    def __init__(self, file: LimitedReader, tiff: Any, largest: int = 0) -> None:
        super().__init__()
        self._file = file
        self._tiles: OrderedDict[tuple[int, ...], _Tile] = OrderedDict()
        self._tile_bytes = 0
        self._levels: dict[int, list[_Level]] = {}
        file.limit.look(HEADER_BYTES)
        self._pages = _frames(tiff, largest)
        self.frames = min(len(self._pages[0]), MOST_FRAMES)
        first = self._level_list(0)[0].segments
        self.size = first.upright
        self.kind, self.bits = ("rgb" if first.colour else "grey"), first.bits
        self.inverted, self.syntax = first.inverted, first.syntax
        self.spacing = first.spacing
        if self.spacing:
            self.aspect = self.spacing[0] / self.spacing[1]
        if self.size[0] * self.size[1] > MOST_PIXELS:
            self._say(tr("A very large picture, read in parts."))
        if largest:
            self._say(largest_first(largest))

    def size_of(self, frame: int) -> tuple[int, int]:
        """Return the size of a page; pages may differ."""
        return self._level_list(frame)[0].segments.upright

    def close(self) -> None:
        """Let go of the file and its tiles."""
        super().close()
        self._tiles.clear()
        self._tile_bytes = 0
        self._file.close()

    def read(self, frame: int = 0, box: Box | None = None, region: Region | None = None) -> Plane:
        """Return a frame or a part of it; see `ImageSource.read`.

        Takes about a third of a second at most for each call: a tile that is not decoded by then is
        shown in the mean colour of one near it, the plane is not `complete`, and the next call
        goes on.
        """
        self._check_frame(frame)
        try:
            return self._read(frame, box, region)
        except ImageProblem:
            raise
        except DAMAGE as why:
            raise unreadable(tr("the file is damaged"), str(why)) from why

    def whole(self, frame: int, least: tuple[int, int]) -> Plane:
        """Return a frame; a large one at a size that its levels or whole steps of them lead to."""
        self._check_frame(frame)
        width, height = self.size_of(frame)
        if width * height <= SMALL:
            return self.complete(frame)
        scale = min(1.0, max(least[0] / width, least[1] / height))
        return self.complete(frame, (math.ceil(width * scale) + 1, math.ceil(height * scale) + 1))

    def _read(self, frame: int, box: Box | None, region: Region | None) -> Plane:
        levels = self._level_list(frame)
        whole = cropped(region, levels[0].segments.upright)
        wanted = fitted((whole[2], whole[3]), box)
        if box is None and whole[2] * whole[3] > MOST_PIXELS:
            raise unreadable(
                tr("it is too large ({whole} x {whole_2} pixels at once)", whole=whole[2], whole_2=whole[3])
            )
        scale = max(wanted[0] / whole[2], wanted[1] / whole[3])
        place = max((k for k, level in enumerate(levels) if level.scale >= scale * 0.999), default=0)
        level = levels[place]
        factor = 1 << max(0, int(math.log2(max(level.scale / scale * 1.001, 1.0))))
        stored = level.segments.stored(whole, level.scale)
        canvas, exact, share = self._stitched(frame, place, stored, factor, box is None)
        size = wanted if level.segments.upright == level.segments.size else wanted[::-1]
        size = (min(size[0], canvas.shape[1]), min(size[1], canvas.shape[0]))
        upright = level.segments.turned(reduced(canvas, size, exact))
        return Plane(upright, 1.0, whole, share).rescaled()

    def _frame(self, frame: int, scale: float) -> tuple[NDArray[Any], float]:
        raise NotImplementedError("a TIFF in parts is read by regions")

    def _sample(self, frame: int) -> NDArray[Any]:
        """Return a frame's smallest level or, of a large one, parts that are spread evenly over it."""
        segments = self._level_list(frame)[-1].segments
        count = segments.count
        taken = max(1, min(count, SAMPLED * count // max(1, segments.size[0] * segments.size[1])))
        self._file.limit.look()
        try:
            parts = [segments.decode((2 * k + 1) * count // (2 * taken), 1)[0] for k in range(taken)]
        except ImageProblem:
            raise
        except DAMAGE as why:
            raise unreadable(tr("the file is damaged"), str(why)) from why
        return np.concatenate([part.reshape(-1) for part in parts])

    def _level_list(self, frame: int) -> list[_Level]:
        if frame not in self._levels:
            made = [Segments(self._file, pages[frame], self._say) for pages in self._pages]
            full = made[0].size[0]
            self._levels[frame] = [_Level(segments, segments.size[0] / full) for segments in made]
        return self._levels[frame]

    def _stitched(
        self, frame: int, place: int, region: Region, factor: int, patient: bool
    ) -> tuple[NDArray[Any], tuple[float, float, float, float], float]:
        """Lay the tiles of a region side by side, each made smaller by a factor.

        Returns:
            The pixels, where the region's edges lie in them, and the share of the tiles there.
        """
        segments = self._levels[frame][place].segments
        left, top = region[0] // factor, region[1] // factor
        width = max(1, -(-(region[0] + region[2]) // factor) - left)
        height = max(1, -(-(region[1] + region[3]) // factor) - top)
        span = segments.within(_widened(region, factor, segments.size), factor)
        canvas: NDArray[Any] | None = None
        held: dict[TilePosition, _Tile] = {}
        for at, tile in self._decoded_tiles(frame, place, factor, span, patient):
            small, x, y = tile
            if canvas is None:
                neutral = 128 if small.ndim == 3 else 0
                canvas = np.full((height, width, *small.shape[2:]), neutral, small.dtype)
            canvas = _laid(canvas, small, x - left, y - top)
            if not patient:
                held[at] = tile
        if canvas is None:
            raise unreadable(tr("the file is damaged"), tr("no tiles"))
        share = 1.0 if patient else len(held) / span.count
        if share < 1.0:
            for at, mean in span.stand_ins({at: tile[0] for at, tile in held.items()}).items():
                x, y, wide, high = segments.edges(at, factor)
                shape = (high, wide if mean.shape[1] == 1 else mean.shape[1], *canvas.shape[2:])
                even = np.broadcast_to(mean, shape).astype(canvas.dtype)
                canvas = _laid(canvas, even, x - left, y - top)
            for small, x, y in held.values():
                canvas = _laid(canvas, small, x - left, y - top)
        x0, y0 = region[0] / factor - left, region[1] / factor - top
        exact = (x0, y0, min(x0 + region[2] / factor, width), min(y0 + region[3] / factor, height))
        return canvas, exact, share

    def _decoded_tiles(
        self, frame: int, place: int, factor: int, span: Span, patient: bool
    ) -> Iterator[tuple[TilePosition, _Tile]]:
        """Yield the tiles that are decoded, and as many more as the time of a read allows."""
        segments = self._levels[frame][place].segments
        fresh, until = 0, time.perf_counter() + BUDGET
        self._file.limit.look()
        for at in span.places():
            tile = segments.number(at)
            key = (frame, place, factor, tile)
            known = self._tiles.get(key)
            if known is None:
                if fresh and not patient and time.perf_counter() > until:
                    continue
                self._file.limit.look()
                fresh += 1
                known = self._keep(key, segments.decode(tile, factor))
            else:
                self._tiles.move_to_end(key)
            yield at, known

    def _keep(self, key: tuple[int, ...], tile: _Tile) -> _Tile:
        self._tiles[key] = tile
        self._tile_bytes += tile[0].nbytes
        while self._tile_bytes > TILE_CACHE and len(self._tiles) > 1:
            self._tile_bytes -= self._tiles.popitem(last=False)[1][0].nbytes
        return tile


def _widened(region: Region, factor: int, size: tuple[int, int]) -> Region:
    """Return a region grown to whole squares of a factor, within the page."""
    x0, y0 = region[0] // factor * factor, region[1] // factor * factor
    x1 = min(-(-(region[0] + region[2]) // factor) * factor, size[0])
    y1 = min(-(-(region[1] + region[3]) // factor) * factor, size[1])
    return x0, y0, x1 - x0, y1 - y0


def _laid(canvas: NDArray[Any], tile: NDArray[Any], x: int, y: int) -> NDArray[Any]:
    """Lay a tile on a canvas, cut to it; a canvas of whole numbers gives way to fractions."""
    if tile.dtype != canvas.dtype:
        joint = np.promote_types(tile.dtype, canvas.dtype)
        canvas = canvas.astype(joint if joint.kind == "f" or joint.itemsize < 4 else np.float32)
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + tile.shape[1], canvas.shape[1]), min(y + tile.shape[0], canvas.shape[0])
    if x1 > x0 and y1 > y0:
        canvas[y0:y1, x0:x1] = tile[y0 - y : y1 - y, x0 - x : x1 - x]
    return canvas


def _frames(tiff: Any, largest: int) -> list[list[Any]]:
    """Return the pages of each level, full size first, a page for each frame."""
    first = tiff.pages[largest]
    others = [tiff.pages[at] for at in range(min(len(tiff.pages), MOST_FRAMES)) if at != largest]
    pages = [first, *(page for page in others if not _is_reduced(page))]
    levels = [pages]
    if len(pages) == 1 or _looks_like_levels(pages):
        chain = pages if len(pages) > 1 else []
        extra = [page for page in tiff.pages[:64] if _is_reduced(page)]
        subs = list(first.pages or ()) if getattr(first, "subifds", None) else []
        levels = [[first]]
        for page in sorted([*chain[1:], *extra, *subs], key=lambda page: -int(page.imagewidth)):
            if _is_level(first, page) and page.imagewidth < levels[-1][0].imagewidth:
                levels.append([page])
    return levels


def _is_reduced(page: Any) -> bool:
    return bool(int(getattr(page, "subfiletype", 0) or 0) & 1)


def _is_level(first: Any, page: Any) -> bool:
    """Tell whether a page is the first one made smaller, of the same kind of pixels."""
    shrunk = first.imagewidth / max(1, page.imagewidth)
    same = abs(first.imagelength / max(1, page.imagelength) / shrunk - 1) < 0.02
    kind = (page.photometric, page.samplesperpixel, page.bitspersample)
    return bool(same and shrunk > 1.5 and kind == (first.photometric, first.samplesperpixel, first.bitspersample))


def _looks_like_levels(pages: list[Any]) -> bool:
    """Tell whether tiled pages grow smaller by half or more, as in a scanned slide."""
    sizes = [(int(page.imagewidth), int(page.imagelength)) for page in pages if page.is_tiled]
    return (
        len(sizes) > 1
        and len(sizes) >= len(pages) - 3
        and all(before[0] > 1.5 * after[0] for before, after in itertools.pairwise(sizes))
    )
