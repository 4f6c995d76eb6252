"""The order of slices: by where they lie in the body, never by the names of files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mmdesk.words import tr

_SAME: Final = 1e-3
"""Millimetres within which two slices lie at one place."""
_GAP: Final = 1.5
"""Times the usual distance from which on slices seem to be missing."""
_DIGITS: Final = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Order:
    """Slices in their order.

    Attributes:
        members: Which of the slices that were given, in order.
        positions: Where each lies, in millimetres from the first; empty where nothing tells.
        notes: What a reader must know, one sentence each.
    """

    members: tuple[int, ...]
    positions: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def between(self) -> float:
        """The usual distance of neighbours in millimetres; 0 where it is not known."""
        return float(np.median(np.diff(self.positions))) if len(self.positions) > 1 else 0.0


def along(positions: Sequence[Sequence[float]], directions: Sequence[float]) -> NDArray[np.float64]:
    """Return how far slices lie along their common normal.

    The sign is the same for all files of a kind: rising towards the head, the back or the left,
    whichever the slices' normal is nearest to.

    Args:
        positions: Their first pixels (n, 3), in the patient's axes as DICOM has them.
        directions: Six cosines: along a row, then along a column.
    """
    normal = np.cross(directions[:3], directions[3:])
    main = int(np.argmax(np.abs(normal)))
    if normal[main] < 0:
        normal = -normal
    distances: NDArray[np.float64] = np.asarray(positions, np.float64) @ normal
    return distances


def by_place(places: Sequence[float], numbers: Sequence[float]) -> Order:
    """Return slices in the order of their places; of several at one place the first by its number.

    Args:
        places: Millimetres along the normal.
        numbers: The number of each within its series.
    """
    ordered = sorted(range(len(places)), key=lambda index: (places[index], numbers[index]))
    kept: list[int] = []
    twice = 0
    for index in ordered:
        if kept and places[index] - places[kept[-1]] < _SAME:
            twice += 1
        else:
            kept.append(index)
    positions = tuple(float(places[index] - places[kept[0]]) for index in kept)
    notes = []
    if twice:
        notes.append(
            tr("1 slice lies where another one does; the first by its number is used.")
            if twice == 1
            else tr("{twice} slices lie where others do; the first by their numbers are used.", twice=twice)
        )
    if gaps := _gaps(positions):
        notes.append(gaps)
    return Order(tuple(kept), positions, tuple(notes))


def crowded(places: Sequence[float]) -> int:
    """Return how many slices lie at each place when it is the same number, above 1, at all; else 0."""
    ordered = np.sort(np.asarray(places, np.float64))
    starts = np.flatnonzero(np.r_[True, np.diff(ordered) >= _SAME])
    counts = np.diff(np.r_[starts, len(ordered)])
    return int(counts[0]) if len(counts) > 1 and counts[0] > 1 and bool((counts == counts[0]).all()) else 0


def by_name(names: Sequence[str]) -> Order:
    """Return pictures in the order of their names, numbers in them by their value."""
    ordered = sorted(range(len(names)), key=lambda index: natural(names[index]))
    return Order(tuple(ordered), (), (tr("Nothing tells where the slices lie; they are in the order of their names."),))


def by_number(numbers: Sequence[float]) -> Order:
    """Return slices in the order of their numbers."""
    ordered = sorted(range(len(numbers)), key=lambda index: numbers[index])
    words = tr("Nothing tells where the slices lie; they are in the order of their numbers.")
    return Order(tuple(ordered), (), (words,))


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts slice2 before slice10."""
    return tuple(
        (1, int(part), "") if part.isdecimal() and part.isascii() else (0, 0, part.casefold())
        for part in _DIGITS.split(name)
    )


def _gaps(positions: Sequence[float]) -> str:
    steps = np.diff(positions)
    if len(steps) < 2:
        return ""
    usual = float(np.median(steps))
    wide = np.flatnonzero(steps > _GAP * usual)
    if not len(wide):
        return ""
    missing = int(sum(max(1, round(float(steps[at]) / usual) - 1) for at in wide))
    after = int(wide[0]) + 1
    return (
        tr("1 slice seems to be missing, after slice {after}.", after=after)
        if missing == 1
        else tr("{missing} slices seem to be missing, the first after slice {after}.", missing=missing, after=after)
    )


def patient_axes(dataset: Any) -> tuple[list[float], list[float]] | None:
    """Return position and directions of a slice from the data set, or functional group, that holds them."""
    try:
        position = [float(value) for value in dataset.ImagePositionPatient]
        directions = [float(value) for value in dataset.ImageOrientationPatient]
    except (AttributeError, TypeError, ValueError):
        return None
    usable = len(position) == 3 and len(directions) == 6 and bool(np.isfinite([*position, *directions]).all())
    upright = usable and float(np.linalg.norm(np.cross(directions[:3], directions[3:]))) > 0.5
    return (position, directions) if upright else None
