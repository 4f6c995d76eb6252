"""Panes: linked zoom and pan, late pictures, unreadable and missing ones, memory."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication

from mmdesk.core.job import Progress
from mmdesk.ui.images import picture_view
from mmdesk.ui.images.decoded_image import Source, Wanted
from mmdesk.ui.images.pane import LONG
from mmdesk.ui.images.pictures import Pictures
from mmdesk.ui.images.strips import to_image
from mmdesk.ui.images.viewport import Viewport
from mmdesk.ui.panes.link_key import LinkKey
from mmdesk.ui.panes.panes import Panes
from tests.gui.panes_parts import Lane, content, read

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def lane():
    return Lane()


@pytest.fixture
def panes(qtbot, lane):
    widget = Panes(Pictures(lane.run, read=read))
    qtbot.addWidget(widget)
    widget.resize(1000, 500)
    widget.show()
    qtbot.waitUntil(widget.isVisible)
    yield widget
    widget.close()


def shade_at_middle(pane):
    picture = pane.grab().toImage()
    return QColor(picture.pixel(pane.width() // 2, pane.height() // 2)).red()


def pair(case, left="100_l.png", right="200_r.png"):
    return [content(case, left), content(case, right, "Right eye", "right")]


def test_both_pictures_are_shown_fitted(panes, lane, qtbot):
    with qtbot.waitSignal(panes.case_painted) as painted:
        panes.show_contents(pair(1))
        lane.finish_all()
    assert painted.args == [1]
    assert [shade_at_middle(pane) for pane in panes.panes] == [100, 200]
    assert all(pane.view.fitted for pane in panes.panes)


def test_a_late_picture_never_paints_into_the_next_case(panes, lane):
    panes.show_contents(pair(1, "10_l.png", "20_r.png"))
    late, lane.waiting = lane.waiting, []
    panes.show_contents(pair(2, "110_l.png", "120_r.png"))
    lane.waiting = late + lane.waiting
    lane.finish(0)
    lane.finish(0)
    assert not panes.settled()
    assert shade_at_middle(panes.panes[0]) == 0x1A
    lane.finish_all()
    assert [shade_at_middle(pane) for pane in panes.panes] == [110, 120]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_comes_late_each_pane_shows_its_own_case(panes, lane, seed):
    """Cases, zoom, shades, turns and decoders in any order; shades tell which file was painted."""
    chance = random.Random(seed)

    def open_one():
        case = chance.randrange(1, 9)
        panes.show_contents(pair(case, f"{20 * case + 40}_wide.png", f"{20 * case + 45}_r.png"))

    def decode_one():
        if lane.waiting:
            lane.finish(chance.randrange(len(lane.waiting)))

    def read_ahead():
        case = chance.randrange(1, 9)
        panes.prefetch([[Source(Path(f"{20 * case + 40}_wide.png"), "x"), None]])

    acts = (
        open_one,
        decode_one,
        decode_one,
        decode_one,
        panes.fit_or_1to1,
        panes.rotate,
        panes.swap,
        read_ahead,
    )
    open_one()
    for _ in range(60):
        chance.choice(acts)()
        for pane in panes.panes:
            own = int(pane.content.source.path.name.split("_")[0])
            assert shade_at_middle(pane) in (0x1A, own)
    lane.finish_all()
    shown = [shade_at_middle(pane) for pane in panes.panes]
    assert shown == [int(pane.content.source.path.name.split("_")[0]) for pane in panes.panes]


def test_the_picture_of_the_case_before_goes_at_once(panes, lane):
    panes.show_contents(pair(1))
    lane.finish_all()
    panes.show_contents(pair(2, "110_l.png", "120_r.png"))
    assert [shade_at_middle(pane) for pane in panes.panes] == [0x1A, 0x1A]


def test_case_is_not_painted_before_each_pane_is(panes, lane, qtbot):
    seen = []
    panes.case_painted.connect(seen.append)
    panes.show_contents(pair(1))
    lane.finish(0)
    panes.grab()
    assert seen == []
    lane.finish(0)
    qtbot.waitUntil(lambda: 1 in seen)


def test_linked_zoom_and_pan_stay_relative_to_where_each_pane_stands(panes, lane):
    panes.show_contents(pair(1, "100_wide.png", "200_r.png"))
    lane.finish_all()
    first, second = (pane.view for pane in panes.panes)
    panes.set_linked(False)
    panes.zoom(2.0)
    assert second.fitted
    panes.set_linked(True)
    panes.zoom(3.0)
    assert first.zoom == pytest.approx(6.0)
    assert second.zoom == pytest.approx(3.0)
    before = first.x, second.x
    panes.pan(1, 0)
    assert first.x - before[0] == pytest.approx(second.x - before[1])
    assert first.x > before[0]


def test_holding_the_key_unlinks_and_a_tap_changes_for_good(panes, lane, monkeypatch):
    panes.show_contents(pair(1))
    lane.finish_all()
    key = LinkKey(panes)
    now = [10.0]
    monkeypatch.setattr("mmdesk.ui.panes.link_key.time.monotonic", lambda: now[0])
    key.held(True)
    assert not panes.linked
    now[0] += 1.0
    key.held(False)
    assert panes.linked
    key.held(True)
    now[0] += 0.1
    key.held(False)
    assert not panes.linked
    assert "not linked" in panes.panes[0].detail()


def test_the_wheel_keeps_the_point_under_the_cursor(panes, lane):
    panes.show_contents(pair(1))
    lane.finish_all()
    pane = panes.panes[0]
    at = QPointF(pane.width() * 0.75, pane.height() * 0.5)

    def image_x():
        left, _, width, _ = pane.view.rect()
        return (at.x() - 3 - left) / width

    before = image_x()
    event = QWheelEvent(
        at,
        at,
        QPoint(),
        QPoint(0, 360),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(pane, event)
    assert pane.view.zoom == pytest.approx(1.2**3)
    assert image_x() == pytest.approx(before, abs=0.002)


def test_one_to_one_asks_for_every_pixel_and_says_so_meanwhile(panes, lane):
    panes.show_contents(pair(1, "100_wide.png", "200_wide.png"))
    lane.finish_all()
    pane = panes.panes[0]
    assert pane.detail() == "Reduced to 25 % of 2000 × 1000"  # noqa: RUF001
    panes.fit_or_1to1()
    assert pane.view.scale == pytest.approx(1.0)
    assert "full picture coming" in pane.detail()
    assert [job.urgent for job, *_ in lane.waiting] == [True, True]
    lane.finish_all()
    assert pane.detail() == "100 % of 2000 × 1000"  # noqa: RUF001
    panes.fit_or_1to1()
    assert pane.view.fitted


def test_a_picture_read_in_parts_says_so_and_goes_on_while_it_is_looked_at(panes, lane, monkeypatch):
    parts = iter((0.25, 0.5, 1.0))

    def slowly(wanted, ctx):
        return replace(read(wanted, ctx), share=next(parts))

    monkeypatch.setattr(panes.pictures, "_read", slowly)
    panes.show_contents([content(1, "100_wide.png")])
    said = []
    while lane.waiting:
        lane.finish()
        said.append(panes.panes[0].detail())
    assert ["still reading, 25 %" in said[0], "still reading, 50 %" in said[1]] == [True, True]
    assert "still reading" not in said[2]


def test_parts_at_full_resolution_go_on_too_and_end_with_the_case(panes, lane, monkeypatch):
    panes.show_contents([content(1, "100_wide.png")])
    lane.finish_all()
    monkeypatch.setattr(panes.pictures, "_read", lambda wanted, ctx: replace(read(wanted, ctx), share=0.5))
    panes.fit_or_1to1()
    for _ in range(3):
        lane.finish()
        assert "full picture coming" in panes.panes[0].detail()
    panes.show_contents([content(2, "110_wide.png")])
    assert lane.waiting[0][0].cancelled
    monkeypatch.setattr(panes.pictures, "_read", read)
    panes.show_contents([content(1, "100_wide.png")])
    panes.fit_or_1to1()
    lane.finish_all()
    assert panes.panes[0].detail() == "100 % of 2000 × 1000"  # noqa: RUF001


def test_a_region_with_parts_still_to_come_does_not_hide_the_coarser_picture(panes, lane, monkeypatch):
    monkeypatch.setattr(picture_view, "WHOLE", 1000)
    share = [0.5]

    def parts(wanted, ctx):
        shown = read(wanted, ctx)
        grey = to_image(np.full((50, 50, 3), 128, np.uint8))
        return shown if wanted.region is None else replace(shown, image=grey, region=wanted.region, share=share[0])

    monkeypatch.setattr(panes.pictures, "_read", parts)
    panes.show_contents([content(1, "100_wide.png")])
    lane.finish_all()
    panes.fit_or_1to1()
    lane.finish()
    pane = panes.panes[0]
    assert shade_at_middle(pane) == 100
    assert pane.detail().endswith("full picture coming, 50 %")
    share[0] = 1.0
    lane.finish_all()
    assert shade_at_middle(pane) == 128


def test_a_slow_picture_tells_how_far_it_is_and_leaving_the_case_stops_it(panes, lane):
    panes.show_contents([content(1, "100_wide.png")])
    job = lane.waiting[0][0]
    pane = panes.panes[0]
    pane._late = LONG
    assert pane._waiting() == "Reading the image, 0.5 s"
    job.progress(Progress(40, 100))
    assert pane._waiting() == "Reading the image, 0.5 s, 40 %"
    panes.show_contents([content(2, "110_wide.png")])
    assert job.cancelled
    assert pane._waiting() == ""


def test_less_than_full_resolution_is_said_where_there_is_no_more(panes, lane, monkeypatch):
    monkeypatch.setattr(
        panes.pictures,
        "_read",
        lambda wanted, ctx: replace(read(replace(wanted, box=(500, 500)), ctx), most=0.25),
    )
    panes.show_contents([content(1, "100_wide.png")])
    lane.finish_all()
    panes.fit_or_1to1()
    lane.finish_all()
    assert panes.panes[0].detail() == "100 % of 2000 × 1000  less than full resolution"  # noqa: RUF001


def test_missing_and_unreadable_stay_in_their_own_pane(panes, lane, qtbot):
    with qtbot.waitSignal(panes.case_painted):
        panes.show_contents([content(1, "1_broken.png"), content(1, "", "Right eye", "right", "file not found: r.png")])
        lane.finish_all()
    broken, gone = panes.panes
    assert broken.unreadable()
    assert "the file ends early" in broken.accessibleName()
    assert "file not found: r.png" in gone.accessibleName()
    assert not gone.unreadable()
    with qtbot.waitSignal(panes.mark_missing) as asked:
        broken._button.click()
    assert asked.args == ["Left eye"]


def test_neighbours_are_read_ahead_and_then_there_at_once(panes, lane):
    panes.show_contents(pair(1))
    lane.finish_all()
    panes.prefetch([[Source(Path("30_l.png"), "x"), Source(Path("40_r.png"), "x")]])
    assert [job.urgent for job, *_ in lane.waiting] == [False, False]
    lane.finish_all()
    panes.show_contents(pair(2, "30_l.png", "40_r.png"))
    assert panes.settled()
    assert lane.waiting == []


def test_a_picture_wanted_now_goes_before_those_read_ahead(panes, lane):
    panes.show_contents(pair(1))
    lane.finish_all()
    panes.prefetch([[Source(Path("30_l.png"), "x"), None]])
    panes.show_contents(pair(2, "30_l.png", "40_r.png"))
    ahead = lane.waiting[0][0]
    assert ahead.cancelled
    assert all(job.urgent for job, *_ in lane.waiting[1:])
    lane.finish_all()
    assert panes.settled()


def test_memory_is_bounded_and_the_least_used_goes(qtbot, lane):
    pictures = Pictures(lane.run, read=read, bound=3 * 800 * 800 * 4)
    wanted = [Wanted(Source(Path(f"{shade}_x.png")), None) for shade in (10, 20, 30, 40)]
    for one in wanted:
        pictures.want(one)
        lane.finish_all()
        pictures.get(wanted[0])
    assert pictures._bytes <= 3 * 800 * 800 * 4
    assert pictures.get(wanted[0]) is not None
    assert pictures.get(wanted[1]) is None


def test_memory_of_dropped_pictures_goes_back_to_the_system(qtbot, lane, monkeypatch):
    given = []
    monkeypatch.setattr("mmdesk.ui.images.pictures.DROPPED", 2 * 800 * 800 * 4)
    monkeypatch.setattr("mmdesk.ui.images.pictures.give_back", lambda: given.append(1))
    pictures = Pictures(lane.run, read=read, bound=800 * 800 * 4)
    for shade, times in ((10, 0), (20, 0), (30, 0), (40, 1), (50, 1), (60, 1), (70, 2)):
        pictures.want(Wanted(Source(Path(f"{shade}_x.png")), None))
        lane.finish_all()
        assert len(given) == times


def test_surround_is_exact_grey_in_every_theme_and_words_stand_on_a_plate(panes, lane):
    panes.show_contents(pair(1, "250_wide.png", "250_wide.png"))
    lane.finish_all()
    pane = panes.panes[0]

    def at(x, y):
        return QColor(pane.grab().toImage().pixel(x, y)).getRgb()[:3]

    assert at(pane.width() // 2, 60) == (0x1A, 0x1A, 0x1A)
    assert at(pane.width() // 2, pane.height() // 2) == (250, 250, 250)
    panes.set_surround(QColor("#777777"))
    assert at(pane.width() // 2, 60) == (0x77, 0x77, 0x77)
    panes.zoom(4.0)
    assert at(9, 9) == (50, 50, 50)


@pytest.mark.parametrize(
    ("count", "width", "seen"),
    [(1, 500, 1), (2, 980, 2), (2, 500, 1), (3, 1200, 3), (3, 800, 3), (4, 800, 4), (4, 400, 1)],
)
def test_panes_page_instead_of_shrinking(panes, lane, count, width, seen):
    panes.resize(width, 500)
    panes.show_contents([content(1, f"{10 + i}_x.png", f"Image {i}") for i in range(count)])
    assert len(panes.panes) == seen


def test_three_panes_stand_so_that_each_is_largest(panes, lane, qtbot):
    panes.resize(1220, 900)
    panes.show_contents([content(1, f"{10 + i}_x.png", f"Image {i}") for i in range(3)])
    assert panes.columns() == (3, 2)
    panes.resize(1220, 420)
    assert panes.columns() == (3, 3)
    qtbot.waitUntil(lambda: panes.panes[2].y() == panes.panes[0].y())


def test_viewport_pans_only_what_does_not_fit():
    view = Viewport((400, 400), (2000, 1000))
    view.pan_by(0.2, 0.2)
    assert (view.x, view.y) == (0.5, 0.5)
    view.zoom_by(1.5)
    view.pan_by(0.2, 0.2)
    assert view.x == pytest.approx(0.3)
    assert view.y == 0.5
