"""The hashes by which Keras' layers put words into buckets: FarmHash Fingerprint64 and SipHash-2-4.

Both are fixed for ever by their authors, and so equal to what TensorFlow computes.
"""

from __future__ import annotations

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CROSS_KEY, _CROSS_FACTOR = 0xDECAFCAFFE, 0xC6A4A7935BD1E995


def fingerprint(data: bytes) -> int:
    """Return FarmHash's Fingerprint64 of some bytes."""
    size = len(data)
    if size <= 16:
        return _up_to_16(data, size)
    if size <= 32:
        return _up_to_32(data, size)
    if size <= 64:
        return _up_to_64(data, size)
    return _longer(data, size)


def siphash(data: bytes, salt: tuple[int, int]) -> int:
    """Return SipHash-2-4 of some bytes.

    Args:
        data: The bytes.
        salt: The two halves of the key.
    """
    one, other = salt[0] & _MASK, salt[1] & _MASK
    state = [
        one ^ 0x736F6D6570736575,
        other ^ 0x646F72616E646F6D,
        one ^ 0x6C7967656E657261,
        other ^ 0x7465646279746573,
    ]
    whole = len(data) // 8 * 8
    words = [_fetch(data, at) for at in range(0, whole, 8)]
    words.append(int.from_bytes(data[whole:], "little") | (len(data) & 0xFF) << 56)
    for word in words:
        state[3] ^= word
        _mix(state, 2)
        state[0] ^= word
    state[2] ^= 0xFF
    _mix(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def crossed(values: list[int]) -> int:
    """Return the hash of a combination of values, as TensorFlow's `cross_hashed` has it.

    Args:
        values: Whole numbers as they are, and fingerprints of words.
    """
    found = _CROSS_KEY
    for value in values:
        found ^= _CROSS_FACTOR
        found ^= _shift(value * _CROSS_FACTOR & _MASK) * _CROSS_FACTOR & _MASK
        found = found * _CROSS_FACTOR & _MASK
        found = _shift(_shift(found) * _CROSS_FACTOR & _MASK)
    return found


def _mix(state: list[int], rounds: int) -> None:
    a, b, c, d = state
    for _ in range(rounds):
        a = a + b & _MASK
        b = _left(b, 13) ^ a
        a = _left(a, 32)
        c = c + d & _MASK
        d = _left(d, 16) ^ c
        a = a + d & _MASK
        d = _left(d, 21) ^ a
        c = c + b & _MASK
        b = _left(b, 17) ^ c
        c = _left(c, 32)
    state[:] = a, b, c, d


def _left(value: int, by: int) -> int:
    return (value << by | value >> 64 - by) & _MASK


def _right(value: int, by: int) -> int:
    value &= _MASK
    return (value >> by | value << 64 - by) & _MASK


def _shift(value: int) -> int:
    return value ^ value >> 47


def _fetch(data: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _pair(u: int, v: int, factor: int) -> int:
    a = _shift((u ^ v) * factor & _MASK)
    b = _shift((v ^ a) * factor & _MASK)
    return b * factor & _MASK


def _up_to_16(data: bytes, size: int) -> int:
    factor = _K2 + size * 2 & _MASK
    if size >= 8:
        a, b = _fetch(data, 0) + _K2 & _MASK, _fetch(data, size - 8)
        return _pair(_right(b, 37) * factor + a & _MASK, (_right(a, 25) + b) * factor & _MASK, factor)
    if size >= 4:
        return _pair(size + (_fetch(data, 0, 4) << 3), _fetch(data, size - 4, 4), factor)
    if not size:
        return _K2
    y, z = data[0] + (data[size >> 1] << 8), size + (data[size - 1] << 2)
    return _shift((y * _K2 ^ z * _K0) & _MASK) * _K2 & _MASK


def _up_to_32(data: bytes, size: int) -> int:
    factor = _K2 + size * 2 & _MASK
    a, b = _fetch(data, 0) * _K1 & _MASK, _fetch(data, 8)
    c, d = _fetch(data, size - 8) * factor & _MASK, _fetch(data, size - 16) * _K2 & _MASK
    return _pair(
        _right(a + b, 43) + _right(c, 30) + d & _MASK,
        a + _right(b + _K2, 18) + c & _MASK,
        factor,
    )


def _up_to_64(data: bytes, size: int) -> int:
    factor = _K2 + size * 2 & _MASK
    a, b = _fetch(data, 0) * _K2 & _MASK, _fetch(data, 8)
    c, d = _fetch(data, size - 8) * factor & _MASK, _fetch(data, size - 16) * _K2 & _MASK
    y = _right(a + b, 43) + _right(c, 30) + d & _MASK
    z = _pair(y, a + _right(b + _K2, 18) + c & _MASK, factor)
    e, f = _fetch(data, 16) * factor & _MASK, _fetch(data, 24)
    g = (y + _fetch(data, size - 32)) * factor & _MASK
    h = (z + _fetch(data, size - 24)) * factor & _MASK
    return _pair(_right(e + f, 43) + _right(g, 30) + h & _MASK, e + _right(f + a, 18) + g & _MASK, factor)


def _weak(data: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = (_fetch(data, at + offset) for offset in (0, 8, 16, 24))
    a = a + w & _MASK
    b = _right(b + a + z, 21)
    c = a
    a = a + x + y & _MASK
    b = b + _right(a, 44) & _MASK
    return a + z & _MASK, b + c & _MASK


def _longer(data: bytes, size: int) -> int:
    x = 81
    y = 81 * _K1 + 113 & _MASK
    z = _shift(y * _K2 + 113 & _MASK) * _K2 & _MASK
    v, w = (0, 0), (0, 0)
    x = x * _K2 + _fetch(data, 0) & _MASK
    end = (size - 1) // 64 * 64
    for at in range(0, end, 64):
        x = _right(x + y + v[0] + _fetch(data, at + 8), 37) * _K1 & _MASK
        y = _right(y + v[1] + _fetch(data, at + 48), 42) * _K1 & _MASK
        x ^= w[1]
        y = y + v[0] + _fetch(data, at + 40) & _MASK
        z = _right(z + w[0], 33) * _K1 & _MASK
        v = _weak(data, at, v[1] * _K1 & _MASK, x + w[0] & _MASK)
        w = _weak(data, at + 32, z + w[1] & _MASK, y + _fetch(data, at + 16) & _MASK)
        z, x = x, z
    factor = _K1 + ((z & 0xFF) << 1) & _MASK
    at = size - 64
    w = w[0] + (size - 1 & 63) & _MASK, w[1]
    v = v[0] + w[0] & _MASK, v[1]
    w = w[0] + v[0] & _MASK, w[1]
    x = _right(x + y + v[0] + _fetch(data, at + 8), 37) * factor & _MASK
    y = _right(y + v[1] + _fetch(data, at + 48), 42) * factor & _MASK
    x ^= w[1] * 9 & _MASK
    y = y + v[0] * 9 + _fetch(data, at + 40) & _MASK
    z = _right(z + w[0], 33) * factor & _MASK
    v = _weak(data, at, v[1] * factor & _MASK, x + w[0] & _MASK)
    w = _weak(data, at + 32, z + w[1] & _MASK, y + _fetch(data, at + 16) & _MASK)
    z, x = x, z
    return _pair(
        _pair(v[0], w[0], factor) + _shift(y) * _K0 + z & _MASK,
        _pair(v[1], w[1], factor) + x & _MASK,
        factor,
    )
