"""Pictures that Pillow reads: JPEG, PNG, TIFF, BMP, WebP, GIF and JPEG 2000."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base.codestream import passes
from mmdesk.imaging.base.colour import DEEP, INKS, to_8_bits, to_srgb
from mmdesk.imaging.base.limited_reader import LimitedBytes, OnShare
from mmdesk.imaging.base.picture import DAMAGE, MOST_FRAMES, MOST_PIXELS, refuse_large, unreadable
from mmdesk.imaging.base.source import ImageSource
from mmdesk.imaging.endings import WHOLE, ended
from mmdesk.imaging.grey_alpha import as_bytes, is_deep_grey_alpha, values_of
from mmdesk.words import QT_TR_NOOP, tr

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "JPEG2000")
"""Pillow formats that are opened; all others are refused unread."""
NAMES = QT_TR_NOOP("PNG, JPEG, JPEG 2000, TIFF, BMP, WebP, GIF, DICOM or NIfTI")
"""What is read, in words."""
MOST_WHOLE_JPEG = 100_000_000
"""Pixels of a JPEG that are decoded in full size; a larger one only reduced."""
MOST_PROGRESSIVE = 100_000_000
"""Pixels of a JPEG that is stored in passes: all its coefficients have to be in memory."""
MOST_PASSED = 3_000_000_000
"""Pixels times passes of such a JPEG."""

_STRIPS_FROM = 16_000_000
_ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture of each EXIF orientation upright."""
_KNOWN = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"II*\0",
    b"MM\0*",
    b"BM",
    b"RIFF",
    b"GIF8",
    b"\0\0\0\x0cjP",
    b"\xff\x4f\xff\x51",
)
_JPEG = ("JPEG", "MPO")
CLEAR = QT_TR_NOOP("The transparency in this file is not shown.")
"""What is said of grey values that have a window, where some pixels are transparent."""
_ENDS = {"PNG": b"IEND\xaeB`\x82", "GIF": b"\0;"}
_TAIL = 1 << 16
"""Bytes in which the end of a file is looked for; others may follow it."""


@dataclass(slots=True)
class Opened:
    """An image that Pillow has opened and that is not too large to decode.

    Attributes:
        image: Not yet loaded.
        turn: EXIF orientation, 1 where there is none; TIFF is turned by Pillow itself.
        size: (width, height), upright.
        frames: Pictures in the file.
    """

    image: Image.Image
    turn: int
    size: tuple[int, int]
    frames: int


def open_raster(data: bytes) -> Opened:
    """Open an image from its bytes, refusing what would be too large, without decoding it.

    Raises:
        ImageProblem: Too large, damaged or of another format.
    """
    _refuse_canvas(data)
    file = LimitedBytes(data)
    image = Image.open(file, formats=FORMATS)
    in_jpeg = image.format in _JPEG
    refuse_large(*image.size, in_parts=in_jpeg)
    if in_jpeg and image.info.get("progressive"):
        pixels = image.width * image.height
        if pixels > MOST_PROGRESSIVE:
            raise unreadable(
                tr(
                    "it is too large ({width} x {height} pixels, stored in passes)",
                    width=image.width,
                    height=image.height,
                )
            )
        if pixels * passes(data) > MOST_PASSED:
            raise unreadable(tr("it takes too long to read"), f"{passes(data)} passes")
    file.limit.look()
    turn = 1
    if image.format != "PNG" or b"eXIf" in data or b"Raw profile type exif" in data:
        turn = _orientation(image)
    if image.format == "TIFF":
        turn = 1
    size = image.size if turn < 5 else (image.height, image.width)
    frames = 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))
    return Opened(image, turn, size, frames)


def load(opened: Opened, data: bytes, on_share: OnShare | None = None) -> Image.Image:
    """Decode the frame that the image stands at.

    Args:
        opened: The image.
        data: The whole file.
        on_share: Called now and then with the share of the file that is decoded.

    Raises:
        Exception: Any of `picture.DAMAGE`.
    """
    image = opened.image
    file = getattr(image, "fp", None)
    if isinstance(file, LimitedBytes):
        file.limit.look()
        file.limit.on_share = on_share
    image.load()
    return image


def turned(image: Image.Image, turn: int) -> Image.Image:
    """Return an image upright."""
    return image.transpose(UPRIGHT[turn]) if turn in UPRIGHT else image


def values_of_deep(image: Image.Image) -> NDArray[Any]:
    """Return the grey values of an image of more than 8 bits, as `Plane` holds them."""
    values = np.asarray(image)
    if values.dtype.kind == "f":
        return np.ascontiguousarray(values, np.float32)
    low, high = int(values.min()), int(values.max())
    if low >= 0 and high < 1 << 16:
        return np.ascontiguousarray(values, np.uint16)
    if low >= -(1 << 15) and high < 1 << 15:
        return np.ascontiguousarray(values, np.int16)
    return np.ascontiguousarray(values, np.float32)


def problem_of(data: bytes, why: BaseException) -> ImageProblem:
    """Return in plain words why Pillow could not read these bytes."""
    text = str(why)
    if isinstance(why, MemoryError):
        return unreadable(tr("it is too large"), text)
    cut_webp = data.startswith(b"RIFF") and int.from_bytes(data[4:8], "little") + 8 > len(data)
    if cut_webp or isinstance(why, EOFError) or "truncat" in text.lower():
        return unreadable(tr("the file ends early"), text)
    if data.startswith(_KNOWN):
        return unreadable(tr("the file is damaged"), text)
    return unreadable(tr("it is no {names} file", names=tr(NAMES)), text)


class RasterSource(ImageSource):
    """The frames of a picture that Pillow reads.

    Args:
        data: The whole file.
        largest: The page of a TIFF that comes first, from 0.

    Raises:
        ImageProblem: Too large, damaged or of another format.
    """

    def __init__(self, data: bytes, largest: int = 0) -> None:
        super().__init__()
        self._grey_alpha = is_deep_grey_alpha(data)
        self._data = data = as_bytes(data) if self._grey_alpha else data
        self._largest = largest
        try:
            self._describe()
        except ImageProblem:
            raise
        except DAMAGE as why:
            raise problem_of(data, why) from why

    def _describe(self) -> None:
        opened = open_raster(self._data)
        image = opened.image
        self.size = opened.size
        if self._largest:
            image.seek(self._largest)
            refuse_large(*image.size)
            self.size = image.size
        self.frames = min(opened.frames, MOST_FRAMES)
        self._jpeg = image.format in _JPEG
        self._profile = image.info.get("icc_profile") if image.mode != "LAB" else None
        self._film = opened if self.frames > 1 else None
        film_of_colours = self.frames > 1 and image.format != "TIFF"
        transparent = image.has_transparency_data or "transparency" in image.info
        grey = image.mode in DEEP or (image.mode in ("1", "L") and not transparent and not film_of_colours)
        self.kind = "grey" if grey or self._grey_alpha else "rgb"
        self.bits = 16 if self._grey_alpha else _bits(image, self._data)
        self._plain_inks = self._jpeg and image.mode == "CMYK" and "adobe" not in image.info
        self.syntax = _syntax(image)
        self.inverted = image.mode in DEEP and image.format == "TIFF" and _tag(image, 262) == 0
        self.spacing, self.aspect = _spacing(image)
        if self._jpeg and self.size[0] * self.size[1] > MOST_WHOLE_JPEG:
            self.most_scale = 0.5
        notes = []
        pixels = self.size[0] * self.size[1]
        if pixels > MOST_WHOLE_JPEG:
            notes.append(tr("Shown at reduced size: the picture is too large to be decoded whole."))
        elif pixels > MOST_PIXELS:
            notes.append(tr("A very large picture; full size takes a moment."))
        if opened.frames > MOST_FRAMES:
            notes.append(
                tr(
                    "{frames} pictures in this file; the first {most_frames} are shown.",
                    frames=opened.frames,
                    most_frames=MOST_FRAMES,
                )
            )
        if transparent and image.mode in DEEP:
            notes.append(tr(CLEAR))
        if image.mode == "CMYK" and not self._profile:
            notes.append(INKS)
        if self._largest:
            notes.append(largest_first(self._largest))
        self.notes = tuple(notes)

    def size_of(self, frame: int) -> tuple[int, int]:
        """Return the size of a page; pages of a TIFF may differ."""
        if self._film is None or self._film.image.format != "TIFF":
            return self.size
        try:
            self._film.image.seek(self._page(frame))
            refuse_large(*self._film.image.size)
        except ImageProblem:
            raise
        except DAMAGE as why:
            raise problem_of(self._data, why) from why
        return self._film.image.size

    def _page(self, frame: int) -> int:
        """Return the page in the file of a frame: the largest one first, then the others in turn."""
        return self._largest if frame == 0 else frame - (frame <= self._largest)

    def close(self) -> None:
        """Let go of the picture's bytes."""
        super().close()
        self._film = None
        self._data = b""

    def _frame(self, frame: int, scale: float) -> tuple[NDArray[Any], float]:
        try:
            return self._pixels(frame, scale)
        except ImageProblem:
            raise
        except DAMAGE as why:
            raise problem_of(self._data, why) from why

    def _pixels(self, frame: int, scale: float) -> tuple[NDArray[Any], float]:
        opened = self._film or open_raster(self._data)
        if self.frames > 1:
            opened.image.seek(self._page(frame))
            refuse_large(*opened.image.size)
        full = opened.image.width
        if self._jpeg:
            self._draft(opened.image, scale)
        image = self._loaded(opened, scale)
        got = image.width / full if self._jpeg else 1.0
        if self._grey_alpha:
            deep, clear = values_of(turned(image, opened.turn))
            self._say(tr(CLEAR) if clear else "")
            return deep, got
        if image.mode in DEEP:
            image = turned(image, opened.turn)
            values = values_of_deep(image)
            return (values if self.kind == "grey" else _as_colour(image)), got
        if self._plain_inks:
            image = ImageChops.invert(image)
        flat, _ = to_8_bits(image)
        flat, note = to_srgb(turned(flat, opened.turn), self._profile)
        self._say(note)
        pixels = _array_of(flat)
        return (np.ascontiguousarray(pixels[:, :, 0]) if self.kind == "grey" else pixels), got

    def _loaded(self, opened: Opened, scale: float) -> Image.Image:
        """Decode; a file whose end is missing, but no pixel, is decoded with a word."""
        try:
            image = load(opened, self._data, self.on_share)
        except OSError as why:
            whole = ended(self._data) if self._jpeg and "truncated" in str(why) else None
            if whole is None:
                raise
            self._data = whole
            self._say(WHOLE)
            again = open_raster(whole)
            self._draft(again.image, scale)
            return load(again, whole, self.on_share)
        end = _ENDS.get(str(image.format))
        if end and end not in self._data[-_TAIL:]:
            self._say(WHOLE)
        return image

    def _draft(self, image: Image.Image, scale: float) -> None:
        if image.width * image.height > MOST_WHOLE_JPEG:
            scale = min(scale, self.most_scale)
        if scale < 1.0:
            image.draft(None, (max(1, int(image.width * scale)), max(1, int(image.height * scale))))


def largest_first(page: int) -> str:
    """Return what is said of a TIFF whose first page, from 0, is not the picture."""
    return tr("Page {page}, the largest, comes first.", page=page + 1)


def _array_of(image: Image.Image) -> NDArray[np.uint8]:
    """Return an RGB image's pixels; of a large one in strips, since Pillow would copy it twice."""
    if image.width * image.height <= _STRIPS_FROM:
        return np.array(image)
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    for top in range(0, image.height, 256):
        bottom = min(top + 256, image.height)
        pixels[top:bottom] = np.asarray(image.crop((0, top, image.width, bottom)))
    return pixels


def _as_colour(image: Image.Image) -> NDArray[np.uint8]:
    return np.array(to_8_bits(image)[0].convert("RGB"))


def _refuse_canvas(data: bytes) -> None:
    """Refuse a WebP by its header: libwebp takes memory for the canvas when it is opened."""
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X" and len(data) >= 30:
        refuse_large(1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none or it cannot be understood."""
    try:
        turn = image.getexif().get(_ORIENTATION, 1)
    except DAMAGE:
        return 1
    return turn if isinstance(turn, int) and turn in UPRIGHT else 1


def _tag(image: Image.Image, number: int) -> Any:
    return getattr(image, "tag_v2", {}).get(number)


def _bits(image: Image.Image, data: bytes) -> int:
    if image.format == "PNG" and len(data) > 24:
        return data[24]
    bits = _tag(image, 258)
    if isinstance(bits, tuple) and bits and isinstance(bits[0], int):
        return bits[0]
    return {"1": 1, "I": 32, "F": 32}.get(image.mode, 16 if image.mode in DEEP else 8)


def _syntax(image: Image.Image) -> str:
    name = str(image.format or "")
    if image.format == "TIFF":
        return tr("TIFF, {get}", get=image.info.get("compression", "raw"))
    return {"MPO": "JPEG", "JPEG2000": "JPEG 2000", "WEBP": "WebP"}.get(name, name)


def _spacing(image: Image.Image) -> tuple[tuple[float, float] | None, float]:
    """Return no millimetres, since a dpi is one of print, and the aspect of a pixel."""
    try:
        across, down = (float(v) for v in image.info.get("dpi", (1, 1)))
    except (TypeError, ValueError):
        return None, 1.0
    usable = 0.1 < across < 1e5 and 0.1 < down < 1e5 and 0.25 < across / down < 4
    return None, round(across / down, 4) if usable else 1.0
