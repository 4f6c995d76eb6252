"""Which tiles of a very large picture are decoded first, and what stands for the others."""

from __future__ import annotations

import numpy as np
import pytest

from mmdesk.imaging.tiff.coarse import FEW, Span


@pytest.mark.parametrize(
    ("columns", "rows"),
    [(range(1), range(1)), (range(3, 8), range(2, 5)), (range(40), range(40)), (range(5, 84), range(79)),
     (range(1), range(625)), (range(13), range(7, 900))],
)  # fmt: skip
def test_every_tile_comes_once(columns, rows):
    places = list(Span(columns, rows).places())
    assert sorted(places) == sorted((x, y) for x in columns for y in rows)


def test_few_tiles_come_from_the_middle_outwards():
    assert next(Span(range(10, 15), range(20, 25)).places()) == (12, 22)


@pytest.mark.parametrize("side", [9, 40, 79, 157])
def test_the_first_tiles_of_many_lie_all_over_the_picture(side):
    span = Span(range(side), range(side))
    first = np.array(list(span.places())[:FEW])
    for line in first.T:
        assert line.min() <= side // 4
        assert line.max() >= side - 1 - side // 4


@pytest.mark.parametrize("done", [25, 64, 200, 1000, 1599])
def test_what_is_not_there_is_stood_for_by_a_tile_that_lies_near(done):
    span = Span(range(40), range(40))
    places = list(span.places())
    known = {(x, y): np.full((4, 4, 3), (x, y, 7), np.float64) for x, y in places[:done]}
    found = span.stand_ins(known)
    assert found.keys() == set(places[done:])
    far = max(np.abs(mean[0, 0, :2] - place).max() for place, mean in found.items())
    assert far <= 2 * 40 / done**0.5


def test_a_strip_is_stood_for_by_a_line():
    span = Span(range(1), range(200))
    known = {place: np.tile(np.arange(5, dtype=np.uint8), (3, 1)) for place in list(span.places())[:FEW]}
    found = span.stand_ins(known)
    assert len(found) == 200 - FEW
    assert all(np.array_equal(mean, [[0, 1, 2, 3, 4]]) for mean in found.values())
