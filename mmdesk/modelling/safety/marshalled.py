"""Read what Python's `marshal` wrote, without `marshal`: that one may crash on bytes by a stranger."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

_KEPT = 0x80
_DEEPEST = 20
_MOST = 100_000
_SINGLES: dict[bytes, Any] = {b"N": None, b"T": True, b"F": False, b".": ...}


@dataclass(frozen=True, slots=True)
class Code:
    """What a function consists of, as Python 3.11 and later write it.

    Attributes:
        arguments: How many arguments it takes by position.
        others: Counts of the kinds of arguments that plain functions do not have.
        code: Its bytecode.
        constants: The values that it names.
        names: The functions, modules and attributes that it names.
    """

    arguments: int
    others: tuple[int, int]
    code: bytes
    constants: tuple[Any, ...]
    names: tuple[Any, ...]


def read_code(data: bytes) -> Code | None:
    """Return the function in some bytes; None where they are something else, or of an older Python."""
    try:
        found = _Reading(data[:_MOST]).value()
    except (ValueError, IndexError, struct.error, UnicodeDecodeError):
        return None
    return found if isinstance(found, Code) else None


@dataclass(slots=True)
class _Reading:
    data: bytes
    at: int = 0
    kept: list[Any] = field(default_factory=list)

    def value(self, depth: int = 0) -> Any:
        if depth > _DEEPEST:
            raise ValueError("nested too deep")
        sign = self._take(1)[0]
        kind, keep = bytes([sign & ~_KEPT]), bool(sign & _KEPT)
        if kind == b"r":
            return self.kept[self._number()]
        place = len(self.kept)
        if keep:
            self.kept.append(None)
        found = self._of(kind, depth)
        if keep:
            self.kept[place] = found
        return found

    def _of(self, kind: bytes, depth: int) -> Any:
        match kind:
            case b"N" | b"T" | b"F" | b".":
                found = _SINGLES[kind]
            case b"i":
                found = self._number()
            case b"g":
                found = struct.unpack("<d", self._take(8))[0]
            case b"z" | b"Z":
                found = self._take(self._take(1)[0]).decode("ascii")
            case b"a" | b"A" | b"u" | b"t":
                found = self._take(self._number()).decode("utf-8")
            case b"s":
                found = self._take(self._number())
            case b")":
                found = self._tuple(self._take(1)[0], depth)
            case b"(":
                found = self._tuple(self._number(), depth)
            case b"c":
                found = self._function(depth)
            case _:
                raise ValueError("a kind of value that no short function holds")
        return found

    def _tuple(self, count: int, depth: int) -> tuple[Any, ...]:
        if not 0 <= count <= len(self.data):
            raise ValueError("a tuple that is longer than its bytes")
        return tuple(self.value(depth + 1) for _ in range(count))

    def _function(self, depth: int) -> Code:
        arguments, *others, _stack, flags = (self._number() for _ in range(5))
        code, constants, names = (self.value(depth + 1) for _ in range(3))
        for _ in range(5):  # local names, their kinds, file, name, full name
            self.value(depth + 1)
        self._number()
        for _ in range(2):  # lines, exceptions
            self.value(depth + 1)
        if [type(one) for one in (code, constants, names)] != [bytes, tuple, tuple]:
            raise ValueError("a function of another form")
        takes_any = flags & 0x0C
        return Code(arguments, (others[0], others[1] + takes_any), code, constants, names)

    def _number(self) -> int:
        return int(struct.unpack("<i", self._take(4))[0])

    def _take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise ValueError("bytes are missing")
        self.at += count
        return self.data[self.at - count : self.at]
