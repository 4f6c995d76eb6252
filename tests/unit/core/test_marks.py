"""Marks: shapes, figures in physical units, hit tests and editing."""
# ruff: noqa: RUF001

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdesk.core.cases import geometry as g
from mmdesk.core.cases.marks import SHAPES, Mark, check_mark, points_from_text, points_to_text, rounded
from mmdesk.core.errors import FieldProblem

PLACES = st.tuples(st.floats(0, 4000), st.floats(0, 4000))
SIZE = (4000, 4000)


def mark(shape, *points):
    return Mark(1, "left", shape, tuple(points))


@pytest.mark.parametrize(
    ("shape", "points", "says"),
    [
        ("ruler", [(0, 0), (30, 40)], "10.0 mm"),
        ("line", [(0, 0), (30, 40), (30, 80)], "18.0 mm"),
        ("angle", [(10, 0), (0, 0), (0, 10)], "90.0°"),
        ("box", [(10, 30), (40, 10)], "24.0 mm², 6.00 mm × 4.00 mm"),
        ("ellipse", [(0, 0), (100, 50)], "157 mm², 20.0 mm × 10.0 mm"),
        ("polygon", [(0, 0), (50, 0), (50, 50), (0, 50)], "100 mm², 40.0 mm round"),
        ("freehand", [(0, 0), (5, 0), (5, 5)], "0.500 mm², 3.41 mm round"),
        ("point", [(3, 4)], ""),
    ],
)
def test_figures_are_physical_where_the_spacing_is_known(shape, points, says):
    assert g.say_measures(mark(shape, *points), g.scale_of((0.2, 0.2))) == says


def test_figures_are_in_pixels_where_it_is_not_known():
    assert g.say_measures(mark("ruler", (0, 0), (300, 400)), g.scale_of(None)) == "500 px"
    assert g.say_measures(mark("box", (0, 0), (10, 20)), g.scale_of(None)) == "200 px², 10 px × 20 px"


def test_rows_and_columns_may_lie_differently_far_apart():
    scale = g.scale_of((0.5, 0.1))
    assert g.measures(mark("ruler", (0, 0), (100, 0)), scale)[0].value == pytest.approx(10.0)
    assert g.measures(mark("ruler", (0, 0), (0, 100)), scale)[0].value == pytest.approx(50.0)
    assert g.measures(mark("box", (0, 0), (100, 100)), scale)[0].value == pytest.approx(500.0)
    corner = g.measures(mark("angle", (100, 0), (0, 0), (100, 20)), scale)[0].value
    assert corner == pytest.approx(45.0)
    assert g.measures(mark("ruler", (0, 0), (0, 10)), g.scale_of(None, 2.0))[0].value == 20.0


def test_an_angle_without_a_side_is_none():
    assert g.angle((1, 1), (1, 1), (5, 5)) == 0.0
    assert g.angle((0, 0), (5, 0), (10, 0)) == pytest.approx(180.0)


@given(st.floats(1, 500), st.floats(1, 500))
def test_the_outline_of_an_ellipse_has_its_area_and_size(rx, ry):
    ellipse = mark("ellipse", (0.0, 0.0), (2 * rx, 2 * ry))
    assert g.area(g.outline(ellipse)) == pytest.approx(math.pi * rx * ry, rel=1e-3)
    assert g.bounds(g.outline(ellipse)) == pytest.approx((0, 0, 2 * rx, 2 * ry), abs=1e-6 * (rx + ry))


@given(st.sampled_from(sorted(SHAPES)), st.data(), st.floats(-9000, 9000), st.floats(-9000, 9000))
def test_a_moved_mark_keeps_its_shape_and_stays_on_the_image(shape, data, dx, dy):
    points = data.draw(st.lists(PLACES, min_size=SHAPES[shape].fewest, max_size=min(SHAPES[shape].most, 8)))
    before = mark(shape, *points)
    after = g.moved(before, (dx, dy), SIZE)
    shift = (after.points[0][0] - points[0][0], after.points[0][1] - points[0][1])
    for (x, y), (was_x, was_y) in zip(after.points, points, strict=True):
        assert -1e-6 <= x <= SIZE[0] + 1e-6
        assert -1e-6 <= y <= SIZE[1] + 1e-6
        assert (x - was_x, y - was_y) == pytest.approx(shift, abs=1e-6)


def test_a_corner_is_dragged_and_the_opposite_one_stays():
    box = mark("box", (10, 10), (30, 20))
    for number, opposite in enumerate([(30, 20), (10, 20), (10, 10), (30, 10)]):
        after = g.with_handle(box, number, (100.0, 200.0), (50, 50))
        assert set(after.points) == {opposite, (50.0, 50.0)}


def test_points_are_put_in_and_taken_out():
    polygon = mark("polygon", (0, 0), (10, 0), (10, 10))
    more = g.with_point(polygon, 2, (0, 10))
    assert more.points[-1] == (0, 10)
    assert g.without_point(more, 0).points == ((10, 0), (10, 10), (0, 10))
    assert g.without_point(polygon, 0) is None
    assert not g.may_take_point(mark("box", (0, 0), (1, 1)))


def test_what_a_person_points_at():
    way = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)]
    assert g.nearest_point(way, (98, 3)) == (1, pytest.approx(math.hypot(2, 3)))
    assert g.nearest_edge(way, (50, 4), closed=False) == (0, 4.0)
    edge, far = g.nearest_edge(way, (50, 50), closed=True)
    assert (edge, far) == (2, pytest.approx(0.0))
    assert g.nearest_edge(way, (50, 50), closed=False)[1] == pytest.approx(50.0)
    assert g.nearest_edge([(3.0, 4.0)], (0, 0), closed=False) == (0, 5.0)
    assert g.inside(way, (90, 10))
    assert not g.inside(way, (10, 90))


@given(st.lists(PLACES, min_size=3, max_size=60), st.floats(0.1, 50))
def test_a_simplified_way_stays_within_its_slack(points, slack):
    kept = g.simplified(points, slack)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert set(kept) <= set(points)
    for point in points:
        assert g.nearest_edge(kept, point, closed=False)[1] <= slack + 1e-6


@pytest.mark.parametrize(
    "wrong",
    [
        mark("star", (1, 1)),
        mark("point"),
        mark("polygon", (0, 0), (1, 1)),
        mark("ruler", (0, 0), (1, 1), (2, 2)),
        mark("point", (math.nan, 0)),
        replace(mark("point", (1, 1)), frame=-1),
    ],
)
def test_a_mark_that_cannot_be_is_refused_in_three_sentences(wrong):
    with pytest.raises(FieldProblem) as refused:
        check_mark(wrong)
    assert refused.value.say().count(".") >= 3


@given(st.lists(PLACES, min_size=1, max_size=5))
def test_points_come_back_from_their_text(points):
    stored = rounded(points)
    assert points_from_text(points_to_text(stored)) == stored
