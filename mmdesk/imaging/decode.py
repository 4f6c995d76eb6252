"""Files to pictures: for the reader at the size shown, for a model at the model's size.

Both ways give upright 8-bit sRGB of the first frame, windowed where the file holds more than 8
bits. Nothing that a file contains may hang, fill the memory or give a half picture: it raises
`ImageProblem` with a plain sentence instead. `opening.open_image` gives all frames and the values
before the window.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base.colour import to_8_bits, to_srgb
from mmdesk.imaging.base.files import read_image_bytes
from mmdesk.imaging.base.picture import DAMAGE, Picture, Pixels
from mmdesk.imaging.base.plane import Plane
from mmdesk.imaging.base.signatures import is_dicom
from mmdesk.imaging.base.source import ImageSource
from mmdesk.imaging.base.window import AS_STORED, Window, window_to_bytes
from mmdesk.imaging.opening import open_bytes, open_image
from mmdesk.imaging.raster import MOST_WHOLE_JPEG, load, open_raster, problem_of, turned

__all__ = ["PREPARATION", "Picture", "check_image", "decode", "decode_bytes", "decode_for_model"]

PREPARATION = "srgb-bilinear-draft2"
"""Name of `decode_for_model`'s rule: upright sRGB, Pillow BILINEAR to the square; a JPEG may
be decoded reduced only while it stays at least twice the square's side. It belongs to the key
of cached embeddings: another rule needs another name."""

_AT_ONCE = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM", b"RIFF")
"""Starts of files that Pillow decodes at once; all others are opened first."""
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_REDUCED_FROM = 16_000_000
"""Pixels of a picture from which on it is read reduced."""


def decode(path: Path, box: tuple[int, int] | None) -> Picture:
    """Return the first picture in a file, reduced to what a box on the screen can show.

    Args:
        path: A file that `open_image` opens.
        box: (width, height) in screen pixels that the whole picture is shown in: it is
            reduced to fit, keeping its shape, and never enlarged. None: in full size.

    Raises:
        ImageProblem: With the reason `no-file` or `unreadable` and a plain sentence.
    """
    start = _start(path)
    if _at_once(start) and not start.startswith(_TIFF):
        return decode_bytes(read_image_bytes(path), box)
    with open_image(path) as source:
        return _shown(source, box)


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
    """Decode the whole first picture and return a small one of it (at most 64 x 64).

    Raises:
        ImageProblem: As `decode`.
    """
    return decode(path, (64, 64))


def decode_bytes(data: bytes, box: tuple[int, int] | None) -> Picture:
    """Return the first picture in a file's bytes; see `decode`."""
    if not _at_once(data):
        with open_bytes(data) as source:
            return _shown(source, box)
    try:
        loaded = _load(data, box, cover=False)
    except ImageProblem as problem:
        if not data.startswith(_TIFF):
            raise
        with _in_parts(data, problem) as source:
            return _shown(source, box)
    image = _fitted(loaded.image, box)
    image, colour_note = to_srgb(image, loaded.profile)
    note = " ".join(part for part in (loaded.note, colour_note) if part)
    return Picture(np.array(image), loaded.full_size, note, loaded.window)


def bytes_for_model(data: bytes, size: int) -> Pixels:
    """Return the square for a model from a file's bytes; see `decode_for_model`."""
    square = (size, size)
    if _at_once(data):
        try:
            loaded = _load(data, (2 * size, 2 * size), cover=True)
        except ImageProblem as problem:
            if not data.startswith(_TIFF):
                raise
            source = _in_parts(data, problem)
        else:
            resized = loaded.image.resize(square, Image.Resampling.BILINEAR)
            return np.array(to_srgb(resized, loaded.profile)[0])
    else:
        source = open_bytes(data)
    with source:
        width, height = source.size
        scale = max(2 * size / width, 2 * size / height)
        pixels = _first(source, (round(width * scale) + 1, round(height * scale) + 1))[0]
    return np.array(to_srgb(Image.fromarray(pixels).resize(square, Image.Resampling.BILINEAR), None)[0])


def _at_once(data: bytes) -> bool:
    return data.startswith(_AT_ONCE) and not is_dicom(data)


def _start(path: Path) -> bytes:
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(132)
    except OSError:
        pass
    return b""


class _Loaded:
    """An upright image in mode L, RGB or CMYK with what was learnt on the way."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.full_size = image.size
        self.profile: bytes | None = None
        self.note = ""
        self.window: tuple[float, float] | None = None


def _load(data: bytes, box: tuple[int, int] | None, *, cover: bool) -> _Loaded:
    try:
        return _load_pillow(data, box, cover=cover)
    except ImageProblem:
        raise
    except DAMAGE as why:
        raise problem_of(data, why) from why


def _load_pillow(data: bytes, box: tuple[int, int] | None, *, cover: bool) -> _Loaded:
    opened = open_raster(data)
    source, note = opened.image, ""
    if source.format in ("JPEG", "MPO"):
        if box:
            _draft(source, box if opened.turn < 5 else (box[1], box[0]), cover=cover)
        if source.width * source.height > MOST_WHOLE_JPEG:
            source.draft(None, (source.width // 2, source.height // 2))
            note = "Shown at reduced size: the picture is too large to be decoded whole."
    profile = source.info.get("icc_profile") if source.mode != "LAB" else None
    load(opened, data)
    if source.format == "TIFF" and source.mode.startswith("I;16") and _white_is_zero(source):
        source = Image.fromarray(np.iinfo(np.uint16).max - np.asarray(source).astype(np.uint16))
    image, window = to_8_bits(source)
    loaded = _Loaded(turned(image, opened.turn))
    loaded.full_size, loaded.profile, loaded.window, loaded.note = opened.size, profile, window, note
    if opened.frames > 1:
        loaded.note = f"{opened.frames} pictures in this file; the first is shown."
    return loaded


def _draft(source: Image.Image, box: tuple[int, int], *, cover: bool) -> None:
    """Let a JPEG decode reduced: to no less than the box (cover) or what fits into it."""
    if not cover:
        scale = min(1.0, box[0] / source.width, box[1] / source.height)
        box = (max(1, round(source.width * scale)), max(1, round(source.height * scale)))
    source.draft(None, box)


def _in_parts(data: bytes, problem: ImageProblem) -> ImageSource:
    """Open a TIFF that Pillow does not decode, or say what Pillow said of it."""
    try:
        source = open_bytes(data)
        source.read(box=(64, 64))
    except ImageProblem:
        raise problem from None
    return source


def _shown(source: ImageSource, box: tuple[int, int] | None) -> Picture:
    pixels, window = _first(source, box)
    image = _fitted(Image.fromarray(pixels), box).convert("RGB")
    notes = list(source.notes)
    if source.frames > 1:
        word = "pictures" if source.syntax.startswith(("TIFF", "GIF")) else "frames"
        notes.insert(0, f"{source.frames} {word} in this file; the first is shown.")
    limits = None if window is None or window == AS_STORED else (window.low, window.high)
    return Picture(np.array(image), source.size, " ".join(notes), limits)


def _first(source: ImageSource, box: tuple[int, int] | None) -> tuple[Pixels, Window | None]:
    """Return the first frame in 8 bits and its window; large ones reduced to the box."""
    large = source.size[0] * source.size[1] > _REDUCED_FROM
    plane = _complete(source, box if large else None)
    if not plane.grey:
        return plane.pixels, None
    window = source.first_window(plane)
    return window_to_bytes(plane.pixels, window, invert=source.inverted), window


def _complete(source: ImageSource, box: tuple[int, int] | None) -> Plane:
    plane = source.read(box=box)
    while not plane.complete:
        plane = source.read(box=box)
    return plane


def _fitted(image: Image.Image, box: tuple[int, int] | None) -> Image.Image:
    if box:
        scale = min(1.0, box[0] / image.width, box[1] / image.height)
        if scale < 1.0:
            size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
            return image.resize(size, Image.Resampling.HAMMING)
    return image


def _white_is_zero(image: Image.Image) -> bool:
    return bool(getattr(image, "tag_v2", {}).get(262) == 0)
