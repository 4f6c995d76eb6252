"""What a file is by its first bytes, so that only what reads it needs to be loaded."""

from __future__ import annotations

import zlib
from typing import Final

HEAD: Final = 352
"""Bytes that tell every format here."""
_GZIP: Final = b"\x1f\x8b"
_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_dicom(head: bytes) -> bool:
    """Tell whether the bytes start as a DICOM file does."""
    return head[128:132] == b"DICM"


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
