"""The tiles or strips of one TIFF page: where they are, and one of them decoded."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmdesk.imaging.base.codestream import claimed_size
from mmdesk.imaging.base.colour import DEEP, GREY, INKS, to_8_bits, to_srgb
from mmdesk.imaging.base.limited_reader import LimitedReader
from mmdesk.imaging.base.picture import MOST_PIXELS, refuse_large, unreadable
from mmdesk.imaging.base.plane import Region
from mmdesk.imaging.dicom.values import narrowed
from mmdesk.imaging.raster import CLEAR, values_of_deep
from mmdesk.imaging.tiff.coarse import Span, TilePosition
from mmdesk.words import tr

_PLAIN = 1
_DEFLATE = (8, 32946)
_JPEG = 7
_JPEG_2000 = (33003, 33004, 33005, 34712)
_PALETTE, _SEPARATED, _YCBCR = 3, 5, 6
_NAMES = {1: "uncompressed", 5: "LZW", 7: "JPEG", 8: "deflate", 32773: "PackBits", 32946: "deflate"}
_COPIED = (258, 262, 277, 317, 320, 332, 338, 339, 347, 529, 530, 531, 532)
_PLAIN_COLOURS = frozenset(((1, 0), (1, 1), (2, 0), (2, 1), (3, 2), (4, 2)))
"""Samples and photometric interpretation of pages whose numbers are understood here."""
_SAMPLED = 16
"""Segments that tell how far colours reach."""
_ASSOCIATED, _UNASSOCIATED = 1, 2
_MOST_SEGMENTS = 4_000_000
_STRIP_BYTES = 1 << 20


class Segments:
    """One page of a TIFF.

    Args:
        file: The open file.
        page: tifffile's page.
        say: Told what a reader must know, one sentence at a time.

    Attributes:
        size: (width, height) as stored.
        upright: (width, height) as shown.
        colour: Pixels are colours.
        bits: Bits of one value.
        inverted: Low values of more than 8 bits are meant to be white.
        syntax: How it is compressed, in words.
        spacing: Millimetres between pixels (down, across), or None.

    Raises:
        ImageProblem: It is too large, its planes are kept apart and compressed, its segments are
            too large, or too many.
    """

    def __init__(self, file: LimitedReader, page: Any, say: Callable[[str], object] | None = None) -> None:
        self._file = file
        self._say = say or (lambda note: None)
        self._top = 0.0
        page = page.aspage() if hasattr(page, "aspage") else page
        self._page = page
        self.size = int(page.imagewidth), int(page.imagelength)
        refuse_large(*self.size, in_parts=True)
        self._samples = int(page.samplesperpixel)
        self.bits = int(page.bitspersample)
        self._compression, self._photometric = int(page.compression), int(page.photometric)
        self._planes = self._samples if self._samples > 1 and int(page.planarconfig) != 1 else 1
        tiled = bool(page.is_tiled)
        self._wide = int(page.tilewidth) if tiled else self.size[0]
        self._high = int(page.tilelength) if tiled else min(int(page.rowsperstrip), self.size[1])
        self._tiled = tiled
        self._offsets, self._counts = page.dataoffsets, page.databytecounts
        self._dtype = np.dtype(page.dtype).newbyteorder(page.parent.byteorder) if page.dtype else None
        if not tiled and 0 < self.size[1] <= self._high:
            self._divide()
        if self._wide < 1 or self._high < 1 or self._wide * self._high > MOST_PIXELS:
            raise unreadable(
                "it is too large to be read in parts", tr("segments {wide} x {high}", wide=self._wide, high=self._high)
            )
        self._across, down = -(-self.size[0] // self._wide), -(-self.size[1] // self._high)
        self._each = self._across * down
        if self._each * self._planes > min(_MOST_SEGMENTS, len(self._offsets), len(self._counts)):
            raise unreadable(
                tr("the file is damaged"), tr("{count} of {each} segments", count=len(self._offsets), each=self._each)
            )
        shades = self._photometric in (0, 1)
        self._alpha = int(next(iter(page.extrasamples or ()), 0)) if self._samples in (2, 4) else 0
        self.colour = not shades or self._samples > 2
        signed = self._dtype is not None and self._dtype.kind != "u"
        self.inverted = self._photometric == 0 and (self.bits > 8 or signed)
        self._turn = int(self._tag(274) or 1)
        self.upright = self.size[::-1] if self._turn in range(5, 9) else self.size
        if self._planes > 1 and not self._plain():
            raise unreadable(tr("its colours are kept apart and compressed, which is not read in parts"))
        self.syntax = tr("TIFF, {get}", get=_NAMES.get(self._compression, f"compression {self._compression}"))
        self.spacing = self._spacing()
        profile = self._tag(34675)
        self._profile = bytes(profile) if isinstance(profile, bytes) else None
        if self._photometric == _PALETTE and self.bits > 8:
            raise unreadable(tr("its palette of {bits} bits is not read here", bits=self.bits))
        if self._photometric == _SEPARATED and not self._profile:
            self._say(INKS)

    def _divide(self) -> None:
        """Treat uncompressed rows that the file holds as one strip as many strips."""
        if self._compression != _PLAIN or not self._plain() or len(self._offsets) < self._planes:
            return
        line = self.size[0] * (1 if self._planes > 1 else self._samples) * self.bits // 8
        self._high = max(1, min(self._high, _STRIP_BYTES // max(line, 1)))
        tops = range(0, self.size[1], self._high)
        heights = [min(self._high, self.size[1] - top) for top in tops]
        starts = [int(offset) for offset in self._offsets[: self._planes]]
        self._offsets = [start + top * line for start in starts for top in tops]
        self._counts = [high * line for _ in starts for high in heights]

    def stored(self, region: Region, scale: float) -> Region:
        """Return where an upright full-size region lies in this page as stored."""
        x, y, wide, high = region
        if self._turn >= 5:
            x, y, wide, high = y, x, high, wide
        full = (self.size[0] / scale, self.size[1] / scale)
        if self._turn in (2, 3, 7, 8):
            x = round(full[0]) - x - wide
        if self._turn in (3, 4, 6, 7):
            y = round(full[1]) - y - high
        x0, y0 = int(max(x, 0) * scale), int(max(y, 0) * scale)
        x0, y0 = min(x0, self.size[0] - 1), min(y0, self.size[1] - 1)
        x1 = min(max(math.ceil((x + wide) * scale), x0 + 1), self.size[0])
        y1 = min(max(math.ceil((y + high) * scale), y0 + 1), self.size[1])
        return x0, y0, x1 - x0, y1 - y0

    def turned(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return stored pixels upright."""
        if self._turn in (2, 3, 7, 8):
            pixels = pixels[:, ::-1]
        if self._turn in (3, 4, 6, 7):
            pixels = pixels[::-1]
        return np.ascontiguousarray(pixels.swapaxes(0, 1) if self._turn in range(5, 9) else pixels)

    def within(self, region: Region, factor: int) -> Span:
        """Return the segments of a region that have pixels in the page made smaller by a factor."""
        return Span(
            _touched(region[0], region[2], self._wide, self.size[0], factor),
            _touched(region[1], region[3], self._high, self.size[1], factor),
        )

    @property
    def count(self) -> int:
        """How many segments there are."""
        return self._each

    def number(self, place: TilePosition) -> int:
        """Return the number of the segment at a column and a row of segments."""
        return place[1] * self._across + place[0]

    def edges(self, place: TilePosition, factor: int) -> Region:
        """Return where a segment lies in the page made smaller by a factor; it may reach over the page."""
        x, y = place[0] * self._wide // factor, place[1] * self._high // factor
        right, below = (place[0] + 1) * self._wide, (place[1] + 1) * self._high
        return x, y, -(-right // factor) - x, -(-below // factor) - y

    def corner(self, segment: int) -> tuple[int, int]:
        """Return the left top pixel of a segment."""
        return segment % self._across * self._wide, segment // self._across * self._high

    def decode(self, segment: int, factor: int) -> tuple[NDArray[Any], int, int]:
        """Return a segment's pixels as in `Plane`, made smaller by a whole factor, and their place.

        Args:
            segment: Its number.
            factor: How many pixels across and down become one.

        Returns:
            The pixels, and the column and row of the first one in the page made smaller as a
            whole: a smaller pixel belongs to the segment that its middle lies in.

        Raises:
            ImageProblem: Damaged.
        """
        left, top = self.corner(segment)
        rows = self._high if self._tiled else min(self._high, self.size[1] - top)
        data = self._bytes(segment)
        if self._planes > 1:
            pixels: NDArray[Any] = self._from_numbers(self._stored_numbers(segment, rows))
        elif not data:
            blank = np.zeros((rows, self._wide), np.uint8)
            pixels = np.stack([blank] * 3, axis=2) if self.colour else blank
        else:
            pixels = self._decoded(data, rows, factor)
        wide, high = min(self._wide, self.size[0] - left), min(rows, self.size[1] - top)
        if factor == 1:
            return np.ascontiguousarray(pixels[:high, :wide]), left, top
        shrunk = max(1, rows // max(1, pixels.shape[0]))
        x, across = _samples(left, wide, self.size[0], factor, shrunk, pixels.shape[1])
        y, down = _samples(top, high, self.size[1], factor, shrunk, pixels.shape[0])
        return _sampled(pixels, down, across), x, y

    def _stored_numbers(self, segment: int, rows: int) -> NDArray[Any]:
        """Return a plain segment's numbers, one after the other for each pixel."""
        if self._planes == 1:
            return self._numbers(self._bytes(segment), rows, self._samples)
        planes = [self._bytes(segment + plane * self._each) for plane in range(self._planes)]
        return np.concatenate([self._numbers(part, rows, 1) for part in planes], axis=2)

    def _bytes(self, segment: int) -> bytes:
        offset, count = int(self._offsets[segment]), int(self._counts[segment])
        if not offset or not count:
            return b""
        if offset + count > self._file.length or count > 8 * (MOST_PIXELS + (1 << 20)):
            raise unreadable(tr("the file ends early"))
        self._file.seek(offset)
        data = self._file.read(count)
        if len(data) < count:
            raise unreadable(tr("the file ends early"))
        return data

    def _decoded(self, data: bytes, rows: int, factor: int) -> NDArray[Any]:
        if self._plain():
            return self._from_numbers(self._numbers(data, rows, self._samples))
        if self._compression in _JPEG_2000 or (self._compression == _JPEG and self._photometric == _YCBCR):
            image = self._stream(data, rows, factor)
        else:
            image = Image.open(BytesIO(self._as_file(data, rows)), formats=("TIFF",))
            if image.size != (self._wide, rows):
                raise unreadable(tr("the file is damaged"), tr("a segment of {size}", size=image.size))
            image.load()
        if image.mode in DEEP and not self.colour:
            return values_of_deep(image)
        flat, _ = to_srgb(to_8_bits(image)[0], self._profile)
        pixels = np.array(flat)
        return pixels if self.colour else np.ascontiguousarray(pixels[:, :, 0])

    def _plain(self) -> bool:
        predictor = int(self._page.predictor)
        return bool(
            self._dtype is not None
            and self._dtype.itemsize * 8 == self.bits
            and (self._samples, self._photometric) in _PLAIN_COLOURS
            and (self._compression == _PLAIN or (self._compression in _DEFLATE and predictor in (1, 2)))
        )

    def _numbers(self, data: bytes, rows: int, samples: int) -> NDArray[Any]:
        shape, dtype = (rows, self._wide, samples), np.dtype(self._dtype)
        size = math.prod(shape) * dtype.itemsize
        if self._compression in _DEFLATE:
            data = zlib.decompressobj().decompress(data, size)
        if len(data) < size:
            raise unreadable(tr("the file ends early"))
        numbers = np.frombuffer(data, dtype, math.prod(shape)).reshape(shape)
        if self._compression != _PLAIN and int(self._page.predictor) == 2:
            native = numbers.astype(dtype.newbyteorder("="))
            numbers = np.cumsum(native, axis=1, dtype=native.dtype)
        return numbers

    def _from_numbers(self, numbers: NDArray[Any]) -> NDArray[Any]:
        native = numbers.astype(numbers.dtype.newbyteorder("="), copy=False)
        if native.dtype.kind == "c":
            self._say(tr("Its values are complex numbers; their real parts are shown."))
            native = native.real
        if not self.colour:
            if self._alpha and (native[:, :, 1] < _full(native.dtype)).any():
                self._say(CLEAR)
            grey = narrowed(native[:, :, 0])
            return 255 - grey if self._photometric == 0 and grey.dtype == np.uint8 else grey
        top = _full(native.dtype)
        alpha = native[:, :, -1:].astype(np.float32) / top if self._alpha in (_ASSOCIATED, _UNASSOCIATED) else None
        native = native[:, :, :3]
        if native.dtype != np.uint8:
            native = _bytes_of(native, self._reach())
        if alpha is not None:
            above = native * alpha if self._alpha == _UNASSOCIATED else native
            native = np.clip(np.rint(above + GREY[0] * (1 - alpha)), 0, 255).astype(np.uint8)
        if self._profile:
            native = np.array(to_srgb(Image.fromarray(np.ascontiguousarray(native)), self._profile)[0])
        return native

    def _reach(self) -> float:
        """Return the number that stands for full colour, the same one for all of the page.

        Colours that use less than an eighth of their range would be all but black: they were
        written with fewer bits than the file says.
        """
        if self._top:
            return self._top
        taken = min(self._each, _SAMPLED)
        highest = 0.0
        for at in {(2 * k + 1) * self._each // (2 * taken) for k in range(taken)}:
            top = at // self._across * self._high
            rows = self._high if self._tiled else min(self._high, self.size[1] - top)
            numbers = self._stored_numbers(at, rows)[:, :, :3]
            highest = max(highest, float(np.nanmax(numbers)) if numbers.size else 0.0)
        kind = np.dtype(self._dtype)
        if kind.kind == "f":
            self._top = _top_of(highest)
            return self._top
        bits, needed = kind.itemsize * 8, max(8, int(highest).bit_length())
        self._top = _full(kind)
        if kind.kind == "u" and 0 < highest * 8 < self._top:
            depth = next((depth for depth in (8, 10, 12, 14, 16, 24) if depth >= needed), bits)
            self._top = float((1 << depth) - 1)
            self._say(
                tr(
                    "The colours in this file use {depth} of the {bits} bits that it says; they are shown so.",
                    depth=depth,
                    bits=bits,
                )
            )
        return self._top

    def _stream(self, data: bytes, rows: int, factor: int) -> Image.Image:
        """Open a segment that is a JPEG or JPEG 2000 stream of its own."""
        tables = self._tag(347)
        if self._compression == _JPEG and isinstance(tables, bytes) and len(tables) > 4:
            data = tables[:-2] + data[2:]
        size = claimed_size(data)
        if size is None or size[:2] != (self._wide, rows) or size[2] > 4:
            raise unreadable(tr("the file is damaged"), tr("a stream of {size}", size=size))
        image = Image.open(BytesIO(data), formats=("JPEG", "JPEG2000"))
        if image.format == "JPEG" and factor > 1:
            step = min(factor, 8)
            image.draft(None, (max(1, self._wide // step), max(1, rows // step)))
        image.load()
        return image

    def _as_file(self, data: bytes, rows: int) -> bytes:
        """Return a segment as a TIFF file of its own, with all tags that say how to decode it."""
        order = self._page.parent.byteorder
        entries = {256: (4, (self._wide,)), 257: (4, (rows,)), 259: (3, (self._compression,))}
        entries |= {273: (4, (8,)), 278: (4, (rows,)), 279: (4, (len(data),)), 284: (3, (1,))}
        for number in _COPIED:
            if (value := self._tag(number)) is not None and number not in entries:
                entries[number] = _entry(number, value)
        body = data + b"\0" * (len(data) % 2)
        extra, listed, place = b"", b"", 8 + len(body) + 2 + 12 * len(entries) + 4
        for number, (kind, values) in sorted(entries.items()):
            raw = bytes(values) if kind == 7 else struct.pack(f"{order}{len(values)}{_CODES[kind]}", *values)
            held = raw.ljust(4, b"\0")
            if len(raw) > 4:
                held = struct.pack(f"{order}I", place + len(extra))
                extra += raw + b"\0" * (len(raw) % 2)
            listed += struct.pack(f"{order}HHI", number, kind, len(raw) if kind == 7 else len(values)) + held
        start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + len(body))
        return start + body + struct.pack(f"{order}H", len(entries)) + listed + bytes(4) + extra

    def _tag(self, number: int) -> Any:
        found = self._page.tags.get(number)
        return None if found is None else found.value

    def _spacing(self) -> tuple[float, float] | None:
        """Return the spacing of a scan measured per centimetre, as microscopes write it."""
        across, down = _ratio(self._tag(282)), _ratio(self._tag(283))
        if int(self._tag(296) or 2) != 3 or not 1000 < across < 1e8 or not 1000 < down < 1e8:
            return None
        return 10.0 / down, 10.0 / across


def _bytes_of(values: NDArray[Any], top: float) -> NDArray[np.uint8]:
    shown = np.nan_to_num(values.astype(np.float32) * np.float32(255 / top))
    whole: NDArray[np.uint8] = np.clip(np.rint(shown), 0, 255).astype(np.uint8)
    return whole


def _full(kind: np.dtype[Any]) -> float:
    """Return the highest number of a type of whole numbers; 1 for fractions."""
    return float((1 << (8 * kind.itemsize - (kind.kind == "i"))) - 1) if kind.kind in "iu" else 1.0


def _top_of(highest: float) -> float:
    """Return what stands for full colour in fractions: the range that the values keep to."""
    return next((top for top in (1.0, 255.0, 65535.0) if highest <= top), max(highest, 1.0))


_CODES = {3: "H", 4: "I", 7: "B", 12: "d"}


def _entry(number: int, value: Any) -> tuple[int, tuple[Any, ...]]:
    if isinstance(value, bytes):
        return 7, tuple(value)
    values = tuple(int(v) for v in np.ravel(np.asarray(value, dtype=object)) if not isinstance(v, tuple))
    if number in (529, 532):
        return 12, tuple(float(v) for v in values)
    return 3, values


def _ratio(value: Any) -> float:
    try:
        return float(value[0]) / float(value[1])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return 0.0


_Places = tuple[NDArray[np.intp], NDArray[np.intp]]


def _touched(start: int, length: int, side: int, whole: int, factor: int) -> list[int]:
    """Return which segments along one side of a region stand for any pixel of the page made smaller."""
    every = range(start // side, (start + length - 1) // side + 1)
    return [n for n in every if len(_stands_for(n * side, min(side, whole - n * side), whole, factor))]


def _stands_for(start: int, length: int, whole: int, factor: int) -> range:
    """Return which pixels of the page made smaller have their middle in a segment, along one side."""
    half = factor // 2
    first = -(-max(start - half, 0) // factor)
    last = (start + length - 1 - half) // factor
    if start + length == whole:
        last = max(last, (whole - 1) // factor)
    return range(first, last + 1)


@lru_cache(maxsize=4096)
def _samples(start: int, length: int, whole: int, factor: int, shrunk: int, held: int) -> tuple[int, _Places]:
    """Return which pixels of a segment, along one side, stand for those of the page made smaller.

    Args:
        start: The segment's first pixel in the page.
        length: Its pixels within the page.
        whole: The page's pixels along this side.
        factor: How many become one.
        shrunk: How many are already one in the decoded segment.
        held: Pixels of the decoded segment.

    Returns:
        The first pixel of the page made smaller, and two samples for each.
    """
    places = _stands_for(start, length, whole, factor)
    begins = np.asarray(places) * factor - start
    most = max(min(length - 1, held * shrunk - 1), 0)
    near, far = (np.clip(begins + at, 0, most) // shrunk for at in (factor // 4, 3 * factor // 4))
    return places.start, (near, far)


def _sampled(pixels: NDArray[Any], down: _Places, across: _Places) -> NDArray[Any]:
    """Return the mean of four samples of each square."""
    whole = pixels.dtype.kind in "iu"
    total: NDArray[Any] = np.zeros(1, np.int64 if whole else np.float32)
    for rows in down:
        band = pixels[rows]
        for columns in across:
            total = total + band[:, columns]
    return ((total + 2) >> 2 if whole else total / 4).astype(pixels.dtype)
