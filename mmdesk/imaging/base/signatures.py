"""What a file is by its first bytes, so that only what reads it needs to be loaded."""

from __future__ import annotations

import zlib
from typing import Final

HEAD: Final = 352
"""Bytes that tell every format here."""
TAIL: Final = 1 << 16
"""Bytes at the end of a file in which its end is looked for."""
_GZIP: Final = b"\x1f\x8b"
_FIRST: Final = frozenset(
    group.to_bytes(2, "little") + element.to_bytes(2, "little")
    for group, elements in ((2, (0, 1, 2)), (8, (0, 1, 5, 8, 0x12, 0x14, 0x16, 0x18)))
    for element in elements
)
"""Tags that DICOM elements begin with, as they are written."""
_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_dicom(head: bytes) -> bool:
    """Tell whether the bytes start as a DICOM file does, or at once with its elements."""
    return head[128:132] == b"DICM" or is_bare_dicom(head)


def is_bare_dicom(head: bytes) -> bool:
    """Tell whether the bytes start with DICOM elements, without the part that marks such a file."""
    if head[128:132] == b"DICM" or head[:4] not in _FIRST:
        return False
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    return explicit or int.from_bytes(head[4:8], "little") in range(2, 129, 2)


def is_tiff(head: bytes) -> bool:
    """Tell whether the bytes start as a TIFF file does, of either byte order, classic or big."""
    return head[:4] in _TIFF


def is_packed(head: bytes) -> bool:
    """Tell whether the bytes start as a file packed by gzip does."""
    return head[:2] == _GZIP


def is_nifti(head: bytes) -> bool:
    """Tell whether a file's first bytes are a NIfTI header, packed by gzip or not."""
    if is_packed(head):
        try:
            head = zlib.decompressobj(31).decompress(head, HEAD)
        except zlib.error:
            return False
    return head[344:348] in (b"n+1\0", b"ni1\0") or head[4:8] in (b"n+2\0", b"ni2\0")


def is_known(head: bytes) -> bool:
    """Tell whether the bytes start as a file of a format that can be read here."""
    starts = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"GIF87a", b"GIF89a", b"\xff\x4f\xff\x51")
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    jpeg_2000 = head[4:12] == b"jP  \r\n\x87\n"
    return head.startswith(starts) or webp or jpeg_2000 or is_tiff(head) or is_dicom(head) or is_nifti(head)


def is_cut_short(head: bytes, tail: bytes) -> bool:
    """Tell whether a JPEG or PNG file seems to lack its end, from its first and last bytes."""
    if head.startswith(b"\xff\xd8\xff"):
        return b"\xff\xd9" not in tail
    return head.startswith(b"\x89PNG") and b"IEND" not in tail
