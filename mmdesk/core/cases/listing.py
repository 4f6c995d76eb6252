"""The cases that the worklist shows, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload


class Listing(Sequence[int]):
    """Ids of cases in their order, and the place of each.

    It is made where the ids are read and then shared by all pages: nothing goes over all cases
    on the window's main thread.
    """

    __slots__ = ("_ids", "_places")

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._ids = list(ids)
        self._places = {case: index for index, case in enumerate(self._ids)}

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __contains__(self, case: object) -> bool:
        return case in self._places

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> list[int]: ...
    def __getitem__(self, place: int | slice) -> int | list[int]:
        return self._ids[place]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Listing):
            return self is other or self._ids == other._ids
        return isinstance(other, list) and self._ids == other

    __hash__ = None  # type: ignore[assignment]

    def place_of(self, case: int) -> int:
        """Return the place of a case, or -1."""
        return self._places.get(case, -1)

    def in_ranges(self, ranges: Iterable[tuple[int, int]]) -> list[int]:
        """Return the cases of ranges of places, the last of each included."""
        return [case for first, last in ranges for case in self._ids[first : last + 1]]

    def next_of(self, cases: Iterable[int], start: int) -> int:
        """Return the place of the first of some cases from a place on, beginning anew at the end; or -1."""
        number = len(self._ids)
        places = (self._places[case] for case in cases if case in self._places)
        return min(places, key=lambda place: (place - start) % number, default=-1)
