"""The weights of a foreign model: plain numbers that lie in the file itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from mmdesk.modelling.safety.refusal import refused
from mmdesk.words import tr

DEEPEST = 64
MOST_OBJECTS = 50_000
LARGEST_RATIO = 20
"""How much larger than stored a compressed array may be; Keras does not compress."""
_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
_SLACK = 1.1
_OPTIMISER = {"optimizer", "optimizer_weights"}


@dataclass(frozen=True, slots=True)
class Array:
    """One array of a file of weights.

    Attributes:
        shape: Its shape.
        kind: numpy's letter of its kind of numbers: `f`, `i`, `u` or `b`.
    """

    shape: tuple[int, ...]
    kind: str


def count_weights(file: Path) -> int:
    """Look at every object of a file of weights; return how many numbers it holds.

    Numbers of the optimiser are not counted.

    Args:
        file: The HDF5 file, taken out of the archive.

    Raises:
        Refusal: It holds anything but plain arrays, or claims more than it stores.
    """
    return sum(math.prod(array.shape) for array in arrays_of(file))


def arrays_of(file: Path) -> list[Array]:
    """Look at every object of a file of weights; return its arrays, those of the optimiser left out.

    Raises:
        Refusal: As `count_weights`.
    """
    try:
        with h5py.File(file, "r") as opened:
            return _Walk(file.stat().st_size).arrays(opened)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError) as why:
        raise refused(tr("its weights are no sound HDF5 file"), details=repr(why)[:500]) from why


class _Walk:
    """One walk through a file; what was seen is not entered again."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._stored = 0
        self._seen: set[tuple[int, int]] = set()

    def arrays(self, opened: h5py.File) -> list[Array]:
        """Return what lies in it, the optimiser left out."""
        if opened.userblock_size:
            raise refused(tr("its weights are no sound HDF5 file"), details=tr("user block"))
        self._enter(opened)
        found: list[Array] = []
        waiting: list[tuple[h5py.Group, int, bool]] = [(opened, 0, True)]
        while waiting:
            group, depth, counts = waiting.pop()
            if depth > DEEPEST:
                raise refused("its weights are nested deeper than any model needs")
            for name in group:
                member = self._member(group, name)
                mine = counts and not (depth == 0 and name in _OPTIMISER)
                if isinstance(member, h5py.Group):
                    waiting.append((member, depth + 1, mine))
                else:
                    array = self._array(member)
                    found += [array] if mine else []
        return found

    def _member(self, group: h5py.Group, name: str) -> Any:
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise refused("its weights point to another file on this computer", details=str(link.filename))
        if not isinstance(link, h5py.HardLink):
            raise refused("its weights hold a link instead of numbers", details=type(link).__name__)
        member = group[name]
        if not isinstance(member, h5py.Group | h5py.Dataset):
            raise refused("its weights hold something that is no array", details=type(member).__name__)
        self._enter(member)
        return member

    def _enter(self, member: Any) -> None:
        facts = h5py.h5o.get_info(member.id)
        if (facts.fileno, facts.addr) in self._seen:
            raise refused(tr("its weights hold the same part twice"))
        self._seen.add((facts.fileno, facts.addr))
        if len(self._seen) > MOST_OBJECTS:
            raise refused("its weights have more parts than any model needs")

    def _array(self, array: h5py.Dataset) -> Array:
        if array.is_virtual:
            raise refused("its weights are put together from other files on this computer")
        if array.external:
            raise refused("its weights are to be read from another file on this computer")
        if array.dtype.kind not in "fiub" or array.dtype.hasobject or array.dtype.names:
            raise refused(tr("its weights are not plain numbers"), details=str(array.dtype))
        stored = array.id.get_storage_size()
        declared = int(array.size or 0) * array.dtype.itemsize
        chain = array.id.get_create_plist()
        filters = [chain.get_filter(index)[0] for index in range(chain.get_nfilters())]
        if any(kind not in _FILTERS for kind in filters):
            raise refused(tr("its weights are compressed in a way that Keras does not use"))
        if declared > stored * (LARGEST_RATIO if filters else _SLACK):
            raise refused(
                "its weights claim more numbers than they hold",
                details=tr("{declared:,} bytes, {stored:,} stored", declared=declared, stored=stored),
            )
        self._stored += stored
        if self._stored > self._size:
            raise refused("its weights claim more numbers than they hold")
        return Array((0,) if array.shape is None else tuple(array.shape), array.dtype.kind)
