"""A very large picture from a few of its tiles: which to decode first, and what stands for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

TilePosition = tuple[int, int]
"""Column and row of a tile in its page."""

FEW = 64
"""Tiles up to which they are decoded from the middle outwards."""
MOST_STAND_INS = 20_000
"""Tiles from which none stands for another: they are so small that nobody would see it."""


@dataclass(frozen=True, slots=True)
class Span:
    """The tiles that a region lies in.

    Attributes:
        columns: Their columns, rising.
        rows: Their rows, rising.
    """

    columns: Sequence[int]
    rows: Sequence[int]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.columns) * len(self.rows)

    def places(self) -> Iterator[TilePosition]:
        """Yield the tiles in the order in which they are best decoded.

        Few go from the middle outwards, where a person looks. Many are first taken far apart and
        then ever nearer, so that a part of them already shows the picture as a whole.
        """
        if self.count <= FEW:
            middle = (self.columns[0] + self.columns[-1]) / 2, (self.rows[0] + self.rows[-1]) / 2
            every = [(x, y) for y in self.rows for x in self.columns]
            yield from sorted(every, key=lambda at: max(abs(at[0] - middle[0]), abs(at[1] - middle[1])))
            return
        passes: list[tuple[dict[int, None], dict[int, None]]] = []
        for step in self._steps():
            across = dict.fromkeys(_middles(self.columns, step))
            down = dict.fromkeys(_middles(self.rows, step))
            for y in down:
                for x in across:
                    if not any(x in columns and y in rows for columns, rows in passes):
                        yield x, y
            passes.append((across, down))

    def stand_ins(self, known: Mapping[TilePosition, NDArray[Any]]) -> dict[TilePosition, NDArray[Any]]:
        """Return for tiles that are not decoded yet the mean of one that is and lies near.

        Args:
            known: Pixels of decoded tiles by place, (height, width) or (height, width, 3).

        Returns:
            By place, the mean as one pixel, of a strip as one line, in float; nothing for tiles
            that have none near.
        """
        if self.count > MOST_STAND_INS:
            return {}
        over = 0 if len(self.columns) == 1 else (0, 1)
        means = {at: pixels.mean(axis=over, keepdims=True) for at, pixels in known.items()}
        found: dict[TilePosition, NDArray[Any]] = {}
        for step in self._steps():
            across, down = _middles(self.columns, step), _middles(self.rows, step)
            for row, y in zip(down, self.rows, strict=True):
                for column, x in zip(across, self.columns, strict=True):
                    if (x, y) not in known and (column, row) in means:
                        found[x, y] = means[column, row]
        return found

    def _steps(self) -> list[int]:
        """Return the distances between tiles of each pass, the last one 1."""
        steps = [1]
        while -(-len(self.columns) // steps[-1]) * -(-len(self.rows) // steps[-1]) > FEW // 2:
            steps.append(2 * steps[-1])
        return steps[::-1]


def _middles(line: Sequence[int], step: int) -> list[int]:
    """Return for each entry of a line the middle one of the block of `step` that it lies in."""
    return [line[min(index // step * step + step // 2, len(line) - 1)] for index in range(len(line))]
