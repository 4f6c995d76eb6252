"""The size that a compressed picture claims, read from its own header before it is decoded."""

from __future__ import annotations

_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_MOST_MARKERS = 5000


def claimed_size(data: bytes) -> tuple[int, int, int] | None:
    """Return (width, height, components) of a JPEG, JPEG-LS or JPEG 2000 stream.

    Args:
        data: The stream; a JPEG 2000 file around it is looked through.

    Returns:
        None where no header is found; then nothing is known of the size.
    """
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    start = data.find(b"\xff\x4f\xff\x51", 0, 1 << 16)
    return _jpeg_2000(data[start:]) if start >= 0 else None


def passes(data: bytes) -> int:
    """Return how many scans a JPEG stream has at most; each goes over the whole picture."""
    return data.count(b"\xff\xda")


def _jpeg(data: bytes) -> tuple[int, int, int] | None:
    place = 2
    for _ in range(_MOST_MARKERS):
        place = data.find(b"\xff", place)
        if place < 0 or place + 10 > len(data):
            return None
        marker = data[place + 1]
        if marker in _FRAMES:
            height = int.from_bytes(data[place + 5 : place + 7])
            return int.from_bytes(data[place + 7 : place + 9]), height, data[place + 9]
        if marker in (0x00, 0xFF) or marker in _NO_LENGTH:
            place += 1 if marker == 0xFF else 2
            continue
        place += 2 + int.from_bytes(data[place + 2 : place + 4])
    return None


def _jpeg_2000(data: bytes) -> tuple[int, int, int] | None:
    if len(data) < 42:
        return None
    right, bottom, left, top = (int.from_bytes(data[at : at + 4]) for at in (8, 12, 16, 20))
    return right - left, bottom - top, int.from_bytes(data[40:42])
