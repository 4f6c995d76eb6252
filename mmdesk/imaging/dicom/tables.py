"""Look-up tables in DICOM files: their entries, and how many bits these have in truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.words import tr

_DEPTHS = (8, 10, 12, 14, 16)
_COLOURS = ("Red", "Green", "Blue")


@dataclass(frozen=True, slots=True)
class Table:
    """A look-up table.

    Attributes:
        entries: What the values from `first` on become.
        first: The value of the first entry; smaller values get the first entry, larger the last.
        bits: Bits of an entry, so that 2 to their power less 1 is the highest.
        note: What a reader must know: the file says something else.
    """

    entries: NDArray[np.uint16]
    first: int
    bits: int
    note: str = ""

    @property
    def top(self) -> float:
        """The highest entry that `bits` allow."""
        return float((1 << self.bits) - 1)

    def looked_up(self, stored: NDArray[Any]) -> NDArray[np.uint16]:
        """Return the entries of stored values."""
        found: NDArray[np.uint16] = self.entries[
            np.clip(stored.astype(np.int64) - self.first, 0, len(self.entries) - 1)
        ]
        return found


def table_of(descriptor: Any, data: Any, *, signed: bool, little: bool) -> Table | None:
    """Return a table as it was meant.

    Entries of 8 bits may lie two in a word, though the file says 16 bits, and entries of fewer bits
    than the file says are common; both show in the data.

    Args:
        descriptor: Count, first value and bits, as the file gives them.
        data: Bytes, or whole numbers of 16 bits.
        signed: Stored values may be negative.
        little: Words begin with their low byte.

    Returns:
        None without entries.
    """
    count, first, bits = (int(number) for number in descriptor)
    count = (count & 0xFFFF) or 1 << 16
    first -= (1 << 16) if signed and first >= 1 << 15 else 0
    words = np.dtype("<u2" if little else ">u2")
    if isinstance(data, (bytes, bytearray)):
        raw = np.frombuffer(data[: len(data) // 2 * 2], words).astype(np.uint16)
    else:
        raw = np.atleast_1d(np.asarray(data)).astype(np.uint16)
    if count > 1 and len(raw) in (count // 2, (count + 1) // 2):
        raw = raw.astype("<u2").view(np.uint8).astype(np.uint16)
    entries = raw[:count]
    if not len(entries):
        return None
    return settled([Table(entries, first, bits)])[0]


def settled(tables: Sequence[Table]) -> list[Table]:
    """Return tables that belong together with the bits that their highest entry needs."""
    said = tables[0].bits
    top = max(int(table.entries.max()) for table in tables)
    needed = next(bits for bits in _DEPTHS if top < 1 << bits)
    bits = said
    if not 1 <= said <= 16 or top >= 1 << said or (top and top << 3 < 1 << said):
        bits = needed
    if bits == said:
        return list(tables)
    note = tr("A table in this file says {said} bits and has {bits}; it is shown with {bits}.", said=said, bits=bits)
    return [replace(table, bits=bits, note=note) for table in tables]


def palette_of(dataset: Any, *, signed: bool, little: bool) -> list[Table] | None:
    """Return the tables for red, green and blue; None where they are kept in segments or missing."""
    found = []
    for colour in _COLOURS:
        name = f"{colour}PaletteColorLookupTable"
        descriptor, data = dataset.get(f"{name}Descriptor"), dataset.get(f"{name}Data")
        if descriptor is None or data is None:
            return None
        table = table_of(descriptor, data, signed=signed, little=little)
        if table is None:
            return None
        found.append(replace(table, bits=int(descriptor[2]), note=""))
    return settled(found)
