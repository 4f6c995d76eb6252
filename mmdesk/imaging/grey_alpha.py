"""PNG files of 16-bit grey with transparency, which Pillow would cut to 8 bits.

Two values of 16 bits take the room of four of 8: read as red, green, blue and transparency of 8 bits,
the file gives its bytes unchanged.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_HEADER = slice(12, 29)
_GREY_ALPHA, _RGBA = (16, 4), (8, 6)


def is_deep_grey_alpha(data: bytes) -> bool:
    """Tell whether bytes are such a PNG."""
    return data[:4] == b"\x89PNG" and data[12:16] == b"IHDR" and tuple(data[24:26]) == _GREY_ALPHA


def as_bytes(data: bytes) -> bytes:
    """Return such a PNG as one of four 8-bit values for each pixel."""
    header = bytearray(data[_HEADER])
    header[12:14] = bytes(_RGBA)
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def values_of(image: Image.Image) -> tuple[NDArray[np.uint16], bool]:
    """Return the grey values of such a file, and whether any pixel is transparent."""
    both = np.ascontiguousarray(np.asarray(image)).view(">u2").astype(np.uint16)
    return np.ascontiguousarray(both[:, :, 0]), bool((both[:, :, 1] < np.iinfo(np.uint16).max).any())
