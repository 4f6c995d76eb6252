"""Files whose last bytes are missing: shown with a word when no pixel is missing, else refused.

A JPEG without its end mark holds its whole picture when the bytes that are put in place of those
missing make no difference to it.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from mmdesk.words import QT_TR_NOOP

WHOLE = QT_TR_NOOP("The last bytes of this file are missing; the picture is whole.")
"""What is said of such a file."""
_MOST = 40_000_000
"""Pixels of a JPEG that is tried."""
_END = b"\xff\xd9"
_FILLINGS = (b"", b"\x55" * 64, b"\xaa" * 64)
_SCAN = b"\xff\xda"


def lacks_end(stream: bytes) -> bool:
    """Tell whether a JPEG, JPEG-LS or JPEG 2000 stream has no end mark; zeros may follow it."""
    starts = stream[:2] == b"\xff\xd8" or stream[:4] == b"\xff\x4f\xff\x51"
    return starts and not stream.rstrip(b"\0").endswith(_END)


def ended(data: bytes) -> bytes | None:
    """Return a JPEG with its end mark; None when pixels are missing.

    Args:
        data: A JPEG file or stream without its end.
    """
    start = data.rstrip(b"\xff") if data.endswith(b"\xff") else data
    if not _refined(start):
        return None
    first = None
    for filling in _FILLINGS:
        with Image.open(io.BytesIO(start + filling + _END), formats=("JPEG",)) as image:
            if image.width * image.height > _MOST:
                return None
            pixels = np.asarray(image)
        if first is not None and not np.array_equal(first, pixels):
            return None
        first = pixels
    return start + _END


def _refined(data: bytes) -> bool:
    """Tell whether a JPEG that is stored in passes has the last pass of every coefficient."""
    frame = data.find(b"\xff\xc2")
    if frame < 0:
        return True
    wanted = {(data[frame + 10 + 3 * k], at) for k in range(data[frame + 9]) for at in range(64)}
    at = data.find(_SCAN, frame)
    while at >= 0 and at + 5 < len(data):
        count = data[at + 4]
        band = data[at + 5 + 2 * count : at + 8 + 2 * count]
        if len(band) == 3 and not band[2] & 15:
            parts = {data[at + 5 + 2 * k] for k in range(count)}
            wanted -= {(part, index) for part in parts for index in range(band[0], band[1] + 1)}
        at = data.find(_SCAN, at + 2)
    return not wanted
