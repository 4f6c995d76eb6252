"""Files to pictures: for the reader at the size shown, for a model at the model's size.

Both ways give upright 8-bit sRGB, windowed where the file holds more than 8 bits. Nothing
that a file contains may hang, fill the memory or give a half picture: it raises
`ImageProblem` with a plain sentence instead.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.colour import to_8_bits, to_srgb
from mmdesk.imaging.dicom import decode_dicom, is_dicom
from mmdesk.imaging.files import read_image_bytes
from mmdesk.imaging.picture import Picture, Pixels, refuse_large, unreadable

__all__ = ["PREPARATION", "Picture", "check_image", "decode", "decode_bytes", "decode_for_model"]

PREPARATION = "srgb-bilinear-draft2"
"""Name of `decode_for_model`'s rule: upright sRGB, Pillow BILINEAR to the square; a JPEG may
be decoded reduced only while it stays at least twice the square's side. It belongs to the key
of cached embeddings: another rule needs another name."""

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
"""Pillow formats that are opened; all others are refused unread."""

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_KNOWN = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM", b"RIFF")
_DAMAGE = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    Warning,
    Image.DecompressionBombError,
    struct.error,
    zlib.error,
)


def decode(path: Path, box: tuple[int, int] | None) -> Picture:
    """Return the picture in a file, reduced to what a box on the screen can show.

    Args:
        path: A PNG, JPEG, TIFF, BMP, WebP or DICOM file.
        box: (width, height) in screen pixels that the whole picture is shown in: it is
            reduced to fit, keeping its shape, and never enlarged. None: in full size.

    Raises:
        ImageProblem: With the reason `no-file` or `unreadable` and a plain sentence.
    """
    return decode_bytes(read_image_bytes(path), box)


def decode_for_model(path: Path, size: int) -> Pixels:
    """Return the picture as a backbone takes it, by the rule named `PREPARATION`.

    Args:
        path: As in `decode`.
        size: The square's side, in pixels.

    Returns:
        uint8 RGB (size, size, 3).

    Raises:
        ImageProblem: As `decode`.
    """
    return bytes_for_model(read_image_bytes(path), size)


def check_image(path: Path) -> Picture:
    """Decode the whole file and return a small picture of it (at most 64 x 64).

    Raises:
        ImageProblem: As `decode`.
    """
    return decode(path, (64, 64))


def decode_bytes(data: bytes, box: tuple[int, int] | None) -> Picture:
    """Return the picture in a file's bytes; see `decode`."""
    loaded = _load(data, box, cover=False)
    image = loaded.image
    if box:
        scale = min(1.0, box[0] / image.width, box[1] / image.height)
        if scale < 1.0:
            size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
            image = image.resize(size, Image.Resampling.HAMMING)
    image, colour_note = to_srgb(image, loaded.profile)
    note = " ".join(part for part in (loaded.note, colour_note) if part)
    return Picture(np.array(image), loaded.full_size, note, loaded.window)


def bytes_for_model(data: bytes, size: int) -> Pixels:
    """Return the square for a model from a file's bytes; see `decode_for_model`."""
    loaded = _load(data, (2 * size, 2 * size), cover=True)
    image, _ = to_srgb(loaded.image.resize((size, size), Image.Resampling.BILINEAR), loaded.profile)
    return np.array(image)


class _Loaded:
    """An upright image in mode L, RGB or CMYK with what was learnt on the way."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.full_size = image.size
        self.profile: bytes | None = None
        self.note = ""
        self.window: tuple[float, float] | None = None


def _load(data: bytes, box: tuple[int, int] | None, *, cover: bool) -> _Loaded:
    if is_dicom(data):
        pixels, note, window = decode_dicom(data)
        loaded = _Loaded(Image.fromarray(pixels))
        loaded.note, loaded.window = note, window
        return loaded
    try:
        return _load_pillow(data, box, cover=cover)
    except ImageProblem:
        raise
    except _DAMAGE as why:
        raise _why(data, why) from why


def _load_pillow(data: bytes, box: tuple[int, int] | None, *, cover: bool) -> _Loaded:
    source = Image.open(BytesIO(data), formats=FORMATS)
    refuse_large(*source.size)
    turn = 1
    if source.format in ("JPEG", "MPO"):
        turn = _orientation(source)
    full = source.size if turn < 5 else (source.size[1], source.size[0])
    if box and source.format in ("JPEG", "MPO"):
        _draft(source, box if turn < 5 else (box[1], box[0]), cover=cover)
    frames = getattr(source, "n_frames", 1) if source.format != "MPO" else 1
    profile = source.info.get("icc_profile")
    source.load()
    if source.format == "PNG" and b"IEND" not in data:
        raise EOFError
    if source.format in ("PNG", "WEBP"):
        turn = _orientation(source)
        full = source.size if turn < 5 else (source.size[1], source.size[0])
    elif source.format == "TIFF":
        full = source.size
    image, window = to_8_bits(source)
    if turn in _UPRIGHT:
        image = image.transpose(_UPRIGHT[turn])
    loaded = _Loaded(image)
    loaded.full_size, loaded.profile, loaded.window = full, profile, window
    if frames > 1:
        loaded.note = f"{frames} pictures in this file; the first is shown."
    return loaded


def _draft(source: Image.Image, box: tuple[int, int], *, cover: bool) -> None:
    """Let a JPEG decode reduced: to no less than the box (cover) or what fits into it."""
    if not cover:
        scale = min(1.0, box[0] / source.width, box[1] / source.height)
        box = (max(1, round(source.width * scale)), max(1, round(source.height * scale)))
    source.draft(None, box)


def _orientation(source: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none or it cannot be understood."""
    try:
        turn = source.getexif().get(_ORIENTATION, 1)
    except _DAMAGE:
        return 1
    return turn if isinstance(turn, int) and turn in _UPRIGHT else 1


def _why(data: bytes, why: BaseException) -> ImageProblem:
    text = str(why)
    if isinstance(why, (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError)):
        return unreadable("it is too large", text)
    cut_webp = data.startswith(b"RIFF") and int.from_bytes(data[4:8], "little") + 8 > len(data)
    if cut_webp or isinstance(why, EOFError) or "truncat" in text.lower():
        return unreadable("the file ends early", text)
    if data.startswith(_KNOWN):
        return unreadable("the file is damaged", text)
    return unreadable("it is no PNG, JPEG, TIFF, BMP, WebP or DICOM file", text)
